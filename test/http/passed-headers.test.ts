/** Headers that pass through and that no answer depends on: of a request on a miss, of an answer to whoever caused the call. */
import { cleanupAfterAll, cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startPrimary } from '../kit/redis-region';
import { startStorefront, storefrontTypes, type Storefront } from '../kit/storefront';

const servers = cleanupAfterAll();
const cleanup = cleanupAfterEach();
const schema = storefrontTypes;
const json = { 'content-type': 'application/json' };
const LOGIN = 'mutation { login { success } }';

let shop: Storefront;
let gateway: GatewayProcess;
beforeAll(async () => {
  shop = servers.add(await startStorefront());
  gateway = servers.add(await start({}));
});
afterEach(() => {
  shop.answerHeaders = {};
  shop.answerStatus = 200;
});

const start = (env: Record<string, string>) => startGateway({ UPSTREAM_URL: shop.url, ...env }, { schema });
let serial = 0;
const fresh = (): string => `{ product(id: "${++serial}") { name } }`;
const lastHeaders = () => shop.received.at(-1)!.headers;

const TRACE = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'congo=t61rcWkgMzE',
  baggage: 'userId=alice',
  'x-request-id': 'f058ebd6-02f7-4d3f-942e-904344e8cde5',
};

describe('P66 a request header of PASS_HEADERS', () => {
  it('P66 reaches upstream on a miss, and a traced client hits all the same', async () => {
    const query = fresh();
    const first = await gateway.query(query, { headers: TRACE });
    expect(first.cacheStatus).toBe('fwd=uri-miss; stored');
    expect(lastHeaders()).toMatchObject(TRACE);
    const other = { ...TRACE, traceparent: TRACE.traceparent.replace('b7ad', 'b7ae'), 'x-request-id': '2' };
    expect((await gateway.query(query, { headers: other })).cacheStatus).toMatch(/^hit/);
    expect((await gateway.query(query)).cacheStatus).toMatch(/^hit/);
  });

  it('P66 goes along with a bypass, a mutation, and a batch', async () => {
    await gateway.query('{ uncached }', { headers: TRACE });
    expect(lastHeaders()).toMatchObject(TRACE);
    await gateway.query('mutation { rename(id: "1") { name } }', { headers: TRACE });
    expect(lastHeaders()).toMatchObject(TRACE);
    await gateway.send({ headers: { ...json, ...TRACE }, body: JSON.stringify([{ query: fresh() }]) });
    expect(lastHeaders()).toMatchObject(TRACE);
  });

  it('is what the operator lists, and no other', async () => {
    const to = cleanup.add(await start({ PASS_HEADERS: 'X-B3-TraceId, b3' }));
    await to.query(fresh(), { headers: { ...TRACE, 'x-b3-traceid': '1', b3: '2' } });
    expect(lastHeaders()).toMatchObject({ 'x-b3-traceid': '1', b3: '2' });
    for (const name of Object.keys(TRACE)) expect(lastHeaders()).not.toHaveProperty(name);
    const none = cleanup.add(await start({ PASS_HEADERS: ',' }));
    await none.query(fresh(), { headers: TRACE });
    for (const name of Object.keys(TRACE)) expect(lastHeaders()).not.toHaveProperty(name);
  });

  it('gives way to the same header of VARY, FORWARD_HEADERS and UPSTREAM_HEADERS', async () => {
    const to = cleanup.add(
      await start({
        PASS_HEADERS: 'x-tenant, x-rights, x-account, x-trace',
        VARY: 'x-tenant',
        FORWARD_HEADERS: 'x-rights',
        UPSTREAM_HEADERS: 'x-account: ours',
      }),
    );
    const query = fresh();
    await to.query(query, { headers: { 'x-account': 'theirs' } });
    expect(lastHeaders()['x-account']).toBe('ours');
    expect((await to.query(query, { headers: { 'x-tenant': 'a' } })).cacheStatus).toMatch(/^fwd=uri-miss/);
    expect((await to.query(query, { headers: { 'x-rights': 'a' } })).cacheStatus).toMatch(/unkeyed-header/);
    expect((await to.query(query, { headers: { 'x-trace': 'a' } })).cacheStatus).toMatch(/^hit/);
  });
});

