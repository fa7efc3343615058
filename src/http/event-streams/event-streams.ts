import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { EventBody } from '../../gateway/event-forms';
import type { Reply } from '../../gateway/request';
import { readJson } from '../../json/exact-number';
import type { ErrorCode } from '../../report/error';
import type { HttpExchange, NodeExchange } from '../exchange';
import { EventStream, type StreamOwner } from './event-stream';

const TOKEN_HEADER = 'x-graphql-event-stream-token';
/** How a browser's EventSource says it, which can set no header. */
const TOKEN_PARAMETER = /^token=([\w-]+)$/;
/** Milliseconds until a client has to come for the stream that it has reserved. */
const RESERVED_MS = 30_000;
/** Milliseconds of silence after which it is said that the connection is still there. */
const HEARTBEAT_MS = 10_000;

export interface EventStreamOptions {
  /** reserved and open ones of this process */
  readonly maxStreams: number;
  /** see {@link StreamOwner.maxOperations} */
  readonly maxOperations: number;
  /** told of each that is refused because as many are open as may be */
  readonly refused?: (() => void) | undefined;
}

/** What becomes of a request that is about an event stream: a reply, or an operation that is to be answered. */
type Taken = { readonly reply: Reply } | { readonly code: ErrorCode } | { readonly operation: HttpExchange };

const servers = new WeakMap<Server, EventStreams>();

/** The event streams of a server that has some. */
export function eventStreamsOf(server: Server): EventStreams | undefined {
  return servers.get(server);
}

/**
 * The single connection mode of graphql-sse (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md): a
 * client reserves a stream (PUT), opens it (GET), and sends operations one by one (POST), each of which it may stop
 * (DELETE). The streams live in this process.
 */
export class EventStreams implements StreamOwner {
  readonly maxOperations: number;
  readonly #options: EventStreamOptions;
  readonly #streams = new Map<string, EventStream>();
  /** those whose one subscription is under way */
  readonly #passing = new Set<HttpExchange>();
  readonly #heartbeats: NodeJS.Timeout;

  constructor(server: Server, options: EventStreamOptions) {
    servers.set(server, this);
    this.#options = options;
    this.maxOperations = options.maxOperations;
    this.#heartbeats = setInterval(() => {
      for (const stream of this.#streams.values()) stream.heartbeat();
    }, HEARTBEAT_MS).unref();
    server.once('close', () => clearInterval(this.#heartbeats));
  }

  get size(): number {
    return this.#streams.size;
  }

  /** The token of the stream that a request is about; undefined: it is about none. */
  static tokenOf(headers: Readonly<IncomingHttpHeaders>, search: string): string | undefined {
    const header = headers[TOKEN_HEADER];
    if (header !== undefined) return String(header);
    return search.startsWith('token=') ? TOKEN_PARAMETER.exec(search)?.[1] : undefined;
  }

  /** Reserves a stream, and says its token. */
  reserve(): Taken {
    if (this.#streams.size >= this.#options.maxStreams) {
      this.#options.refused?.();
      return { code: 'TOO_MANY_SOCKETS' };
    }
    const token = randomBytes(24).toString('base64url');
    const stream = new EventStream(token, this);
    this.#streams.set(token, stream);
    setTimeout(() => stream.isOpen || stream.cut(), RESERVED_MS).unref();
    const headers = ['Content-Type', 'text/plain; charset=utf-8', 'Cache-Control', 'no-store'];
    return { reply: { status: 201, headers, body: token } };
  }

  /** What is asked of a stream. @param request was read whole */
  take(token: string, request: NodeExchange): Taken {
    const stream = this.#streams.get(token);
    if (!stream) return { code: 'EVENT_STREAM_UNKNOWN' };
    switch (request.method) {
      case 'GET':
        return stream.isOpen ? { code: 'EVENT_STREAM_TAKEN' } : { reply: stream.open() };
      case 'DELETE':
        stream.stop(new URLSearchParams(request.search).get('operationId') ?? '');
        return { reply: { status: 200, headers: ['Cache-Control', 'no-store'], body: '' } };
      case 'POST':
        return this.#operation(stream, request);
      default:
        return { code: 'METHOD_NOT_ALLOWED' };
    }
  }

  /** A streaming reply lasts until one side ends it: the server does not wait for that when it ends. */
  watch(exchange: HttpExchange, { body }: Reply): void {
    if (!(body instanceof EventBody)) return;
    this.#passing.add(exchange);
    void body.over.then(() => this.#passing.delete(exchange));
  }

  /**
   * Ends all, each once the queries and mutations of it are answered. A stream of one operation is cut: its client is to
   * subscribe again, elsewhere, and would take an end for that of its subscription.
   */
  end(): void {
    for (const stream of this.#streams.values()) stream.end();
    for (const exchange of this.#passing) exchange.cut();
  }

  closed({ token }: EventStream): void {
    this.#streams.delete(token);
  }

  #operation(stream: EventStream, request: NodeExchange): Taken {
    const id = operationIdIn(request.body);
    const may = id === undefined ? 'no: it has none' : stream.mayTake(id);
    if (may === 'no: too many') return { code: 'TOO_MANY_OPERATIONS' };
    return may === 'yes' ? { operation: stream.take(id!, request) } : { code: 'OPERATION_ID' };
  }
}

/** `extensions.operationId`; undefined where a body has none. */
function operationIdIn(body: Buffer): string | undefined {
  try {
    const { extensions } = readJson(body.toString()) as { extensions?: { operationId?: unknown } | null };
    const id = extensions?.operationId;
    return typeof id === 'string' && id !== '' ? id : undefined;
  } catch {
    return undefined;
  }
}
