import { matchEtag } from '../../src/gateway/representation';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type Answer, type AskOptions, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { shopTypes } from '../kit/shop-schema';
import { pause, until } from '../kit/until';

const cleanup = cleanupAfterEach();
const PRODUCTS = '{ products { name } }';
const GET: AskOptions = { method: 'GET' };

async function start(
  env: Record<string, string> = {},
  schema = shopTypes,
): Promise<{ origin: Origin; gateway: GatewayProcess }> {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }, { schema }));
  return { origin, gateway };
}

function asking(cacheControl: string, options: AskOptions = {}): AskOptions {
  return { ...options, headers: { ...options.headers, 'cache-control': cacheControl } };
}

describe('P61 Age', () => {
  it('P61 counts whole seconds since upstream answered, and comes with hits only', async () => {
    const { gateway } = await start();
    const miss = await gateway.query(PRODUCTS, GET);
    expect(miss.headers.age).toBeUndefined();
    expect(miss.headers.date).toBeDefined();
    expect((await gateway.query(PRODUCTS, GET)).headers.age).toBe('0');
    const older = await until('a second has passed', async () => {
      const answer = await gateway.query(PRODUCTS, GET);
      return answer.headers.age !== '0' && answer;
    });
    expect(older.headers.age).toBe('1');
    expect(older.cacheStatus).toMatch(/^hit; ttl=5[89]$/);
  });
});

describe('P61 ETag', () => {
  it('P61 is strong, of the bytes, the same on miss and hit, by GET and POST, and changes with them', async () => {
    const { gateway } = await start();
    const miss = await gateway.query(PRODUCTS, GET);
    const etag = miss.headers.etag!;
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    expect((await gateway.query(PRODUCTS, GET)).headers.etag).toBe(etag);
    expect((await gateway.query(PRODUCTS)).headers.etag).toBe(etag);
    const same = await gateway.query('query Named { products { name } }', GET);
    expect([same.cacheStatus, same.headers.etag]).toEqual(['fwd=uri-miss; stored', etag]);
    await gateway.query('mutation { renameProduct(id: "1", name: "Other") { id } }');
    expect((await gateway.query(PRODUCTS, GET)).headers.etag).not.toBe(etag);
  });

  it.each(['GET', 'HEAD'] as const)(
    'P61 is answered 304 to a %s that has it, with what a 200 would say',
    async (method) => {
      const { origin, gateway } = await start({ VARY: 'accept-language' });
      const first = await gateway.query(PRODUCTS, { method });
      const { etag } = first.headers;
      for (const value of [etag, `W/${etag}`, `"other", ${etag}`, `"a", W/"b" ,W/${etag},"c"`, '*']) {
        const answer = await gateway.query(PRODUCTS, { method, headers: { 'if-none-match': value! } });
        expect([value, answer.status, answer.text]).toEqual([value, 304, '']);
        const { headers } = answer;
        expect([headers.etag, headers.vary, headers['cache-control'], headers.age]).toEqual([
          etag,
          first.headers.vary,
          first.headers['cache-control'],
          '0',
        ]);
        expect(headers['content-type']).toBeUndefined();
        expect(headers['content-length']).toBeUndefined();
        expect(answer.cacheStatus).toMatch(/^hit/);
      }
      for (const value of ['"other"', etag!.slice(1, -1), '', 'W/', '"', '**', `"x${etag!.slice(1)}`]) {
        const answer = await gateway.query(PRODUCTS, { method, headers: { 'if-none-match': value } });
        expect([value, answer.status]).toEqual([value, 200]);
      }
      expect(origin.count('products')).toBe(1);
    },
  );

  it('P61 is answered 304 also when upstream had to be asked again and said the same', async () => {
    const { gateway } = await start();
    const { etag } = (await gateway.query(PRODUCTS, GET)).headers;
    await gateway.query('mutation { touchNothing deleteProduct(id: "none") }');
    const answer = await gateway.query(PRODUCTS, { ...GET, headers: { 'if-none-match': etag! } });
    expect([answer.status, answer.cacheStatus]).toEqual([304, 'fwd=stale; stored; detail=purged']);
  });

  it('P61 does not make a POST conditional, nor an error', async () => {
    const { origin, gateway } = await start();
    const { etag } = (await gateway.query(PRODUCTS)).headers;
    expect((await gateway.query(PRODUCTS, { headers: { 'if-none-match': etag! } })).status).toBe(200);
    origin.fail('errors');
    const failed = await gateway.query('{ categories { name } }', {
      ...GET,
      headers: { 'if-none-match': '*' },
    });
    expect([failed.status, failed.errors?.length]).toEqual([200, 1]);
    expect(failed.headers.etag).toBeUndefined();
  });

  it('does not read a list of tags as anything else', () => {
    const held = (list: string | undefined) => matchEtag(list, '"a"', ['identity'], 'identity');
    expect(held(undefined)).toBeUndefined();
    expect(held(' "b" , W/"a"')).toBe('"a"');
    expect(held('"b", *')).toBeUndefined();
    expect(held('w/"a"')).toBeUndefined();
  });
});

