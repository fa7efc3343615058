import { EventEmitter } from 'node:events';
import { LastmileError } from '../report/error';

/**
 * How long one call may take, retries included, and who may give it up: the clock, or everybody who waited for it.
 *
 * Undici takes it for a signal: `aborted`, `reason` and the event are all it looks at. An AbortController would do the
 * same for about a sixth more CPU per query.
 */
export class Deadline extends EventEmitter {
  aborted = false;
  reason: LastmileError | undefined;
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
    super();
    this.#timer = setTimeout(() => {
      this.giveUp(new LastmileError('UPSTREAM_TIMEOUT', `no complete answer within ${milliseconds} ms`));
    }, milliseconds);
    this.#waiting = waiting;
    waiting?.addEventListener('abort', this.#abandon, { once: true });
    if (waiting?.aborted) this.#abandon();
  }

  /** Ends whatever the call is doing: connecting, reading, pausing before a retry. The first reason counts. */
  giveUp(why: LastmileError): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = why;
    this.emit('abort');
  }

  /** Resolves after so many milliseconds, or at once when the call is given up. */
  async pause(milliseconds: number): Promise<void> {
    if (this.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.off('abort', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.once('abort', done);
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
