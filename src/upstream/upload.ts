import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ErrorCode } from '../report/error';

/**
 * A GraphQL multipart request (https://github.com/jaydenseric/graphql-multipart-request-spec), behind its `operations`:
 * what stands where, and the files, which are passed on as they come.
 */
export interface Upload {
  /** name of a part -> the paths that its file stands at, such as `variables.file` */
  readonly places: ReadonlyMap<string, readonly string[]>;
  /** What its client did wrong after `operations` and `map`; undefined while nothing is known to be. */
  readonly problem: UploadProblem | undefined;
  /**
   * The files in the order in which they come, to be read once, each to its end before the next. It ends once all of the map
   * were there. @throws LastmileError for {@link problem}, as each of their contents does
   */
  files(): AsyncIterable<UploadedFile>;
}

export interface UploadProblem {
  readonly code: ErrorCode;
  /** goes to the client */
  readonly detail: string;
}

export interface UploadedFile {
  /** of its part, one of the map's */
  readonly name: string;
  readonly filename: string | undefined;
  /** a media type without parameters */
  readonly type: string;
  /** what its client says in Content-Transfer-Encoding; nothing here encodes or decodes */
  readonly encoding: string;
  readonly content: AsyncIterable<Buffer>;
}

/** A file among variables. The specification writes it as null. */
class FilePlace {
  toJSON(): null {
    return null;
  }
}

export const FILE_PLACE = new FilePlace();

/** A request's body, written from what was read of another's. */
export interface UploadBody {
  readonly contentType: string;
  readonly stream: Readable;
}

/**
 * Writes a GraphQL multipart request. Nothing of the client's form is repeated but what was understood of it: a form that is
 * passed on as it came may be read otherwise by who gets it, who takes the last of two `operations` for example.
 * @param operations JSON, with null in the place of each file
 */
export function writeUpload(operations: string, upload: Upload): UploadBody {
  const boundary = `lastmile-${randomBytes(18).toString('base64url')}`;
  const stream = Readable.from(pieces(operations, upload, boundary), { objectMode: false });
  return { contentType: `multipart/form-data; boundary=${boundary}`, stream };
}

async function* pieces(
  operations: string,
  upload: Upload,
  boundary: string,
): AsyncGenerator<Buffer | string> {
  // Parts are given names of our own: what a client calls them is nothing to upstream.
  const names = new Map([...upload.places.keys()].map((name, index) => [name, String(index)]));
  const map = Object.fromEntries([...upload.places].map(([name, paths]) => [names.get(name)!, paths]));
  const part = (name: string): string => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`;
  yield `${part('operations')}\r\n\r\n${operations}\r\n${part('map')}\r\n\r\n${JSON.stringify(map)}`;
  for await (const { name, filename, type, encoding, content } of upload.files()) {
    const coded = encoding === '7bit' ? '' : `Content-Transfer-Encoding: ${encoding}\r\n`;
    const as = `; filename="${escaped(filename ?? UNNAMED)}"\r\nContent-Type: ${type}\r\n${coded}`;
    yield `\r\n${part(names.get(name)!)}${as}\r\n`;
    yield* content;
  }
  yield `\r\n--${boundary}--\r\n`;
}

/** Without a filename a part is taken for a field. */
const UNNAMED = 'blob';

/** What a header cannot hold between quotes: a quote, and characters of ASCII that control something, but for tabs. */
const NOT_IN_QUOTES = /[^\t\x20\x21\x23-\x7e\x80-\uffff]/g;

/**
 * As browsers do it: https://html.spec.whatwg.org/#multipart-form-data. Other control characters, which come percent-encoded as
 * `filename*`, go the same way: servers refuse the whole form for one. Some servers take a backslash before the quote that ends it
 * for one that does not.
 */
function escaped(filename: string): string {
  const inOneLine = filename.replace(NOT_IN_QUOTES, percentEncoded);
  // A pattern would look for the end of the name from each backslash in it: time that grows with the square of their number.
  let end = inOneLine.length;
  while (inOneLine.charAt(end - 1) === '\\') end--;
  return inOneLine.slice(0, end) + '%5C'.repeat(inOneLine.length - end);
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
