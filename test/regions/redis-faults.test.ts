import { randomBytes } from 'node:crypto';
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin } from '../kit/origin';
import { forEach, RARE, rareShop, SHOW, startRegions, type Regions, type TestRegion } from '../kit/regions';
import type { RedisServer } from '../kit/redis-server';
import { until } from '../kit/until';
import { startOurPrimary, startOurRegion } from '../redis/our-redis';

const cleanup = cleanupAfterAll();
const FEW = RARE.slice(0, 10);
const TIMEOUT_MS = 50;
/** That, with what a busy machine may take to answer at all: less than the shortest of the faults lasts. */
const SOON_MS = TIMEOUT_MS + 2000;

interface Fault {
  readonly begin: (redis: RedisServer) => unknown;
  readonly end: (redis: RedisServer) => unknown;
}

const FAULTS: Record<string, Fault> = {
  down: { begin: (redis) => redis.kill(), end: (redis) => redis.restart() },
  silent: { begin: (redis) => redis.pause(), end: (redis) => redis.resume() },
  slow: {
    // Each command takes longer than the time-out, and does come to an end.
    begin: (redis) => redis.command('DEBUG', 'SLEEP', '3').catch(() => {}),
    end: () => {},
  },
  'out of memory': {
    begin: (redis) => redis.config({ maxmemory: 1 }),
    end: (redis) => redis.config({ maxmemory: '64mb' }),
  },
  'read-only': {
    begin: (redis) => redis.config({ 'min-replicas-to-write': 3, 'replica-read-only': 'yes' }),
    end: (redis) => redis.config({ 'min-replicas-to-write': 0, 'replica-read-only': 'no' }),
  },
  'full of garbage': {
    begin: (redis) => overwrite(redis, () => 'garbage'),
    end: () => {},
  },
};

describe.each([
  ['one Redis for log and entries', false],
  ['entries in a Redis apart', true],
])('a Redis that fails, with %s', (_, separateCache) => {
  let regions: Regions<'iad' | 'syd'>;
  let syd: TestRegion;
  beforeAll(async () => {
    regions = cleanup.add(
      await startRegions({
        regions: ['iad', 'syd'],
        separateCache,
        data: rareShop(),
        // Nothing is kept in process, so that each request asks Redis.
        env: { MEMORY_CACHE_BYTES: '0', REDIS_TIMEOUT_MS: String(TIMEOUT_MS) },
      }),
    );
    syd = regions.syd;
  });

  it.each(Object.entries(FAULTS))(
    'P40 P41 answers without an error and without a long wait when Redis is %s, and hits again by itself',
    async (name, { begin, end }) => {
      await syd.warm(FEW);
      const at = 20 + 10 * Object.keys(FAULTS).indexOf(name);
      const neverAsked = RARE.slice(at, at + 10);
      const began = begin(syd.cache);
      // What takes as long as the fault itself is not waited for.
      if (!(began instanceof Promise) || begin !== FAULTS['slow']!.begin) await began;
      const times: number[] = [];
      for (const id of [...FEW, ...neverAsked, ...FEW]) {
        const asked = performance.now();
        const { status, errors, data } = await syd.show(id);
        times.push(performance.now() - asked);
        expect([status, errors, data.product.version]).toEqual([200, undefined, expect.any(Number)]);
      }
      expect(Math.max(...times)).toBeLessThan(SOON_MS);
      await end(syd.cache);
      await syd.warm([...FEW, ...neverAsked]);
    },
  );

  it('P40 answers queries and mutations when Redis is loading, and hits again by itself', async () => {
    const client = syd.cache.client({ enableReadyCheck: false });
    for (let part = 0; part < 40; part++) await client.set(`junk-${part}`, randomBytes(50_000), 'EX', 600);
    await client.save();
    // It looks at its connections after each kilobyte, and each key takes 50 ms.
    const slowly = { 'key-load-delay': 50_000, 'loading-process-events-interval-bytes': 1024 };
    await syd.cache.restart({ settings: slowly, ready: false });
    const isLoading = async () => (await client.get('junk-1').catch(String))?.includes('LOADING') === true;
    await until('it says that it is loading', isLoading);
    const { errors, data } = await syd.show(FEW[0]!);
    expect([errors, data.product.name]).toEqual([undefined, FEW[0]]);
    expect((await syd.change(FEW[0]!)).errors).toBeUndefined();
    expect(await isLoading()).toBe(true);
    client.disconnect();
    await syd.warm(FEW);
    await syd.cache.config({ 'key-load-delay': 0 });
  });

  it('P58 takes a spoilt, truncated, foreign or otherwise versioned value for a miss', async () => {
    await syd.warm(FEW);
    const spoils: ((value: Buffer, others: Buffer[]) => Buffer | string)[] = [
      () => '',
      () => '{"data":{"product":{"name":"no","version":0}}}',
      (value) => value.subarray(0, value.length / 2),
      (value) => value.subarray(0, -1),
      (value) => Buffer.concat([value, Buffer.from('x')]),
      (value, others) => others.find((other) => !other.equals(value))!,
      (value) => Buffer.from(value.map((byte, index) => (index === 0 ? byte + 1 : byte))),
      (value) => Buffer.alloc(value.length, 255),
      (value) => Buffer.from(value.toString('latin1')),
    ];
    for (const spoil of spoils) {
      await overwrite(syd.cache, spoil);
      const answers = await forEach(FEW, (id) => syd.show(id));
      expect(answers.map(({ data, errors }) => [data.product.name, errors])).toEqual(
        FEW.map((id) => [id, undefined]),
      );
      await syd.warm(FEW);
    }
    const client = syd.cache.client();
    for (const key of await syd.entriesInRedis()) await client.multi().del(key).rpush(key, 'a').exec();
    expect((await syd.show(FEW[0]!)).data.product.name).toBe(FEW[0]);
    for (const key of await client.keys('c:*')) await client.del(key);
    client.disconnect();
    await syd.warm(FEW);
  });

  it('P43 does not hold an answer back until Redis has stored it', async () => {
    const patient = cleanup.add(await syd.addGateway({ REDIS_TIMEOUT_MS: '20000' }));
    const held = regions.origin.hold('product');
    const answer = patient.query(SHOW, { variables: { id: '2' } });
    await held.arrived;
    syd.cache.pause();
    const released = performance.now();
    try {
      held.release();
      expect((await answer).cacheStatus).toMatch(/stored/);
      expect(performance.now() - released).toBeLessThan(SOON_MS);
    } finally {
      syd.cache.resume();
    }
    await until('it was stored after all', async () => {
      const second = cleanup.add(await syd.addGateway());
      return (await second.query(SHOW, { variables: { id: '2' } })).cacheStatus.startsWith('hit');
    });
  });

  it('P40 P45 starts without Redis, is live and not ready, answers all the same, and is ready when Redis has come', async () => {
    await syd.replica.kill();
    const early = cleanup.add(
      await startGateway({ ...syd.env, MEMORY_CACHE_BYTES: '1MiB' }, { awaitReady: false }),
    );
    const health = async (gateway: GatewayProcess, what: string) =>
      (await fetch(`${gateway.adminUrl}/health/${what}`)).status;
    await until(
      'it has read its schema',
      async () => (await early.query(SHOW, { variables: { id: '1' } })).status === 200,
    );
    for (let i = 0; i < 5; i++) {
      const { errors, cacheStatus } = await early.query(SHOW, { variables: { id: '1' } });
      expect([errors, cacheStatus]).toEqual([undefined, 'fwd=bypass; detail=unproven']);
    }
    expect([await health(early, 'live'), await health(early, 'ready')]).toEqual([200, 503]);
    await syd.replica.restart({ data: 'none' });
    await early.ready();
    // Once is enough: a region that is cut off later answers from upstream, and its gateways stay in service.
    syd.blackHole();
    await until('it is unproven', async () =>
      (await early.query(SHOW, { variables: { id: '1' } })).cacheStatus.includes('unproven'),
    );
    expect([await health(early, 'live'), await health(early, 'ready')]).toEqual([200, 200]);
    await syd.restore();
    await syd.warm(FEW);
  });
});

