import { encodeEntry } from '../../src/cache/entry-codec';
import type { StoreFault } from '../../src/cache/entries-redis';
import { RedisStore } from '../../src/cache/redis-store';
import { cleanupAfterAll, cleanupAfterEach } from '../kit/cleanup';
import { startLink } from '../kit/link';
import { startRedis, type RedisServer } from '../kit/redis-server';
import { until } from '../kit/until';
import { cacheKey, makeEntry } from './entries';
import { storeContract } from './store-contract';

const afterwards = cleanupAfterAll();
const cleanup = cleanupAfterEach();
/** Milliseconds: nothing is given up because the machine was busy. */
const UNHURRIED = 10_000;
let redis: RedisServer;
let faults: StoreFault[];

beforeAll(async () => {
  redis = afterwards.add(await startRedis());
});

beforeEach(async () => {
  faults = [];
  await redis.command('FLUSHALL');
});

async function open(maxEntryBytes = 100_000, url = redis.url, timeout = UNHURRIED): Promise<RedisStore> {
  const onFault = (fault: StoreFault): number => faults.push(fault);
  const now = (): number => performance.now();
  const store = cleanup.add(new RedisStore({ url, timeout, maxEntryBytes, now, onFault }));
  await until('the store is available', () => store.isAvailable);
  return store;
}

