import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { LastmileError, type ErrorCode } from '../../report/error';
import { readBody } from '../read-body';

const LONGEST_DETAIL = 300;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

const JSON_TYPE = /^application\/json\s*(;|$)/i;

/**
 * @param types the media types that are taken
 * @returns undefined when it is larger than that. Rejects with LastmileError UNSUPPORTED_MEDIA_TYPE, and when the client goes
 *   away while it sends
 */
export async function bodyOf(
  message: IncomingMessage,
  mostBytes: number,
  types = JSON_TYPE,
): Promise<Buffer | undefined> {
  // Another media type is what a browser may send across sites unasked.
  if (!types.test(message.headers['content-type'] ?? '')) throw new LastmileError('UNSUPPORTED_MEDIA_TYPE');
  return new Promise((resolve, reject) => {
    message.once('close', () => reject(new Error('the client went away while it sent its request')));
    readBody(message, { maxBytes: mostBytes, whole: resolve, refused: () => resolve(undefined) });
  });
}

/** @returns undefined when it is not UTF-8 */
export function utf8TextOf(body: Uint8Array): string | undefined {
  try {
    return UTF8.decode(body);
  } catch {
    return undefined;
  }
}

/** @throws LastmileError of this code, with a detail that the caller may see */
export function parseBody<Body>(body: Uint8Array, schema: z.ZodType<Body>, code: ErrorCode): Body {
  let json: unknown;
  try {
    json = JSON.parse(UTF8.decode(body));
  } catch {
    throw new LastmileError(code, 'The body is not JSON in UTF-8.');
  }
  const read = schema.safeParse(json);
  if (!read.success) throw new LastmileError(code, problems(read.error));
  return read.data;
}

function problems({ issues }: z.ZodError): string {
  const texts = issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  return texts.join(' ').slice(0, LONGEST_DETAIL);
}
