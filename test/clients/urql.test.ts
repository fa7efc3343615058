import { Client, fetchExchange } from '@urql/core';
import { describeClient, type Client as Described } from './scenario';

function urql(url: string, fetch: typeof globalThis.fetch, preferGetMethod: boolean): Described {
  const client = new Client({
    url,
    fetch,
    preferGetMethod,
    exchanges: [fetchExchange],
    requestPolicy: 'network-only',
  });
  const read = ({ data, error }: { data?: unknown; error?: Error | undefined }): unknown => {
    if (error) throw error;
    return data;
  };
  return {
    query: async (document, variables = {}) => read(await client.query(document, variables).toPromise()),
    mutate: async (document, variables = {}) => read(await client.mutation(document, variables).toPromise()),
  };
}

const RESPONSE_TYPE = 'application/graphql-response+json';

describeClient('urql', 'POST', RESPONSE_TYPE, (url, fetch) => urql(url, fetch, false));
describeClient('urql with preferGetMethod', 'GET', RESPONSE_TYPE, (url, fetch) => urql(url, fetch, true));
