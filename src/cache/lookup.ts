import type { Entry } from './entry';
import { hasReached, type Position } from '../purge/position';
import type { PurgeTable } from '../purge/table';
import type { Reason } from '../report/reason';

/** What the cache has to say to a key. */
export type Lookup =
  | { readonly kind: 'fresh'; readonly entry: Entry }
  /** may be served now, and must be refreshed: it expired, or was purged softly */
  | { readonly kind: 'stale'; readonly entry: Entry; readonly why: 'expired' | 'purged' }
  /** `fallback` may be served if upstream fails */
  | { readonly kind: 'miss'; readonly why: Reason; readonly fallback: Entry | undefined };

/**
 * Evaluates what a store returned.
 * @param now milliseconds, of the clock that entries carry
 * @param seen the position up to which the client has seen everything: it gets nothing older, even if that was
 * purged softly
 */
export function lookup(entry: Entry | undefined, table: PurgeTable, now: number, seen?: Position): Lookup {
  if (!entry) return { kind: 'miss', why: 'absent', fallback: undefined };
  const evaluation = evaluate(entry, table, now, seen);
  if (evaluation === 'fresh') return { kind: 'fresh', entry };
  if (evaluation === 'revalidate') {
    // What would be fresh by its age was purged softly.
    const why = now - entry.answeredAt < entry.maxAge * 1000 ? 'purged' : 'expired';
    return { kind: 'stale', entry, why };
  }
  return { kind: 'miss', why: reasonOf(evaluation), fallback: evaluation === 'if-error' ? entry : undefined };
}

function reasonOf(judgement: Exclude<Evaluation, 'fresh' | 'revalidate'>): Reason {
  return judgement === 'if-error' ? 'expired' : judgement;
}

/** Whole seconds an entry has left; negative once it is stale (RFC 9211 2.2). */
export function secondsLeft(entry: Entry, now: number): number {
  return Math.floor(entry.maxAge - (now - entry.answeredAt) / 1000);
}

/**
 * fresh       serve it
 * revalidate  serve it marked stale, and refresh it (stale-while-revalidate, or a soft purge)
 * if-error    serve it marked stale only when upstream fails (stale-if-error)
 * expired     its time is over
 * purged      something it shows is no longer true
 * distrusted  it is older than what this region can vouch for
 */
export type Evaluation = 'fresh' | 'revalidate' | 'if-error' | 'expired' | 'purged' | 'distrusted';

/**
 * Whether an entry may still be served, by its tags and its age. RFC 5861 for what stale means here; a hard purge ends
 * an entry whatever its age (P22).
 * @param now milliseconds, of the clock that the entry carries
 * @param seen see {@link lookup}
 */
export function evaluate(entry: Entry, table: PurgeTable, now: number, seen?: Position): Evaluation {
  let soft = false;
  // While the table has not changed, neither has what it said of this entry.
  const { checkedAt } = entry;
  if (checkedAt !== table.version) {
    const verdict = isSpared(entry, table) ? 'fresh' : table.verdict(entry.asOf, entry.tags);
    if (verdict === 'purged' || verdict === 'distrusted') return verdict;
    soft = verdict === 'soft-purged';
    // Of several soft purges the table knows the last: any of those before it may be what was seen.
    if (soft && seen && !hasReached(entry.asOf, seen)) return 'purged';
    if (!soft) entry.checkedAt = table.version;
  }
  const age = now - entry.answeredAt;
  if (!soft && age < entry.maxAge * 1000) return 'fresh';
  if (age < (entry.maxAge + entry.swr) * 1000) return 'revalidate';
  return age < (entry.maxAge + entry.staleIfError) * 1000 ? 'if-error' : 'expired';
}

/** Whether it was fresh at the last check, and none of its tags was purged since: a short cut. */
function isSpared(entry: Entry, table: PurgeTable): boolean {
  const { checkedAt } = entry;
  return checkedAt !== undefined && table.isUntouchedSince(checkedAt, entry.packedTags ?? entry.tags);
}
