/** A power of two. */
const SLOTS = 256;

/**
 * Keeps once what many entries have alike. Of fixed size: a value takes the place of another, which is then kept twice
 * when it comes again.
 */
export class EqualValues<T> {
  readonly #values = Array.from<T | undefined>({ length: SLOTS });
  readonly #isSame: (one: T, other: T) => boolean;

  constructor(isSame: (one: T, other: T) => boolean) {
    this.#isSame = isSame;
  }

  /**
   * @param place the same number for equal values
   * @returns the value, or one that is equal to it
   */
  share(value: T, place: number): T {
    const slot = place & (SLOTS - 1);
    const known = this.#values[slot];
    if (known !== undefined && this.#isSame(known, value)) return known;
    this.#values[slot] = value;
    return value;
  }
}
