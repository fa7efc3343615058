import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { cleanupAfterAll, type Cleanup } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startTicker, tickerTypes, type Ticker } from '../kit/ticker';
import { until } from '../kit/until';

// What browsers have, and Node from 22 on: Apollo's link looks for it.
globalThis.WebSocket ??= WebSocket as never;

interface Sink {
  readonly next: (result: {
    readonly data?: unknown;
    readonly errors?: readonly unknown[] | undefined;
  }) => void;
  readonly error: (error: unknown) => void;
  readonly complete: () => void;
}

/** A client's own way to subscribe. @returns what ends the subscription */
type Subscribe = (query: string, sink: Sink) => () => void;

const rxLike = ({ next, error, complete }: Sink) => ({
  next: ({ data, error: failure }: { data?: unknown; error?: unknown }) =>
    next({ data, ...(failure !== undefined && { errors: [failure] }) }),
  error,
  complete,
});

/** Where GraphQL is spoken: by a gateway, or by an API itself. */
type Server = Pick<GatewayProcess, 'url' | 'port'>;

/** Each client as its documentation makes it. */
const CLIENTS: Readonly<Record<string, (server: Server, cleanup: Cleanup) => Subscribe>> = {
  'graphql-ws': ({ port }, cleanup) => {
    const client = createSocketClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket });
    cleanup.later(() => client.dispose());
    return (query, sink) => client.subscribe({ query }, sink as never);
  },
  'graphql-sse': ({ url }, cleanup) => {
    const client = createSseClient({ url, retryAttempts: 0 });
    cleanup.later(() => client.dispose());
    return (query, sink) => client.subscribe({ query }, sink as never);
  },
  'graphql-sse on a single connection': ({ url }, cleanup) => {
    const client = createSseClient({ url, retryAttempts: 0, singleConnection: true });
    cleanup.later(() => client.dispose());
    return (query, sink) => client.subscribe({ query }, sink as never);
  },
  'Apollo Client with GraphQLWsLink': ({ port }, cleanup) => {
    const socket = createSocketClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket });
    cleanup.later(() => socket.dispose());
    return apollo(new GraphQLWsLink(socket));
  },
  'Apollo Client with HttpLink, in parts': ({ url }) => apollo(new HttpLink({ uri: url })),
  'urql with server-sent events': ({ url }) => {
    const client = new UrqlClient({
      url,
      exchanges: [fetchExchange],
      fetchSubscriptions: true,
      preferGetMethod: false,
    });
    return urql(client);
  },
  'urql with graphql-ws': ({ url, port }, cleanup) => {
    const socket = createSocketClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket });
    cleanup.later(() => socket.dispose());
    const forward = subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: (sink) => ({
          unsubscribe: socket.subscribe(
            { query, variables: variables as Record<string, unknown> },
            sink as never,
          ),
        }),
      }),
    });
    return urql(new UrqlClient({ url, exchanges: [forward], preferGetMethod: false }));
  },
};

function apollo(link: ApolloLink): Subscribe {
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  return (query, sink) => {
    const subscription = client
      .subscribe({ query: gql(query), fetchPolicy: 'no-cache' })
      .subscribe(rxLike(sink));
    return () => subscription.unsubscribe();
  };
}

function urql(client: UrqlClient): Subscribe {
  return (query, sink) => client.subscription(query, {}).subscribe(rxLike(sink).next).unsubscribe;
}

class Heard implements Sink {
  readonly results: { data?: any; errors?: readonly unknown[] | undefined }[] = []; // eslint-disable-line -- of every shape
  readonly errors: unknown[] = [];
  isComplete = false;
  readonly next = (result: { data?: unknown }): void => void this.results.push(result);
  readonly error = (error: unknown): void => void this.errors.push(error);
  readonly complete = (): void => void (this.isComplete = true);

  numbers(field = 'ticks'): number[] {
    return this.results.map(({ data }) => data[field].n as number);
  }
}

