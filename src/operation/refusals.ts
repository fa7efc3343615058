import type { CacheKey } from '../cache/entry';

/** Keys remembered of one operation; the oldest go first, and their requests ask twice once more. */
const MOST_KEYS = 32;

/**
 * Learnt of one operation: which of its answers upstream refused without anyone's credentials and gave with some, so that
 * requests with credentials are not made to ask twice. For a time only, because upstream may have failed for a moment, and
 * key by key: that one object is restricted says nothing of the others.
 */
export class Refusals {
  /** by key of the shared answer, until when: monotonic milliseconds */
  readonly #until = new Map<CacheKey, number>();

  get size(): number {
    return this.#until.size;
  }

  note(key: CacheKey, until: number): void {
    this.#until.delete(key);
    this.#until.set(key, until);
    if (this.#until.size > MOST_KEYS) this.#until.delete(this.#until.keys().next().value!);
  }

  holds(key: CacheKey, now: number): boolean {
    return now < (this.#until.get(key) ?? -Infinity);
  }
}
