import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { LastmileError } from '../report/error';
import type { Deadline } from './deadline';

/** What came back: the whole body, or a stream of it. */
export interface CallResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer | Readable;
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
   * once nobody reads on, however that came about; a body that was read to its end keeps its connection open.
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
    // Whoever reads it is told; if nobody does, that is no crash.
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
      this.#abort(new LastmileError('UPSTREAM_BAD_ANSWER', `more than ${maxBytes} bytes`));
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
    const [first] = this.#chunks;
    const body = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#bytes);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
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
