import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import { pipeline, Readable } from 'node:stream';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { LastmileError } from '../report/error';
import type { CallResponse, Deadline } from './call';
import {
  readEvents,
  boundaryOf,
  readParts,
  ResultStream,
  resultsOfEvents,
  resultsOfParts,
} from './result-stream';
import { answerByStatus } from './fault';
import type { Cut } from '../json/long-text';
import { readLongResult, readResult } from './graphql-result';
import type { UpstreamAnswer } from './upstream';

/** What we can undo of RFC 9110 8.4.1. */
export const ACCEPTED_ENCODINGS = 'gzip, br, deflate';

const DECODERS = new Map<string, (body: Readable) => Readable>([
  ['gzip', through(createGunzip)],
  ['x-gzip', through(createGunzip)],
  ['br', through(createBrotliDecompress)],
  ['deflate', (body) => Readable.from(inflated(body))],
]);

/** Yoga marks its event streams with `none`, so that no proxy compresses them. */
const NO_CODING = new Set(['', 'identity', 'none']);

/** The codings of a body in the order in which they were applied. @param encoding the value of `content-encoding` */
function codingsOf(encoding: string | string[] | undefined): string[] {
  if (encoding === undefined) return [];
  const codings = String(encoding).toLowerCase().split(',');
  return codings.map((coding) => coding.trim()).filter((coding) => !NO_CODING.has(coding));
}

/** @param encoding the value of `content-encoding` */
export function isEncoded(encoding: string | string[] | undefined): boolean {
  return codingsOf(encoding).length > 0;
}

/**
 * A body without its content codings. Their own faults and those of the body reach the reader of the result.
 * @throws LastmileError UPSTREAM_BAD_ANSWER for a coding that was not requested
 */
export function decodeBody(body: Readable, encoding: string | undefined): Readable {
  return codingsOf(encoding).reduceRight((coded, coding) => {
    const decode = DECODERS.get(coding);
    if (!decode) throw new LastmileError('UPSTREAM_BAD_ANSWER', 'a content coding that was not asked for');
    return decode(coded);
  }, body);
}

/** The callback has nothing to add: `pipeline` destroys the decoder with the error, and the reader meets it there. */
function through(make: () => NodeJS.ReadWriteStream & Readable): (body: Readable) => Readable {
  return (body) => pipeline(body, make(), () => {});
}

/** RFC 9110 8.4.1.2: some servers send `deflate` without its wrapper, which would begin with an 8 (RFC 1950 2.2). */
async function* inflated(body: Readable): AsyncGenerator<Buffer, void> {
  await once(body, 'readable');
  const first = body.read() as Buffer | null;
  if (first === null) return;
  body.unshift(first);
  const isWrapped = (first[0]! & 0x0f) === 8;
  yield* through(isWrapped ? createInflate : createInflateRaw)(body);
}

/**
 * The text of a body as it arrives, as UTF-8, whole characters at a time.
 * @throws LastmileError UPSTREAM_ANSWER_TOO_LARGE once more than `maxBytes` have come; what the body fails with
 */
export async function* readText(body: Readable, maxBytes: number): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new LastmileError('UPSTREAM_ANSWER_TOO_LARGE', `more than ${maxBytes} bytes`);
    yield decoder.decode(chunk, { stream: true });
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

