/**
 * An upstream whose answers are texts: what it was asked, and the very bytes that it answered.
 *
 *   const upstream = cleanup.add(await startAnswering(({ query }) => '{"data":{"price":1.10}}'));
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { ended } from './until';

export interface AskedText {
  /** the whole request */
  readonly body: string;
  readonly query: string;
}

export class Answering {
  readonly asked: AskedText[] = [];

  constructor(readonly server: Server) {}

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/graphql`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await ended('an upstream', closed);
  }
}

/** @param answer the text of an answer; a gateway's look whether upstream is there is none of what it is asked */
export async function startAnswering(
  answer: (asked: AskedText) => string | Promise<string>,
  type = 'application/json',
): Promise<Answering> {
  const server = createServer((request, response) => {
    void (async () => {
      const body = (await buffer(request)).toString();
      const { query } = JSON.parse(body) as { query: string };
      const isProbe = query.replaceAll(/\s/g, '') === '{__typename}';
      if (!isProbe) answering.asked.push({ body, query });
      const text = isProbe ? '{"data":{"__typename":"Query"}}' : await answer({ body, query });
      response.writeHead(200, { 'content-type': isProbe ? 'application/json' : type }).end(text);
    })();
  });
  const answering = new Answering(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return answering;
}
