import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { startRedis, type RedisServer } from '../kit/redis-server';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

const KETTLE = '{ product(id: "1") { name } }';
const RENAME = 'mutation { renameProduct(id: "1", name: "Renamed") { id } }';

interface World {
  readonly origin: Origin;
  readonly redis: RedisServer;
  readonly gateways: readonly GatewayProcess[];
}

/** Gateways of one region, each as a process of its own would be: they share nothing but Redis. */
async function start(count: number, env: Record<string, string> = {}): Promise<World> {
  const origin = cleanup.add(await startOrigin());
  const redis = cleanup.add(await startRedis());
  const gateways: GatewayProcess[] = [];
  for (let index = 0; index < count; index++) {
    const settings = { UPSTREAM_URL: origin.url, REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '1000', ...env };
    gateways.push(cleanup.add(await startGateway(settings)));
  }
  return { origin, redis, gateways };
}

/** How many processes found the lease taken and wait: each looks again and again. */
async function waitersOf(redis: RedisServer): Promise<void> {
  const client = redis.client();
  const sets = async (): Promise<number> =>
    Number(/cmdstat_set:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
  const before = await sets();
  await until(
    'the others have asked for the lease again and again',
    async () => (await sets()) >= before + 6,
  );
}

it('P42 makes one call upstream for concurrent misses of one key over four processes', async () => {
  const { origin, redis, gateways } = await start(4, { LEASE_MS: '30000' });
  const held = origin.hold('product');
  const all = gateways.flatMap((gateway) => Array.from({ length: 100 }, () => gateway.query(KETTLE)));
  await held.arrived;
  await waitersOf(redis);
  held.release();
  const answers = await Promise.all(all);
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(origin.count('product')).toBe(1);
});

it('P42 asks again after the holder of the lease died, within the lease', async () => {
  const { origin, redis, gateways } = await start(1, { LEASE_MS: '400' });
  const first = await gateways[0]!.query(KETTLE);
  expect(first.cacheStatus).toMatch(/stored/);
  // What a process that was killed leaves behind: its lease, and no entry.
  const client = redis.client();
  const [name] = (await client.keys('c:*')).filter((key) => !key.startsWith('c:l:'));
  await client.del(name!);
  await client.set(name!.replace(/^c:/, 'c:l:'), '', 'PX', 400);
  const other = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, REDIS_URL: redis.url, LEASE_MS: '400' }),
  );
  const began = performance.now();
  expect((await other.query(KETTLE)).data.product.name).toBe('Kettle');
  expect(performance.now() - began).toBeLessThan(2000);
  expect(origin.count('product')).toBe(2);
});

it('P02 does not answer a request that begins after a purge with what another process asked before it', async () => {
  const { origin, redis, gateways } = await start(2, { LEASE_MS: '30000' });
  const [one, other] = gateways as [GatewayProcess, GatewayProcess];
  const held = origin.hold('product');
  const before = one.query(KETTLE);
  await held.arrived;
  const { token } = await one.query(RENAME);
  // The token makes sure that the other process has heard of the purge before it looks.
  const after = other.query(KETTLE, { headers: { 'lastmile-token': token! } });
  await waitersOf(redis);
  held.release();
  expect((await before).data.product.name).toBe('Kettle');
  expect((await after).data.product.name).toBe('Renamed');
});
