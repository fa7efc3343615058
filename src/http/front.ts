import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Origins } from '../config/readers';
import { asksInBody, type GatewayRequest, type Reply, type WholeReply } from '../gateway/request';
import type { ErrorCode } from '../report/error';
import type { UploadProblem } from '../upstream/upload';
import { createCors, type Cors, hasForeignType, isCrossSite, isForgedForm } from './cross-origin';
import { EventStreams } from './event-streams/event-streams';
import { type HttpExchange, NodeExchange } from './exchange';
import { dropBody, readBody } from './read-body';
import { refuseConnection, writeRefusal, writeReply } from './write-reply';
import type { ShortcutConnection } from './shortcut/connection';
import type { Message } from './shortcut/read-message';
import { ShortExchange } from './shortcut/short-exchange';
import { Shortcut } from './shortcut/shortcut';
import { Sockets, type SocketOptions } from './socket/sockets';
import { bringsForm, UploadExchange, UploadForm } from './upload';

export interface FrontOptions {
  /** where GraphQL is served; nothing else is an alias of it */
  readonly path: string;
  readonly maxBodyBytes: number;
  /** of a request that brings files; default 0: none is taken */
  readonly maxUploadBytes?: number;
  /** requests that may wait for their replies at a time, of all connections; default any number */
  readonly maxInFlight?: number;
  /** told of each request that is refused because as many wait as may */
  readonly overloaded?: () => void;
  /** whose pages may read answers; default none but the gateway's own */
  readonly corsOrigins?: Origins;
  /** milliseconds a connection may be idle; default 65,000 */
  readonly keepAliveMs?: number;
  readonly handle: (request: GatewayRequest) => Reply | Promise<Reply>;
  /**
   * a reply for what never becomes a GraphQL request
   * @param accept the request's header of that name
   * @param detail what to say instead of the error's usual sentence
   */
  readonly refuse: (code: ErrorCode, accept?: string, detail?: string) => WholeReply;
  readonly fault: (error: unknown) => void;
  /** WebSockets and event streams at the same path; default none */
  readonly sockets?: SocketOptions;
  /**
   * milliseconds until a client is cut off that has not sent its headers, or its whole request; of one with files the next
   * piece, and all of it
   */
  readonly patience?: { readonly headersMs: number; readonly requestMs: number; readonly uploadMs?: number };
}

const PATIENCE: Required<FrontOptions>['patience'] = { headersMs: 10_000, requestMs: 30_000 };
/** A phone may need minutes for what is within the limit. */
const UPLOAD_MS = 600_000;
/** Longer than the proxies in front of a gateway keep a connection. */
const KEEP_ALIVE_MS = 65_000;
const NO_BODY = Buffer.alloc(0);
const NO_HEADERS: readonly string[] = [];
/** Names no header but this one: RFC 9112 9.6, the answer is the last on its connection. */
const LAST: readonly string[] = ['Connection', 'close'];
/** Seconds after which one more request may find room. */
const RETRY_AFTER = ['Retry-After', '1'];

/**
 * HTTP in front of the gateway: reads whole requests within the limits, refuses what no GraphQL request can be, writes
 * replies, and knows nothing of GraphQL. A hit is written in the same turn of the event loop that read the request's last
 * byte. Requests of the usual form go past node:http: see `shortcut/`.
 */
export function createFront(options: FrontOptions): Server {
  const { headersMs, requestMs, uploadMs = UPLOAD_MS } = options.patience ?? PATIENCE;
  const front = new Front(options, createCors(options.corsOrigins ?? []));
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      headersTimeout: headersMs,
      // The front itself counts for requests without files.
      requestTimeout: options.maxUploadBytes ? uploadMs : requestMs,
      // Node looks after slow connections this often only.
      connectionsCheckingInterval: headersMs / 4,
      keepAliveTimeout: options.keepAliveMs ?? KEEP_ALIVE_MS,
      noDelay: true,
      // A flag of the process must not open the door to request smuggling.
      insecureHTTPParser: false,
    },
    (message, response) => receive(message, response, false),
  );
  // Node would drop what is beyond 2,000 headers without a word, and a proxy adds the ones that matter at the end.
  server.maxHeadersCount = 0;
  const shortcut = new Shortcut(server, (...request) => front.answerShort(...request));
  front.isEnding = () => shortcut.isEnding;
  const receive = (message: IncomingMessage, response: ServerResponse, waits: boolean): void => {
    shortcut.nodeAnswers(message, response);
    front.receive(message, response, waits);
  };
  server.on('checkContinue', (message: IncomingMessage, response: ServerResponse) =>
    receive(message, response, true),
  );
  if (options.sockets) {
    const { maxSockets, maxOperations, refused } = options.sockets;
    front.streams = new EventStreams(server, { maxStreams: maxSockets, maxOperations, refused });
    new Sockets(server, options.sockets, {
      ...options,
      cors: front.cors,
      answer: (exchange) => front.answer(exchange),
    });
  }
  server.on('clientError', (error, socket) =>
    refuseConnection(error, socket, (code) => options.refuse(code)),
  );
  return server;
}

