/** Which answers a CDN in front may keep, and what they say to it. */
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type Answer, type AskOptions, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();
const PRODUCTS = '{ products { name } }';
const GET: AskOptions = { method: 'GET' };
const TAGGED = { CDN_TAGS: 'surrogate-key', LOG_LEVEL: 'silent' };

async function start(env: Record<string, string>): Promise<{ origin: Origin; gateway: GatewayProcess }> {
  const origin = cleanup.add(await startOrigin());
  return { origin, gateway: cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env })) };
}

const saidTo = ({ headers }: Answer): unknown[] => [
  headers['cache-control'],
  headers['surrogate-key'],
  headers['cache-tag'],
];
const UNKEPT = ['private, no-cache', undefined, undefined];
const KEYS = /^(?:[0-9a-f]{12} )+[0-9a-f]{12}$/;

it('says nothing to a CDN unless told to', async () => {
  const { gateway } = await start({});
  for (const method of ['GET', 'QUERY', 'GET'] as const)
    expect(saidTo(await gateway.query(PRODUCTS, { method }))).toEqual(UNKEPT);
  expect((await gateway.query(PRODUCTS, GET)).headers.vary).toBe('Accept, Accept-Encoding');
});

it('lets it keep a public answer by GET, HEAD and QUERY: miss, hit and 304', async () => {
  const { gateway } = await start(TAGGED);
  const miss = await gateway.query(PRODUCTS, GET);
  const control = expect.stringMatching(/^public, max-age=0, s-maxage=(?:59|60)$/);
  const kept = [control, expect.stringMatching(KEYS), undefined];
  expect([miss.cacheStatus, saidTo(miss)]).toEqual(['fwd=uri-miss; stored', kept]);
  const headers = { 'if-none-match': miss.headers.etag! };
  for (const options of [GET, { method: 'HEAD' }, { method: 'QUERY' }, { ...GET, headers }] as AskOptions[]) {
    const answer = await gateway.query(PRODUCTS, options);
    expect([answer.cacheStatus.slice(0, 3), saidTo(answer)]).toEqual(['hit', kept]);
    expect(answer.headers['surrogate-key']).toBe(miss.headers['surrogate-key']);
  }
  expect(miss.headers.vary).toBe('Accept, Accept-Encoding, Lastmile-Token');
  expect(saidTo(await gateway.query(PRODUCTS))).toEqual(['no-store', undefined, undefined]);
});

it('has it tell apart whose header makes the gateway ask upstream', async () => {
  const { gateway } = await start({ ...TAGGED, VARY: 'x-lang', FORWARD_HEADERS: 'x-lang, x-tenant' });
  const answer = await gateway.query(PRODUCTS, GET);
  expect(answer.headers['surrogate-key']).toMatch(KEYS);
  expect(answer.headers.vary).toBe('Accept, Accept-Encoding, x-lang, x-tenant, Lastmile-Token');
  const tenants = await gateway.query(PRODUCTS, { ...GET, headers: { 'x-tenant': 'a' } });
  expect([tenants.cacheStatus, saidTo(tenants)]).toEqual(['fwd=bypass; detail=unkeyed-header', UNKEPT]);
});

it('counts the time from when upstream answered, as Age does', async () => {
  const { gateway } = await start(TAGGED);
  await gateway.query(PRODUCTS, GET);
  const older = await until('a second has passed', async () => {
    const answer = await gateway.query(PRODUCTS, GET);
    return answer.headers.age === '1' && answer;
  });
  const seconds = Number(/s-maxage=(\d+)$/.exec(older.headers['cache-control']!)?.[1]);
  // Both are whole seconds, cut off.
  expect([59, 60]).toContain(seconds);
});

it('separates keys by commas for Cloudflare', async () => {
  const { gateway } = await start({ CDN_TAGS: 'cache-tag', LOG_LEVEL: 'silent' });
  const answer = await gateway.query(PRODUCTS, GET);
  expect(answer.headers['cache-tag']).toMatch(/^(?:[0-9a-f]{12},)+[0-9a-f]{12}$/);
  expect(answer.headers['surrogate-key']).toBeUndefined();
});

it('keeps from it what is not for everybody, or is not true for long', async () => {
  const { origin, gateway } = await start({
    ...TAGGED,
    SESSION: 'header:authorization',
    DEFAULT_MAX_AGE: '60',
    NO_CACHE_OPERATIONS: 'Never',
  });
  const ann = { authorization: 'ann' };
  for (let times = 0; times < 2; times++) {
    // PRIVATE; a maxAge that is only the default; an error; uncached; with a token.
    for (const [query, options] of [
      ['{ viewer { name } }', { headers: ann }],
      ['{ serial }', {}],
      ['query Never { products { name } }', {}],
      ['{ nothing }', {}],
    ] as [string, AskOptions][]) {
      const answer = await gateway.query(query, { ...GET, ...options });
      expect([query, answer.headers['surrogate-key']]).toEqual([query, undefined]);
      expect(answer.headers['cache-control']).not.toMatch(/public|s-maxage/);
    }
  }
  // Credentials change nothing in what is declared PUBLIC.
  expect((await gateway.query(PRODUCTS, { ...GET, headers: ann })).headers['surrogate-key']).toMatch(KEYS);
  const { token } = await gateway.query('mutation { renameProduct(id: "1", name: "Other") { id } }');
  const own = await gateway.query(PRODUCTS, { ...GET, headers: { 'lastmile-token': token! } });
  expect([own.headers['lastmile-token'] !== undefined, saidTo(own)]).toEqual([true, UNKEPT]);
  const asked = await gateway.query(PRODUCTS, { ...GET, headers: { 'lastmile-debug': '1' } });
  expect(saidTo(asked)).toEqual(UNKEPT);
  origin.fail('errors');
  const failed = await gateway.query('{ categories { name } }', GET);
  expect(failed.headers['surrogate-key']).toBeUndefined();
});

it('keeps from it what carries a header of upstream for one client, and a batch', async () => {
  const { origin, gateway } = await start(TAGGED);
  origin.answerHeaders = { 'ratelimit-remaining': '7' };
  const miss = await gateway.query(PRODUCTS, GET);
  expect([miss.headers['ratelimit-remaining'], saidTo(miss)]).toEqual(['7', UNKEPT]);
  expect((await gateway.query(PRODUCTS, GET)).headers['surrogate-key']).toMatch(KEYS);
  const batch = await gateway.send({
    method: 'QUERY',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ query: PRODUCTS }]),
  });
  expect(saidTo(batch)).toEqual(['no-store', undefined, undefined]);
});
