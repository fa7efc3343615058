import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { LastmileError } from '../report/error';

/** What we can undo of RFC 9110 8.4.1. */
export const ACCEPTED_ENCODINGS = 'gzip, br, deflate';

const DECODERS = new Map<string, () => NodeJS.ReadWriteStream & Readable>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['br', createBrotliDecompress],
  ['deflate', createInflate],
]);

/** Yoga marks its event streams with `none`, so that nobody between compresses them. */
const NO_CODING = new Set(['', 'identity', 'none']);

/** @param encoding the value of `content-encoding` */
export function isEncoded(encoding: string | string[] | undefined): boolean {
  return encoding !== undefined && !NO_CODING.has(String(encoding).toLowerCase());
}

/**
 * A body without its content coding. Its own faults and those of the body reach whoever reads the result.
 * @throws LastmileError UPSTREAM_BAD_ANSWER for a coding nobody asked for
 */
export function decodeBody(body: Readable, encoding: string | undefined): Readable {
  if (!isEncoded(encoding)) return body;
  const decoder = DECODERS.get(String(encoding).toLowerCase())?.();
  if (!decoder) throw new LastmileError('UPSTREAM_BAD_ANSWER', 'a content coding that was not asked for');
  // The callback has nothing to add: `pipeline` destroys the decoder with the error, and the reader meets it there.
  return pipeline(body, decoder, () => {});
}

/**
 * The text of a body as it arrives, as UTF-8, whole characters at a time.
 * @throws LastmileError UPSTREAM_BAD_ANSWER once more than `maxBytes` have come; what the body fails with
 */
export async function* readText(body: Readable, maxBytes: number): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new LastmileError('UPSTREAM_BAD_ANSWER', `more than ${maxBytes} bytes`);
    yield decoder.decode(chunk, { stream: true });
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

/** The whole text of a body. @throws as {@link readText} */
export async function readWholeText(body: Readable, maxBytes: number): Promise<string> {
  let text = '';
  for await (const piece of readText(body, maxBytes)) text += piece;
  return text;
}

/** A whole body as text. A byte order mark, which some servers write, is none of it. */
export function textOf(body: Buffer): string {
  const text = body.toString();
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