describe.each([
  ['Yoga, which sends events', 'sse', false],
  ['Yoga, with a WebSocket that is found out', 'sockets', false],
  ['Apollo Server, with a WebSocket elsewhere', 'apollo', true],
] as const)('before %s', (_, ways, isNamed) => {
  const cleanup = cleanupAfterAll();
  let ticker: Ticker;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    ticker = cleanup.add(await startTicker(ways));
    const env = { UPSTREAM_URL: ticker.url, ...(isNamed && { UPSTREAM_WS_URL: ticker.socketUrl }) };
    gateway = cleanup.add(await startGateway(env, { schema: tickerTypes }));
  });

  describe.each(Object.entries(CLIENTS))('%s', (name, create) => {
    let subscribe: Subscribe;
    beforeAll(() => {
      subscribe = create(gateway, cleanup);
    });

    it('P63 is sent events as they come, and their end', async () => {
      const heard = new Heard();
      subscribe('subscription { ticks { n text } }', heard);
      await until('it is subscribed', () => ticker.open === 1);
      ticker.emit(1, 'ä "quoted" 漢字 😀\n');
      await until('the first is there', () => heard.results.length === 1);
      expect(heard.results[0]?.data).toMatchObject({ ticks: { n: 1, text: 'ä "quoted" 漢字 😀\n' } });
      ticker.emit(2);
      ticker.emit(3);
      await until('all are there', () => heard.results.length === 3);
      expect(heard.numbers()).toEqual([1, 2, 3]);
      ticker.finish();
      // urql says the end of what comes by HTTP only to whoever asks for it.
      if (!name.startsWith('urql')) await until('it is complete', () => heard.isComplete);
      await until('it has ended', () => ticker.open === 0);
      expect(heard.errors).toEqual([]);
    });

    it('P63 ends its subscription upstream when it ends its own', async () => {
      const heard = new Heard();
      const end = subscribe('subscription { ticks { n } }', heard);
      await until('it is subscribed', () => ticker.open === 1);
      ticker.emit(1);
      await until('the first is there', () => heard.results.length === 1);
      end();
      await until('it has ended', () => ticker.open === 0);
    });

    it('P63 is told what is wrong with a subscription', async () => {
      const heard = new Heard();
      subscribe('subscription { nothing }', heard);
      await until('it is told', () => heard.errors.length + heard.results.length > 0);
      expect(JSON.stringify([heard.errors, heard.results], replaceErrors)).toMatch(
        /Cannot query field|status code|responded with 400|No Content/,
      );
    });

    it('P63 is told what went wrong upstream', async () => {
      const heard = new Heard();
      subscribe('subscription { broken }', heard);
      await until('it is subscribed', () => ticker.open === 1);
      ticker.emit(1);
      await until('it is told', () => heard.errors.length + heard.results.length > 0);
      expect(JSON.stringify([heard.errors, heard.results], replaceErrors)).toContain('It broke.');
      ticker.finish();
      await until('it has ended', () => ticker.open === 0);
    });
  });

  it('is subscribed to by the way that it speaks', () => {
    const bySocket = ticker.presented.map(({ params }) => params !== undefined);
    expect(new Set(bySocket)).toEqual(new Set([ways !== 'sse']));
  });
});

describe.each([
  ['Yoga', 'sse', ['graphql-sse', 'urql with server-sent events']],
  ['graphql-ws', 'sockets', ['graphql-ws', 'Apollo Client with GraphQLWsLink', 'urql with graphql-ws']],
] as const)('as it would be by %s itself', (_, ways, names) => {
  const cleanup = cleanupAfterAll();
  let ticker: Ticker;
  const servers: Server[] = [];

  beforeAll(async () => {
    ticker = cleanup.add(await startTicker(ways));
    const env = { UPSTREAM_URL: ticker.url };
    servers.push(
      { url: ticker.url, port: Number(new URL(ticker.url).port) },
      cleanup.add(await startGateway(env, { schema: tickerTypes })),
    );
  });

  /** All that a client hears of a subscription with three events. */
  async function hear(subscribe: Subscribe, field: string): Promise<unknown> {
    const heard = new Heard();
    const end = subscribe(`subscription { ${field} }`, heard);
    await until('it is subscribed', () => ticker.open === 1);
    for (let n = 1; n <= 3; n++) {
      ticker.emit(n, `${n} ä 漢字`);
      await until('it has heard of it', () => heard.results.length + heard.errors.length >= n);
    }
    ticker.finish();
    await until('it has ended', () => ticker.open === 0);
    end();
    // Where in a text it went wrong is not passed on: the text upstream was sent may be another.
    return JSON.parse(JSON.stringify([heard.results, heard.errors], replaceErrors), (name, value: unknown) =>
      name === 'locations' ? undefined : value,
    ) as unknown;
  }

  it.each(
    names.flatMap((name) => [
      { name, field: 'ticks { n text }', told: '3 ä 漢字' },
      { name, field: 'broken', told: 'It broke.' },
    ]),
  )('P66 $name hears the same of $field', async ({ name, field, told }) => {
    const [straight, through] = [
      await hear(CLIENTS[name]!(servers[0]!, cleanup), field),
      await hear(CLIENTS[name]!(servers[1]!, cleanup), field),
    ];
    expect(through).toEqual(straight);
    expect(JSON.stringify(through)).toContain(told);
  });
});

function replaceErrors(_: string, value: unknown): unknown {
  return value instanceof Error ? { ...value, message: value.message } : value;
}
