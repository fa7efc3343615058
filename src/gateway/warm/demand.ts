import { SlidingCount } from './sliding-count';

/** For each purge that came since, so much is left of what was asked for before. */
const LEFT = 0.8;

/** How often something was asked for, and was purged meanwhile. */
export interface AskedAndPurged {
  readonly asked: number;
  /** its present purge included */
  readonly purged: number;
}

/**
 * How much an answer is asked for, for each time that it is purged. What is purged every second is told of by a window of a
 * minute. What is asked for once a minute, and purged once an hour, is worth a refresh too, and no window of a minute shows
 * it: so what was asked for between the last purges counts as well, however long ago they were.
 */
export class Demand {
  readonly #asked = new SlidingCount();
  readonly #purged = new SlidingCount();
  /** since the last purge */
  #since = 0;
  #before: AskedAndPurged = { asked: 0, purged: 0 };

  ask(times = 1): void {
    this.#asked.add(times);
    this.#since += times;
  }

  /** How often it was asked for within the window. @param elapsed which part of the present one is over: 0 to 1 */
  within(elapsed: number): number {
    return this.#asked.within(elapsed);
  }

  /** It is purged. @returns how often that happened within the window, or over its last purges where those say more */
  purge(elapsed: number): AskedAndPurged {
    this.#purged.add();
    const { asked, purged } = this.#before;
    this.#before = { asked: LEFT * asked + this.#since, purged: LEFT * purged + 1 };
    this.#since = 0;
    const lately = { asked: this.#asked.within(elapsed), purged: this.#purged.within(elapsed) };
    return lately.asked < this.#before.asked ? this.#before : lately;
  }

  /** The present window is over. */
  turn(): void {
    this.#asked.turn();
    this.#purged.turn();
  }
}
