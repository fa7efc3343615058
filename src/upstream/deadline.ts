import { LastmileError } from '../report/error';

/**
 * How long one call may take, retries included, and who may give it up: the clock, or everybody who waited for it.
 * One signal for both, so that whatever the call is doing then (connecting, reading, pausing before a retry) stops.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #waiting: AbortSignal | undefined;
  readonly #abandon = (): void => {
    this.giveUp(new LastmileError('ABANDONED'));
  };

  /**
   * @param milliseconds from now
   * @param waiting aborted when nobody waits for the answer any more
   */
  constructor(milliseconds: number, waiting: AbortSignal | undefined) {
    this.#timer = setTimeout(() => {
      this.giveUp(new LastmileError('UPSTREAM_TIMEOUT', `no complete answer within ${milliseconds} ms`));
    }, milliseconds);
    this.#waiting = waiting;
    waiting?.addEventListener('abort', this.#abandon, { once: true });
    if (waiting?.aborted) this.#abandon();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the call was given up, if it was. */
  get givenUp(): LastmileError | undefined {
    return this.#controller.signal.aborted ? (this.#controller.signal.reason as LastmileError) : undefined;
  }

  giveUp(why: LastmileError): void {
    this.#controller.abort(why);
  }

  /** An answer in parts has begun: from now on only those who wait for it can end it. */
  liftTime(): void {
    clearTimeout(this.#timer);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#waiting?.removeEventListener('abort', this.#abandon);
  }
}
