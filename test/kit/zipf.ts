/**
 * Draws ranks from 0 up, the first the most often: the chance of rank r is proportional to 1 / (r + 1) ^ exponent. By
 * inversion of the cumulated weights, so exact for any exponent.
 */
export class Zipf {
  /** of the weights up to each rank */
  readonly #sums: Float64Array;

  /** @param count of ranks, 1 at least @param exponent 1 is what traffic to many sites looks like */
  constructor(count: number, exponent = 1) {
    let sum = 0;
    this.#sums = Float64Array.from({ length: count }, (_, rank) => (sum += 1 / (rank + 1) ** exponent));
  }

  /** @param random numbers from 0 to below 1 */
  draw(random: () => number): number {
    const point = random() * this.#sums.at(-1)!;
    let low = 0;
    let high = this.#sums.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sums[middle]! > point) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
