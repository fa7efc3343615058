/**
 * A GraphQL origin that does what a test tells it, byte by byte: the well-behaved ones cannot be made to answer half of
 * something, close a connection, or hang.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalServer } from '../kit/local-server';

export interface Seen {
  readonly headers: IncomingMessage['headers'];
  /** path and query */
  readonly url: string;
  readonly body: { query: string; operationName?: string; variables?: Record<string, unknown> };
}

export type Handler = (response: ServerResponse, seen: Seen, count: number) => unknown;

export interface Origin {
  readonly url: string;
  /** every request that arrived whole, in order */
  readonly seen: readonly Seen[];
  /** how many connections were accepted */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** @param handler is told how many requests came, itself included; what it throws becomes a 500 */
export async function startOrigin(handler: Handler, port = 0): Promise<Origin> {
  const seen: Seen[] = [];
  let connections = 0;
  const server = new LocalServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Seen['body'];
      seen.push({ headers: request.headers, url: request.url!, body });
      handler(response, seen.at(-1)!, seen.length);
    });
  });
  server.server.on('connection', () => connections++);
  await server.listen(port);
  return {
    url: server.url,
    seen,
    connections: () => connections,
    close: () => server.close(),
  };
}

/** Answers with JSON. */
export function json(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof value === 'string' ? value : JSON.stringify(value));
}
