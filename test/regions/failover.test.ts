/** P49: a name that leads to another Redis, while the one before lives on and keeps the connections it has. */
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startLink } from '../kit/link';
import { startOrigin } from '../kit/origin';
import { startPrimary, startReplica, type Replica } from '../kit/redis-region';
import { startRedis, type RedisServer } from '../kit/redis-server';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

const SHOW = 'query Show($id: ID!) { product(id: $id) { name version } }';
const FAST = { PROBE_INTERVAL_MS: '100', FRESHNESS_BOUND_MS: '1000' };

const show = (gateway: GatewayProcess, id: string) => gateway.query(SHOW, { variables: { id } });
const like = (gateway: GatewayProcess) => gateway.query('mutation { likeProduct(id: "1") { version } }');

/** The answer comes from the cache. */
async function untilHit(gateway: GatewayProcess, id: string): Promise<void> {
  await until('it hits', async () => (await show(gateway, id)).cacheStatus.startsWith('hit'));
}

/** A primary, who is to take its place, and a region's copy of their log; the gateway knows the primary by a name. */
async function startRegion() {
  const old = cleanup.add(await startPrimary());
  const next = cleanup.add(await startReplica(old));
  const copy = cleanup.add(await startReplica(old));
  for (const replica of [next, copy]) await replica.inSync();
  const name = cleanup.add(await startLink(old.port));
  const origin = cleanup.add(await startOrigin());
  const env = {
    ...FAST,
    UPSTREAM_URL: origin.url,
    REDIS_URL: copy.url,
    PRIMARY_REDIS_URL: `redis://127.0.0.1:${name.port}`,
  };
  const gateway = cleanup.add(await startGateway(env));
  await untilHit(gateway, '1');
  /** Promotes `next`, and leads the name there. What becomes of the old one is the test's. */
  const failOver = async () => {
    await next.command('REPLICAOF', 'NO', 'ONE');
    name.lead(next.port);
    await copy.command('REPLICAOF', '127.0.0.1', next.port);
  };
  return { old, next, copy, gateway, failOver };
}

/** Its purges are acknowledged, it answers from its cache again, and with nothing older than the last change. */
async function recovers(gateway: GatewayProcess): Promise<void> {
  await until('a purge is acknowledged', async () => (await like(gateway)).extensions === undefined);
  await untilHit(gateway, '2');
  const { data, token } = await like(gateway);
  expect(token).toEqual(expect.any(String));
  expect((await show(gateway, '1')).data.product.version).toBe(data.likeProduct.version);
  await untilHit(gateway, '1');
}

describe('P49 a primary that another took the place of', () => {
  it('P49 is left when it has become a replica', async () => {
    const { old, next, gateway, failOver } = await startRegion();
    await failOver();
    await old.command('REPLICAOF', '127.0.0.1', next.port);
    await recovers(gateway);
  });

  it('P49 is left when it takes no writes without replicas', async () => {
    const { old, gateway, failOver } = await startRegion();
    await failOver();
    await old.config({ 'min-replicas-to-write': 1 });
    await recovers(gateway);
  });

  it('P49 is left when it goes on as a primary of its own', async () => {
    const { gateway, failOver } = await startRegion();
    await failOver();
    await recovers(gateway);
  });
});

it("P49 leaves a copy of the log that gets no more records, when the region's name leads to another", async () => {
  const primary = cleanup.add(await startPrimary());
  const link = cleanup.add(await startLink(primary.port));
  const stranded = cleanup.add(await startReplica(link));
  const sound = cleanup.add(await startReplica(primary));
  for (const replica of [stranded, sound]) await replica.inSync();
  const name = cleanup.add(await startLink(stranded.port));
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(
    await startGateway({
      ...FAST,
      UPSTREAM_URL: origin.url,
      REDIS_URL: `redis://127.0.0.1:${name.port}`,
      PRIMARY_REDIS_URL: primary.url,
    }),
  );
  await untilHit(gateway, '1');
  link.blackHole();
  name.lead(sound.port);
  await like(gateway);
  await untilHit(gateway, '1');
});

describe('P49 entries in a Redis that another took the place of', () => {
  let old: RedisServer;
  let next: Replica;
  let gateway: GatewayProcess;
  let failOver: () => Promise<void>;

  beforeEach(async () => {
    old = cleanup.add(await startRedis());
    next = cleanup.add(await startReplica(old, { 'replica-read-only': 'yes' }));
    await next.inSync();
    const log = cleanup.add(await startRedis());
    const name = cleanup.add(await startLink(old.port));
    const origin = cleanup.add(await startOrigin());
    gateway = cleanup.add(
      await startGateway({
        ...FAST,
        UPSTREAM_URL: origin.url,
        REDIS_URL: log.url,
        CACHE_REDIS_URL: `redis://127.0.0.1:${name.port}`,
        MEMORY_CACHE_BYTES: '0',
      }),
    );
    await untilHit(gateway, '1');
    failOver = async () => {
      await next.command('REPLICAOF', 'NO', 'ONE');
      name.lead(next.port);
      await old.command('REPLICAOF', '127.0.0.1', next.port);
    };
  });

  it('P49 are stored again when it has become a replica that takes no writes', async () => {
    await old.config({ 'replica-read-only': 'yes' });
    await failOver();
    await untilHit(gateway, '2');
    const client = next.client();
    expect(await client.dbsize()).toBeGreaterThan(0);
  });

  it('P49 are found again when it has become a replica that serves nothing', async () => {
    await old.config({ 'replica-serve-stale-data': 'no' });
    await next.config({ masterauth: 'wrong' });
    await failOver();
    await old.command('REPLICAOF', '127.0.0.1', 1);
    await untilHit(gateway, '2');
  });
});

it('P49 says `stored` only of what is kept in memory, or was sent to a Redis that takes writes', async () => {
  const primary = cleanup.add(await startRedis());
  const cache = cleanup.add(await startReplica(primary, { 'replica-read-only': 'yes' }));
  await cache.inSync();
  const origin = cleanup.add(await startOrigin());
  const urls = { UPSTREAM_URL: origin.url, REDIS_URL: primary.url, CACHE_REDIS_URL: cache.url };
  const env = { ...urls, FRESHNESS_BOUND_MS: '60000' };
  const nowhere = cleanup.add(await startGateway({ ...env, MEMORY_CACHE_BYTES: '0' }));
  const inMemory = cleanup.add(await startGateway(env));
  const told = async (gateway: GatewayProcess, id: string) => (await show(gateway, id)).cacheStatus;
  // The first write shows that none are taken.
  await until('it is known', async () => (await told(nowhere, '1')) === 'fwd=uri-miss; detail=not-stored');
  expect(await told(nowhere, '2')).toBe('fwd=uri-miss; detail=not-stored');
  expect(await told(inMemory, '1')).toBe('fwd=uri-miss; stored');
  expect(await told(inMemory, '1')).toMatch(/^hit/);
  await cache.config({ 'replica-read-only': 'no' });
  await until('it is stored', async () => (await told(nowhere, '2')).startsWith('hit'));
  // Nothing is sent while there is no connection.
  await cache.kill();
  await until('it is known', async () => (await told(nowhere, '3')) === 'fwd=uri-miss; detail=not-stored');
});
