import { serverAudits } from 'graphql-http';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { startOrigin } from '../kit/origin';

const cleanup = cleanupAfterEach();

/** The graphql-http package's audits of GraphQL over HTTP; a change of their number is looked at. */
const COUNT = 61;

async function startUrl(): Promise<string> {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
  return gateway.url;
}

/** What of the audits does not hold. */
async function failuresAt(url: string, fetchFn: typeof fetch = fetch): Promise<string[]> {
  const audits = serverAudits({ url, fetchFn });
  expect(audits).toHaveLength(COUNT);
  const failures: string[] = [];
  for (const { id, name, fn } of audits) {
    const result = await fn();
    if (result.status !== 'ok') failures.push(`${id} ${name}: ${result.status}, ${result.reason}`);
  }
  return failures;
}

/** The audits ask about the schema, which is never an entry. Asked of products instead, each answer can be one. */
function askingForProducts(statuses: string[]): typeof fetch {
  const put = (text: string): string =>
    text
      .replaceAll(
        'query Type($name: String!) { __type(name: $name)',
        'query Type($name: ID!) { product(id: $name)',
      )
      .replaceAll('__type(name: ', 'product(id: ')
      .replaceAll(/(?<!mutation )(\{|\{ )__typename \}/g, '{ products { name } }');
  return async (input, init) => {
    const url = new URL(String(input));
    const query = url.searchParams.get('query');
    if (query !== null) url.searchParams.set('query', put(query));
    const body = typeof init?.body === 'string' ? put(init.body) : init?.body;
    const response = await fetch(url, { ...init, ...(body != null && { body }) });
    if (response.status === 200 && !(await response.clone().text()).startsWith('{"errors"'))
      statuses.push(response.headers.get('cache-status') ?? 'none');
    return response;
  };
}

it('P60 passes all GraphQL-over-HTTP audits, twice at one gateway', async () => {
  const url = await startUrl();
  expect(await failuresAt(url)).toEqual([]);
  expect(await failuresAt(url)).toEqual([]);
});

it('P60 passes all GraphQL-over-HTTP audits when their answers are misses, and when they are hits', async () => {
  const url = await startUrl();
  const cold: string[] = [];
  expect(await failuresAt(url, askingForProducts(cold))).toEqual([]);
  const hot: string[] = [];
  expect(await failuresAt(url, askingForProducts(hot))).toEqual([]);
  // Every audited request that is answered with data is answered from cache the second time.
  expect(cold.filter((status) => status.includes('stored'))).not.toEqual([]);
  expect(hot).toHaveLength(cold.length);
  expect(hot.filter((status) => !status.startsWith('lastmile-local; hit; '))).toEqual([]);
  expect(hot.length).toBeGreaterThan(20);
});
