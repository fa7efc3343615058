import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Reply, GatewayRequest } from '../gateway/request';
import { isThisMachine } from './admin/access';
import { writeReply } from './write-reply';

/** One that node:http read. What a hit does not ask for is not made: no listener, no function. */
export class NodeExchange implements HttpExchange {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  #onGone: (() => void)[] | undefined;

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
    return (callback) => (this.#onGone ??= this.#whenGone()).push(callback);
  }

  /** One listener for all: the members of a batch are more than node takes for no mistake. */
  #whenGone(): (() => void)[] {
    const callbacks: (() => void)[] = [];
    const response = this.#response;
    response.once('close', () => {
      if (!response.writableFinished) for (const callback of callbacks) callback();
    });
    return callbacks;
  }

  write(reply: Reply, further: readonly string[], fault: (error: unknown) => void): void {
    writeReply(this.method, this.#response, reply, { further, fault });
  }

  cut(): void {
    this.#response.destroy();
  }
}

/** A request that was read whole, and the way for its reply. */
export interface HttpExchange extends GatewayRequest {
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** something of a reply has left already */
  readonly isBegun: boolean;
  /**
   * Writes the reply; drops it if the client is gone.
   * @param further headers, names and values in turn
   * @param fault told when a reply in parts breaks off
   */
  write(reply: Reply, further: readonly string[], fault: (error: unknown) => void): void;
  /** Cuts the connection: a reply that broke off must not be taken for a whole one. */
  cut(): void;
}
