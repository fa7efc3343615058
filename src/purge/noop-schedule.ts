/** milliseconds between two no-ops while they do not help: doubled from the first to the last */
const FIRST_WAIT = 2_000;
const LAST_WAIT = 60_000;

/**
 * Decides when a region that is stuck may write a no-op into the log.
 *
 * A no-op is a record without purges. It helps where only a further record can: when the copy dropped the newest
 * record, which nothing but the next one shows, and when everything asked before now is distrusted, until a record
 * tells before from after. Where it does not help, because the copy gets no records at all, it comes ever less often.
 * Pure: times are handed in, in milliseconds.
 */
export class NoopSchedule {
  #stuckSince: number | undefined;
  #wait = FIRST_WAIT;
  #next = 0;

  /** Nothing is stuck. */
  settled(): void {
    this.#stuckSince = undefined;
    this.#wait = FIRST_WAIT;
  }

  /** Something is. @returns true when a no-op is due, which is then taken for written: it was stuck for `patience`, and the last one is long enough ago */
  takeTurn(now: number, patience: number): boolean {
    this.#stuckSince ??= now;
    if (now - this.#stuckSince < patience || now < this.#next) return false;
    this.#next = now + this.#wait;
    this.#wait = Math.min(2 * this.#wait, LAST_WAIT);
    return true;
  }
}
