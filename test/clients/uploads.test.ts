/** Clients that send files, unmodified: behind a gateway as without one, before Yoga and before Apollo Server. */
import { createHash } from 'node:crypto';
import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { Client as UrqlClient, fetchExchange } from '@urql/core';
// @ts-expect-error -- its types are in comments of its JavaScript
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startUploadOrigin, type OriginProcess } from '../kit/origin-process';

const cleanup = cleanupAfterAll();
const ADD_ALL =
  'mutation AddAll($files: [Upload!]!) { addAll(files: $files) { filename type bytes digest } }';
const CONTENTS = ['one', 'ü'.repeat(100_000)] as const;
const FILES = [
  new File([CONTENTS[0]], 'a "b".txt', { type: 'text/plain' }),
  new File([CONTENTS[1]], 'ä.bin', { type: 'application/x-thing' }),
];

type Send = (url: string, fetch: typeof globalThis.fetch) => Promise<unknown>;

/** What their documentation has one set for a server that asks for it, as Apollo Server does. */
const HEADERS = { 'apollo-require-preflight': 'true' };

const CLIENTS: Readonly<Record<string, Send>> = {
  'apollo-upload-client': async (uri, fetch) => {
    const link = new UploadHttpLink({ uri, fetch, headers: HEADERS });
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    return (await client.mutate({ mutation: gql(ADD_ALL), variables: { files: FILES } })).data;
  },
  urql: async (url, fetch) => {
    const client = new UrqlClient({
      url,
      fetch,
      exchanges: [fetchExchange],
      fetchOptions: { headers: HEADERS },
    });
    const { data, error } = await client.mutation(ADD_ALL, { files: FILES }).toPromise();
    if (error) throw error;
    return data;
  },
};

describe.each(['yoga', 'apollo'] as const)('uploads before %s', (server) => {
  let origin: OriginProcess;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    origin = cleanup.add(await startUploadOrigin(server));
    gateway = cleanup.add(
      await startGateway(
        { UPSTREAM_URL: origin.url },
        { schema: 'extend type File @cacheControl(maxAge: 60)' },
      ),
    );
  });

  it.each(Object.entries(CLIENTS))('P66 by %s arrive as without a gateway', async (_, send) => {
    const types: (string | null | undefined)[] = [];
    const listening: typeof fetch = (input, init) => {
      types.push(new Request(input, init).headers.get('content-type')?.split(';', 1)[0]);
      return fetch(input, init);
    };
    const straight = await send(origin.url, fetch);
    await gateway.query('{ files { id } }');
    const through = await send(gateway.url, listening);
    expect(through).toEqual(straight);
    expect(through).toMatchObject({
      addAll: CONTENTS.map((content) => ({ digest: createHash('sha256').update(content).digest('hex') })),
    });
    expect(types).toEqual(['multipart/form-data']);
    expect((await gateway.query('{ files { id } }')).cacheStatus).toMatch(/detail=purged/);
  });
});
