import { GraphQLClient } from 'graphql-request';
import { describeClient, type Client } from './scenario';

function graphqlRequest(url: string, fetch: typeof globalThis.fetch, method: 'GET' | 'POST'): Client {
  const client = new GraphQLClient(url, { fetch, method });
  return {
    query: (document, variables = {}) => client.request(document, variables),
    // The client sends what it is told to by the method it is made with; mutations are sent by POST.
    mutate: (document, variables = {}) => new GraphQLClient(url, { fetch }).request(document, variables),
  };
}

const RESPONSE_TYPE = 'application/graphql-response+json';

describeClient('graphql-request', 'POST', RESPONSE_TYPE, (url, fetch) => graphqlRequest(url, fetch, 'POST'));
describeClient('graphql-request by GET', 'GET', RESPONSE_TYPE, (url, fetch) =>
  graphqlRequest(url, fetch, 'GET'),
);
