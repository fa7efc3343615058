import type { Tag } from './tag';

/**
 * Rows lie in so many maps, by the last characters of their tags. One map of a million rows stops the process for more
 * than 100 ms each time it makes itself anew, which it does after as many deletions as it has rows.
 */
const MAPS = 16;

/** When there are too many rows, about this part of the fullest map goes at once. */
const DROPPED_PART = 1 / 32;

/** Rows looked at to tell which are old. */
const SAMPLE = 1024;

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

  /**
   * Keeps the later purge of a tag. A row stays at its place: to delete it and set it anew, so that the map would have
   * the order of the purges, leaves a hole each time, and whoever sets it again steps over all of them. A tag of every
   * record cost 70 us so.
   * @returns false when that was known already, or a later one
   */
  set(tag: Tag, seq: number): boolean {
    const map = this.#mapOf(tag);
    const before = map.get(tag);
    if (before === undefined) this.size++;
    else if (before >= seq) return false;
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

  /** Several at once: to find the oldest all rows of a map are looked at, which takes about a millisecond in a large table. */
  #dropOldest(): void {
    const map = this.#maps.reduce((fullest, each) => (each.size > fullest.size ? each : fullest));
    const newestDropped = quantile(map, DROPPED_PART);
    for (const [tag, seq] of map) {
      if (seq > newestDropped) continue;
      map.delete(tag);
      this.size--;
    }
    this.highestDropped = Math.max(this.highestDropped, newestDropped);
  }
}

/** A value of the map that about this part of the values, and at least one, is not above. */
function quantile(map: ReadonlyMap<unknown, number>, part: number): number {
  const every = Math.max(1, Math.floor(map.size / SAMPLE));
  const sample: number[] = [];
  let at = 0;
  for (const value of map.values()) if (at++ % every === 0) sample.push(value);
  return Float64Array.from(sample).sort()[Math.floor(part * sample.length)]!;
}