it('P59 works as the accounts of our Redis settings, and as no others', async () => {
  const origin = cleanup.add(await startOrigin());
  const primary = cleanup.add(await startOurPrimary());
  const replica = cleanup.add(await startOurRegion(primary));
  const env = { UPSTREAM_URL: origin.url, PROBE_INTERVAL_MS: '100' };
  const urls = { REDIS_URL: replica.urlAs('gateway'), PRIMARY_REDIS_URL: primary.urlAs('purger') };
  const one = cleanup.add(await startGateway({ ...env, ...urls }));
  const two = cleanup.add(await startGateway({ ...env, ...urls, MEMORY_CACHE_BYTES: '0' }));
  const show = (gateway: GatewayProcess) => gateway.query(SHOW, { variables: { id: '1' } });
  await show(one);
  await until('the other has it from Redis', async () => (await show(two)).cacheStatus.startsWith('hit'));
  const { token } = await one.query('mutation { renameProduct(id: "1", name: "P59") { id } }');
  expect(token).toBeDefined();
  await until('both have purged it', async () => {
    const answers = await Promise.all([show(one), show(two)]);
    return answers.every(({ data }) => data.product.name === 'P59');
  });
  const figures = await (await fetch(`${two.adminUrl}/metrics`)).text();
  expect(figures).not.toMatch(/^lastmile_store_faults_total\{.*NOPERM/m);
  expect(figures).not.toMatch(/^lastmile_store_faults_total\{[^}]*\} [1-9]/m);
  // As the account of the region alone it can append nothing, and proves nothing.
  const wrong = cleanup.add(
    await startGateway({ ...env, REDIS_URL: replica.urlAs('gateway') }, { awaitReady: false }),
  );
  await until('it answers', async () => (await show(wrong)).cacheStatus === 'fwd=bypass; detail=unproven');
});

/** Puts something else in the place of every entry, its lifetime as it was. */
async function overwrite(redis: RedisServer, spoil: (value: Buffer, others: Buffer[]) => Buffer | string) {
  const client = redis.client();
  const keys = await client.keys('c:*');
  const values = await Promise.all(keys.map(async (key) => (await client.getBuffer(key))!));
  await Promise.all(keys.map((key, index) => client.set(key, spoil(values[index]!, values), 'KEEPTTL')));
  client.disconnect();
}
