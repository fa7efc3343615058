import { createHash } from 'node:crypto';
import { ApolloClient, type ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { startOrigin } from '../kit/origin';
import { describeClient, PRODUCT, RENAME, type Client } from './scenario';

function apollo(link: ApolloLink): Client {
  const client = new ApolloClient({
    link,
    cache: new InMemoryCache(),
    // Equal queries are to reach the gateway, which joins them.
    queryDeduplication: false,
    defaultOptions: { query: { fetchPolicy: 'no-cache' }, mutate: { fetchPolicy: 'no-cache' } },
  });
  return {
    query: async (document, variables) =>
      (await client.query({ query: gql(document), ...(variables && { variables }) })).data,
    mutate: async (document, variables) =>
      (await client.mutate({ mutation: gql(document), ...(variables && { variables }) })).data,
  };
}

const RESPONSE_TYPE = 'application/graphql-response+json';

describeClient('Apollo Client', 'POST', RESPONSE_TYPE, (uri, fetch) => apollo(new HttpLink({ uri, fetch })));

describeClient('Apollo Client with useGETForQueries', 'GET', RESPONSE_TYPE, (uri, fetch) =>
  apollo(new HttpLink({ uri, fetch, useGETForQueries: true })),
);

describe('Apollo Client with BatchHttpLink', () => {
  const cleanup = cleanupAfterEach();

  it('P63 has each of its requests answered, from cache where that can be', async () => {
    const origin = cleanup.add(await startOrigin());
    const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
    const statuses: string[] = [];
    const link = new BatchHttpLink({
      uri: gateway.url,
      batchInterval: 20,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        statuses.push(response.headers.get('cache-status')!.replaceAll(/lastmile-local; |; ttl=\d+/g, ''));
        return response;
      },
    });
    const client = apollo(link);
    const read = () => Promise.all(['1', '2'].map((id) => client.query(PRODUCT, { id })));
    const names = [{ product: { name: 'Kettle' } }, { product: { name: 'Teapot' } }];
    expect(await read()).toMatchObject(names);
    expect(await read()).toMatchObject(names);
    const [renamed] = await Promise.all([
      client.mutate(RENAME, { id: '1', name: 'New' }),
      client.query(PRODUCT, { id: '1' }),
    ]);
    expect(renamed).toMatchObject({ renameProduct: { name: 'New' } });
    expect(await read()).toMatchObject([{ product: { name: 'New' } }, names[1]]);
    expect(statuses).toEqual([
      'fwd=uri-miss; stored, fwd=uri-miss; stored',
      'hit, hit',
      'fwd=method; detail=mutation, fwd=stale; stored; detail=purged',
      'hit, hit',
    ]);
  });
});

describe('Apollo Client with persisted queries by GET', () => {
  const cleanup = cleanupAfterEach();

  it('P63 names an operation once in full, and is answered by its hash from then on', async () => {
    const origin = cleanup.add(await startOrigin());
    const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
    const seen: string[] = [];
    const http = new HttpLink({
      uri: gateway.url,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        const status = response.headers.get('cache-status')?.replace(/lastmile-local; |; ttl=\d+/g, '');
        seen.push(`${init?.method ?? 'GET'} ${status ?? response.status}`);
        return response;
      },
    });
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const client = apollo(new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(http));
    const read = () => client.query(PRODUCT, { id: '1' });
    for (let times = 0; times < 2; times++)
      expect(await read()).toMatchObject({ product: { name: 'Kettle' } });
    expect(await client.mutate(RENAME, { id: '1', name: 'New' })).toMatchObject({
      renameProduct: { name: 'New' },
    });
    for (let times = 0; times < 2; times++) expect(await read()).toMatchObject({ product: { name: 'New' } });
    expect(seen).toEqual([
      'GET fwd=bypass; detail=invalid',
      'POST fwd=uri-miss; stored',
      'GET hit',
      'POST fwd=bypass; detail=invalid',
      'POST fwd=method; detail=mutation',
      'GET fwd=stale; stored; detail=purged',
      'GET hit',
    ]);
  });
});