describe('P61 HEAD', () => {
  it('P61 says what a GET would, without its body, cold and hot', async () => {
    const { origin, gateway } = await start();
    const cold = await gateway.query(PRODUCTS, { method: 'HEAD' });
    const get = await gateway.query(PRODUCTS, GET);
    const hot = await gateway.query(PRODUCTS, { method: 'HEAD' });
    expect([cold.text, hot.text]).toEqual(['', '']);
    expect(cold.cacheStatus).toBe('fwd=uri-miss; stored');
    const said = ({ status, headers }: Answer): unknown[] => [
      status,
      ...['content-length', 'content-type', 'etag', 'vary', 'cache-control'].map((name) => headers[name]),
    ];
    expect(said(cold)).toEqual(said(get));
    expect(said(hot)).toEqual(said(get));
    expect(get.headers['content-length']).toBe(String(Buffer.byteLength(get.text)));
    expect(origin.count('products')).toBe(1);
  });
});

describe('P61 Cache-Control and Vary', () => {
  it('P61 lets no cache downstream use an answer unasked: it is out of reach of a purge', async () => {
    const { gateway } = await start();
    for (const query of [PRODUCTS, '{ serial }']) {
      for (let times = 0; times < 2; times++) {
        expect((await gateway.query(query, GET)).headers['cache-control']).toBe('private, no-cache');
        expect((await gateway.query(query)).headers['cache-control']).toBe('no-store');
      }
    }
  });

  it('P61 names in Vary every header that is part of a key, on hit, miss, bypass, 304 and error', async () => {
    const env = {
      VARY: 'accept-language, x-tenant',
      SESSION: 'header:x-session',
      CORS_ORIGINS: 'https://a.example',
    };
    const { gateway } = await start(env);
    const varied = async (query: string, options: AskOptions): Promise<string[]> => {
      const { headers } = await gateway.query(query, options);
      return headers.vary!.split(', ');
    };
    const all = ['Accept', 'Accept-Encoding', 'accept-language', 'x-tenant', 'x-session', 'Origin'];
    expect(await varied(PRODUCTS, GET)).toEqual(all);
    expect(await varied(PRODUCTS, GET)).toEqual(all);
    expect(await varied(PRODUCTS, { ...GET, headers: { 'if-none-match': '*' } })).toEqual(all);
    expect(await varied('{ viewer { name } }', GET)).toEqual(all);
    expect(await varied('{ nothing }', GET)).toEqual(all);
  });

  it.each(['accept-language', 'x-tenant'])('P61 keeps answers for each value of %s apart', async (name) => {
    const { gateway } = await start({ VARY: 'accept-language, x-tenant' });
    const query = `{ header(name: "${name}") }`;
    for (const value of ['a', 'b', 'a, b', undefined]) {
      const headers: Record<string, string> = value === undefined ? {} : { [name]: value };
      for (const status of [/^fwd=uri-miss; stored$/, /^hit/]) {
        const answer = await gateway.query(query, { ...GET, headers });
        expect(answer.cacheStatus).toMatch(status);
        expect(answer.data.header).toBe(value ?? null);
      }
    }
  });
});

