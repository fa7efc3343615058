/**
 * A GraphQL API with subscriptions whose events come when a test says so, by server-sent events (Yoga), by WebSocket
 * (graphql-ws beside Yoga without subscriptions, or beside Apollo Server), or by both.
 *
 *   const ticker = cleanup.add(await startTicker('sse'));
 *   await until('it is subscribed', () => ticker.open === 1);
 *   ticker.emit(1);
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createHandler } from 'graphql-http/lib/use/http';
import { createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { directiveDefinitions } from './shop-schema';
import { ended } from './until';

export const tickerTypes = /* GraphQL */ `
  type Query {
    said: String! @cacheControl(maxAge: 60)
    now: Int!
  }
  type Mutation {
    say(text: String!): String! @purges(lists: true)
  }
  type Subscription {
    ticks(of: String): Tick!
    shared(of: String): Tick! @cacheControl(maxAge: 1)
    who: String!
    refused: Int
    broken: Int
  }
  type Tick {
    n: Float!
    text: String
  }
`;

/** What one connection, or one request, presented. */
export interface Presented {
  readonly headers: IncomingMessage['headers'];
  readonly params: unknown;
}

export interface Tick {
  readonly n: number;
  readonly text?: string;
}

/** Where the events of one subscription wait. */
class Events implements AsyncIterableIterator<Tick> {
  readonly #waiting: Tick[] = [];
  #isOver = false;
  #wake: () => void = () => {};

  constructor(readonly ended: (events: Events) => void) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  get behind(): number {
    return this.#waiting.length;
  }

  push(tick: Tick): void {
    this.#waiting.push(tick);
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  async next(): Promise<IteratorResult<Tick>> {
    while (this.#waiting.length === 0) {
      if (this.#isOver) return { done: true, value: undefined };
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return { done: false, value: this.#waiting.shift()! };
  }

  async return(): Promise<IteratorResult<Tick>> {
    this.end();
    this.ended(this);
    return { done: true, value: undefined };
  }
}

export type TickerWays = 'sse' | 'sockets' | 'apollo' | 'both';

export class Ticker {
  /** subscriptions that ever began */
  began = 0;
  said = 'nothing';
  readonly presented: Presented[] = [];
  readonly #open = new Set<Events>();
  readonly schema: GraphQLSchema;
  #server!: Server;
  #stop: (() => Promise<unknown>)[] = [];
  url = '';
  /** of its connections by WebSocket */
  sockets: WebSocketServer | undefined;

  constructor() {
    const subscribe = (_: unknown, __: unknown, context: { presented?: Presented }): Events => {
      this.began++;
      if (context.presented) this.presented.push(context.presented);
      const events = new Events((each) => this.#open.delete(each));
      this.#open.add(events);
      return events;
    };
    const ticking = { subscribe, resolve: (tick: Tick) => tick };
    this.schema = makeExecutableSchema({
      typeDefs: [directiveDefinitions, tickerTypes],
      resolvers: {
        Query: { said: () => this.said, now: () => Date.now() },
        Mutation: { say: (_: unknown, { text }: { text: string }) => (this.said = text) },
        Subscription: {
          ticks: ticking,
          shared: ticking,
          who: {
            subscribe,
            resolve: (_: unknown, __: unknown, { presented }: { presented?: Presented }) =>
              JSON.stringify([presented?.headers.authorization ?? null, presented?.params ?? null]),
          },
          refused: {
            subscribe: () => {
              throw new GraphQLError('You may not.', { extensions: { code: 'FORBIDDEN' } });
            },
          },
          broken: {
            subscribe,
            resolve: () => {
              throw new GraphQLError('It broke.');
            },
          },
        },
      },
    });
  }

  /** subscriptions that are under way */
  get open(): number {
    return this.#open.size;
  }

  /** events that nobody has taken, of the subscription that is furthest behind */
  get behind(): number {
    return Math.max(0, ...[...this.#open].map((events) => events.behind));
  }

  emit(n: number, text?: string): void {
    for (const events of this.#open) events.push({ n, ...(text !== undefined && { text }) });
  }

  /** Ends all subscriptions. */
  finish(): void {
    for (const events of this.#open) events.end();
    this.#open.clear();
  }

  async listen(ways: TickerWays): Promise<this> {
    if (ways === 'apollo') {
      const apollo = new ApolloServer({ schema: this.schema });
      const { url } = await startStandaloneServer(apollo, { listen: { host: '127.0.0.1', port: 0 } });
      this.#stop.push(() => apollo.stop());
      await this.#listen(createServer());
      this.url = `${url}graphql`;
    } else if (ways === 'sockets') {
      // It knows of no subscriptions.
      await this.#listen(createServer(createHandler({ schema: this.schema })));
      this.url = this.#address('http');
    } else {
      const yoga = createYoga({
        schema: this.schema,
        logging: false,
        context: ({ request }) => ({
          presented: { headers: Object.fromEntries(request.headers), params: undefined },
        }),
      });
      await this.#listen(createServer((request, response) => void yoga(request, response)));
      this.url = this.#address('http');
    }
    if (ways !== 'sse') this.#takeSockets();
    return this;
  }

  get socketUrl(): string {
    return this.#address('ws');
  }

  async close(): Promise<void> {
    for (const stop of this.#stop) await stop();
    for (const client of this.sockets?.clients ?? []) client.terminate();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await ended('a ticker', closed);
  }

  #address(protocol: string): string {
    return `${protocol}://127.0.0.1:${(this.#server.address() as AddressInfo).port}/graphql`;
  }

  async #listen(server: Server): Promise<void> {
    this.#server = server;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }

  #takeSockets(): void {
    this.sockets = new WebSocketServer({ server: this.#server });
    const { dispose } = useServer(
      {
        schema: this.schema,
        context: ({ connectionParams, extra }) => ({
          presented: { headers: extra.request.headers, params: connectionParams },
        }),
        onConnect: ({ connectionParams }) => connectionParams?.['deny'] !== true,
      },
      this.sockets,
    );
    this.#stop.push(async () => dispose());
  }
}

export function startTicker(ways: TickerWays): Promise<Ticker> {
  return new Ticker().listen(ways);
}
