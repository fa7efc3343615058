import type { CacheKey, Entry } from '../cache/entry';
import { judge, type Judgement } from '../cache/judge';
import type { PurgeTable } from '../purge/table';
import type { Reason } from '../report/reason';

/** What the cache has to say to a key. */
export type Found =
  | { readonly kind: 'fresh'; readonly entry: Entry }
  /** may be served now, and must be refreshed: it expired, or was purged softly */
  | { readonly kind: 'stale'; readonly entry: Entry; readonly why: 'expired' | 'purged' }
  /** `fallback` may be served if upstream fails */
  | { readonly kind: 'miss'; readonly why: Reason; readonly fallback: Entry | undefined };

/** Judges what a store held. @param now milliseconds, of the clock that entries carry */
export function judged(entry: Entry | undefined, table: PurgeTable, now: number): Found {
  if (!entry) return { kind: 'miss', why: 'absent', fallback: undefined };
  const judgement = judge(entry, table, now);
  if (judgement === 'fresh') return { kind: 'fresh', entry };
  if (judgement === 'revalidate') {
    // What would be fresh by its age was purged softly.
    const why = now - entry.answeredAt < entry.maxAge * 1000 ? 'purged' : 'expired';
    return { kind: 'stale', entry, why };
  }
  return { kind: 'miss', why: reasonOf(judgement), fallback: judgement === 'if-error' ? entry : undefined };
}

function reasonOf(judgement: Exclude<Judgement, 'fresh' | 'revalidate'>): Reason {
  return judgement === 'if-error' ? 'expired' : judgement;
}

/** Whole seconds an entry has left; negative once it is stale (RFC 9211 2.2). */
export function secondsLeft(entry: Entry, now: number): number {
  return Math.floor(entry.maxAge - (now - entry.answeredAt) / 1000);
}

/** In-process entries, looked up without waiting. */
export interface NearStore {
  peek(key: CacheKey): Entry | undefined;
}
