/** What every store keeps to. Run over the memory store and the Redis store. */
import { randomBytes } from 'node:crypto';
import type { Store } from '../../src/cache/entry';
import type { Tag } from '../../src/purge/tag';
import { until } from '../kit/until';
import { cacheKey, makeEntry } from './entries';

/** @param open makes a store that is ready, keeps bodies up to `maxEntryBytes`, and is closed by its maker */
export function storeContract(open: (maxEntryBytes: number) => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open(100_000);
  });

  it('gives back an entry as it was stored', async () => {
    const entry = makeEntry('a');
    await store.set(entry);
    const found = await store.get(entry.key);
    expect(found).toMatchObject({ ...entry, answeredAt: expect.any(Number), tags: [...entry.tags] });
    // The time takes a round trip through a shared clock, which is as wrong as half an answer of Redis takes.
    expect(Math.abs(found!.answeredAt - entry.answeredAt)).toBeLessThan(2000);
  });

  it('keeps what language a body is in, of each its own', async () => {
    const languages = [undefined, ...Array.from({ length: 300 }, (_, at) => `de-${at}`)];
    for (const language of languages) await store.set(makeEntry(`in ${language}`, { language }));
    for (const language of languages)
      expect((await store.get(cacheKey(`in ${language}`)))?.language).toBe(language);
  });

  it('has nothing under a key that was never stored', async () => {
    await store.set(makeEntry('a'));
    expect(await store.get(cacheKey('b'))).toBeUndefined();
  });

  it('replaces an entry by a newer one with the same key', async () => {
    await store.set(makeEntry('a', { body: Buffer.from('old') }));
    await store.set(makeEntry('a', { body: Buffer.from('new'), tags: ['Product:8' as Tag] }));
    expect(await store.get(cacheKey('a'))).toMatchObject({ body: Buffer.from('new'), tags: ['Product:8'] });
  });

  it('has an entry no more when its time is over', async () => {
    const entry = makeEntry('a', { maxAge: 1, swr: 0, answeredAt: performance.now() - 800 });
    await store.set(entry);
    expect(await store.get(entry.key)).toBeDefined();
    await until('its time is over', async () => (await store.get(entry.key)) === undefined);
    expect(performance.now() - entry.answeredAt).toBeGreaterThan(950);
  });

  it('keeps an entry as long as it may be served stale', async () => {
    const answeredAt = performance.now() - 5000;
    await store.set(makeEntry('swr', { maxAge: 1, swr: 60, staleIfError: 0, answeredAt }));
    await store.set(makeEntry('sie', { maxAge: 1, swr: 0, staleIfError: 60, answeredAt }));
    await store.set(makeEntry('not', { maxAge: 1, swr: 0, staleIfError: 0, answeredAt }));
    expect(await store.get(cacheKey('swr'))).toBeDefined();
    expect(await store.get(cacheKey('sie'))).toBeDefined();
    expect(await store.get(cacheKey('not'))).toBeUndefined();
  });

  it('keeps bodies of any bytes, and the empty one', async () => {
    for (const body of [Buffer.alloc(0), Buffer.from('\r\n$5\r\nhello\r\n\0'), randomBytes(64_000)]) {
      await store.set(makeEntry('a', { body }));
      expect((await store.get(cacheKey('a')))?.body.equals(body)).toBe(true);
    }
  });

  it('keeps its own body: what happens to the bytes it was given changes nothing', async () => {
    const slab = Buffer.from('{"data":1} and the rest of a network read');
    await store.set(makeEntry('a', { body: slab.subarray(0, 10) }));
    slab.fill('x');
    expect((await store.get(cacheKey('a')))?.body.toString()).toBe('{"data":1}');
  });

  it('keeps a thousand tags, and tags of any text', async () => {
    const tags = Array.from({ length: 1000 }, (_, index) => `Product:${index}`) as Tag[];
    tags.push(
      'Product:' as Tag,
      'Ünïcode:😀' as Tag,
      'Product:a\0b' as Tag,
      `Product:${'x'.repeat(10_000)}` as Tag,
    );
    await store.set(makeEntry('a', { tags }));
    expect((await store.get(cacheKey('a')))?.tags).toEqual(tags);
  });

  it('does not keep a body beyond the limit', async () => {
    await store.set(makeEntry('a', { body: randomBytes(100_001) }));
    expect(await store.get(cacheKey('a'))).toBeUndefined();
  });
}
