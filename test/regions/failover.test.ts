/** P49: a name that leads to another Redis, while the one before lives on and keeps the connections it has. */
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin } from '../kit/origin';
import { startReplica } from '../kit/redis-region';
import { startRedis } from '../kit/redis-server';
import { until } from '../kit/until';
import {
  like,
  show,
  startNamedCopy,
  startNamedEntries,
  startNamedPrimary,
  untilHit,
  type FailingEntries,
} from './named-redis';

const cleanup = cleanupAfterEach();

const FAST = { PROBE_INTERVAL_MS: '100', FRESHNESS_BOUND_MS: '1000' };

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
    const { old, next, gateway, failOver } = await startNamedPrimary(cleanup, FAST);
    await failOver();
    await old.command('REPLICAOF', '127.0.0.1', next.port);
    await recovers(gateway);
  });

  it('P49 is left when it takes no writes without replicas', async () => {
    const { old, gateway, failOver } = await startNamedPrimary(cleanup, FAST);
    await failOver();
    await old.config({ 'min-replicas-to-write': 1 });
    await recovers(gateway);
  });

  it('P49 is left when it goes on as a primary of its own', async () => {
    const { gateway, failOver } = await startNamedPrimary(cleanup, FAST);
    await failOver();
    await recovers(gateway);
  });
});

it("P49 leaves a copy of the log that gets no more records, when the region's name leads to another", async () => {
  const { gateway, strand } = await startNamedCopy(cleanup, FAST);
  strand();
  await like(gateway);
  await untilHit(gateway, '1');
});

describe('P49 entries in a Redis that another took the place of', () => {
  let entries: FailingEntries;

  beforeEach(async () => {
    entries = await startNamedEntries(cleanup, FAST);
  });

  it('P49 are stored again when it has become a replica that takes no writes', async () => {
    const { old, next, gateway, failOver } = entries;
    await old.config({ 'replica-read-only': 'yes' });
    await failOver();
    await untilHit(gateway, '2');
    const client = next.client();
    expect(await client.dbsize()).toBeGreaterThan(0);
  });

  it('P49 are found again when it has become a replica that serves nothing', async () => {
    const { old, next, gateway, failOver } = entries;
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
