import { hash } from 'node:crypto';
import type { PackedTags } from '../purge/packed-tags';
import type { Position } from '../purge/position';
import type { Tag } from '../purge/tag';

/** A content coding answers are kept in (RFC 9110 8.4.1, RFC 7932, RFC 8878). */
export type Coding = 'br' | 'zstd' | 'gzip';

/** The name of an entry: a hash over everything the answer depends on. See `cacheKeyOf`. */
export type CacheKey = string & { readonly [brand]: true };

/** What an entry's language may look like (RFC 9110 8.5): it leaves as a header, so no other character may be in it. */
export const WRITABLE_LANGUAGES = /^[\x20-\x7e]{1,200}$/;

/** What an entry's ETag may look like (RFC 9110 8.8.3), of ASCII alone: it leaves as a header as well. */
export const WRITABLE_ETAGS = /^"[!#-~]{1,200}"$/;

declare const brand: unique symbol;

/**
 * A part of an answer that may be served again. A whole answer is the case of one part.
 * Times are monotonic milliseconds of this process; in Redis those of its clock: see `RegionClock`.
 */
export interface Entry {
  readonly key: CacheKey;
  /** the JSON text of the answer as UTF-8, without a media type: it is labelled for each client */
  readonly body: Buffer;
  /** `body` with one character for each byte (Latin-1), where this process keeps it so: see `CompactEntry` */
  readonly text?: string | undefined;
  /**
   * `body` in a content coding, where this process keeps it so; a string has one character for each byte. `null`: it was
   * tried, and is not worth keeping. Absent: nothing else is kept of this entry, and nothing needs to be made.
   */
  readonly coded?: (coding: Coding) => Buffer | string | null | undefined;
  /** what the answer's Content-Language said of `body`, where it said anything (RFC 9110 8.5) */
  readonly language?: string | undefined;
  /** strong, of the bytes of `body`; with its quotes (RFC 9110 8.8.3) */
  readonly etag: string;
  /** the position the region had applied before upstream was asked */
  readonly asOf: Position;
  readonly tags: readonly Tag[];
  /** `tags` in one string, if this process packs them: `tags` is then built at each read */
  readonly packedTags?: PackedTags | undefined;
  /** when upstream answered */
  readonly answeredAt: number;
  /**
   * When this process had it: by its own clock alone, where `answeredAt` goes by what upstream and Redis say the time is.
   * Nothing in it is newer. Not stored.
   */
  readonly heldSince?: number | undefined;
  /** seconds */
  readonly maxAge: number;
  /** seconds past maxAge it may be served while it is refreshed; 0: not at all */
  readonly swr: number;
  /** seconds past maxAge it may be served when upstream fails; 0: not at all */
  readonly staleIfError: number;
  /** the table's version at which the tags were last found fresh in this process; not stored */
  checkedAt?: number | undefined;
}

/** Where entries are kept. A store never throws and never rejects: a fault is a miss, counted. */
export interface Store {
  /** A corrupt, truncated, foreign or other-version value is undefined. */
  get(key: CacheKey): Promise<Entry | undefined>;
  /**
   * Keeps an entry for maxAge + the longer of swr and staleIfError, always with a TTL.
   * @returns what resolves when it is kept, or was given up after all; undefined: it is known already that it is not kept
   */
  set(entry: Entry): Promise<void> | undefined;
  close(): Promise<void>;
}

/** Puts an entry into each store, and waits for none (P43). @returns whether any of them keeps it, as far as is known at once */
export function keepIn(stores: readonly Store[], entry: Entry): boolean {
  // Each is told, whatever the others say.
  return stores.filter((store) => store.set(entry) !== undefined).length > 0;
}

/** Seconds an entry is worth keeping, from when upstream answered. */
export function lifetime(entry: Pick<Entry, 'maxAge' | 'swr' | 'staleIfError'>): number {
  return entry.maxAge + Math.max(entry.swr, entry.staleIfError);
}

/** The longest times that an answer with some key can have been given: those of its policy. In seconds. */
export interface LongestTimes {
  readonly maxAge: number;
  /** maxAge and swr together */
  readonly staleUntil: number;
  readonly staleIfError: number;
}

/** An entry that came from elsewhere, with no more time than its policy allows, whatever it says itself. */
export function within(longest: LongestTimes, entry: Entry): Entry {
  const maxAge = Math.min(entry.maxAge, longest.maxAge);
  const swr = Math.min(entry.swr, longest.staleUntil - maxAge);
  const staleIfError = Math.min(entry.staleIfError, longest.staleIfError);
  const isWithin = maxAge === entry.maxAge && swr === entry.swr && staleIfError === entry.staleIfError;
  return isWithin ? entry : { ...entry, maxAge, swr, staleIfError };
}

/** The ETag of an entry: strong, of the bytes of its body, with its quotes (RFC 9110 8.8.3). */
export function strongEtag(body: Buffer): string {
  return `"${hash('sha256', body, 'base64url').slice(0, 27)}"`;
}
