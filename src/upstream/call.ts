import { LastmileError } from '../report/error';
import type { Abandonment } from './upstream';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

/**
 * How long one call may take, retries included, and who may give it up: the clock, or all requests that waited for it.
 * What an AbortController would do for about a sixth more CPU per query.
 */
export class Deadline {
  /** Why the call was given up, if it was. */
  reason: LastmileError | undefined;
  /** What is under way now and how to end it. One thing at a time: a request, or the pause before the next. */
  onGiveUp: ((why: LastmileError) => void) | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #waiting: Abandonment | undefined;
  readonly #abandon = (): void => {
    this.giveUp(new LastmileError('ABANDONED'));
  };

  /**
   * @param milliseconds from now; undefined: only who waits can give it up
   * @param waiting aborted when no request waits for the answer any more
   */
  constructor(milliseconds: number | undefined, waiting: Abandonment | undefined) {
    if (milliseconds !== undefined)
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

/** What came back: the whole body in the pieces that it came in, or a stream of it. */
export interface CallResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: readonly Buffer[] | Readable;
}

export interface CallOptions {
  /** of a body that is read whole */
  readonly maxBytes: number;
  /** which bodies are wanted as a stream; asked once the headers are there */
  readonly streams: (headers: CallResponse['headers']) => boolean;
}

/**
 * One HTTP request and its response, given up when its deadline says so, wherever it is then: waiting for a connection,
 * for headers, or for the rest of a body.
 *
 * It handles undici's events itself. `request()` makes a stream of every body and takes an AbortSignal, which together
 * cost a query a third more CPU.
 */
export class Call implements Dispatcher.DispatchHandler {
  readonly #options: CallOptions;
  readonly #deadline: Deadline;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #ended = false;
  #headers: CallResponse['headers'] = {};
  #stream: Readable | undefined;
  #resolve!: (response: CallResponse) => void;
  #reject!: (error: unknown) => void;

  constructor(options: CallOptions, deadline: Deadline) {
    this.#options = options;
    this.#deadline = deadline;
  }

  /** True once headers have arrived: upstream was reached. */
  get responded(): boolean {
    return this.#status !== 0;
  }

  /** The HTTP status; 0 before there is one. */
  get status(): number {
    return this.#status;
  }

  /** To be called once. @throws what the connection fails with, why it was given up, or that the body is too large */
  send(dispatcher: Dispatcher, request: Dispatcher.DispatchOptions): Promise<CallResponse> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#deadline.onGiveUp = (why) => this.#abort(why);
      if (this.#deadline.reason) this.#abort(this.#deadline.reason);
      else dispatcher.dispatch(request, this);
    });
  }

  /**
   * Gives up what of a streamed body was not read: else its connection would wait for a reader for ever. To be called
   * once reading has stopped, for whatever reason; a body that was read to its end keeps its connection open.
   */
  end(): void {
    this.#stream?.destroy();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for a connection: it must not be sent after all.
    if (this.#deadline.reason) controller.abort(this.#deadline.reason);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: CallResponse['headers'],
  ): void {
    this.#status = status;
    this.#headers = headers;
    if (!this.#options.streams(headers)) return;
    this.#stream = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        if (!this.#ended) controller.abort(error ?? new LastmileError('ABANDONED'));
        done(error);
      },
    });
    // The reader gets the error; without a reader it must not crash the process.
    this.#stream.on('error', () => {});
    this.#resolve({ status, headers, body: this.#stream });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream) {
      if (!this.#stream.push(chunk)) controller.pause();
      return;
    }
    this.#bytes += chunk.byteLength;
    const { maxBytes } = this.#options;
    if (this.#bytes > maxBytes) {
      this.#abort(new LastmileError('UPSTREAM_ANSWER_TOO_LARGE', `more than ${maxBytes} bytes`));
      return;
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#ended = true;
    if (this.#stream) {
      this.#stream.push(null);
      return;
    }
    this.#resolve({ status: this.#status, headers: this.#headers, body: this.#chunks });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  /** Settles at once: undici reports only once the request has a connection. */
  #abort(why: LastmileError): void {
    this.#fail(why);
    this.#controller?.abort(why);
  }

  #fail(error: Error): void {
    this.#ended = true;
    this.#stream?.destroy(error);
    this.#reject(error);
  }
}
