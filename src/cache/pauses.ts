import { LRUCache } from 'lru-cache';
import type { CacheKey } from './entry';

export interface PausesOptions {
  /** milliseconds after the first failure; doubled with each that follows */
  readonly firstMs: number;
  readonly longestMs: number;
  /** keys remembered; those that failed longest ago go first */
  readonly maxKeys: number;
  /** monotonic milliseconds */
  readonly now: () => number;
}

/** For how long what failed is not tried again, key by key. */
export class Pauses {
  readonly #options: PausesOptions;
  readonly #pauses: LRUCache<CacheKey, { readonly length: number; readonly until: number }>;

  constructor(options: PausesOptions) {
    this.#options = options;
    this.#pauses = new LRUCache({ max: options.maxKeys });
  }

  get size(): number {
    return this.#pauses.size;
  }

  isPaused(key: CacheKey): boolean {
    const pause = this.#pauses.get(key);
    return pause !== undefined && this.#options.now() < pause.until;
  }

  /**
   * What fails during a pause was begun before it, and says nothing new: ten at once make no longer pause than one.
   * @returns whether a pause begins with it
   */
  failed(key: CacheKey): boolean {
    const { firstMs, longestMs, now } = this.#options;
    if (this.isPaused(key)) return false;
    const last = this.#pauses.get(key);
    const length = last ? Math.min(2 * last.length, longestMs) : firstMs;
    this.#pauses.set(key, { length, until: now() + length });
    return true;
  }

  succeeded(key: CacheKey): void {
    this.#pauses.delete(key);
  }
}
