import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cleanupAfterEach } from '../../kit/cleanup';
import { startRedis } from '../../kit/redis-server';
import { until } from '../../kit/until';
import { follow } from '../../purge/log-contract';
import { RedisLog } from '../../../src/purge/redis-log/redis-log';

const cleanup = cleanupAfterEach();
const ROOT = join(__dirname, '../../..');

it('purges at the rate it is told, through the gateway’s own log, and rests when it is told none', async () => {
  const redis = cleanup.add(await startRedis());
  const log = cleanup.add(new RedisLog({ url: redis.url, primaryTimeoutMs: 20_000 }));
  const witness = await follow(log);
  await witness.reaches(await log.append([]));
  const before = witness.records.length;

  const child = fork(
    join(__dirname, 'purger.mjs'),
    [JSON.stringify({ url: redis.url, gatewayFolder: join(ROOT, 'src') })],
    { execArgv: ['--require', join(ROOT, 'test/kit/typescript-hook.cjs')] },
  );
  cleanup.later(() => child.kill());
  await once(child, 'message');
  const ask = async (rate?: number): Promise<number> => {
    const reply = once(child, 'message') as Promise<[{ count: number }]>;
    child.send(rate ?? 'count');
    return (await reply)[0].count;
  };
  expect(await ask()).toBe(0);
  const began = performance.now();
  await ask(1_000);
  await until('it has purged for a while', async () => (await ask()) >= 500);
  await ask(0);
  const most = performance.now() - began;
  const count = await until('all were acknowledged', async () => {
    const one = await ask();
    await witness.reaches(await log.append([]));
    return (await ask()) === one && one;
  });

  expect(count).toBeLessThanOrEqual(most);
  const purged = witness.records.slice(before).filter(({ purges }) => purges.length > 0);
  expect(purged).toHaveLength(count);
  expect(witness.restarts).toBe(1);
  expect(new Set(purged.map(({ purges }) => purges[0]?.tag)).size).toBe(Math.min(count, 20_000));
});
