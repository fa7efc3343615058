import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import busboy from 'busboy';
import * as fc from 'fast-check';
import { writeUpload, type Upload } from '../../src/upstream/upload';

interface Given {
  readonly name: string;
  readonly filename: string | undefined;
  readonly type: string;
  readonly bytes: Buffer;
}

function uploadOf(files: readonly Given[]): Upload {
  return {
    places: new Map(files.map(({ name }, index) => [name, [`variables.files.${index}`]])),
    problem: undefined,
    // eslint-disable-next-line typescript/require-await -- what comes from a socket is awaited
    async *files() {
      for (const { name, filename, type, bytes } of files)
        yield { name, filename, type, encoding: '7bit', content: inPieces(bytes) };
    },
  };
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 11) yield await Promise.resolve(bytes.subarray(at, at + 11));
}

/** What a server of somebody else's reads. */
async function read(contentType: string, body: NodeJS.ReadableStream) {
  const fields: [string, string][] = [];
  const files: Promise<[string, string, string, Buffer]>[] = [];
  const parser = busboy({
    headers: { 'content-type': contentType },
    defParamCharset: 'utf8',
    preservePath: true,
  });
  parser.on('field', (name, value) => fields.push([name, value]));
  parser.on('file', (name, stream, { filename, mimeType }) =>
    files.push(buffer(stream).then((bytes) => [name, filename, mimeType, bytes])),
  );
  await once(body.pipe(parser), 'close');
  return { fields, files: await Promise.all(files) };
}

const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', '"', '\r\n', 'constructor', '0', '1'));
const filename = fc.option(
  fc
    .oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('"\r\nContent-Type: text/html\r\n\r\n<', 'a"; name="operations'),
    )
    .filter((text) => !text.includes('\\') && text !== ''),
  { nil: undefined },
);
const files = fc.uniqueArray(
  fc.record({
    name,
    filename,
    type: fc.constantFrom('text/plain', 'application/octet-stream', 'image/png'),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom('\r\n--', '--lastmile-', '\r\n').map((text) => Buffer.from(text)),
    ),
  }),
  { selector: (given) => given.name, maxLength: 5 },
);

describe('P66 a form that is sent upstream', () => {
  it('P66 holds what was understood of the one that came, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), files, async (operations, given) => {
        const { contentType, stream } = writeUpload(operations, uploadOf(given));
        const form = await read(contentType, stream);
        expect(form.fields[0]).toEqual(['operations', operations]);
        expect(form.fields.map(([field]) => field)).toEqual(['operations', 'map']);
        expect(JSON.parse(form.fields[1]![1])).toEqual(
          Object.fromEntries(given.map((_, index) => [String(index), [`variables.files.${index}`]])),
        );
        const escaped = (text: string): string =>
          text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
        expect(form.files).toEqual(
          given.map((file, index) => [
            String(index),
            escaped(file.filename ?? 'blob'),
            file.type,
            file.bytes,
          ]),
        );
      }),
    );
  });

  it('P66 percent-encodes what controls something in the name of a file', async () => {
    const given = { name: 'a', filename: 'a\0\x1b\x7f\r\n"\tb', type: 'text/plain', bytes: Buffer.from('x') };
    const { contentType, stream } = writeUpload('{}', uploadOf([given]));
    expect((await read(contentType, stream)).files).toEqual([
      ['0', 'a%00%1B%7F%0D%0A%22\tb', 'text/plain', Buffer.from('x')],
    ]);
  });

  it.each(['a\\', 'a\\\\', '\\'])('P66 ends where it ends with a file that is called %s', async (called) => {
    const given = { name: 'a', filename: called, type: 'text/plain', bytes: Buffer.from('x') };
    const { contentType, stream } = writeUpload('{}', uploadOf([given]));
    expect((await read(contentType, stream)).files).toEqual([
      ['0', called.replaceAll('\\', '%5C'), 'text/plain', Buffer.from('x')],
    ]);
  });
});
