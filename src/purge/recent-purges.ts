import { markOf } from './mark';
import { everyMark, type PackedTags } from './packed-tags';
import type { Tag } from './tag';

/** Changes remembered tag by tag. An entry with many tags that is asked for more rarely is looked at as a whole. */
const KEPT = 64;
/** Purged tags that are compared with an entry's one by one; with more a look at each row costs less. */
const MOST_COMPARED = 16;

/** A power of two; 256 KiB. */
const SLOTS = 2 ** 15;

/**
 * What the last changes of a table purged. It tells of most entries that none of their tags was purged since they were
 * looked at, for less than it costs to look up each tag; where it cannot tell, each is looked up.
 *
 * - Of packed tags none has to be taken out for that: their marks lead to when a tag with such a mark was last purged.
 * - Whether one of a few purged tags is among a thousand that are not packed is told in a twentieth of the time that a
 *   thousand rows take to look up.
 */
export class RecentPurges {
  readonly #tags: (readonly Tag[])[] = Array.from({ length: KEPT }, () => []);
  /** by mark, the version of the last purge */
  readonly #versions = new Float64Array(SLOTS);
  /** the last version at which something else than a purge of tags happened */
  #since = 0;

  /** The table came to this version by a purge of these tags, and by nothing else. */
  purged(version: number, tags: readonly Tag[]): void {
    this.#tags[version % KEPT] = tags;
    for (const tag of tags) this.#versions[slotOf(markOf(tag))] = version;
  }

  /** What came before this version says nothing of an entry any more. */
  begin(version: number): void {
    this.#since = version;
  }

  /** Whether it is known that none of these tags was purged after one version, up to another: that of the last change. */
  spared(tags: readonly Tag[] | PackedTags, after: number, upTo: number): boolean {
    if (after < this.#since) return false;
    if (typeof tags !== 'string') return this.#isNoneAmong(tags, after, upTo);
    const versions = this.#versions;
    return everyMark(tags, (mark) => versions[slotOf(mark)]! <= after);
  }

  #isNoneAmong(tags: readonly Tag[], after: number, upTo: number): boolean {
    if (upTo - after > KEPT) return false;
    let compared = 0;
    for (let version = after + 1; version <= upTo; version++) {
      for (const tag of this.#tags[version % KEPT]!) {
        if (++compared > MOST_COMPARED || tags.includes(tag)) return false;
      }
    }
    return true;
  }
}

/** The upper bits of a mark are the better mixed. */
function slotOf(mark: number): number {
  return (mark ^ (mark >>> 15)) & (SLOTS - 1);
}
