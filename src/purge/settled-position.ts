import { ORIGIN, type Position } from './position';
import type { PurgeTable } from './table';

/**
 * The position that answers asked for now are as of, when upstream may lag behind its own writes: the one the table had
 * a settle window ago. An answer asked for within the window after a purge of one of its tags then counts as asked for
 * before it, and is not kept: it may have been read from a replica that had not heard of the change.
 */
export class SettledPosition {
  /** purges inside the window, and the position after each */
  readonly #recent: { readonly at: number; readonly position: Position }[] = [];
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
    if (settleMs > 0) table.onPurge(() => this.#recent.push({ at: now(), position: table.position }));
  }

  /** Taken before upstream is asked. */
  asOf(): Position {
    const settled = this.now() - this.settleMs;
    while (this.#recent[0] && this.#recent[0].at <= settled) this.#settled = this.#recent.shift()!.position;
    return this.#recent.length === 0 ? this.table.position : this.#settled;
  }
}
