import { ORIGIN, type Position } from './position';
import type { PurgeTable } from './table';

/** Purges are grouped by this part of the window, so that the memory for them is bounded. */
const STEPS = 100;

/** Purges of one step of the window, all of them taken to have come with the last. */
interface Step {
  readonly began: number;
  at: number;
  /** the table's, after the last */
  position: Position;
}

/**
 * The as-of of answers requested now, if upstream may lag behind its own writes: the position the table had a settle
 * window ago, or little more. An answer requested within the window after a purge of one of its tags then counts as
 * requested before it, and is not stored: it may come from a replica that did not have the change yet.
 */
export class SettleWindow {
  /** purges inside the window, the oldest first */
  readonly #recent: Step[] = [];
  /** the position after the last purge before the window */
  #settled: Position = ORIGIN;

  /**
   * @param settleMs 0: upstream does not lag
   * @param now monotonic milliseconds
   */
  constructor(
    readonly table: PurgeTable,
    readonly settleMs: number,
    readonly now: () => number,
  ) {
    if (settleMs > 0) table.onPurge(() => this.#note(now()));
  }

  /** What is remembered: so many steps. */
  get size(): number {
    return this.#recent.length;
  }

  /** Milliseconds after a purge from which on an answer counts as asked for after it; 0: at once. */
  get settledInMs(): number {
    // Purges of one step count as the last of them.
    return Math.ceil(this.settleMs * (1 + 1 / STEPS));
  }

  /** Taken before upstream is asked. */
  asOf(): Position {
    this.#settle(this.now());
    return this.#recent.length === 0 ? this.table.position : this.#settled;
  }

  #note(now: number): void {
    const { position } = this.table;
    const last = this.#recent.at(-1);
    if (last && now - last.began < this.settleMs / STEPS) {
      last.at = now;
      last.position = position;
      return;
    }
    this.#settle(now);
    this.#recent.push({ began: now, at: now, position });
  }

  #settle(now: number): void {
    const settled = now - this.settleMs;
    while (this.#recent[0] && this.#recent[0].at <= settled) this.#settled = this.#recent.shift()!.position;
  }
}
