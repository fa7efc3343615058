import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Reply } from '../journey/request';
import { isThisMachine } from './admin-access';
import type { Exchange } from './exchange';
import { writeReply } from './write-reply';

/** One that node:http read. What a hit does not ask for is not made: no listener, no function. */
export class NodeExchange implements Exchange {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(
    message: IncomingMessage,
    response: ServerResponse,
    readonly search: string,
    readonly body: Buffer,
  ) {
    this.method = message.method ?? 'GET';
    this.headers = message.headers;
    this.#message = message;
    this.#response = response;
  }

  get isLocal(): boolean {
    return isThisMachine(this.#message);
  }

  get isBegun(): boolean {
    return this.#response.headersSent;
  }

  get onAbort(): (callback: () => void) => void {
    const response = this.#response;
    return (callback) =>
      response.once('close', () => {
        if (!response.writableFinished) callback();
      });
  }

  write(reply: Reply, further: readonly string[], fault: (error: unknown) => void): void {
    writeReply(this.method, this.#response, reply, further, fault);
  }

  cut(): void {
    this.#response.destroy();
  }
}