describe('P33 a response header of RESPONSE_HEADERS', () => {
  const env = { RESPONSE_HEADERS: 'vendure-auth-token, set-cookie, x-cost-*, ratelimit-*' };

  it('P33 reaches the client whose request caused the call, and is never replayed', async () => {
    const query = fresh();
    const first = await gateway.query(query);
    expect(first.headers['ratelimit-remaining']).toBe(String(shop.left));
    expect(first.headers).not.toHaveProperty('x-powered-by');
    const hit = await gateway.query(query);
    expect(hit.cacheStatus).toMatch(/^hit/);
    expect(hit.headers).not.toHaveProperty('ratelimit-remaining');
    const bypass = await gateway.query('{ uncached }');
    expect(bypass.headers['ratelimit-remaining']).toBe(String(shop.left));
  });

  it('P33 logs its client in, and nobody else', async () => {
    const to = cleanup.add(await start(env));
    const [one, other] = await Promise.all([to.query(LOGIN), to.query(LOGIN)]);
    const token = (answer: typeof one) => String(answer.headers['vendure-auth-token']);
    expect([token(one), token(other)].sort()).toEqual(['token-1', 'token-2']);
    for (const answer of [one, other]) {
      const number = token(answer).slice(-1);
      expect(answer.headers['set-cookie']).toEqual([
        `sid=${number}; HttpOnly; Expires=Wed, 09 Jun 2027 10:18:14 GMT`,
        `seen=${number}`,
      ]);
    }
    expect((await to.query(fresh())).headers).not.toHaveProperty('vendure-auth-token');
  });

  it.each([{ cookie: 'sid=mine' }, { authorization: 'Bearer mine' }])(
    'P33 is not that of a stranger for a client with %p',
    async (headers) => {
      const to = cleanup.add(await start(env));
      shop.answerHeaders = { 'set-cookie': 'sid=new', 'vendure-auth-token': 'new' };
      const signedIn = await to.query(fresh(), { headers });
      expect(signedIn.headers).not.toHaveProperty('set-cookie');
      expect(signedIn.headers).not.toHaveProperty('vendure-auth-token');
      const bypass = await to.query('{ uncached }', { headers });
      expect(bypass.headers).toMatchObject({ 'set-cookie': ['sid=new'], 'vendure-auth-token': 'new' });
      const visitor = await to.query(fresh());
      expect(visitor.headers).toMatchObject({ 'set-cookie': ['sid=new'], 'vendure-auth-token': 'new' });
    },
  );

  it('P33 is none of those that join the call', async () => {
    const query = fresh();
    const before = shop.received.length;
    const held = shop.hold();
    const first = gateway.query(query);
    await held.arrived;
    // Whoever comes too late to join hits, and is given none of them either.
    const joined = [gateway.query(query), gateway.query(query)];
    await gateway.query('{ __typename }');
    held.release();
    const answers = await Promise.all([first, ...joined]);
    const own = answers.filter(({ headers }) => headers['ratelimit-remaining'] !== undefined);
    expect([shop.received.length - before, own.length]).toEqual([1, 1]);
    expect(own[0]).toBe(answers[0]);
    for (const { cacheStatus, headers } of answers.slice(1)) {
      if (!cacheStatus.startsWith('hit')) expect(cacheStatus).toContain('collapsed');
      expect(headers['content-language']).toBe('en');
    }
  });

  it('P33 is not that of a refresh behind a stale answer', async () => {
    const query = '{ product(id: "stale") { id } }';
    await gateway.query(query);
    await fetch(`${gateway.adminUrl}/purge`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ tags: ['Product:stale'], soft: true }),
    });
    const stale = await gateway.query(query);
    expect(stale.cacheStatus).toMatch(/^hit.*detail=purged/);
    expect(stale.headers).not.toHaveProperty('ratelimit-remaining');
    expect(stale.headers['content-language']).toBe('en');
  });

  it('P33 is that of each call of a batch, and of one name the last', async () => {
    const to = cleanup.add(await start(env));
    const send = (queries: string[]) =>
      to.send({ headers: json, body: JSON.stringify(queries.map((query) => ({ query }))) });
    const { headers } = await send([LOGIN, '{ uncached }', LOGIN]);
    expect(headers['vendure-auth-token']).toBe('token-4');
    expect(headers['set-cookie']).toHaveLength(4);
    expect(headers['ratelimit-remaining']).toBe(String(shop.left));
  });

  it('P33 passes through the region that sends a mutation on', async () => {
    const redis = cleanup.add(await startPrimary());
    const iad = cleanup.add(await start({ ...env, REDIS_URL: redis.url, REGION: 'iad' }));
    const regions = { REDIS_URL: redis.url, REGION: 'syd', PRIMARY_REGION: 'iad', PRIMARY_URL: iad.url };
    const syd = cleanup.add(await start({ ...env, ...regions }));
    const { headers } = await syd.query(LOGIN, { headers: TRACE });
    expect(headers['vendure-auth-token']).toMatch(/^token-/);
    expect(headers['set-cookie']).toHaveLength(2);
    expect(headers['content-language']).toBe('en');
    expect(lastHeaders()).toMatchObject(TRACE);
  });

  it('passes by default where it tells a client what to do next', async () => {
    const told = { 'retry-after': '7', 'www-authenticate': 'Bearer', 'x-ratelimit-reset': '9' };
    shop.answerHeaders = told;
    expect((await gateway.query('{ uncached }')).headers).toMatchObject(told);
  });

  it('is never one that the gateway writes, or of one connection, whatever the pattern', async () => {
    const to = cleanup.add(await start({ RESPONSE_HEADERS: '*' }));
    shop.answerHeaders = {
      'cache-control': 'public, max-age=99999',
      'cache-status': 'evil; hit',
      etag: '"upstream"',
      age: '7',
      vary: 'x-evil',
      'lastmile-token': '1-1',
      'lastmile-purged': '1-1',
      'fly-replay': 'region=evil',
      'access-control-allow-origin': '*',
      'keep-alive': 'timeout=1',
      'alt-svc': 'h3="evil:443"',
      'x-any': 'yes',
      connection: 'keep-alive, X-Hop',
      'x-hop': '1',
    };
    const { headers, cacheStatus } = await to.query('{ uncached }');
    expect(headers).toMatchObject({ 'x-any': 'yes', 'x-powered-by': 'secret-framework' });
    expect([headers['cache-control'], cacheStatus]).toEqual(['no-store', 'fwd=bypass; detail=no-policy']);
    expect(Object.keys(headers)).not.toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^(etag|age|lastmile-.*|fly-replay|alt-svc|access-.*)$/),
      ]),
    );
    expect(headers.vary).not.toContain('x-evil');
    expect(headers['keep-alive']).not.toBe('timeout=1');
    expect(headers).not.toHaveProperty('x-hop');
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('can be read by the pages that CORS_ORIGINS lists', async () => {
    const to = cleanup.add(await start({ ...env, CORS_ORIGINS: 'https://shop.example' }));
    const headers = { origin: 'https://shop.example' };
    const exposed = async (query: string) =>
      String((await to.query(query, { headers })).headers['access-control-expose-headers']);
    expect(await exposed(LOGIN)).toMatch(/\bvendure-auth-token\b/);
    expect(await exposed(LOGIN)).toMatch(/\bLastmile-Token\b/);
    expect(await exposed('{ uncached }')).not.toMatch(/vendure-auth-token/);
  });
});

describe('Content-Language', () => {
  it('P66 is stored with the bytes it describes, in memory and in Redis', async () => {
    const redis = cleanup.add(await startPrimary());
    const common = { REDIS_URL: redis.url, RESPONSE_HEADERS: ',' };
    const [one, other] = [cleanup.add(await start(common)), cleanup.add(await start(common))];
    const query = fresh();
    shop.answerHeaders = { 'content-language': 'de-CH, fr-CH' };
    const language = async (to: GatewayProcess, headers = {}) => {
      const answer = await to.query(query, { method: 'GET', headers });
      return [answer.headers['content-language'], answer.cacheStatus.split(';')[0], answer.status];
    };
    expect(await language(one)).toEqual(['de-CH, fr-CH', 'fwd=uri-miss', 200]);
    shop.answerHeaders = {};
    expect(await language(one)).toEqual(['de-CH, fr-CH', 'hit', 200]);
    expect(await language(other)).toEqual(['de-CH, fr-CH', 'hit', 200]);
    expect(await language(other, { 'accept-encoding': 'br' })).toEqual(['de-CH, fr-CH', 'hit', 200]);
  });
});
