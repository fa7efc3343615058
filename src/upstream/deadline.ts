import { LastmileError } from '../report/error';
import type { Abandonment } from './upstream';

/**
 * How long one call may take, retries included, and who may give it up: the clock, or everybody who waited for it.
 * What an AbortController would do for about a sixth more CPU per query.
 */
export class Deadline {
  /** Why the call was given up, if it was. */
  reason: LastmileError | undefined;
  /** What is under way now and how to end it. One thing at a time: a request, or the pause before the next. */
  onGiveUp: ((why: LastmileError) => void) | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #waiting: Abandonment | undefined;
  readonly #abandon = (): void => {
    this.giveUp(new LastmileError('ABANDONED'));
  };

  /**
   * @param milliseconds from now
   * @param waiting aborted when nobody waits for the answer any more
   */
  constructor(milliseconds: number, waiting: Abandonment | undefined) {
    this.#timer = setTimeout(() => {
      this.giveUp(new LastmileError('UPSTREAM_TIMEOUT', `no complete answer within ${milliseconds} ms`));
    }, milliseconds);
    this.#waiting = waiting;
    waiting?.addEventListener('abort', this.#abandon);
    if (waiting?.aborted) this.#abandon();
  }

  /** Ends whatever the call is doing. The first reason counts. */
  giveUp(why: LastmileError): void {
    if (this.reason) return;
    this.reason = why;
    this.onGiveUp?.(why);
  }

  /** Resolves after so many milliseconds, or at once when the call is given up. */
  async pause(milliseconds: number): Promise<void> {
    if (this.reason) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.onGiveUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
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
