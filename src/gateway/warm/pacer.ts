import { setTimeout as pause } from 'node:timers/promises';
import type { Claims } from '../../cache/leases';

export interface PacerParts {
  /** turns a second of all processes of the region together; may change */
  readonly perSecond: () => number;
  /** the region's milliseconds; undefined while they are not known */
  readonly regionNow: () => number | undefined;
  /** where the region's processes say whose turn it is; undefined: there is one process */
  readonly claims: Pick<Claims, 'claim'> | undefined;
  /** monotonic milliseconds */
  readonly now: () => number;
}

/** Turns beyond this cannot be told apart by the clocks of several processes. */
const MOST_PER_SECOND = 1000;

/**
 * Has the processes of a region take turns, evenly spread: time is cut into turns, and each is taken by the process that
 * claims it first. Where Redis cannot be asked, each process counts for itself.
 */
export class Pacer {
  readonly #parts: PacerParts;
  #last = -Infinity;
  #taken: Promise<void> = Promise.resolve();

  constructor(parts: PacerParts) {
    this.#parts = parts;
  }

  /** Resolves when it is this process's turn: for who asked first at first. */
  turn(): Promise<void> {
    return (this.#taken = this.#taken.then(() => this.#next()));
  }

  async #next(): Promise<void> {
    const { perSecond, regionNow, claims, now } = this.#parts;
    for (;;) {
      const length = 1000 / Math.min(perSecond(), MOST_PER_SECOND);
      const at = regionNow() ?? now();
      const first = Math.ceil(at / length);
      // A clock that was set back must not hold everything up.
      const turn = this.#last >= first && this.#last <= first + 1 ? this.#last + 1 : first;
      this.#last = turn;
      await pause(Math.max(0, turn * length - at), undefined, { ref: false });
      const claim = await claims?.claim(`w:turn ${length} ${turn}`, Math.ceil(4 * length));
      if (claim === undefined || claim === 'mine') return;
    }
  }
}
