import { inspect } from 'node:util';
import { useResponseCache } from '@envelop/response-cache';
import { createYoga } from 'graphql-yoga';
import {
  createRegionalCache,
  openRegion,
  type RegionalCacheOptions,
  type RegionOptions,
} from '../../src/index';
import { cleanupAfterEach } from '../kit/cleanup';
import { UNHURRIED_MS } from '../kit/gateway';
import { startPrimary } from '../kit/redis-region';
import { Shop } from '../kit/shop';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

/** The shop behind Yoga with the stock plugin, which is given a region's cache. */
function start(options: Partial<RegionalCacheOptions> = {}, regionOptions: RegionOptions = {}) {
  const faults: unknown[] = [];
  const region =
    options.region ??
    openRegion({
      redisTimeoutMs: Number(UNHURRIED_MS),
      onFault: (fault) => faults.push(fault),
      ...regionOptions,
    });
  if (!options.region) cleanup.add(region);
  const shop = new Shop();
  const cache = createRegionalCache({ ...options, region });
  const yoga = createYoga({
    schema: shop.schema,
    context: ({ request }) => ({ headers: Object.fromEntries(request.headers) }),
    plugins: [useResponseCache({ session: () => null, ttl: 60_000, cache })],
    logging: false,
  });
  const query = async (text: string) => {
    const response = await yoga.fetch('http://shop/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: text }),
    });
    return (await response.json()) as { data: any }; // eslint-disable-line -- any shape
  };
  return { shop, region, cache, query, faults };
}

const PRODUCTS = '{ products { id name } }';
const KETTLE = '{ product(id: "1") { id name } }';
const RENAME = 'mutation { renameProduct(id: "1", name: "Renamed") { id name } }';

describe('the stock plugin on a regional cache', () => {
  it('hits, and misses what its mutations changed', async () => {
    const { shop, query } = start();
    await query(KETTLE);
    await query(KETTLE);
    expect(shop.count('product')).toBe(1);
    await query(RENAME);
    expect((await query(KETTLE)).data.product.name).toBe('Renamed');
  });

  it('P01 does not keep what was read before a purge and stored after it', async () => {
    const { shop, query } = start();
    const held = shop.hold('product');
    const slow = query(KETTLE);
    await held.arrived;
    await query(RENAME);
    held.release();
    expect((await slow).data.product.name).toBe('Kettle');
    expect((await query(KETTLE)).data.product.name).toBe('Renamed');
  });

  it('P18 purges the lists a new entity belongs in, empty ones too, unless told not to', async () => {
    const create = 'mutation { createProduct(name: "Mug", category: "garden") { id } }';
    const empty = '{ products(category: "garden") { id } }';
    const { query } = start();
    await query(PRODUCTS);
    await query(empty);
    await query(create);
    expect((await query(PRODUCTS)).data.products).toHaveLength(7);
    expect((await query(empty)).data.products).toHaveLength(1);
    const stock = start({ lists: false });
    await stock.query(PRODUCTS);
    await stock.query(create);
    expect((await stock.query(PRODUCTS)).data.products).toHaveLength(6);
  });

  it('P16 keeps the answers of two versions apart', async () => {
    const region = cleanup.add(openRegion());
    const before = start({ region, version: '1' });
    const after = start({ region, version: '2' });
    await before.query(KETTLE);
    after.shop.change((data) => (data.products[0]!.name = 'Newer'));
    expect((await after.query(KETTLE)).data.product.name).toBe('Newer');
    expect((await before.query(KETTLE)).data.product.name).toBe('Kettle');
  });

  it('shares entries and purges between processes through Redis', async () => {
    const redis = cleanup.add(await startPrimary());
    const one = start({}, { redisUrl: redis.url });
    const two = start({}, { redisUrl: redis.url });
    await until('both are proven', () => one.region.isProven && two.region.isProven);
    await until('an entry reaches the other', async () => {
      const before = two.shop.count('product');
      await one.query(KETTLE);
      await two.query(KETTLE);
      return two.shop.count('product') === before;
    });
    await one.query(RENAME);
    const known = two.shop.count('product');
    await until('the purge reaches the other', async () => {
      await two.query(KETTLE);
      return two.shop.count('product') > known;
    });
  });
});

describe('a regional cache behind the interface', () => {
  const RESULT = { data: { product: { id: '1' } } };
  const ENTITIES = [{ typename: 'Product', id: '1' }];

  it('keeps nothing that nobody looked for: there is no telling what it is as of', async () => {
    const { cache } = start();
    cache({}).set('key', RESULT, ENTITIES, 60_000);
    expect(await cache({}).get('key')).toBeUndefined();
    const request = cache({});
    await request.get('key');
    request.set('key', RESULT, ENTITIES, 60_000);
    expect(await cache({}).get('key')).toEqual(RESULT);
  });

  it('keeps nothing for no time, and for ever only what a Redis can count', async () => {
    const { cache } = start();
    for (const [key, ttl] of [
      ['none', 0],
      ['nonsense', Number.NaN],
    ] as const) {
      const request = cache({});
      await request.get(key);
      request.set(key, RESULT, ENTITIES, ttl);
      expect(await cache({}).get(key)).toBeUndefined();
    }
    const request = cache({});
    await request.get('ever');
    request.set('ever', RESULT, ENTITIES, Infinity);
    expect(await cache({}).get('ever')).toEqual(RESULT);
  });

  it('keeps nothing whose response is to have a status or a cookie of its own', async () => {
    const { cache } = start();
    for (const http of [{ status: 503 }, { headers: { 'set-cookie': 'sid=1' } }]) {
      const request = cache({});
      await request.get('c');
      await request.set('c', { data: { serial: 1 }, extensions: { http } }, [], 1000);
      expect(await cache({}).get('c')).toBeUndefined();
    }
  });

  it('gives every request a result of its own', async () => {
    const { cache } = start();
    const request = cache({});
    await request.get('key');
    request.set('key', structuredClone(RESULT), ENTITIES, 60_000);
    const first = (await cache({}).get('key')) as typeof RESULT;
    first.data.product.id = 'changed';
    expect(await cache({}).get('key')).toEqual(RESULT);
  });

  it('survives a purge that is not acknowledged, tells of it, and does not show what was purged', async () => {
    const redis = cleanup.add(await startPrimary());
    const { cache, region, faults } = start({}, { redisUrl: redis.url });
    await until('it is proven', () => region.isProven);
    const request = cache({});
    await request.get('key');
    request.set('key', RESULT, ENTITIES, 60_000);
    expect(await cache({}).get('key')).toEqual(RESULT);
    await redis.stop();
    cache({}).invalidate(ENTITIES);
    expect(await cache({}).get('key')).toBeUndefined();
    await until('it was told', () =>
      faults.some((fault) => inspect(fault).includes('PURGE_NOT_ACKNOWLEDGED')),
    );
  });
});
