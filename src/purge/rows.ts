import type { Tag } from './tag';

/**
 * Rows lie in so many maps, by the last characters of their tags. One map of a million rows stops the process for more
 * than 100 ms each time it makes itself anew, which it does after as many deletions as it has rows.
 */
const MAPS = 16;

/** When there are too many rows, this part of the fullest map goes at once. */
const DROPPED_PART = 1 / 64;

/** Tag -> sequence number of its last purge, for one epoch and one kind of purge. Bounded: old rows go first. */
export class Rows {
  /** The highest sequence number of the rows that had to go. Whoever reads an absent row as "fresh" must not go below. */
  highestDropped = 0;
  size = 0;

  readonly #maps = Array.from({ length: MAPS }, () => new Map<Tag, number>());
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  isNewer(tag: Tag, seq: number): boolean {
    const row = this.#mapOf(tag).get(tag);
    return row !== undefined && row > seq;
  }

  /** Keeps the later purge of a tag. @returns false when that was known already, or a later one */
  set(tag: Tag, seq: number): boolean {
    const map = this.#mapOf(tag);
    const before = map.get(tag);
    if (before === undefined) this.size++;
    else if (before >= seq) return false;
    // Deleted first, so that the map's order stays the order of the purges and its first row is its oldest.
    else map.delete(tag);
    map.set(tag, seq);
    if (this.size > this.#max) this.#dropOldest();
    return true;
  }

  clear(): void {
    for (const map of this.#maps) map.clear();
    this.size = 0;
    this.highestDropped = 0;
  }

  #mapOf(tag: Tag): Map<Tag, number> {
    // The last two characters: tags of one type differ at their end.
    const last = tag.length - 1;
    const place = last > 0 ? tag.charCodeAt(last) + 3 * tag.charCodeAt(last - 1) : 0;
    return this.#maps[place % MAPS] as Map<Tag, number>;
  }

  /**
   * Several at once: finding a map's first row means stepping over the holes that deleted rows left, which may be as
   * many as there are rows. An iterator kept for next time would keep every table the map grew out of.
   */
  #dropOldest(): void {
    const map = this.#maps.reduce((fullest, each) => (each.size > fullest.size ? each : fullest));
    let left = Math.max(1, Math.floor(map.size * DROPPED_PART));
    for (const [tag, seq] of map) {
      map.delete(tag);
      this.size--;
      this.highestDropped = Math.max(this.highestDropped, seq);
      if (--left === 0) break;
    }
  }
}
