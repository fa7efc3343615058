import type { Tag } from './tag';

/** Changes remembered. An entry that is asked for more rarely is looked at as a whole. */
const KEPT = 64;
/** Purged tags that are compared with an entry's one by one; with more a look at each row costs less. */
const MOST_COMPARED = 8;

/**
 * Which tags the last changes of a table purged. Whether one of a few tags is among a thousand is told in a twentieth of
 * the time that a thousand rows take to look up; an entry with so many tags, hit between two purges of a busy log, is
 * looked at again for each.
 */
export class RecentPurges {
  readonly #tags: (readonly Tag[])[] = Array.from({ length: KEPT }, () => []);
  /** the last version at which something else than a purge of tags happened */
  #since = 0;

  /** The table came to this version by a purge of these tags, and by nothing else. */
  purged(version: number, tags: readonly Tag[]): void {
    this.#tags[version % KEPT] = tags;
  }

  /** What came before this version says nothing of an entry any more. */
  begin(version: number): void {
    this.#since = version;
  }

  /** Whether it is known that none of these tags was purged after one version, up to another. */
  spared(tags: readonly Tag[], after: number, upTo: number): boolean {
    if (after < this.#since || upTo - after > KEPT) return false;
    let compared = 0;
    for (let version = after + 1; version <= upTo; version++) {
      for (const tag of this.#tags[version % KEPT]!) {
        if (++compared > MOST_COMPARED || tags.includes(tag)) return false;
      }
    }
    return true;
  }
}
