import { LRUCache } from 'lru-cache';

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
export class Repeats<T> {
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
