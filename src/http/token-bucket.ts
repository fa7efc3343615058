/** Lets so many through at once, and so many a second in the long run. Pure: times are handed in. */
export class TokenBucket {
  #tokens: number;
  #filledAt = -Infinity;

  /**
   * @param burst how many at once
   * @param perSecond how many a second afterwards
   */
  constructor(
    readonly burst: number,
    readonly perSecond: number,
  ) {
    this.#tokens = burst;
  }

  /**
   * @param now monotonic milliseconds
   * @returns 0 when one was let through, else the milliseconds until one would be
   */
  take(now: number): number {
    const gained = ((now - this.#filledAt) / 1000) * this.perSecond;
    this.#tokens = Math.min(this.burst, this.#tokens + gained);
    this.#filledAt = now;
    if (this.#tokens < 1) return ((1 - this.#tokens) / this.perSecond) * 1000;
    this.#tokens--;
    return 0;
  }
}
