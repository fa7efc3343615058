/** A new time counts for this part of what is usual. */
const PART = 1 / 8;
/** So often each way is measured before they are compared. */
const LEAST = 4;
/** What is no slower than this is not slower: what a call takes varies by more. */
const AS_QUICK = 1.1;
/**
 * So that the time of either way stays known, one miss in so many asks upstream by itself where the primary region's cache is
 * the quicker, and has that measured, for nobody who waits, where it is not.
 */
const MEASURED = 16;
/** Whoever waits is better off with upstream after so many times of what upstream takes. */
const PATIENCE = 2;
const LEAST_PATIENCE_MS = 20;

/** What something usually takes: of its last times, the latest counting most. Milliseconds. */
class Usual {
  ms = 0;
  count = 0;

  add(ms: number): void {
    this.ms += (ms - this.ms) * Math.max(PART, 1 / ++this.count);
  }
}

/**
 * Whether the misses of one operation are answered sooner by the primary region's cache than by upstream. It goes by what
 * both took: nobody waits for a measurement, and until there are some, and wherever that cache is the slower, upstream is
 * asked.
 */
export class Quicker {
  readonly #upstream = new Usual();
  readonly #primary = new Usual();
  #misses = 0;

  /** Milliseconds for which the primary region's cache is waited for. */
  get patienceMs(): number {
    return Math.max(LEAST_PATIENCE_MS, PATIENCE * this.#upstream.ms);
  }

  get #isPrimary(): boolean {
    const isKnown = this.#upstream.count >= LEAST && this.#primary.count >= LEAST;
    return isKnown && this.#primary.ms <= AS_QUICK * this.#upstream.ms;
  }

  /** Whether the next miss is to ask the primary region's cache first. */
  takesPrimary(): boolean {
    return this.#isPrimary && ++this.#misses % MEASURED !== 0;
  }

  upstreamTook(ms: number): void {
    this.#upstream.add(ms);
  }

  /** @param ms until a miss had its answer, of upstream if need be */
  primaryTook(ms: number): void {
    this.#primary.add(ms);
  }

  /** What it took for nobody who waits. @param wasThere false: a miss would have gone on to upstream */
  measured(ms: number, wasThere: boolean): void {
    this.#primary.add(wasThere ? ms : ms + this.#upstream.ms);
  }

  /** Whether the primary region's cache is to be asked for nobody who waits, to learn what that takes. */
  wantsMeasurement(): boolean {
    if (this.#isPrimary) return false;
    return this.#primary.count < LEAST || ++this.#misses % MEASURED === 0;
  }
}
