/** What a breaker says to a call: go; go as the one trial of whether things are well again; or do not go at all. */
export type Admission = 'go' | 'trial' | 'stop';

export interface BreakerOptions {
  /** faults in a row that open it */
  readonly faults: number;
  /** milliseconds it stays open before it admits one trial */
  readonly rest: number;
}

/**
 * A circuit breaker: callers need not wait for something that does not answer (P41). Closed, it lets all calls
 * through; open, none; after a rest, one trial, whose outcome decides. Pure: times are passed in.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #faults = 0;
  #openedAt: number | undefined;
  #trying = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#openedAt !== undefined;
  }

  /** Every call that was not told to stop must be settled. @param now milliseconds */
  ask(now: number): Admission {
    if (this.#openedAt === undefined) return 'go';
    if (this.#trying || now - this.#openedAt < this.#options.rest) return 'stop';
    this.#trying = true;
    return 'trial';
  }

  /** Says how a call went. Calls that were on their way when it opened have nothing to add. */
  settle(admission: Admission, well: boolean, now: number): void {
    if (admission === 'trial') {
      this.#trying = false;
      this.#faults = 0;
      this.#openedAt = well ? undefined : now;
    } else if (admission === 'go' && this.#openedAt === undefined) {
      this.#faults = well ? 0 : this.#faults + 1;
      if (this.#faults >= this.#options.faults) this.#openedAt = now;
    }
  }

  /** Opens it at once, for example when the connection is known to be gone. */
  open(now: number): void {
    this.#openedAt ??= now;
  }
}
