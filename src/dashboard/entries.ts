import { setImmediate as nextTurn } from 'node:timers/promises';
import { secondsLeft } from '../cache/lookup';
import type { Tag } from '../purge/tag';
import { formatTag } from '../purge/tag';
import type { Region } from '../region/region';

/** An entry of this process's memory, without its answer: operators need not see what users see. */
export interface EntryView {
  readonly key: string;
  readonly tags: readonly string[];
  /** tags beside these */
  readonly more: number;
  /** seconds since upstream answered */
  readonly age: number;
  /** seconds for which it is fresh by its maxAge; below 0 it is past that */
  readonly left: number;
  readonly bytes: number;
  /** it belongs to one session */
  readonly isPrivate: boolean;
  /** what the next request would find: `fresh`, or why not */
  readonly verdict: string;
}

/** Entries that carry any of some tags. */
export interface FoundEntries {
  readonly count: number;
  /** of these, those that may still be served */
  readonly fresh: number;
  readonly entries: readonly EntryView[];
}

const MOST_ENTRIES = 100;
const MOST_TAGS = 20;
/** Entries that are looked at before others have their turn: about a millisecond of them (P47). */
const AT_ONCE = 500;

/** Which entries in this process's memory a purge of these tags is about. */
export async function findEntries(region: Region, tags: ReadonlySet<Tag>): Promise<FoundEntries> {
  const entries: EntryView[] = [];
  let [count, fresh, looked] = [0, 0, 0];
  for (const entry of region.near.entries()) {
    if (++looked % AT_ONCE === 0) await nextTurn();
    const own = entry.tags;
    if (!own.some((tag) => tags.has(tag))) continue;
    const now = region.now();
    const found = region.evaluate(entry, now);
    const verdict = found.kind === 'miss' || found.kind === 'stale' ? found.why : 'fresh';
    count++;
    if (found.kind !== 'miss') fresh++;
    if (entries.length >= MOST_ENTRIES) continue;
    entries.push({
      key: entry.key,
      tags: own.slice(0, MOST_TAGS).map(formatTag),
      more: Math.max(0, own.length - MOST_TAGS),
      age: Math.round((now - entry.answeredAt) / 1000),
      left: Math.round(secondsLeft(entry, now)),
      bytes: entry.bodyBytes,
      isPrivate: own.some((tag) => tag.startsWith('@')),
      verdict,
    });
  }
  return { count, fresh, entries };
}

/** What several processes found. */
export function joinEntries(all: readonly FoundEntries[]): FoundEntries {
  return {
    count: all.reduce((total, { count }) => total + count, 0),
    fresh: all.reduce((total, { fresh }) => total + fresh, 0),
    entries: all.flatMap(({ entries }) => entries).slice(0, MOST_ENTRIES),
  };
}
