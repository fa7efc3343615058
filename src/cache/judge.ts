import type { PurgeTable } from '../purge/table';
import type { Entry } from './entry';

/**
 * fresh       serve it
 * revalidate  serve it marked stale, and refresh it (stale-while-revalidate, or a soft purge)
 * if-error    serve it marked stale only when upstream fails (stale-if-error)
 * expired     its time is over
 * purged      something it shows is no longer true
 * distrusted  it is older than what this region can vouch for
 */
export type Judgement = 'fresh' | 'revalidate' | 'if-error' | 'expired' | 'purged' | 'distrusted';

/**
 * Whether an entry may still be served, by its tags and its age. RFC 5861 for what stale means here; a hard purge ends
 * an entry whatever its age (P22).
 * @param now milliseconds, of the clock that the entry carries
 */
export function judge(entry: Entry, table: PurgeTable, now: number): Judgement {
  let soft = false;
  // While the table has not changed, neither has what it said of this entry.
  const { checkedAt } = entry;
  if (checkedAt !== table.version) {
    const verdict = isSpared(entry, table) ? 'fresh' : table.verdict(entry.asOf, entry.tags);
    if (verdict === 'purged' || verdict === 'distrusted') return verdict;
    soft = verdict === 'soft-purged';
    if (!soft) entry.checkedAt = table.version;
  }
  const age = now - entry.answeredAt;
  if (!soft && age < entry.maxAge * 1000) return 'fresh';
  if (age < (entry.maxAge + entry.swr) * 1000) return 'revalidate';
  return age < (entry.maxAge + entry.staleIfError) * 1000 ? 'if-error' : 'expired';
}

/** Whether it was fresh when it was looked at last, and none of its tags was purged since: a short cut. */
function isSpared(entry: Entry, table: PurgeTable): boolean {
  const { checkedAt } = entry;
  return checkedAt !== undefined && table.isUntouchedSince(checkedAt, entry.packedTags ?? entry.tags);
}
