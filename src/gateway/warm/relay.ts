import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { decodeEntry, encodeEntry, type WrittenEntry } from '../../cache/entry-codec';
import type { CacheKey, Entry } from '../../cache/entry';
import { readJson, writeJson } from '../../json/exact-number';
import { formatPosition, parsePosition, type Position } from '../../purge/position';
import { isSharedQuery, type SharedQuery } from './shared-query';

/**
 * How a region's gateway asks that of the primary region for an entry, so that upstream is asked once for all regions:
 *
 *   POST <PRIMARY_URL>                         a JSON object: see {@link EntryRequest}
 *   lastmile-entry: <region> <seal of the body>
 *
 *   200, lastmile-entry: <seal>                the entry as it lies in Redis, with its age in the place of its time; the seal
 *                                              is of the request's seal and of these bytes
 *   204                                        there is none: ask upstream yourself
 *   409                                        nor will there be, because it would have another key here
 *   lastmile-regions: <number>                 with each: regions that asked here lately, and this one
 *
 * Only gateways are answered: tags tell more of the data than an answer shows. Each question holds a number drawn by chance,
 * so that no answer to another one fits it.
 */
export const ENTRY_HEADER = 'lastmile-entry';
export const REGIONS_HEADER = 'lastmile-regions';

/** What is asked for. */
export interface EntryRequest {
  /** under which who asks would keep it: a gateway with another upstream, other headers for it or another schema has none such */
  readonly key: CacheKey;
  readonly query: SharedQuery;
  /** what was purged up to here it must not show */
  readonly after: Position;
  /** Many others are asked for as well: upstream is asked in turns. */
  readonly inTurn: boolean;
  /** A client waits for it there: it counts as asked for here as well. */
  readonly isAwaited: boolean;
}

/** Keeps the seals apart from everything else that is made with the same secret. */
const PURPOSE = 'lastmile: an entry for another region';

export function formatRequest(request: EntryRequest): string {
  const { key, query, after, inTurn, isAwaited } = request;
  const nonce = randomBytes(12).toString('base64url');
  return writeJson({ key, query, after: formatPosition(after), inTurn, isAwaited, nonce });
}

/** @returns undefined for anything else than {@link formatRequest} makes */
export function parseRequest(body: string): EntryRequest | undefined {
  try {
    const { key, query, after, inTurn, isAwaited } = readJson(body) as Record<string, unknown>;
    const position = typeof after === 'string' ? parsePosition(after) : undefined;
    if (typeof key !== 'string' || !isSharedQuery(query) || !position) return undefined;
    return {
      key: key as CacheKey,
      query,
      after: position,
      inTurn: inTurn === true,
      isAwaited: isAwaited === true,
    };
  } catch {
    return undefined;
  }
}

/** The header of a request. */
export function signRequest(region: string, secret: string, body: Buffer): string {
  // A header holds visible ASCII.
  const name = encodeURIComponent(region);
  return `${name} ${sealOf(secret, name, body)}`;
}

/** @returns the region whose gateway signed this about this body; undefined: none did */
export function signerOf(header: string, secret: string, body: Buffer): string | undefined {
  const [name = '', seal = ''] = header.split(' ', 2);
  return isSame(seal, sealOf(secret, name, body)) ? name : undefined;
}

/** The header of an answer. @param asked the header of the request */
export function signAnswer(asked: string, secret: string, value: Buffer): string {
  return sealOf(secret, asked, value);
}

export function isAnswerTo(asked: string, secret: string, given: { seal: string; value: Buffer }): boolean {
  return isSame(given.seal, sealOf(secret, asked, given.value));
}

/** @param now monotonic milliseconds */
export function encodeAnswer(entry: Entry, now: number): Buffer | undefined {
  return encodeEntry(entry, Math.max(0, now - entry.answeredAt));
}

/**
 * @param sentAt when it was asked for: how long it was on its way back is not known, so that all of the time since counts
 * @param heldSince when it was here; both monotonic milliseconds of this process
 */
export function decodeAnswer(
  key: CacheKey,
  value: Buffer,
  { sentAt, heldSince }: { readonly sentAt: number; readonly heldSince: number },
): WrittenEntry | undefined {
  const entry = decodeEntry(key, value);
  if (typeof entry === 'string') return undefined;
  return { ...entry, answeredAt: sentAt - entry.answeredAt, heldSince };
}

function sealOf(secret: string, about: string, bytes: Buffer): string {
  const key = createHmac('sha256', secret).update(PURPOSE).digest();
  return createHmac('sha256', key)
    .update(`${about}\n${createHash('sha256').update(bytes).digest('hex')}`)
    .digest('base64url');
}

function isSame(one: string, other: string): boolean {
  const [given, wanted] = [Buffer.from(one), Buffer.from(other)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
