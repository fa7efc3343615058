import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { DEEPEST, isTooDeep } from '../../gateway/params';
import { NOT_IN_A_VALUE } from '../../gateway/response-headers';
import { readJson } from '../../json/exact-number';
import { isThisMachine } from '../admin/access';
import {
  type MessageChannel,
  errorsOf,
  MessageExchange,
  messageHeaders,
  type MessageRequest,
} from '../message-exchange';
import { CLOSE, readMessage, writeMessage, type SocketMessage } from '../../json/socket-message';

/** Whom a WebSocket belongs to. */
export interface SocketOwner {
  /** lower-case names of headers that its client may give in the payload of `connection_init`, as browsers can set none */
  readonly parameters: readonly string[];
  /** operations it may have under way */
  readonly maxOperations: number;
  /** milliseconds until `connection_init` has to be there */
  readonly initMs: number;
  answer(exchange: MessageExchange): void;
  /** told of what went wrong while a message was read: it ends that connection, and no other */
  fault(error: unknown): void;
  closed(connection: SocketConnection): void;
}

/** Bytes that wait for a client that does not take them. Meanwhile nothing more is read of what it asks. */
const MOST_WAITING = 2 ** 20;
/** Bytes of the reason in a close frame (RFC 6455 5.5). */
const LONGEST_REASON = 123;

/** One WebSocket, whose client speaks `graphql-transport-ws`. Each operation is a request like any other: `MessageExchange`. */
export class SocketConnection implements MessageChannel {
  readonly search: string;
  readonly isLocal: boolean;
  headers: Record<string, string | string[]>;
  connectionParams: Readonly<Record<string, unknown>> | undefined;
  /** it has answered since the last ping */
  isAlive = true;
  readonly #operations = new Map<string, MessageExchange>();
  /** messages that wait until its client has taken what waits for it; undefined: none has to */
  #held: string[] | undefined;
  #isOpened = false;
  #isEnding = false;
  #initTimer: NodeJS.Timeout | undefined;

  constructor(
    readonly ws: WebSocket,
    readonly owner: SocketOwner,
    opening: IncomingMessage,
    search: string,
  ) {
    this.search = search;
    this.isLocal = isThisMachine(opening);
    this.headers = messageHeaders(opening.headers);
    this.#initTimer = setTimeout(
      () => this.#close(CLOSE.initTimeout, 'Connection initialisation timeout'),
      owner.initMs,
    );
    ws.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
    ws.on('pong', () => (this.isAlive = true));
    // Too long a message, bad UTF-8: the library closes with the code for it.
    ws.on('error', () => {});
    ws.once('close', () => this.#closed());
  }

  /** Pings the client, and closes the connection if it has not answered the last ping. */
  ping(): void {
    if (!this.isAlive) return this.ws.terminate();
    this.isAlive = false;
    this.ws.ping();
  }

  /** Takes nothing more, and closes once what is owed has been sent. What goes on by itself is not waited for. */
  end(): void {
    this.#isEnding = true;
    this.#closeIfQuiet();
  }

  next(id: string, result: Buffer): Promise<void> {
    const [before, after] = [`{"id":${JSON.stringify(id)},"type":"next","payload":`, '}'];
    return this.#send(Buffer.concat([Buffer.from(before), result, Buffer.from(after)]));
  }

  failed(id: string, errors: string): void {
    void this.#send(writeMessage('error', id, errors));
  }

  complete(id: string): void {
    void this.#send(writeMessage('complete', id));
  }

