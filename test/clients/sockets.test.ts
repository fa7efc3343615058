import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient, subscriptionExchange } from '@urql/core';
import { createClient, type Client as SocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { PARTIAL, PRODUCT, RENAME, WRONG } from './scenario';

// What browsers have, and Node from 22 on: Apollo's link looks for it.
globalThis.WebSocket ??= WebSocket as never;

interface Answer {
  readonly data?: unknown;
  readonly extensions?: Record<string, unknown> | undefined;
}

/** A client's own way to ask. Rejects where the client reports an error of any kind. */
type Ask = (document: string, variables?: Record<string, unknown>) => Promise<Answer>;

const CLIENTS: Readonly<Record<string, (socket: SocketClient) => Ask>> = {
  'graphql-ws': (socket) => (query, variables) =>
    new Promise((resolve, reject) => {
      let answer: Answer & { errors?: readonly { message: string }[] } = {};
      socket.subscribe(
        { query, ...(variables && { variables }) },
        {
          next: (result) => (answer = result as Answer),
          error: (error) => reject(new Error(JSON.stringify(error))),
          complete: () => (answer.errors ? reject(new Error(answer.errors[0]!.message)) : resolve(answer)),
        },
      );
    }),
  'Apollo Client with GraphQLWsLink': (socket) => {
    const client = new ApolloClient({
      link: new GraphQLWsLink(socket),
      cache: new InMemoryCache(),
      queryDeduplication: false,
    });
    return async (document, variables) => {
      const asked = { ...(variables && { variables }), fetchPolicy: 'no-cache' as const };
      return document.includes('mutation')
        ? client.mutate({ mutation: gql(document), ...asked })
        : client.query({ query: gql(document), ...asked });
    };
  },
  'urql with graphql-ws': (socket) => {
    const exchange = subscriptionExchange({
      enableAllOperations: true,
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: (sink) => ({
          unsubscribe: socket.subscribe(
            { query, variables: variables as Record<string, unknown> },
            sink as never,
          ),
        }),
      }),
    });
    const client = new UrqlClient({
      url: 'http://unused',
      exchanges: [exchange],
      requestPolicy: 'network-only',
      preferGetMethod: false,
    });
    return async (document, variables = {}) => {
      const send = document.includes('mutation') ? client.mutation : client.query;
      const { data, error, extensions } = await send.call(client, document, variables).toPromise();
      if (error) throw error;
      return { data, extensions };
    };
  },
};

describe.each(Object.entries(CLIENTS))('%s', (_, create) => {
  const cleanup = cleanupAfterAll();
  let origin: Origin;
  let gateway: GatewayProcess;
  let ask: Ask;

  beforeAll(async () => {
    origin = cleanup.add(await startOrigin());
    gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
    const socket = createClient({ url: `ws://127.0.0.1:${gateway.port}/graphql`, webSocketImpl: WebSocket });
    cleanup.later(() => socket.dispose());
    ask = create(socket);
  });

  it('P63 misses, hits, changes something, misses and hits again', async () => {
    const read = async () => (await ask(PRODUCT, { id: '1' })).data;
    expect(await read()).toMatchObject({ product: { id: '1', name: 'Kettle' } });
    expect(await read()).toMatchObject({ product: { name: 'Kettle' } });
    const renamed = await ask(RENAME, { id: '1', name: 'Ä "quoted" 漢字 😀' });
    expect(renamed.data).toMatchObject({ renameProduct: { id: '1', name: 'Ä "quoted" 漢字 😀' } });
    expect(await read()).toMatchObject({ product: { name: 'Ä "quoted" 漢字 😀' } });
    expect(await read()).toMatchObject({ product: { name: 'Ä "quoted" 漢字 😀' } });
    expect(origin.count('product')).toBe(2);
    // Apollo Client 4 keeps extensions to itself.
    if (renamed.extensions)
      expect(renamed.extensions).toMatchObject({ lastmile: { token: expect.stringMatching(/^\d+-\d+$/) } });
  });

  it('P63 is told what is wrong with an operation', async () => {
    await expect(ask(WRONG)).rejects.toThrow(/Cannot query field \\?"nothing/);
  });

  it('P63 is told what went wrong upstream, and asks again with success', async () => {
    origin.shop.failField('category', 'the shelf is broken');
    await expect(ask(PARTIAL)).rejects.toThrow(/the shelf is broken/);
    origin.shop.failField('category', undefined);
    expect((await ask(PARTIAL)).data).toMatchObject({ category: { name: 'Garden' } });
    origin.fail('500', 1);
    await expect(ask(PARTIAL)).rejects.toThrow();
    expect((await ask(PARTIAL)).data).toMatchObject({ category: { name: 'Garden' } });
  });
});
