/** Relay leaves the request to a function of the application; this is the one its documentation shows, and one by GET. */
import { describeClient, type Client } from './scenario';

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string }[];
}

/** Relay's network layer throws when an answer has no data, or errors. */
function read({ data, errors }: Answer): unknown {
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  return data;
}

function relay(url: string, fetch: typeof globalThis.fetch, method: 'GET' | 'POST'): Client {
  const post = async (query: string, variables: Record<string, unknown> = {}): Promise<unknown> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return read((await response.json()) as Answer);
  };
  const get = async (query: string, variables: Record<string, unknown> = {}): Promise<unknown> => {
    const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
    return read((await (await fetch(`${url}?${search.toString()}`)).json()) as Answer);
  };
  return { query: method === 'GET' ? get : post, mutate: post };
}

describeClient('Relay', 'POST', 'application/json', (url, fetch) => relay(url, fetch, 'POST'));
describeClient('Relay by GET', 'GET', 'application/json', (url, fetch) => relay(url, fetch, 'GET'));
