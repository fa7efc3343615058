/** What `/metrics` says of a region's Redis, its purges and its leases. */
import { cleanupAfterAll } from '../kit/cleanup';
import { startRegions, type Regions, type TestRegion } from '../kit/regions';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();
let world: Regions<'iad' | 'syd'>;

beforeAll(async () => {
  world = cleanup.add(
    await startRegions({ regions: ['iad', 'syd'], separateCache: true, env: { REDIS_TIMEOUT_MS: '500' } }),
  );
});

/** One figure of a region: the value of the line that begins so, whatever other labels it has. */
async function figure({ gateway }: TestRegion, name: string, label = ''): Promise<number> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(name) && each.includes(label));
  return Number(line?.split(' ').at(-1) ?? 'NaN');
}

it('counts how long purges took to every region, the one that made them too', async () => {
  const { iad, syd } = world;
  syd.link.delay(300);
  for (const region of [iad, syd]) {
    const before = await figure(region, 'lastmile_purge_arrival_seconds_count');
    await iad.purge({ tags: ['Product:1'] });
    await until(
      `the arrival in ${region.name} was counted`,
      async () => (await figure(region, 'lastmile_purge_arrival_seconds_count')) > before,
    );
  }
  // Only replication to it is slow, so the primary's answers say quite well when the purge was made.
  expect(await figure(syd, 'lastmile_purge_arrival_seconds_sum')).toBeGreaterThan(0);
  syd.link.delay(0);
});

it('counts how long calls to Redis took, by what they are for', async () => {
  const { iad } = world;
  await iad.change('1');
  await iad.show('1');
  for (const call of ['read', 'write', 'lease', 'append', 'probe'])
    await until(
      `calls to ${call} are counted`,
      async () => (await figure(iad, 'lastmile_redis_seconds_count', `call="${call}"`)) > 0,
    );
});

it('counts how misses fared that asked for a lease', async () => {
  const { syd } = world;
  const before = await figure(syd, 'lastmile_leases_total', 'outcome="held"');
  await syd.query('{ product(id: "2") { likes } }');
  expect(await figure(syd, 'lastmile_leases_total', 'outcome="held"')).toBe(before + 1);
});

it('tells how large the purge log is on the primary', async () => {
  await until('the size is known', async () => (await figure(world.syd, 'lastmile_purge_log_bytes')) > 100);
});

it('tells that calls to a Redis that does not answer are not tried', async () => {
  const { iad } = world;
  expect(await figure(iad, 'lastmile_redis_breaker_open', 'call="read"')).toBe(0);
  iad.cache.pause();
  try {
    await until('reads are stopped', async () => {
      await iad.query(`{ product(id: "${Math.random()}") { name } }`);
      return (await figure(iad, 'lastmile_redis_breaker_open', 'call="read"')) === 1;
    });
  } finally {
    iad.cache.resume();
  }
  await until('they are tried again', async () => (await figure(iad, 'lastmile_redis_breaker_open')) === 0);
});
