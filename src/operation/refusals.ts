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
  #until: Map<CacheKey, number> | undefined;

  get size(): number {
    return this.#until?.size ?? 0;
  }

  note(key: CacheKey, until: number): void {
    const known = (this.#until ??= new Map());
    known.delete(key);
    known.set(key, until);
    if (known.size > MOST_KEYS) known.delete(known.keys().next().value!);
  }

  holds(key: CacheKey, now: number): boolean {
    return now < (this.#until?.get(key) ?? -Infinity);
  }
}
