/**
 * An HTTP server in this process: what upstreams of tests are made of.
 *
 *   const server = cleanup.add(await startLocalServer((request, response) => response.end('answered')));
 *   await fetch(server.url);
 */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ended } from './until';

export class LocalServer {
  readonly server: Server;

  /** @param listener told of each request; what it returns is not awaited */
  constructor(listener: (...exchange: Parameters<RequestListener>) => unknown) {
    this.server = createServer((request, response) => void listener(request, response));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** As an upstream is named; what it answers depends on no path. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/graphql`;
  }

  /** @param port 0: any that is free */
  async listen(port = 0): Promise<this> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  /** Breaks what is still open, and ends. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await ended('a server of this process', closed);
  }
}

export function startLocalServer(
  ...listener: ConstructorParameters<typeof LocalServer>
): Promise<LocalServer> {
  return new LocalServer(...listener).listen();
}

/** Answers every request with the same bytes. */
export function startSaying(text: string, type = 'application/json'): Promise<LocalServer> {
  const body = Buffer.from(text);
  const headers = { 'content-type': type, 'content-length': body.length };
  return startLocalServer((request, response) =>
    request.resume().on('end', () => response.writeHead(200, headers).end(body)),
  );
}
