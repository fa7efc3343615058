/** P40, P41: a Redis that does not answer costs at most the time-out, a few times; and is used again when it does. */
import { cleanupAfterEach } from '../kit/cleanup';
import { freePort } from '../kit/free-port';
import { startLink } from '../kit/link';
import { startRedis } from '../kit/redis-server';
import { until } from '../kit/until';
import { cacheKey, makeEntry } from './entries';
import { becomesWell, entry, faults, isBoundedWhileSilent, open, opened, TIMEOUT } from './faulty-store';

const cleanup = cleanupAfterEach();

describe('P40 P41 a Redis that does not answer', () => {
  it('P41 is waited for at most the time-out, then not at all, when it is paused; and is used again when it resumes', async () => {
    const redis = cleanup.add(await startRedis());
    const store = await opened(cleanup, redis.port);
    redis.pause();
    await isBoundedWhileSilent(store);
    await store.set(entry);
    expect(new Set(faults.map((fault) => fault.kind))).toEqual(new Set(['timeout']));
    redis.resume();
    await becomesWell(store);
  });

  it('P41 is not waited for when the network swallows everything, new connections too', async () => {
    const redis = cleanup.add(await startRedis());
    const link = cleanup.add(await startLink(redis.port));
    const store = await opened(cleanup, link.port);
    link.blackHole();
    await isBoundedWhileSilent(store);
    // The silent connection is given up, and the next one is as silent.
    await until('the connection was given up', () => link.connections > 1);
    await isBoundedWhileSilent(store);
    await link.restore();
    await becomesWell(store);
  });

  it('P41 is not waited for when it is slow', async () => {
    const redis = cleanup.add(await startRedis());
    const link = cleanup.add(await startLink(redis.port));
    const store = await opened(cleanup, link.port);
    link.delay(TIMEOUT);
    await isBoundedWhileSilent(store);
    link.delay(0);
    await becomesWell(store);
  });

  it('P41 is at fault once for one slow command, however many asked for something in it', async () => {
    const redis = cleanup.add(await startRedis());
    const link = cleanup.add(await startLink(redis.port));
    const store = await opened(cleanup, link.port);
    link.blackHole();
    const calls = Array.from({ length: 16 }, (_, index) => store.get(cacheKey(`${index}`)));
    const before = faults.length;
    expect(await Promise.all(calls)).toEqual(calls.map(() => undefined));
    expect(faults.slice(before).filter(({ during }) => during === 'get')).toHaveLength(1);
    // It goes on being asked.
    expect(store.isAvailable).toBe(true);
    await link.restore();
  });

  it('P40 is killed and comes back empty', async () => {
    const redis = cleanup.add(await startRedis());
    const store = await opened(cleanup, redis.port);
    await redis.kill();
    await isBoundedWhileSilent(store);
    // What comes back on this address may have another clock.
    await until('its time is forgotten', () => !store.clock.isKnown);
    await redis.restart({ data: 'none' });
    expect(await store.get(entry.key)).toBeUndefined();
    await becomesWell(store);
  });

  it('P40 is not there at the start, and is used when it comes', async () => {
    const port = await freePort();
    const store = open(cleanup, port);
    await isBoundedWhileSilent(store);
    await until('it was told that nobody listens', () => faults.some((fault) => fault.kind === 'connection'));
    const redis = cleanup.add(await startRedis({}, { port }));
    await becomesWell(store);
    expect(redis.running).toBe(true);
  });

  it('P40 breaks the connection in the middle of many calls', async () => {
    const redis = cleanup.add(await startRedis());
    const link = cleanup.add(await startLink(redis.port));
    const store = await opened(cleanup, link.port);
    link.delay(20);
    const calls = Array.from({ length: 100 }, (_, index) => store.get(cacheKey(`${index}`)));
    const writes = Array.from({ length: 100 }, (_, index) => store.set(makeEntry(`${index}`)));
    await until('they are on their way', () => link.bytes.toTarget > 0);
    link.cut();
    expect(await Promise.all(calls)).toEqual(calls.map(() => undefined));
    await Promise.all(writes);
    await link.restore();
    await becomesWell(store);
  });
});
