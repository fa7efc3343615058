import { RedisLog } from '../../../src/purge/redis-log/redis-log';
import { cleanupAfterEach } from '../../kit/cleanup';
import { startRedis } from '../../kit/redis-server';
import { follow, hard } from '../log-contract';

const cleanup = cleanupAfterEach();

it('reads purges that follow each other closely several at a time, each of them once and in order', async () => {
  const redis = cleanup.add(await startRedis());
  const log = cleanup.add(new RedisLog({ url: redis.url, primaryTimeoutMs: 20_000 }));
  const witness = await follow(log);
  await witness.reaches(await log.append(hard('first')));
  await redis.command('CONFIG', 'RESETSTAT');

  const began = performance.now();
  const ids = Array.from({ length: 1_000 }, (_, id) => id);
  let last = await log.append(hard('second'));
  // One after the other: each could be read by itself.
  for (const id of ids) last = await log.append(hard(id));
  await witness.reaches(last);
  const took = performance.now() - began;

  const stats = String(await redis.command('INFO', 'commandstats'));
  const reads = Number(/cmdstat_xread:calls=(\d+)/.exec(stats)?.[1]);
  // A timer may go off a fraction of a millisecond early, never a whole one.
  expect(reads).toBeLessThan(took + 10);
  expect(witness.records.flatMap(({ purges }) => purges)).toEqual(hard('first', 'second', ...ids));
});
