/**
 * The time of the Redis that several processes share, tracked with this process's monotonic clock. Machines' clocks
 * are never compared (P15): an entry in Redis carries Redis's time, and each process that reads it converts that to
 * its own.
 *
 * In this process an entry carries the process's own monotonic time, which cannot be set. So in-process entries stay
 * right while Redis is unreachable, and when its clock changes. If Redis's clock is set forward, entries in Redis
 * end early; if it is set back, entries from what is now the future are not trusted, and the others end late by as
 * much, which is less than their age. Purges are unaffected: they go by position, not by time.
 */
export class RegionClock {
  /** region's time less this process's, both in milliseconds */
  #offset: number | undefined;

  /** False before the first answer, and after `forget`: nothing can be converted then. */
  get isKnown(): boolean {
    return this.#offset !== undefined;
  }

  /**
   * Learns from one answer, taken to be from the middle of its round trip: off by at most half of that.
   * @param sentAt this process's milliseconds when the region was asked
   * @param answer the region's milliseconds
   * @param receivedAt this process's milliseconds when the answer came
   */
  learn(sentAt: number, answer: number, receivedAt: number): void {
    this.#offset = answer - (sentAt + receivedAt) / 2;
  }

  /** After a lost connection: the next one may lead to another machine, with another clock. */
  forget(): void {
    this.#offset = undefined;
  }

  toRegion(local: number): number | undefined {
    return this.#offset === undefined ? undefined : local + this.#offset;
  }

  toLocal(region: number): number | undefined {
    return this.#offset === undefined ? undefined : region - this.#offset;
  }
}