class Front {
  /** whether each answer is to be the last on its connection */
  isEnding = (): boolean => false;
  /** undefined: there are none */
  streams: EventStreams | undefined;
  #inFlight = 0;

  constructor(
    readonly options: FrontOptions,
    readonly cors: Cors | undefined,
  ) {}

  /**
   * Answers a request that came past node:http.
   * @returns false when something is wrong with it, or it is for node:http to answer
   */
  answerShort(message: Message, body: Buffer, connection: ShortcutConnection): boolean {
    const { options } = this;
    const { method, target, headers } = message;
    const isGet = method === 'GET';
    if (!isGet && !asksInBody(method)) return false;
    const { path, search } = splitTarget(target);
    if (path !== options.path || body.length > options.maxBodyBytes) return false;
    if (this.streams && EventStreams.tokenOf(headers, search) !== undefined) return false;
    if (this.#problem(headers, isGet, search) !== undefined || bringsForm(method, headers)) return false;
    this.answer(new ShortExchange(message, connection, search, isGet ? NO_BODY : body));
    return true;
  }

  /** @param waits the client sends its body only after a 100 Continue (RFC 9110 10.1.1) */
  receive(message: IncomingMessage, response: ServerResponse, waits: boolean): void {
    const { options } = this;
    const { headers, method } = message;
    const { path, search } = splitTarget(message.url ?? '');
    dropNominated(headers);
    const isGet = method === 'GET' || method === 'HEAD';
    const code = path === options.path ? this.#problem(headers, isGet, search) : 'NOT_FOUND';
    if (code !== undefined) return this.#refuse(message, response, code, isGet);
    if (method === 'OPTIONS' && this.cors) return this.#preflight(message, response, this.cors);
    if (this.streams && this.#isOfStream(message, response, search, this.streams)) return;
    if (isGet) {
      this.#drop(message);
      return this.answer(new NodeExchange(message, response, search, NO_BODY));
    }
    if (options.maxUploadBytes && bringsForm(method, headers)) {
      this.#receiveForm(message, response, search, options.maxUploadBytes);
    } else {
      readBody(message, {
        maxBytes: options.maxBodyBytes,
        withinMs: (options.patience ?? PATIENCE).requestMs,
        whole: (body) => this.answer(new NodeExchange(message, response, search, body)),
        refused: (refusal) => this.#refuse(message, response, refusal, false),
      });
    }
    if (waits && !response.headersSent) response.writeContinue();
  }

  /** A request that brings files is answered from when it is known what it asks; they are read meanwhile. */
  #receiveForm(message: IncomingMessage, response: ServerResponse, search: string, maxBytes: number): void {
    const { maxBodyBytes, patience = PATIENCE } = this.options;
    if (isForgedForm(message.headers)) return this.#refuse(message, response, 'CROSS_SITE_REQUEST', false);
    if (Number(message.headers['content-length'] ?? 0) > maxBytes)
      return this.#refuse(message, response, 'UPLOAD_TOO_LARGE', false);
    const refused = ({ code, detail }: UploadProblem): void => {
      // Its client has gone: there is no one to tell.
      if (!response.destroyed) this.#refuse(message, response, code, false, detail);
    };
    try {
      const limits = { maxBytes, maxFieldBytes: maxBodyBytes, idleMs: patience.requestMs };
      const upload: UploadForm = new UploadForm(message, limits, {
        begun: (operations) =>
          this.answer(new UploadExchange(message, response, search, { operations, upload })),
        refused,
      });
    } catch (error) {
      refused({ code: 'BAD_UPLOAD', detail: `The form cannot be read: ${(error as Error).message}.` });
    }
  }

  /** Whether a request is about an event stream, and was taken for that. */
  #isOfStream(
    message: IncomingMessage,
    response: ServerResponse,
    search: string,
    streams: EventStreams,
  ): boolean {
    const { headers, method } = message;
    // The client of graphql-sse comes with the token of its last stream, where its headers are an object.
    const reserves = method === 'PUT' && !hasBody(headers);
    const token = reserves ? undefined : EventStreams.tokenOf(headers, search);
    if (token === undefined && !reserves) return false;
    readBody(message, {
      maxBytes: this.options.maxBodyBytes,
      withinMs: (this.options.patience ?? PATIENCE).requestMs,
      whole: (body) => {
        const exchange = new NodeExchange(message, response, search, body);
        const taken = token === undefined ? streams.reserve() : streams.take(token, exchange);
        if ('operation' in taken) this.answer(taken.operation);
        else if ('reply' in taken) this.#write(exchange, taken.reply);
        else this.#refuse(message, response, taken.code, true);
      },
      refused: (refusal) => this.#refuse(message, response, refusal, false),
    });
    return true;
  }

