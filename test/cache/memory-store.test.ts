import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { bytesOf, CompactEntry, LONGEST_TEXT } from '../../src/cache/compact-entry';
import { MemoryStore } from '../../src/cache/memory-store';
import { positionAt } from '../../src/purge/position';
import type { Tag } from '../../src/purge/tag';
import { seededRandom } from '../kit/random';
import { cacheKey, makeEntry } from './entries';
import { storeContract } from './store-contract';

const now = (): number => performance.now();

describe('the memory store', () => {
  storeContract((maxEntryBytes) =>
    Promise.resolve(new MemoryStore({ maxBytes: 10_000_000, maxEntryBytes, now })),
  );

  it('answers without waiting, the same object each time', async () => {
    const store = new MemoryStore({ maxBytes: 100_000, maxEntryBytes: 10_000, now });
    await store.set(makeEntry('a'));
    const entry = store.peek(cacheKey('a'));
    expect(entry).toBeDefined();
    expect(store.peek(cacheKey('a'))).toBe(entry);
  });

  it('P46 stays within its bytes and gives up the least recently used', async () => {
    const store = new MemoryStore({ maxBytes: 100_000, maxEntryBytes: 10_000, now });
    await store.set(makeEntry('kept'));
    for (let index = 0; index < 1000; index++) {
      await store.set(makeEntry(`${index}`, { body: randomBytes(1000) }));
      store.peek(cacheKey('kept'));
      expect(store.bytes).toBeLessThanOrEqual(100_000);
    }
    expect(store.peek(cacheKey('kept'))).toBeDefined();
    expect(store.peek(cacheKey('0'))).toBeUndefined();
    expect(store.peek(cacheKey('999'))).toBeDefined();
    expect(store.size).toBeGreaterThan(40);
  });

  it('keeps what was asked for twice through a crowd of what is asked for once', async () => {
    const store = new MemoryStore({ maxBytes: 100_000, maxEntryBytes: 10_000, now });
    await store.set(makeEntry('regular'));
    store.peek(cacheKey('regular'));
    for (let index = 0; index < 1000; index++) await store.set(makeEntry(`${index}`));
    expect(store.peek(cacheKey('regular'))).toBeDefined();
    expect(store.bytes).toBeLessThanOrEqual(100_000);
  });

  it('hits as often with ten answers asked for once to each that is asked for again and again', async () => {
    /** The part of 3,000 draws from 150 popular keys that is a hit, with so many one-off keys between two of them. */
    async function hitRate(oneOffs: number): Promise<number> {
      const store = new MemoryStore({ maxBytes: 100_000, maxEntryBytes: 10_000, now });
      const random = seededRandom(1).next;
      let hits = 0;
      for (let draw = 0; draw < 3000; draw++) {
        // Cubed, so that few are asked for often: the same draws whatever comes between them.
        const key = `popular ${Math.floor(150 * random() ** 3)}`;
        if (store.peek(cacheKey(key))) hits++;
        else await store.set(makeEntry(key, { body: randomBytes(500) }));
        for (let index = 0; index < oneOffs; index++)
          await store.set(makeEntry(`once ${draw} ${index}`, { body: randomBytes(500) }));
      }
      return hits / 3000;
    }
    const quiet = await hitRate(0);
    expect(quiet).toBeGreaterThan(0.5);
    expect(await hitRate(10)).toBeGreaterThan(0.8 * quiet);
  });

  it('gives room that regulars do not use to newcomers, and takes it back for regulars', async () => {
    const store = new MemoryStore({ maxBytes: 100_000, maxEntryBytes: 10_000, now });
    for (let index = 0; index < 80; index++)
      await store.set(makeEntry(`${index}`, { body: randomBytes(700) }));
    expect(store.bytes).toBeGreaterThan(75_000);
    for (let index = 0; index < 80; index++) store.peek(cacheKey(`${index}`));
    for (let index = 100; index < 180; index++)
      await store.set(makeEntry(`${index}`, { body: randomBytes(700) }));
    const regulars = Array.from({ length: 80 }, (_, index) => store.peek(cacheKey(`${index}`)));
    expect(regulars.filter((entry) => entry !== undefined).length).toBeGreaterThan(60);
  });

  it('keeps the bytes of a body as they are, as text and as a Buffer', async () => {
    const body = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
    for (const maxTextBytes of [0, 1000]) {
      const store = new MemoryStore({ maxBytes: 100_000, maxEntryBytes: 10_000, now, maxTextBytes });
      await store.set(makeEntry('a', { body }));
      const entry = store.peek(cacheKey('a'))!;
      expect(entry.body.equals(body)).toBe(true);
      expect(entry.text).toBe(maxTextBytes === 0 ? undefined : body.toString('latin1'));
    }
  });

  it('P46 bounds what it keeps as text, whatever is replaced and given up', async () => {
    const store = new MemoryStore({ maxBytes: 100_000, maxEntryBytes: 10_000, now, maxTextBytes: 5000 });
    const texts = (): number =>
      Array.from({ length: 40 }, (_, index) => store.peek(cacheKey(`${index}`))?.text?.length ?? 0).reduce(
        (sum, length) => sum + length,
      );
    for (let index = 0; index < 400; index++) {
      await store.set(makeEntry(`${index % 40}`, { body: randomBytes(1000) }));
      expect(texts()).toBeLessThanOrEqual(5000);
    }
    expect(texts()).toBe(5000);
  });

  it('keeps a body in a coding beside it, as text and as a Buffer, and gives it up with its entry', async () => {
    const coded = randomBytes(300);
    for (const maxTextBytes of [0, 10_000]) {
      const store = new MemoryStore({ maxBytes: 100_000, maxEntryBytes: 10_000, now, maxTextBytes });
      await store.set(makeEntry('a'));
      const entry = store.peek(cacheKey('a'))!;
      const before = store.bytes;
      expect(entry.coded!('br')).toBeUndefined();
      store.addCoded(entry, 'br', coded);
      store.addCoded(entry, 'gzip', undefined);
      expect(store.peek(cacheKey('a'))).toBe(entry);
      expect(entry.coded!('br')).toEqual(maxTextBytes === 0 ? coded : coded.toString('latin1'));
      expect(entry.coded!('gzip')).toBeNull();
      expect(store.bytes - before).toBeGreaterThanOrEqual(300);
      await store.set(makeEntry('a'));
      expect(store.peek(cacheKey('a'))!.coded!('br')).toBeUndefined();
      expect(store.bytes).toBe(before);
      // Made for the one before: the one of now is another answer.
      store.addCoded(entry, 'br', coded);
      expect([store.peek(cacheKey('a'))!.coded!('br'), store.bytes]).toEqual([undefined, before]);
    }
  });

  it('P46 stays within its bytes, also of text, whatever is kept in codings', async () => {
    const store = new MemoryStore({ maxBytes: 100_000, maxEntryBytes: 10_000, now, maxTextBytes: 20_000 });
    for (let index = 0; index < 300; index++) {
      const key = `${index % 70}`;
      await store.set(makeEntry(key, { body: randomBytes(1000) }));
      store.addCoded(store.peek(cacheKey(key))!, 'br', randomBytes(500));
      store.addCoded(store.peek(cacheKey(key))!, 'gzip', randomBytes(600));
      expect(store.bytes).toBeLessThanOrEqual(100_000);
    }
    const entries = Array.from({ length: 70 }, (_, index) => store.peek(cacheKey(`${index}`)));
    const texts = entries.flatMap((entry) => [entry?.text, entry?.coded!('br'), entry?.coded!('gzip')]);
    const textBytes = texts.reduce((sum, text) => sum + (typeof text === 'string' ? text.length : 0), 0);
    expect(textBytes).toBeLessThanOrEqual(20_000);
    expect(textBytes).toBeGreaterThan(10_000);
    expect(store.size).toBeGreaterThan(20);
  });

  it('keeps no coding of what takes much of its room already', async () => {
    const store = new MemoryStore({ maxBytes: 10_000, maxEntryBytes: 10_000, now });
    await store.set(makeEntry('a', { body: randomBytes(2000) }));
    const entry = store.peek(cacheKey('a'))!;
    store.addCoded(entry, 'br', randomBytes(1000));
    expect([store.peek(cacheKey('a')), entry.coded!('br')]).toEqual([entry, null]);
  });

  it('forgets the entry before one that is too large to keep: it is out of date', async () => {
    const store = new MemoryStore({ maxBytes: 100_000, maxEntryBytes: 10_000, now });
    await store.set(makeEntry('a'));
    await store.set(makeEntry('a', { body: randomBytes(10_001) }));
    expect(store.peek(cacheKey('a'))).toBeUndefined();
    expect(store.bytes).toBe(0);
  });

  it('gives an expired entry its memory back when it is looked up', async () => {
    let time = 0;
    const store = new MemoryStore({ maxBytes: 100_000, maxEntryBytes: 10_000, now: () => time });
    await store.set(makeEntry('a', { answeredAt: 0, maxAge: 1, swr: 1 }));
    time = 1999;
    expect(store.peek(cacheKey('a'))).toBeDefined();
    time = 2000;
    expect(store.peek(cacheKey('a'))).toBeUndefined();
    expect(store.bytes).toBe(0);
  });

  it('counts tags as well as bytes', () => {
    const bare = new CompactEntry(makeEntry('a', { tags: [] }), true);
    const tagged = new CompactEntry(makeEntry('a', { tags: ['Product:1', 'Product:2'] as Tag[] }), true);
    expect(bytesOf(tagged) - bytesOf(bare)).toBeGreaterThan(10);
  });

  it.each([1, 40])('counts %i tags that take two bytes for each character as such', (count) => {
    const bare = new CompactEntry(makeEntry('a', { tags: [] }), true);
    const tags = Array.from({ length: count }, (_, at) => `${'я'.repeat(50)}${at}` as Tag);
    const tagged = new CompactEntry(makeEntry('a', { tags }), true);
    expect(bytesOf(tagged) - bytesOf(bare)).toBeGreaterThan(100 * count);
  });

  it('is on the careful side where it keeps times as whole milliseconds', () => {
    const kept = new CompactEntry(makeEntry('a', { answeredAt: 1000.7, heldSince: 2000.2 }), true);
    expect([kept.answeredAt, kept.heldSince]).toEqual([1000, 2001]);
    // Held no earlier than it was answered, by a clock that may not be this process's alone.
    expect(new CompactEntry(makeEntry('a', { answeredAt: 1000.7 }), true).heldSince).toBe(1001);
  });

  it('keeps once what entries of one time have alike', () => {
    const [one, other] = ['a', 'b'].map((name) => new CompactEntry(makeEntry(name), true));
    expect(one!.asOf).toBe(other!.asOf);
    const later = new CompactEntry(makeEntry('c', { asOf: positionAt(1_700_000_000_000, 7 + 256) }), true);
    expect(later.asOf).toEqual(positionAt(1_700_000_000_000, 7 + 256));
  });

  // Process memory is measured in a process of its own, where nothing else allocates.
  it.each([
    [200, 0, 0],
    [2048, 3, 0],
    [20_000, 40, 0],
    [2048, 10, 0],
    [2048, 32, 0],
    [2048, 200, 0],
    [2048, 3, 600],
    [20_000, 40, 3000],
  ])(
    'P46 counts what an entry of %i bytes, %i tags and a coding of %i really takes, to within a tenth',
    (size, tags, coded) => {
      const hook = require.resolve('../kit/typescript-hook.cjs');
      const probe = require.resolve('./memory-probe');
      const flags = ['--expose-gc', '--require', hook, probe, `${size}`, `${tags}`, `${coded}`];
      const output = execFileSync(process.execPath, flags);
      const { counted, taken } = JSON.parse(String(output)) as { counted: number; taken: number };
      // What the allocator spends on a body of its own shows only in the resident size, which is too coarse for a test.
      const real = size > LONGEST_TEXT ? taken + 140 : taken;
      expect(Math.abs(counted - real) / real).toBeLessThan(0.1);
    },
  );
});
