/** P40, P58: a Redis that answers with errors or garbage is a miss at once; and things become well by themselves. */
import { cleanupAfterEach } from '../kit/cleanup';
import { startSaying } from '../kit/local-server';
import { startPrimary, startReplica } from '../kit/redis-region';
import { startRedis } from '../kit/redis-server';
import { until } from '../kit/until';
import { cacheKey, makeEntry } from './entries';
import { becomesWell, entry, faults, LONG, open, opened, timeOfMiss } from './faulty-store';

const cleanup = cleanupAfterEach();

describe('P40 a Redis that answers with errors', () => {
  it('P40 is out of memory: reads go on, writes are given up for a while, and resume when there is room', async () => {
    const redis = cleanup.add(await startRedis({ 'maxmemory-policy': 'noeviction' }));
    const store = await opened(cleanup, redis.port, LONG);
    await redis.config({ maxmemory: 1 });
    for (let index = 0; index < 20; index++) await store.set(makeEntry(`${index}`));
    expect(await store.get(entry.key)).toBeDefined();
    const refused = faults.filter((fault) => fault.kind === 'refused');
    // One tells, and no more are sent until a trial goes well.
    expect(refused.length).toBeLessThan(5);
    expect(refused[0]).toMatchObject({ during: 'set', message: expect.stringMatching(/^OOM/) });
    await redis.config({ maxmemory: 0 });
    await until('an entry is written again', async () => {
      await store.set(makeEntry('later'));
      return store.get(cacheKey('later'));
    });
  });

  it('P40 is a read-only replica: reads go on, but while it is connected to again', async () => {
    const primary = cleanup.add(await startPrimary());
    const store = await opened(cleanup, primary.port, LONG);
    await store.set(entry);
    const replica = cleanup.add(await startReplica(primary, { 'replica-read-only': 'yes' }));
    await replica.inSync();
    const local = open(cleanup, replica.port, { timeout: LONG });
    await until('it is found there', () => local.get(entry.key));
    await local.set(makeEntry('b'));
    expect(faults).toContainEqual({
      during: 'set',
      kind: 'refused',
      message: expect.stringMatching(/^READONLY/),
    });
    await until('it is found again', () => local.get(entry.key));
  });

  it('P40 is loading its data: misses at once, and hits when it has', async () => {
    const redis = cleanup.add(await startRedis({ appendonly: 'yes', appendfsync: 'always' }));
    const store = await opened(cleanup, redis.port, LONG);
    await redis.command('DEBUG', 'POPULATE', 2000, 'other', 100);
    // The rewritten log is loaded key by key, each taking as long as it is told to, which is what makes this last.
    await redis.command('BGREWRITEAOF');
    await until('it is rewritten', async () =>
      /aof_rewrite_in_progress:0/.test(String(await redis.command('INFO'))),
    );
    const slowly = { 'key-load-delay': 500, 'loading-process-events-interval-bytes': 1024 };
    await redis.restart({ settings: slowly, ready: false });
    await until('it says that it is loading', () =>
      faults.some((fault) => fault.message.startsWith('LOADING')),
    );
    expect(await timeOfMiss(store)).toBeLessThan(LONG / 2);
    await until('it has loaded', () => store.get(entry.key));
  });

  it('P40 wants another password, which it does not tell', async () => {
    const redis = cleanup.add(await startRedis({ requirepass: 'right' }));
    const store = open(cleanup, redis.port, { timeout: LONG, credentials: ':wrong-secret@' });
    await until('it was refused', () => faults.some((fault) => /WRONGPASS/.test(fault.message)));
    expect(await timeOfMiss(store)).toBeLessThan(LONG / 2);
    expect(JSON.stringify(faults)).not.toContain('wrong-secret');
    await redis.command('CONFIG', 'SET', 'requirepass', 'wrong-secret');
    await becomesWell(store);
  });

  it('P40 is not a Redis at all', async () => {
    const server = cleanup.add(await startSaying('<h1>It works</h1>', 'text/html'));
    const store = open(cleanup, server.port, { timeout: LONG });
    await until('it found out', () => faults.length > 2);
    expect(await timeOfMiss(store)).toBeLessThan(LONG / 2);
  });
});

describe('P58 a Redis full of garbage', () => {
  it('P58 is a miss for values of another type, and the next write heals the key', async () => {
    const redis = cleanup.add(await startRedis());
    const store = await opened(cleanup, redis.port, LONG);
    const name = `c:${entry.key}`;
    // Also under the name that shows whether Redis answers.
    await redis.command('LPUSH', 'c:', 'x');
    for (const [command, ...parts] of [
      ['LPUSH', 'x'],
      ['HSET', 'a', 'b'],
      ['SADD', 'x'],
      ['ZADD', '1', 'x'],
      ['XADD', '*', 'a', 'b'],
    ] as [string, ...string[]][]) {
      await redis.command('DEL', name);
      await redis.command(command, name, ...parts);
      for (let index = 0; index < 10; index++) expect(await store.get(entry.key)).toBeUndefined();
      expect(store.isAvailable).toBe(true);
      await becomesWell(store);
    }
  });

  it('P58 is a miss for bytes that are no entry, each counted as unreadable', async () => {
    const redis = cleanup.add(await startRedis());
    const store = await opened(cleanup, redis.port, LONG);
    const foreign = makeEntry('b');
    await store.set(foreign);
    await redis.command('COPY', `c:${foreign.key}`, 'c:stray');
    const name = `c:${entry.key}`;
    await redis.command('RENAME', 'c:stray', name);
    expect(await store.get(entry.key)).toBeUndefined();
    for (const bytes of ['', '{"data":{}}', Buffer.from([76, 77, 69, 1]), Buffer.alloc(500)]) {
      await redis.command('SET', name, bytes);
      expect(await store.get(entry.key)).toBeUndefined();
    }
    await store.set(entry);
    await redis.command('SETRANGE', name, 100, '!');
    expect(await store.get(entry.key)).toBeUndefined();
    // The empty value is as good as none.
    expect(faults.filter((fault) => fault.kind === 'unreadable').length).toBeGreaterThanOrEqual(5);
    expect(store.isAvailable).toBe(true);
    await becomesWell(store);
  });
});

describe('P46 writes to a Redis that does not keep up', () => {
  it('P46 are dropped when too many bytes are on their way, so that memory is bounded', async () => {
    const redis = cleanup.add(await startRedis());
    const store = await opened(cleanup, redis.port);
    redis.pause();
    const body = Buffer.alloc(500_000, 'x');
    const before = process.memoryUsage().external;
    const writes = Array.from({ length: 400 }, (_, index) => store.set(makeEntry(`${index}`, { body })));
    expect(faults.filter((fault) => fault.kind === 'busy').length).toBeGreaterThan(380);
    expect(process.memoryUsage().external - before).toBeLessThan(50_000_000);
    await Promise.all(writes);
    redis.resume();
    await becomesWell(store);
  });
});