describe('the Redis store', () => {
  describe('keeps to the contract', () => {
    storeContract(open);

    afterEach(() => expect(faults).toEqual([]));
  });

  it('writes one value per entry, under its prefix, with a TTL', async () => {
    const store = await open();
    const entry = makeEntry('a', { maxAge: 60, swr: 30, staleIfError: 120 });
    await store.set(entry);
    expect(await redis.command('KEYS', '*')).toEqual([`c:${entry.key}`]);
    expect([178, 179, 180]).toContain(await redis.command('TTL', `c:${entry.key}`));
  });

  it('gives an entry that was on its way for long only the rest of its time, and never less than a second', async () => {
    const store = await open();
    await store.set(makeEntry('old', { maxAge: 60, swr: 0, answeredAt: performance.now() - 50_000 }));
    expect([8, 9, 10]).toContain(await redis.command('TTL', `c:${cacheKey('old')}`));
    await store.set(makeEntry('brief', { maxAge: 0.3, swr: 0 }));
    expect(await redis.command('PTTL', `c:${cacheKey('brief')}`)).toBeGreaterThan(300);
    await store.set(makeEntry('over', { maxAge: 1, swr: 0, answeredAt: performance.now() - 1001 }));
    expect(await redis.command('EXISTS', `c:${cacheKey('over')}`)).toBe(0);
    await store.set(makeEntry('endless', { maxAge: 1e18 }));
    expect(await redis.command('TTL', `c:${cacheKey('endless')}`)).toBeGreaterThan(0);
  });

  it('P15 shows another process the same age, though their clocks have nothing in common', async () => {
    const here = await open();
    const shifted = cleanup.add(
      new RedisStore({
        url: redis.url,
        timeout: UNHURRIED,
        maxEntryBytes: 100_000,
        now: () => performance.now() + 600_000,
        onFault: (fault) => faults.push(fault),
      }),
    );
    await until('the store is available', () => shifted.isAvailable);
    await here.set(makeEntry('a', { answeredAt: performance.now() - 5000 }));
    const found = await shifted.get(cacheKey('a'));
    const age = performance.now() + 600_000 - found!.answeredAt;
    expect(age).toBeGreaterThan(3000);
    expect(age).toBeLessThan(60_000);
  });

  it('judges by the time in the entry, and not by whether Redis still has it', async () => {
    const store = await open();
    const entry = makeEntry('a', { maxAge: 60, swr: 0 });
    for (const [age, expected] of [
      [55_000, entry.key],
      [65_000, undefined],
    ] as const) {
      const answeredAt = store.clock.toRegion(performance.now() - age)!;
      await redis.command('SET', `c:${entry.key}`, encodeEntry(entry, answeredAt)!, 'EX', 100);
      expect((await store.get(entry.key))?.key).toBe(expected);
    }
  });

  it("does not trust an entry from the future: Redis's clock was set back", async () => {
    const store = await open();
    await store.set(makeEntry('a', { answeredAt: performance.now() + 60_000 }));
    expect(await redis.command('EXISTS', `c:${cacheKey('a')}`)).toBe(1);
    expect(await store.get(cacheKey('a'))).toBeUndefined();
  });

  it('works with nothing but MGET, SET and TIME on its own keys', async () => {
    const rights = ['~c:*', '+mget', '+set', '+time'];
    await redis.command('ACL', 'SETUSER', 'gateway', 'on', '>secret', ...rights);
    const store = await open(100_000, `redis://gateway:secret@127.0.0.1:${redis.port}`);
    await store.set(makeEntry('a'));
    expect(await store.get(cacheKey('a'))).toBeDefined();
    await store.setText('a', 'text', 10);
    expect(await store.getText('a')).toBe('text');
    expect(faults).toEqual([]);
  });

  it('asks for the entries of one turn with a few commands, and gives each caller its own', async () => {
    const store = await open();
    const names = Array.from({ length: 100 }, (_, index) => `${index}`);
    const present = names.filter((_, index) => index % 3 > 0);
    await Promise.all(present.map((name) => store.set(makeEntry(name))));
    // Neither a value of another type nor bytes that are no entry spoil what is asked for with them.
    await redis.command('LPUSH', `c:${cacheKey('0')}`, 'x');
    await redis.command('SET', `c:${cacheKey('3')}`, 'x');
    await redis.command('CONFIG', 'RESETSTAT');
    const found = await Promise.all(names.map((name) => store.get(cacheKey(name))));
    expect(found.map((entry) => entry?.key)).toEqual(
      names.map((name) => (present.includes(name) ? cacheKey(name) : undefined)),
    );
    const stats = String(await redis.command('INFO', 'commandstats'));
    // The pulse asks as well, once a second.
    expect(Number(/cmdstat_mget:calls=(\d+)/.exec(stats)?.[1])).toBeLessThan(20);
    expect(faults.map(({ kind }) => kind)).toEqual(['unreadable']);
  });

  it('never gives one call the answer of another, when many were given up and are answered late', async () => {
    const link = cleanup.add(await startLink(redis.port));
    const store = await open(100_000, `redis://127.0.0.1:${link.port}`, 25);
    const names = Array.from({ length: 200 }, (_, index) => `${index}`);
    for (const name of names) await store.set(makeEntry(name));
    let hits = 0;
    const timeouts = (): number => faults.filter((fault) => fault.kind === 'timeout').length;
    // A machine that is busy for a moment answers all of them late, or all in time.
    for (let round = 0; round < 4 || (round < 100 && (hits <= 100 || timeouts() <= 100)); round++) {
      const early = names.map((name) => store.get(cacheKey(name)));
      await early[0];
      link.delay(60);
      const late = names.toReversed().map((name) => store.get(cacheKey(name)));
      for (const [index, entry] of (await Promise.all(early)).entries()) {
        if (!entry) continue;
        hits++;
        expect(entry.body.toString()).toBe(`{"data":{"name":"${index}"}}`);
      }
      for (const [index, entry] of (await Promise.all(late)).toReversed().entries())
        if (entry) expect(entry.body.toString()).toBe(`{"data":{"name":"${index}"}}`);
      link.delay(0);
      await until('the store is available', () => store.isAvailable);
    }
    expect(hits).toBeGreaterThan(100);
    expect(timeouts()).toBeGreaterThan(100);
    expect(faults.filter((fault) => fault.kind !== 'timeout')).toEqual([]);
  });
});
