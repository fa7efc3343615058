import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Reply, GatewayRequest } from '../journey/request';

export interface FrontOptions {
  /** where GraphQL is served; nothing else is an alias of it */
  readonly path: string;
  readonly maxBodyBytes: number;
  readonly handle: (request: GatewayRequest) => Reply | Promise<Reply>;
  /** a reply for what never becomes a GraphQL request */
  readonly refuse: (code: 'NOT_FOUND' | 'BODY_TOO_LARGE' | 'INTERNAL') => Reply;
  readonly fault: (error: unknown) => void;
}

const NO_BODY = Buffer.alloc(0);

/**
 * node:http in front of the gateway: reads whole requests within the limit, writes replies, and knows nothing of
 * GraphQL. A hit is written in the same turn of the event loop that read the request's last byte.
 */
export function createFront(options: FrontOptions): Server {
  return createServer(
    {
      // Headers beyond this are answered 431 by Node itself, and slow ones cut off.
      maxHeaderSize: 16_384,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      noDelay: true,
    },
    (message, response) => receive(options, message, response),
  );
}

function receive(options: FrontOptions, message: IncomingMessage, response: ServerResponse): void {
  const url = message.url ?? '';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  if (path !== options.path) return refuse(options, message, response, 'NOT_FOUND');
  const search = mark < 0 ? '' : url.slice(mark + 1);
  if (message.method === 'GET' || message.method === 'HEAD') {
    message.resume();
    return answer(options, message, response, search, NO_BODY);
  }
  // A declared length beyond the limit is refused before a byte of it is kept.
  if (Number(message.headers['content-length'] ?? 0) > options.maxBodyBytes) {
    return refuse(options, message, response, 'BODY_TOO_LARGE');
  }
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let length = 0;
  let refused = false;
  message.on('data', (chunk: Buffer) => {
    if (refused) return;
    length += chunk.length;
    if (length > options.maxBodyBytes) {
      refused = true;
      return refuse(options, message, response, 'BODY_TOO_LARGE');
    }
    // Nearly every request arrives in one piece, which then needs no copy.
    if (!first) first = chunk;
    else (rest ??= [first]).push(chunk);
  });
  message.on('end', () => {
    if (!refused) answer(options, message, response, search, rest ? Buffer.concat(rest) : (first ?? NO_BODY));
  });
}

function answer(
  options: FrontOptions,
  message: IncomingMessage,
  response: ServerResponse,
  search: string,
  body: Buffer,
): void {
  const request: GatewayRequest = {
    method: message.method ?? 'GET',
    search,
    headers: message.headers,
    body,
    onAbort: (callback) =>
      response.once('close', () => {
        if (!response.writableFinished) callback();
      }),
  };
  const reply = options.handle(request);
  if (!(reply instanceof Promise)) return write(options, message, response, reply);
  reply.then(
    (ready) => write(options, message, response, ready),
    (error: unknown) => {
      options.fault(error);
      write(options, message, response, options.refuse('INTERNAL'));
    },
  );
}

function write(
  options: FrontOptions,
  message: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
): void {
  if (response.destroyed) return;
  const { status, headers, body } = reply;
  if (typeof body === 'object' && Symbol.asyncIterator in body) {
    response.writeHead(status, headers as string[]);
    stream(response, body).catch((error: unknown) => {
      // The status has left already: all that can still be said is that the answer is not whole.
      options.fault(error);
      response.destroy();
    });
    return;
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  // RFC 9110 15.4.5: a 304 has no body and says nothing of one.
  response.writeHead(
    status,
    status === 304 ? (headers as string[]) : [...headers, 'Content-Length', String(length)],
  );
  if (message.method === 'HEAD' || status === 304) response.end();
  else response.end(body);
}

async function stream(response: ServerResponse, body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of body) {
    if (response.destroyed) return;
    if (!response.write(chunk))
      await new Promise<void>((resume) => {
        response.once('drain', resume);
        response.once('close', resume);
      });
  }
  response.end();
}

function refuse(
  options: FrontOptions,
  message: IncomingMessage,
  response: ServerResponse,
  code: 'NOT_FOUND' | 'BODY_TOO_LARGE',
): void {
  const reply = options.refuse(code);
  // What is still on its way is not worth reading: the connection ends with the answer.
  if (message.method !== 'GET' && message.method !== 'HEAD') {
    write(options, message, response, { ...reply, headers: [...reply.headers, 'Connection', 'close'] });
    message.resume();
    return;
  }
  write(options, message, response, reply);
}
