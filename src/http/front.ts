import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Origins } from '../config/origins';
import type { GatewayRequest, Reply, WholeReply } from '../journey/request';
import type { ErrorCode } from '../report/error';
import { isThisMachine } from './admin-access';
import { createCors, type Cors } from './cors';
import { hasForeignType, isCrossSite } from './cross-site';
import { readBody } from './read-body';
import { refuseConnection } from './refuse-connection';
import { writeRefusal, writeReply } from './write-reply';

export interface FrontOptions {
  /** where GraphQL is served; nothing else is an alias of it */
  readonly path: string;
  readonly maxBodyBytes: number;
  /** whose pages may read answers; default none but the gateway's own */
  readonly corsOrigins?: Origins;
  readonly handle: (request: GatewayRequest) => Reply | Promise<Reply>;
  /** a reply for what never becomes a GraphQL request. @param accept the request's header of that name */
  readonly refuse: (code: ErrorCode, accept?: string) => WholeReply;
  readonly fault: (error: unknown) => void;
  /** milliseconds until a client is cut off that has not sent its headers, or its whole request */
  readonly patience?: { readonly headersMs: number; readonly requestMs: number };
}

const PATIENCE = { headersMs: 10_000, requestMs: 30_000 };
const NO_BODY = Buffer.alloc(0);
const NO_HEADERS: readonly string[] = [];

/**
 * node:http in front of the gateway: reads whole requests within the limits, refuses what no GraphQL request can be,
 * writes replies, and knows nothing of GraphQL. A hit is written in the same turn of the event loop that read the
 * request's last byte.
 */
export function createFront(options: FrontOptions): Server {
  const { headersMs, requestMs } = options.patience ?? PATIENCE;
  const front = new Front(options, createCors(options.corsOrigins ?? []));
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      // Node looks after slow connections this often only.
      connectionsCheckingInterval: headersMs / 4,
      keepAliveTimeout: 65_000,
      noDelay: true,
      // A flag of the process must not open the door to request smuggling.
      insecureHTTPParser: false,
    },
    (message, response) => front.receive(message, response, false),
  );
  // Node would drop what is beyond 2,000 headers without a word, and a proxy adds the ones that matter at the end.
  server.maxHeadersCount = 0;
  server.on('checkContinue', (message: IncomingMessage, response: ServerResponse) =>
    front.receive(message, response, true),
  );
  server.on('clientError', (error, socket) =>
    refuseConnection(error, socket, (code) => options.refuse(code)),
  );
  return server;
}

class Front {
  constructor(
    readonly options: FrontOptions,
    readonly cors: Cors | undefined,
  ) {}

  /** @param waits the client sends its body only once it is told to (RFC 9110 10.1.1) */
  receive(message: IncomingMessage, response: ServerResponse, waits: boolean): void {
    const { options } = this;
    const { headers, method, url = '' } = message;
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const search = mark < 0 ? '' : url.slice(mark + 1);
    dropNominated(headers);
    const isGet = method === 'GET' || method === 'HEAD';
    const code = path === options.path ? this.#problem(headers, isGet, search) : 'NOT_FOUND';
    if (code !== undefined) return this.#refuse(message, response, code, isGet);
    if (method === 'OPTIONS' && this.cors) return this.#preflight(message, response, this.cors);
    if (isGet) {
      message.resume();
      return this.#answer(message, response, search, NO_BODY);
    }
    readBody(
      message,
      options.maxBodyBytes,
      (body) => this.#answer(message, response, search, body),
      () => this.#refuse(message, response, 'BODY_TOO_LARGE', false),
    );
    if (waits && !response.headersSent) response.writeContinue();
  }

  /** Why the headers alone are reason enough to refuse a request. */
  #problem(headers: IncomingHttpHeaders, isGet: boolean, search: string): ErrorCode | undefined {
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
    message.resume();
    const headers = cors.preflight(message.headers);
    if (headers) this.#write(message, response, { status: 204, headers, body: '' }, NO_HEADERS);
    else this.#refuse(message, response, 'CROSS_SITE_REQUEST', true);
  }

  #answer(message: IncomingMessage, response: ServerResponse, search: string, body: Buffer): void {
    const { options } = this;
    try {
      const reply = options.handle(new NodeRequest(message, response, search, body));
      if (!(reply instanceof Promise)) return this.#write(message, response, reply);
      reply
        .then((ready) => this.#write(message, response, ready))
        .catch((error: unknown) => this.#failed(message, response, error));
    } catch (error) {
      this.#failed(message, response, error);
    }
  }

  #failed(message: IncomingMessage, response: ServerResponse, error: unknown): void {
    this.options.fault(error);
    if (response.headersSent) response.destroy();
    else this.#write(message, response, this.options.refuse('INTERNAL', message.headers.accept));
  }

  #write(
    message: IncomingMessage,
    response: ServerResponse,
    reply: Reply,
    further = this.cors?.headersFor(message.headers.origin) ?? NO_HEADERS,
  ): void {
    writeReply(message, response, reply, further, this.options.fault);
  }

  /** @param alone nothing more is on its way: the connection can stay */
  #refuse(message: IncomingMessage, response: ServerResponse, code: ErrorCode, alone: boolean): void {
    const reply = this.options.refuse(code, message.headers.accept);
    // RFC 9110 12.5.3: what codings would have been taken.
    const headers =
      code === 'UNSUPPORTED_CODING' ? [...reply.headers, 'Accept-Encoding', 'identity'] : undefined;
    const refusal = headers ? { ...reply, headers } : reply;
    if (alone) {
      message.resume();
      this.#write(message, response, refusal);
    } else
      writeRefusal(message, response, refusal, this.cors?.headersFor(message.headers.origin) ?? NO_HEADERS);
  }
}

/** A request of node:http. What a hit does not ask for is not made: no listener, no function. */
class NodeRequest implements GatewayRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly #response: ServerResponse;

  constructor(
    message: IncomingMessage,
    response: ServerResponse,
    readonly search: string,
    readonly body: Buffer,
  ) {
    this.method = message.method ?? 'GET';
    this.headers = message.headers;
    this.#response = response;
  }

  get isLocal(): boolean {
    return isThisMachine(this.#response.req);
  }

  get onAbort(): (callback: () => void) => void {
    const response = this.#response;
    return (callback) =>
      response.once('close', () => {
        if (!response.writableFinished) callback();
      });
  }
}

/** Takes out what a client's Connection header names: it is meant for this connection alone (RFC 9110 7.6.1). */
function dropNominated(headers: IncomingHttpHeaders): void {
  const { connection } = headers;
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return;
  for (const name of connection.split(',')) delete headers[name.trim().toLowerCase()];
}
