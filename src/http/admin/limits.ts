import { LRUCache } from 'lru-cache';

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

const KEPT_MS = 600_000;
const MOST_KEPT = 10_000;

interface Kept<T> {
  readonly fingerprint: string;
  readonly result: Promise<T>;
}

/**
 * What came of requests that carried an `Idempotency-Key`, for ten minutes, in this process: a webhook that sends again
 * what it sent before is given the same answer. One that reaches another process is done again, which purges twice and
 * harms nothing.
 */
export class IdempotencyCache<T> {
  readonly #kept: LRUCache<string, Kept<T>>;

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#kept = new LRUCache({ max: MOST_KEPT, ttl: KEPT_MS, ttlResolution: 0, perf: { now } });
  }

  /**
   * Does a thing once for each key. What failed is forgotten, so that it can be tried again.
   * @param fingerprint what the key was used for
   * @returns undefined when the key was used for something else
   */
  once(
    key: string,
    fingerprint: string,
    act: () => Promise<T>,
  ): { readonly result: Promise<T>; readonly repeated: boolean } | undefined {
    const kept = this.#kept.get(key);
    if (kept) {
      return kept.fingerprint === fingerprint ? { result: kept.result, repeated: true } : undefined;
    }
    const result = act();
    this.#kept.set(key, { fingerprint, result });
    result.catch(() => {
      if (this.#kept.peek(key)?.result === result) this.#kept.delete(key);
    });
    return { result, repeated: false };
  }
}
