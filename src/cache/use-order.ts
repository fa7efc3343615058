import { bytesOf, type KeptEntry } from './kept-entry';

/**
 * Entries in the order of their last use. They are linked through themselves, two fields each: arrays of an order beside
 * them cost 40 bytes an entry, and up to half as much again while they grow.
 */
export class UseOrder {
  size = 0;
  /** as {@link bytesOf} counts them */
  bytes = 0;
  #oldest: KeptEntry | undefined;
  #newest: KeptEntry | undefined;

  get oldest(): KeptEntry | undefined {
    return this.#oldest;
  }

  /** Adds an entry that is in no order, as used just now. What it takes must not change while it is here. */
  add(entry: KeptEntry): void {
    entry.order = this;
    this.size++;
    this.bytes += bytesOf(entry);
    this.#append(entry);
  }

  /** Notes that an entry which is here was used. */
  use(entry: KeptEntry): void {
    if (entry === this.#newest) return;
    this.#unlink(entry);
    this.#append(entry);
  }

  /** Removes an entry that is here. */
  remove(entry: KeptEntry): void {
    this.#unlink(entry);
    this.size--;
    this.bytes -= bytesOf(entry);
    // Whoever still holds it must not hold its neighbours.
    entry.order = entry.older = entry.newer = undefined;
  }

  #append(entry: KeptEntry): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
  }

  #unlink({ older, newer }: KeptEntry): void {
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
  }
}
