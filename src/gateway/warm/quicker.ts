/** A new measurement counts for this part of what is usual. */
const PART = 1 / 8;
/** So often both ways are measured before they are compared. */
const LEAST = 4;
/** What is no slower than this is not slower: what a call takes varies by more. */
const AS_QUICK = 1.1;
/** One miss in so many measures both ways: upstream answers its client, and the primary region's cache is asked with no client waiting. */
const MEASURED = 16;
/** After this many times the time of an upstream call, a waiting request is better off with upstream. */
const PATIENCE = 2;
const LEAST_PATIENCE_MS = 20;
/** What the primary region's cache gave after so many times of what upstream takes counts against it at once. */
const SLOW = 1.5;
/** One measurement says so many times as long, or as short, at most, as a miss takes that waited in vain: a pause of some process is not what is usual. */
const MOST_TIMES = PATIENCE + 1;

/** What is usual: of the last measurements, the latest counting most. */
class Usual {
  value = 0;
  count = 0;

  add(value: number): void {
    this.value += (value - this.value) * Math.max(PART, 1 / ++this.count);
  }
}

/**
 * Whether the misses of one operation are answered sooner by the primary region's cache than by upstream. It goes by what both took
 * for the same misses: a gateway that has just begun, and a machine that is busy, make either way slow, and a time from then says
 * nothing of now. Until there are some measurements, and wherever that cache is the slower, upstream is asked.
 */
export class Quicker {
  readonly #upstreamMs = new Usual();
  /** the logarithm of how many times as long the primary region's cache took: as much slower and as much quicker weigh the same */
  readonly #times = new Usual();
  #misses = 0;

  /** Milliseconds for which the primary region's cache is waited for. */
  get patienceMs(): number {
    return Math.max(LEAST_PATIENCE_MS, PATIENCE * this.#upstreamMs.value);
  }

  get #isPrimary(): boolean {
    return this.#times.count >= LEAST && this.#times.value <= Math.log(AS_QUICK);
  }

  /** Whether the next miss is to ask the primary region's cache first. */
  takesPrimary(): boolean {
    return this.#isPrimary && ++this.#misses % MEASURED !== 0;
  }

  upstreamTook(ms: number): void {
    this.#upstreamMs.add(ms);
  }

  /** What a miss took by way of the primary region's cache, upstream included where that had to be asked after all. */
  bothTook({ primaryMs, upstreamMs }: { readonly primaryMs: number; readonly upstreamMs: number }): void {
    const times = Math.max(1, primaryMs) / Math.max(1, upstreamMs);
    this.#times.add(Math.log(Math.min(MOST_TIMES, Math.max(1 / MOST_TIMES, times))));
  }

  /** @param ms until a miss had its answer of the primary region's cache, which is compared only where that was slow */
  primaryTook(ms: number): void {
    const upstreamMs = this.#upstreamMs.value;
    if (ms > SLOW * upstreamMs) this.bothTook({ primaryMs: ms, upstreamMs });
  }

  /** Whether to ask the primary region's cache in the background, since upstream was asked at once. */
  wantsMeasurement(): boolean {
    return this.#isPrimary || this.#times.count < LEAST || ++this.#misses % MEASURED === 0;
  }
}
