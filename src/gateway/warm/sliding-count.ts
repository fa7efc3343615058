/**
 * How often something happened within the last window, near enough: of the window before as large a part counts as the
 * present one has still to run. Two numbers, however much happens.
 */
export class SlidingCount {
  #before = 0;
  #present = 0;

  add(times = 1): void {
    this.#present += times;
  }

  /** The present window is over. */
  turn(): void {
    this.#before = this.#present;
    this.#present = 0;
  }

  /** @param elapsed which part of the present window is over: 0 to 1 */
  within(elapsed: number): number {
    return this.#before * (1 - elapsed) + this.#present;
  }
}
