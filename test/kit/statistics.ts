/** What many measured values come to. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @param values one at least */
export function spread(values: readonly number[]): Spread {
  const sorted = ascending(values);
  return { median: middleOf(sorted), min: sorted[0]!, max: sorted.at(-1)! };
}

/** Round by round, so that what slowed the machine in one round slowed both. */
export function ratio(values: readonly number[], references: readonly number[]): Spread {
  return spread(values.map((value, round) => value / references[round]!));
}

/** The value in the middle, or the mean of the two that are. @param values one at least */
export function median(values: readonly number[]): number {
  return middleOf(ascending(values));
}

/**
 * One of the values, below which that part of them lies.
 * @param values one at least
 * @param part from 0 to 1: of 0.99 the 99th percentile, of 1 the greatest
 */
export function percentile(values: readonly number[], part: number): number {
  return ascending(values)[Math.min(values.length - 1, Math.floor(part * values.length))]!;
}

function ascending(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function middleOf(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
