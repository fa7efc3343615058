import { now } from '../clock';
import { between, readWarmth, type Warmth } from './warmth';
import type { RegionPorts } from './world';

/** Milliseconds between two looks. */
const EVERY_MS = 1000;

/** The most in a second of all regions together, from one look to the next. */
export interface Greatest {
  /**
   * Answers filled for nobody who waits. What the primary region's gateway gave another counts as well: it may have asked upstream
   * for it.
   */
  readonly filled: number;
  /** Calls upstream, for whatever reason. */
  readonly calls: number;
}

/** How fast all regions together fill what nobody waits for, and ask upstream, looked at once a second. */
export class WarmingRate {
  greatest: Greatest = { filled: 0, calls: 0 };
  #last: { readonly at: number; readonly warmth: readonly Warmth[] } | undefined;
  #isEnded = false;

  constructor(readonly regions: readonly RegionPorts[]) {}

  /** Looks until it is ended. */
  async watch(pause: (seconds: number) => Promise<void>): Promise<void> {
    while (!this.#isEnded) {
      const warmth = await readWarmth(this.regions);
      this.note(warmth, now());
      await pause(EVERY_MS / 1000);
    }
  }

  /** @param at monotonic milliseconds */
  note(warmth: readonly Warmth[], at: number): void {
    const last = this.#last;
    this.#last = { at, warmth };
    if (!last || at <= last.at) return;
    const since = between(last.warmth, warmth);
    const perSecond = (of: (each: Warmth) => number): number =>
      (since.reduce((sum, each) => sum + of(each), 0) * 1000) / (at - last.at);
    const filled = perSecond((each) => filledOf(each.warmed));
    const calls = perSecond((each) => each.upstreamCalls);
    const most = this.greatest;
    this.greatest = { filled: Math.max(most.filled, filled), calls: Math.max(most.calls, calls) };
  }

  end(): void {
    this.#isEnded = true;
  }
}

function filledOf({ stored = 0, purged = 0, failed = 0, relayed = 0 }: Warmth['warmed']): number {
  return stored + purged + failed + relayed;
}
