/** Buckets of a decade of milliseconds: two neighbours differ by a third, so a quantile is right to within a sixth. */
const PER_DECADE = 8;
/** Milliseconds, as a power of ten: 0.01 ms. */
const FIRST_DECADE = -2;
/** Up to 100 s. */
export const TIMING_BUCKETS = 7 * PER_DECADE;

/** How often something took about so long, on a logarithmic scale: for people to look at. */
export class Timings {
  readonly counts: number[];
  total = 0;

  constructor(counts: readonly number[] = []) {
    this.counts = Array.from({ length: TIMING_BUCKETS }, (_, at) => counts[at] ?? 0);
    for (const count of this.counts) this.total += count;
  }

  add(ms: number): void {
    this.counts[bucketOf(ms)]!++;
    this.total++;
  }

  addAll(counts: readonly number[]): void {
    for (let at = 0; at < TIMING_BUCKETS; at++) {
      const count = counts[at] ?? 0;
      this.counts[at]! += count;
      this.total += count;
    }
  }

  /** @param part 0.5: the median. @returns milliseconds; undefined: nothing was counted */
  quantile(part: number): number | undefined {
    if (this.total === 0) return undefined;
    let left = part * this.total;
    const at = this.counts.findIndex((count) => (left -= count) <= 0 && count > 0);
    return middleOf(at < 0 ? this.counts.findLastIndex((count) => count > 0) : at);
  }
}

function bucketOf(ms: number): number {
  const at = Math.floor((Math.log10(Math.max(ms, 1e-9)) - FIRST_DECADE) * PER_DECADE);
  return Math.min(Math.max(at, 0), TIMING_BUCKETS - 1);
}

/** Milliseconds in the middle of a bucket, by the logarithm. */
function middleOf(bucket: number): number {
  return 10 ** (FIRST_DECADE + (bucket + 0.5) / PER_DECADE);
}