  settled(exchange: MessageExchange): void {
    if (exchange.isOver && this.#operations.get(exchange.id) === exchange)
      this.#operations.delete(exchange.id);
    if (this.#isEnding) this.#closeIfQuiet();
  }

  /** What its client has seen is presented with all it asks from now on. */
  remember(token: string): void {
    this.headers = { ...this.headers, 'lastmile-token': token };
  }

  cut(): void {
    this.#close(CLOSE.internal, 'The gateway failed.');
  }

  /** What came in one piece with what is not read on is kept until its client has taken what waits for it. */
  #receive(data: Buffer, isBinary: boolean): void {
    this.isAlive = true;
    const text = isBinary ? '' : data.toString();
    if (this.#held === undefined) this.#read(text);
    else this.#held.push(text);
  }

  #read(text: string): void {
    if (this.#isEnding) return;
    try {
      this.#obey(readMessage(text.trim()));
    } catch (error) {
      // Thrown into the library's event it would end the process, and with it all connections.
      this.owner.fault(error);
      this.cut();
    }
  }

  #obey(message: SocketMessage | undefined): void {
    switch (message?.type) {
      case 'connection_init':
        return this.#open(message);
      case 'ping':
        return void this.#send(writeMessage('pong', undefined, message.payload));
      case 'pong':
        return undefined;
      case 'subscribe':
        return this.#subscribe(message);
      case 'complete':
        return this.#operations.get(message.id ?? '')?.abort();
      default:
        return this.#close(CLOSE.badMessage, 'Invalid message');
    }
  }

  #open({ payload }: SocketMessage): void {
    if (this.#isOpened) return this.#close(CLOSE.tooManyInits, 'Too many initialisation requests');
    const params = payload === undefined ? {} : parametersIn(payload);
    if (!params || isTooDeep(params))
      return this.#close(
        CLOSE.badMessage,
        `The payload of connection_init is a JSON object of ${DEEPEST} levels at most`,
      );
    const given = headersIn(params, this.owner.parameters);
    if (!given)
      return this.#close(CLOSE.badMessage, 'A header in the payload of connection_init cannot be one');
    this.#isOpened = true;
    clearTimeout(this.#initTimer);
    this.#initTimer = undefined;
    if (Object.keys(params).length > 0) this.connectionParams = params;
    // What stood in the handshake may come from a proxy, which no client is to overrule.
    this.headers = { ...given, ...this.headers };
    void this.#send(writeMessage('connection_ack'));
  }

  #subscribe({ id, payload }: SocketMessage): void {
    if (!this.#isOpened) return this.#close(CLOSE.unauthorized, 'Unauthorized');
    if (id === undefined || payload?.startsWith('{') !== true)
      return this.#close(CLOSE.badMessage, 'Invalid message');
    if (this.#operations.has(id))
      return this.#close(CLOSE.duplicateId, `Subscriber for ${id} already exists`);
    if (this.#operations.size >= this.owner.maxOperations)
      return this.failed(id, errorsOf('TOO_MANY_OPERATIONS'));
    const exchange = new MessageExchange(this, id, this.#requestOf(payload));
    this.#operations.set(id, exchange);
    this.owner.answer(exchange);
  }

  #requestOf(payload: string): MessageRequest {
    const { headers, search, isLocal, connectionParams } = this;
    return { headers, search, isLocal, connectionParams, body: Buffer.from(payload) };
  }

  #send(data: string | Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.ws.send(data, { binary: false }, () => {
        this.isAlive = true;
        this.#goOn();
        resolve();
      });
      if (this.ws.bufferedAmount <= MOST_WAITING || this.#held) return;
      this.#held = [];
      this.ws.pause();
    });
  }

  #goOn(): void {
    const { ws } = this;
    if (!this.#held || ws.bufferedAmount > MOST_WAITING) return;
    const held = this.#held;
    this.#held = undefined;
    while (held.length > 0 && !this.#held) this.#read(held.shift()!);
    // It waits again, and what was not read with it.
    if (this.#held) this.#held = held;
    else ws.resume();
  }

  #closeIfQuiet(): void {
    for (const { goesOn } of this.#operations.values()) if (!goesOn) return;
    this.#close(CLOSE.goingAway, 'Going away');
  }

  #close(code: number, reason: string): void {
    this.#isEnding = true;
    this.ws.close(code, inBytes(reason, LONGEST_REASON));
  }

  #closed(): void {
    clearTimeout(this.#initTimer);
    for (const operation of this.#operations.values()) operation.abort();
    this.owner.closed(this);
  }
}

/** As much of a text as so many bytes of UTF-8 hold. */
function inBytes(text: string, most: number): string {
  let cut = text.slice(0, most);
  while (Buffer.byteLength(cut) > most) cut = cut.slice(0, -1);
  return cut;
}

/** What a client says of itself once for all it asks; undefined for what is no object. */
function parametersIn(payload: string): Record<string, unknown> | undefined {
  try {
    const value = readJson(payload);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The headers among them, in whatever case, on their own or among `headers`, as clients have them in either place.
 * @returns undefined where one holds what no header can
 */
function headersIn(
  params: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, string> | undefined {
  const nested = params['headers'];
  const all = { ...(typeof nested === 'object' ? nested : {}), ...params };
  const headers: Record<string, string> = {};
  for (const [written, value] of Object.entries(all)) {
    const name = written.toLowerCase();
    if (!names.includes(name) || typeof value !== 'string') continue;
    if (NOT_IN_A_VALUE.test(value)) return undefined;
    headers[name] = value;
  }
  return headers;
}