describe("P61 a request's Cache-Control", () => {
  it('P61 no-store: is answered from cache, and from upstream without storing', async () => {
    const { origin, gateway } = await start();
    for (let times = 1; times <= 2; times++) {
      const answer = await gateway.query(PRODUCTS, asking('no-store', GET));
      expect([answer.cacheStatus, answer.headers.etag]).toEqual(['fwd=uri-miss; detail=request', undefined]);
      expect(origin.count('products')).toBe(times);
    }
    expect((await gateway.query(PRODUCTS)).cacheStatus).toBe('fwd=uri-miss; stored');
    expect((await gateway.query(PRODUCTS, asking('max-age=5, No-Store'))).cacheStatus).toMatch(/^hit/);
  });

  it('P42 no-store: many at once make one call upstream', async () => {
    const { origin, gateway } = await start();
    const held = origin.hold('products');
    const all = Array.from({ length: 20 }, () => gateway.query(PRODUCTS, asking('no-store')));
    await held.arrived;
    await gateway.query('{ serial }');
    held.release();
    await Promise.all(all);
    expect(origin.count('products')).toBe(1);
  });

  it('P61 only-if-cached: is answered 504 unless there is an entry, and upstream is not asked', async () => {
    const { origin, gateway } = await start();
    for (const query of [PRODUCTS, '{ serial }', '{ viewer { name } }']) {
      const answer = await gateway.query(query, asking('only-if-cached', GET));
      expect([answer.status, answer.errors?.[0]?.extensions?.['code']]).toEqual([504, 'NOT_CACHED']);
      expect(answer.cacheStatus).toBe('fwd=request; detail=request');
      expect(answer.headers['cache-control']).toBe('no-store');
    }
    expect([origin.count('products'), origin.count('serial'), origin.count('viewer')]).toEqual([0, 0, 0]);
    await gateway.query(PRODUCTS);
    expect((await gateway.query(PRODUCTS, asking('only-if-cached'))).cacheStatus).toMatch(/^hit/);
    await gateway.query('mutation { renameProduct(id: "1", name: "New") { id } }');
    expect((await gateway.query(PRODUCTS, asking('only-if-cached'))).status).toBe(504);
  });

  it('does not let a client go past the cache: no-cache and max-age are advice', async () => {
    const { origin, gateway } = await start();
    await gateway.query(PRODUCTS);
    for (const directive of ['no-cache', 'max-age=0', 'min-fresh=1000']) {
      expect((await gateway.query(PRODUCTS, asking(directive, GET))).cacheStatus).toMatch(/^hit/);
    }
    expect((await gateway.query(PRODUCTS, { headers: { pragma: 'no-cache' } })).cacheStatus).toMatch(/^hit/);
    expect(origin.count('products')).toBe(1);
  });
});

describe('P61 stale answers', () => {
  it('P61 are served while they are refreshed, with the age they have and a ttl below zero', async () => {
    const schema = shopTypes.replace(
      '@cacheControl(maxAge: 60, swr: 30)',
      '@cacheControl(maxAge: 1, swr: 30)',
    );
    const { origin, gateway } = await start({}, schema);
    await gateway.query(PRODUCTS, GET);
    await pause(1100);
    const held = origin.hold('products');
    cleanup.later(() => held.release());
    const stale = await gateway.query(PRODUCTS, GET);
    const [, age] = /^hit; ttl=-(\d+); detail=expired$/.exec(stale.cacheStatus)!;
    expect(stale.headers.age).toBe(age);
    await held.arrived;
    held.release();
    await until('it is fresh again', async () =>
      /^hit; ttl=[01]$/.test((await gateway.query(PRODUCTS, GET)).cacheStatus),
    );
    expect(origin.count('products')).toBe(2);
  });
});
