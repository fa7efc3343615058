import { openRegion } from '../../src/index';
import { cleanupAfterEach } from '../kit/cleanup';
import { startRedis } from '../kit/redis-server';
import { until } from '../kit/until';

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