  /** Why the headers alone are reason enough to refuse a request. */
  #problem(headers: Readonly<IncomingHttpHeaders>, isGet: boolean, search: string): ErrorCode | undefined {
    if (isGet) {
      // Without a query it is the page for browsers, which anyone may link to.
      if (search === '') return undefined;
      if (hasForeignType(headers)) return 'UNSUPPORTED_MEDIA_TYPE';
      return isCrossSite(headers, this.cors) ? 'CROSS_SITE_REQUEST' : undefined;
    }
    const coding = headers['content-encoding'];
    return coding === undefined || coding === 'identity' ? undefined : 'UNSUPPORTED_CODING';
  }

  #preflight(message: IncomingMessage, response: ServerResponse, cors: Cors): void {
    this.#drop(message);
    const headers = cors.preflight(message.headers);
    if (headers)
      writeReply(
        'OPTIONS',
        response,
        { status: 204, headers, body: '' },
        { further: this.isEnding() ? LAST : NO_HEADERS, fault: this.options.fault },
      );
    else this.#refuse(message, response, 'CROSS_SITE_REQUEST', true);
  }

  #drop(message: IncomingMessage): void {
    dropBody(message, (this.options.patience ?? PATIENCE).requestMs);
  }

  /** Answers what was read, however it came. */
  answer(exchange: HttpExchange): void {
    const { handle, maxInFlight = Infinity } = this.options;
    if (this.#inFlight >= maxInFlight) return this.#write(exchange, this.#overloaded(exchange));
    try {
      const reply = handle(exchange);
      if (!(reply instanceof Promise)) return this.#write(exchange, reply);
      this.#inFlight++;
      reply.then(
        (ready) => {
          this.#inFlight--;
          this.#writeSafely(exchange, ready);
        },
        (error: unknown) => {
          this.#inFlight--;
          this.#failed(exchange, error);
        },
      );
    } catch (error) {
      this.#failed(exchange, error);
    }
  }

  #overloaded({ headers: { accept } }: HttpExchange): Reply {
    const { overloaded, refuse } = this.options;
    overloaded?.();
    const reply = refuse('OVERLOADED', accept);
    return { ...reply, headers: [...reply.headers, ...RETRY_AFTER] };
  }

  #failed(exchange: HttpExchange, error: unknown): void {
    this.options.fault(error);
    if (exchange.isBegun) exchange.cut();
    else this.#write(exchange, this.options.refuse('INTERNAL', exchange.headers.accept));
  }

  #writeSafely(exchange: HttpExchange, reply: Reply): void {
    try {
      this.#write(exchange, reply);
    } catch (error) {
      this.#failed(exchange, error);
    }
  }

  #write(exchange: HttpExchange, reply: Reply): void {
    this.streams?.watch(exchange, reply);
    exchange.write(reply, this.#further(exchange.headers), this.options.fault);
  }

  #further(headers: Readonly<IncomingHttpHeaders>): readonly string[] {
    const cors = this.#corsHeaders(headers);
    return this.isEnding() ? [...cors, ...LAST] : cors;
  }

  #corsHeaders({ origin }: Readonly<IncomingHttpHeaders>): readonly string[] {
    return this.cors?.headersFor(origin) ?? NO_HEADERS;
  }

  /**
   * @param alone nothing more is on its way: the connection can stay
   * @param detail what to say instead of the error's usual sentence
   */
  #refuse(
    message: IncomingMessage,
    response: ServerResponse,
    code: ErrorCode,
    alone: boolean,
    detail?: string,
  ): void {
    const { fault, refuse } = this.options;
    const reply = refuse(code, message.headers.accept, detail);
    // RFC 9110 12.5.3: what codings would have been taken.
    const headers =
      code === 'UNSUPPORTED_CODING' ? [...reply.headers, 'Accept-Encoding', 'identity'] : undefined;
    const refusal = headers ? { ...reply, headers } : reply;
    if (alone) {
      this.#drop(message);
      writeReply(message.method, response, refusal, { further: this.#further(message.headers), fault });
    } else writeRefusal(message, response, refusal, this.#corsHeaders(message.headers));
  }
}

function hasBody(headers: Readonly<IncomingHttpHeaders>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function splitTarget(target: string): { readonly path: string; readonly search: string } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, search: '' }
    : { path: target.slice(0, mark), search: target.slice(mark + 1) };
}

/** Takes out what a client's Connection header names: it is meant for this connection alone (RFC 9110 7.6.1). */
function dropNominated(headers: IncomingHttpHeaders): void {
  const { connection } = headers;
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return;
  for (const name of connection.split(',')) delete headers[name.trim().toLowerCase()];
}
