import { PassThrough } from 'node:stream';
import type { Reply } from '../../gateway/request';
import { NodeExchange } from '../exchange';
import { MESSAGE_HEADERS, MessageExchange, type MessageChannel } from '../message-exchange';

/** Bytes that wait for a client that does not take them: it may ask for nothing more until it has. */
const MOST_WAITING = 2 ** 20;

/** Whom an event stream belongs to. */
export interface StreamOwner {
  /** operations it may have under way */
  readonly maxOperations: number;
  closed(stream: EventStream): void;
}

/** Where the results of a client's operations leave that it sends one by one: the single connection mode of graphql-sse. */
export class EventStream implements MessageChannel {
  readonly #bytes = new PassThrough();
  readonly #operations = new Map<string, MessageExchange>();
  /** its client has come for it */
  isOpen = false;
  #isEnding = false;

  constructor(
    readonly token: string,
    readonly owner: StreamOwner,
  ) {
    this.#bytes.on('error', () => {});
    this.#bytes.once('close', () => this.#closed());
  }

  /** Its reply. Call this once. */
  open(): Reply {
    this.isOpen = true;
    this.#bytes.write(':\n\n');
    const headers = [
      'Content-Type',
      'text/event-stream; charset=utf-8',
      'Cache-Control',
      'no-store',
      'X-Accel-Buffering',
      'no',
    ];
    return { status: 200, headers, body: this.#bytes };
  }

  /** Whether one more operation may start, with this id. */
  mayTake(id: string): 'yes' | 'no: its id is in use' | 'no: too many' {
    if (this.#operations.has(id)) return 'no: its id is in use';
    const isFull =
      this.#operations.size >= this.owner.maxOperations || this.#bytes.writableLength > MOST_WAITING;
    return isFull || this.#isEnding ? 'no: too many' : 'yes';
  }

  take(id: string, request: NodeExchange): StreamExchange {
    const exchange = new StreamExchange(this, id, request);
    this.#operations.set(id, exchange);
    return exchange;
  }

  /** Its client wants no more of an operation. */
  stop(id: string): void {
    this.#operations.get(id)?.abort();
  }

  heartbeat(): void {
    if (this.isOpen && this.#bytes.writableLength === 0) this.#bytes.write(':\n\n');
  }

  /** Takes nothing more, and ends once what is owed has been sent. What goes on by itself is not waited for. */
  end(): void {
    this.#isEnding = true;
    this.#endIfQuiet();
  }

  cut(): void {
    this.#bytes.destroy();
  }

  next(id: string, result: Buffer): Promise<void> {
    const [before, after] = [`event: next\ndata: {"id":${JSON.stringify(id)},"payload":`, '}\n\n'];
    return this.#write(Buffer.concat([Buffer.from(before), result, Buffer.from(after)]));
  }

  failed(id: string, errors: string): void {
    void this.next(id, Buffer.from(`{"errors":${errors}}`));
    this.complete(id);
  }

  complete(id: string): void {
    void this.#write(`event: complete\ndata: {"id":${JSON.stringify(id)}}\n\n`);
  }

  settled(exchange: MessageExchange): void {
    if (exchange.isOver && this.#operations.get(exchange.id) === exchange)
      this.#operations.delete(exchange.id);
    if (this.#isEnding) this.#endIfQuiet();
  }

  #write(data: Buffer | string): Promise<void> {
    return new Promise((resolve) => this.#bytes.write(data, () => resolve()));
  }

  #endIfQuiet(): void {
    for (const { goesOn } of this.#operations.values()) if (!goesOn) return;
    if (this.isOpen) this.#bytes.end();
    else this.#bytes.destroy();
  }

  #closed(): void {
    for (const operation of this.#operations.values()) operation.abort();
    this.owner.closed(this);
  }
}

/**
 * An operation whose results go to an event stream; its own request is answered with 202, or with what is wrong with
 * it.
 */
export class StreamExchange extends MessageExchange {
  readonly #request: NodeExchange;

  constructor(stream: EventStream, id: string, request: NodeExchange) {
    const { search, isLocal, body } = request;
    const type = request.headers['content-type'];
    const headers = { ...request.headers, ...MESSAGE_HEADERS, 'content-type': type };
    super(stream, id, { headers, search, isLocal, body });
    this.#request = request;
  }

  override get isBegun(): boolean {
    return this.#request.isBegun;
  }

  override write(reply: Reply, further: readonly string[], fault: (error: unknown) => void): void {
    if (reply.status >= 400) {
      this.#request.write(reply, further, fault);
      return this.drop();
    }
    this.#request.write({ status: 202, headers: reply.headers, body: '' }, further, fault);
    super.write(reply, further, fault);
  }
}
