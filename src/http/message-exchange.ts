import type { IncomingHttpHeaders } from 'node:http';
import { bodyStreamOf, type BodyStream, type Reply, type WholeReply } from '../gateway/request';
import { membersOf } from '../json/text';
import { LastmileError, type ErrorCode } from '../report/error';
import type { HttpExchange } from './exchange';
import { abandon } from './write-reply';

/** Where operations come as messages and their results leave as messages, each with the id of its operation. */
export interface MessageChannel {
  /** Resolves once the result has left. Never rejects. @param result JSON, UTF-8 */
  next(id: string, result: Buffer): Promise<void>;
  /** It has no result. @param errors JSON, a list */
  failed(id: string, errors: string): void;
  complete(id: string): void;
  /** An operation is over, or has become one that goes on by itself. */
  settled(exchange: MessageExchange): void;
  /** Told of each token that a client is given, where nothing else says it. */
  remember?(token: string): void;
  /** Something is wrong that cannot be said any more. */
  cut(): void;
}

/** An operation that came as a message: what a request by HTTP says for itself. */
export interface MessageRequest {
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly search: string;
  readonly isLocal: boolean;
  readonly connectionParams?: Readonly<Record<string, unknown>> | undefined;
  /** what is asked, as the body of a request by HTTP has it */
  readonly body: Buffer;
}

/** What the messages of a channel are read as: requests of JSON, whose answers are not labelled, coded or validated. */
export const MESSAGE_HEADERS: Readonly<IncomingHttpHeaders> = {
  'content-type': 'application/json',
  accept: 'application/graphql-response+json',
  // No header leaves with a message.
  'lastmile-extensions': '1',
};

/** Headers of the request that opens a channel and that are about that request, or the connection, alone. */
const OF_THE_OPENING =
  /^(?:accept|accept-encoding|cache-control|connection|content-.*|expect|if-.*|keep-alive|pragma|range|sec-websocket-.*|te|transfer-encoding|upgrade)$/;

/** The headers that each operation of a channel has, from those of the request that opened it. */
export function messageHeaders(opening: Readonly<IncomingHttpHeaders>): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const name in opening) {
    const value = opening[name];
    if (value !== undefined && !OF_THE_OPENING.test(name)) headers[name] = value;
  }
  return Object.assign(headers, MESSAGE_HEADERS);
}

/** An operation that came as a message: answered as one that comes by HTTP is, in messages. */
export class MessageExchange implements HttpExchange {
  readonly method = 'POST';
  readonly isMessage = true;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly search: string;
  readonly isLocal: boolean;
  readonly connectionParams: Readonly<Record<string, unknown>> | undefined;
  readonly body: Buffer;
  readonly #channel: MessageChannel;
  #onGone: (() => void)[] | undefined;
  #isBegun = false;
  #isOver = false;
  #goesOn = false;
  #end: (() => void) | undefined;

  constructor(
    channel: MessageChannel,
    readonly id: string,
    request: MessageRequest,
  ) {
    this.#channel = channel;
    this.headers = request.headers;
    this.search = request.search;
    this.isLocal = request.isLocal;
    this.connectionParams = request.connectionParams;
    this.body = request.body;
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** Its results come until one side ends them: nothing waits for that. */
  get goesOn(): boolean {
    return this.#goesOn;
  }

  get onAbort(): (callback: () => void) => void {
    return (callback) => (this.#onGone ??= []).push(callback);
  }

  /** Its client wants no more of it, or is gone. */
  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const callback of this.#onGone ?? []) callback();
    this.#end?.();
    this.#settled();
  }

  /** Its client was told elsewhere what is wrong with it. */
  drop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settled();
  }

  write(reply: Reply, _: readonly string[], fault: (error: unknown) => void): void {
    if (this.#isOver) return abandon(reply);
    this.#isBegun = true;
    for (let index = 0; index < reply.headers.length; index += 2)
      if (reply.headers[index] === 'Lastmile-Token') this.#channel.remember?.(reply.headers[index + 1]!);
    const parts = bodyStreamOf(reply);
    if (reply.events) void this.#pass(reply.events, fault);
    else if (parts) void this.#collect(parts, reply.status, fault);
    else this.#whole(bytesOf(reply as WholeReply), reply.status);
  }

  /** What another region's gateway says comes in pieces. */
  async #collect(parts: BodyStream, status: number, fault: (error: unknown) => void): Promise<void> {
    try {
      const pieces: Uint8Array[] = [];
      for await (const piece of parts) pieces.push(piece);
      if (!this.#isOver) this.#whole(Buffer.concat(pieces), status);
    } catch (error) {
      fault(error);
      if (!this.#isOver) this.#failed(errorsOf('PRIMARY_GATEWAY_UNREACHABLE'));
    }
  }

  cut(): void {
    this.#channel.cut();
  }

  #whole(body: Buffer, status: number): void {
    const errors = status === 200 ? undefined : errorsIn(body.toString());
    if (errors !== undefined) return this.#failed(errors);
    void this.#channel.next(this.id, body);
    this.#complete();
  }

  #failed(errors: string): void {
    this.#isOver = true;
    this.#channel.failed(this.id, errors);
    this.#settled();
  }

  /** One result after another, as the client takes them. */
  async #pass(events: AsyncIterable<string>, fault: (error: unknown) => void): Promise<void> {
    const iterator = events[Symbol.asyncIterator]();
    this.#goesOn = true;
    this.#end = () => void iterator.return?.().catch(fault);
    this.#channel.settled(this);
    try {
      for (;;) {
        const { done, value } = await iterator.next();
        if (this.#isOver) return;
        if (done) return this.#complete();
        await this.#channel.next(this.id, Buffer.from(value));
      }
    } catch (error) {
      fault(error);
      if (!this.#isOver) this.cut();
    }
  }

  #complete(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#channel.complete(this.id);
    this.#settled();
  }

  #settled(): void {
    this.#onGone = undefined;
    this.#end = undefined;
    this.#channel.settled(this);
  }

  /** No results are owed any more. */
  get isOver(): boolean {
    return this.#isOver;
  }
}

function bytesOf({ body, encoding }: WholeReply): Buffer {
  return typeof body === 'string' ? Buffer.from(body, encoding) : body;
}

/** The errors of an answer that is nothing else, as they are written; undefined where it has data. */
function errorsIn(text: string): string | undefined {
  const members = membersOf(text);
  if (members.some(({ name }) => name === 'data')) return undefined;
  const errors = members.find(({ name }) => name === 'errors')?.value;
  return errors === undefined ? errorsOf('INTERNAL') : listOfErrors(errors);
}

/** Clients close a connection on which an `error` message has anything but a list of errors, each with its message. */
function listOfErrors(text: string): string {
  const said: unknown = JSON.parse(text);
  const isError = (one: unknown): one is { readonly message: string } =>
    typeof one === 'object' && one !== null && 'message' in one && typeof one.message === 'string';
  if (Array.isArray(said) && said.every(isError)) return text;
  const errors = (Array.isArray(said) ? said : [said]).map((one: unknown) =>
    isError(one) ? one : { message: typeof one === 'string' ? one : 'An error without a message.' },
  );
  return JSON.stringify(errors);
}

/** An error of the registry, as what is wrong with an operation. */
export function errorsOf(code: ErrorCode): string {
  const { message, remedy } = new LastmileError(code);
  return JSON.stringify([{ message, extensions: { code, remedy } }]);
}
