import type { AskedAndPurged } from './demand';

/** How often something has to have been asked for, for each time that it was purged: see `demand.ts`. */
const LEAST_NEED = 1;
const FIRST_NEED = 2;
const MOST_NEED = 100;

/** With these the need stands still where one refresh in seven is wasted. */
const AFTER_USE = 0.99;
const AFTER_WASTE = 1.06;

/**
 * Whether a refresh is likely to be of use. What is asked for n times as often as it is purged is asked for before its next
 * purge n times out of n + 1, where neither waits for the other. How large n has to be is learnt from what became of the
 * refreshes before: each that was wasted raises it, each that was of use lowers it a little.
 */
export class Appetite {
  #need = FIRST_NEED;

  /** @param minHits WARM_MIN_HITS: whatever was asked for more rarely is left alone */
  constructor(readonly minHits: number) {}

  get need(): number {
    return this.#need;
  }

  /**
   * @param how.asked within the window, or over its last purges
   * @param how.purged the same, this time included
   */
  wants({ asked, purged }: AskedAndPurged): boolean {
    return asked >= this.minHits && asked >= this.#need * purged;
  }

  /** What was refreshed was asked for afterwards. */
  used(): void {
    this.#need = Math.max(LEAST_NEED, this.#need * AFTER_USE);
  }

  /** It was purged again or expired before any client asked for it. */
  wasted(): void {
    this.#need = Math.min(MOST_NEED, this.#need * AFTER_WASTE);
  }
}
