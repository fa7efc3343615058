import { now } from '../clock';
import { between, readWarmth, type Warmth } from './warmth';
import type { RegionPorts } from './world';

/** Milliseconds between two looks. */
const EVERY_MS = 1000;

/**
 * How fast all regions together fill what nobody waits for, looked at once a second. What the primary region's gateway gave
 * another counts as a call upstream: it may have made one for it.
 */
export class WarmingRate {
  /** the most in a second, from one look to the next */
  greatest = 0;
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
    const calls = between(last.warmth, warmth).reduce((sum, { warmed }) => sum + callsOf(warmed), 0);
    this.greatest = Math.max(this.greatest, (calls * 1000) / (at - last.at));
  }

  end(): void {
    this.#isEnded = true;
  }
}

function callsOf({ stored = 0, purged = 0, failed = 0, relayed = 0 }: Warmth['warmed']): number {
  return stored + purged + failed + relayed;
}
