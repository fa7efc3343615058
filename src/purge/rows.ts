import type { Tag } from './tag';

/** When there are too many rows, this part of them goes at once. */
const DROPPED_PART = 1 / 64;

/** Tag -> sequence number of its last purge, for one epoch and one kind of purge. Bounded: the oldest rows go first. */
export class Rows {
  /** The highest sequence number of the rows that had to go. Whoever reads an absent row as "fresh" must not go below. */
  highestDropped = 0;

  readonly #rows = new Map<Tag, number>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#rows.size;
  }

  isNewer(tag: Tag, seq: number): boolean {
    const row = this.#rows.get(tag);
    return row !== undefined && row > seq;
  }

  /** Keeps the later purge of a tag. @returns false when that was known already, or a later one */
  set(tag: Tag, seq: number): boolean {
    const before = this.#rows.get(tag);
    if (before !== undefined) {
      if (before >= seq) return false;
      // Deleted first, so that the map's order stays the order of the purges and its first row is the oldest.
      this.#rows.delete(tag);
    }
    this.#rows.set(tag, seq);
    if (this.#rows.size > this.#max) this.#dropOldest();
    return true;
  }

  clear(): void {
    this.#rows.clear();
    this.highestDropped = 0;
  }

  /**
   * Several at once: finding a map's first row means stepping over the holes that deleted rows left, which may be as
   * many as there are rows. An iterator kept for next time would keep every table the map grew out of.
   */
  #dropOldest(): void {
    let left = Math.max(1, Math.floor(this.#max * DROPPED_PART));
    for (const [tag, seq] of this.#rows) {
      this.#rows.delete(tag);
      this.highestDropped = Math.max(this.highestDropped, seq);
      if (--left === 0) break;
    }
  }
}