/** All of a body. @throws as {@link readText} */
async function readPieces(body: Readable, maxBytes: number): Promise<readonly Buffer[]> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) throw new LastmileError('UPSTREAM_ANSWER_TOO_LARGE', `more than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return pieces;
}

/**
 * The text of a body that is no UTF-8, which JSON is whatever it says of itself (RFC 8259 8.1): so what it says counts.
 * @returns undefined where that does not tell all characters either
 */
function textAsNamed(body: Buffer, type: string): string | undefined {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(type)?.[1];
  if (charset === undefined) return undefined;
  try {
    return new TextDecoder(charset, { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

const LOST_CHARACTER = '\uFFFD';

/** A whole body as text. A byte order mark, which some servers write, is none of it. */
export function textOf(body: Buffer): string {
  const text = body.toString();
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** Bytes that are made text in one turn of the event loop. */
const STEP = 2 ** 20;

/** The same for a body in pieces, which may be so long that others would have to wait for it. */
function joinedText(pieces: readonly Buffer[]): string | Promise<string> {
  const [first] = pieces;
  if (first && pieces.length === 1 && first.length <= STEP) return textOf(first);
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  return bytes > STEP ? textInSteps(pieces) : textOf(Buffer.concat(pieces, bytes));
}

async function textInSteps(pieces: readonly Buffer[]): Promise<string> {
  const decoder = new TextDecoder();
  const texts: string[] = [];
  let inTurn = 0;
  for (const piece of pieces) {
    texts.push(decoder.decode(piece, { stream: true }));
    inTurn += piece.length;
    if (inTurn < STEP) continue;
    inTurn = 0;
    await othersTurn();
  }
  return texts.join('') + decoder.decode();
}

/** True for bodies that come over time, or have to be decompressed on their way in. */
export function isStream(headers: CallResponse['headers']): boolean {
  const type = String(headers['content-type'] ?? '');
  return isEvents(type) || isMultipart(type) || isEncoded(headers['content-encoding']);
}

const isEvents = (type: string): boolean => type.startsWith('text/event-stream');
const isMultipart = (type: string): boolean => type.startsWith('multipart/mixed');

export interface ReadOptions {
  /** of a whole answer, or of one event */
  readonly maxBytes: number;
  readonly deadline: Deadline;
  /** characters of a whole answer that is still looked into */
  readonly longest: number;
  readonly cut: (() => Cut) | undefined;
  /** whether the request asked for a stream: who did not would never read one to its end */
  readonly takesStream: boolean;
}

/**
 * Reads a response, whatever it is: a GraphQL result in JSON, or a stream of them. What of its body was not read when
 * this throws is for the caller to give up.
 * @throws LastmileError UPSTREAM_BAD_ANSWER when it is not GraphQL; whatever the connection fails with
 */
export async function readAnswer(
  response: CallResponse,
  { maxBytes, longest, cut, deadline, takesStream }: ReadOptions,
): Promise<UpstreamAnswer> {
  const { status } = response;
  const headers = flatten(response.headers);
  const type = headers['content-type'] ?? '';
  const body =
    response.body instanceof Readable
      ? decodeBody(response.body, headers['content-encoding'])
      : response.body;
  if (status >= 300 && status < 400) {
    // Following it would let an answer choose a host.
    throw new LastmileError('UPSTREAM_BAD_ANSWER', `status ${status}: redirects are not followed`);
  }
  const said = { headers, answered: true, status };
  if (body instanceof Readable && (isEvents(type) || isMultipart(type))) {
    if (!takesStream)
      throw new LastmileError('UPSTREAM_BAD_ANSWER', `status ${status}, ${type}: not asked for`);
    deadline.liftTime();
    const results = isEvents(type)
      ? resultsOfEvents(readEvents(readText(body, Infinity), maxBytes))
      : resultsOfParts(readParts(readText(body, maxBytes), boundaryOf(type)));
    return { ...said, result: new ResultStream(results, deadline) };
  }
  const pieces = body instanceof Readable ? await readPieces(body, maxBytes) : body;
  const whole = joinedText(pieces);
  let text = typeof whole === 'string' ? whole : await whole;
  let isDamaged = false;
  if (text.includes(LOST_CHARACTER)) {
    const bytes = Buffer.concat(pieces);
    const named = isUtf8(bytes) ? text : textAsNamed(bytes, type);
    isDamaged = named === undefined;
    text = named ?? text;
  }
  try {
    const isLookedInto = text.length <= longest && !isDamaged;
    const read = isLookedInto ? readResult(text) : await readLongResult(text, cut?.());
    return { ...said, size: text.length, ...(isDamaged && { isDamaged }), ...read };
  } catch (error) {
    if (!(error instanceof LastmileError)) throw error;
    const detail = `status ${status}, ${type || 'no content type'}: ${error.detail ?? ''}`;
    const byStatus = answerByStatus({ status, headers }, detail);
    if (byStatus) return byStatus;
    throw new LastmileError(error.code, detail, { cause: error });
  }
}

/** Response headers as one text each; those of `set-cookie` are joined by newlines. */
export function flatten(headers: CallResponse['headers']): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    flat[name] = typeof value === 'string' ? value : value.join(name === 'set-cookie' ? '\n' : ', ');
  }
  return flat;
}
