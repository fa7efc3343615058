import { openRegion } from '../../src/index';
import { cleanupAfterEach } from '../kit/cleanup';
import { UNHURRIED_MS } from '../kit/gateway';
import { startRedis } from '../kit/redis-server';
import { until } from '../kit/until';
import { makeEntry } from '../cache/entries';

const cleanup = cleanupAfterEach();

it('refuses a URL whose database is no number', () => {
  expect(() => openRegion({ redisUrl: 'redis://127.0.0.1/abc' })).toThrow(/not the number of a database/);
});

it.each([
  ['redisUrl', 'primaryRedisUrl'],
  ['primaryRedisUrl', 'redisUrl'],
  ['cacheRedisUrl', 'redisUrl'],
] as const)(
  'tells onFault of a Redis in %s that refuses the password, with its remedy',
  async (bad, good) => {
    const redis = cleanup.add(await startRedis());
    const closed = cleanup.add(await startRedis({ requirepass: 'right' }));
    const faults: unknown[] = [];
    const urls = { [good]: redis.url, [bad]: `redis://:wrong-password@127.0.0.1:${closed.port}` };
    const region = openRegion({ ...urls, onFault: (fault) => faults.push(fault) });
    cleanup.later(() => region.close());
    const told = () =>
      faults.map(String).filter((fault) => fault.includes('WRONGPASS') && fault.includes('Check'));
    await until('it is told', () => told().length > 0);
    expect(told()[0]).toContain(`Redis at 127.0.0.1:${closed.port} refuses the user or the password`);
    expect(told()[0]).toContain(`Check both in ${bad}.`);
    expect(JSON.stringify(faults.map(String))).not.toContain('wrong-password');
  },
);

it.each([
  ['entrySecret', { entrySecret: 'a secret' }, { entrySecret: 'another' }],
  [
    'the primary’s password',
    { password: 'primary-password' },
    { password: 'primary-password', entrySecret: 'b' },
  ],
])('P67 seals entries with %s, and misses those of others', async (_what, own, others) => {
  const redis = cleanup.add(await startRedis());
  const primary = cleanup.add(await startRedis({ requirepass: 'primary-password' }));
  const open = async ({ password, ...options }: { password?: string; entrySecret?: string }) => {
    const faults: string[] = [];
    const region = openRegion({
      redisUrl: redis.url,
      redisTimeoutMs: Number(UNHURRIED_MS),
      // Without its password it cannot be asked; entries are read and written all the same.
      primaryRedisUrl: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${primary.port}`,
      onFault: (fault) => faults.push(String(fault)),
      ...options,
    });
    cleanup.later(() => region.close());
    await until('its Redis can be used', () => region.far?.isAvailable === true);
    return { region, faults };
  };
  const entry = makeEntry('a');
  const one = await open(own);
  await one.region.far!.set(entry);
  const same = await open(own);
  expect((await same.region.far!.get(entry.key))?.etag).toBe(entry.etag);
  for (const options of [others, {}]) {
    const other = await open(options);
    expect(await other.region.far!.get(entry.key)).toBeUndefined();
    const isTold = other.faults.some(
      (fault) => fault.includes('FOREIGN_ENTRY') && fault.includes('entrySecret'),
    );
    expect(isTold).toBe(options === others);
  }
});
