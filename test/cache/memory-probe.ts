/** Prints what entries in the memory store take beside what the store counts, as JSON. Arguments: body bytes, tags, coded bytes. */
import { MemoryStore } from '../../src/cache/memory-store';
import type { Tag } from '../../src/purge/tag';
import { cacheKey, makeEntry } from './entries';

const [size = 2048, tagCount = 3, coded = 0] = process.argv.slice(2).map(Number);
const ENTRIES = Math.min(8_000, Math.ceil(20_000_000 / size));
const collect = (globalThis as { gc?: () => void }).gc!;

/** V8 collects in steps; the second pass takes what the first has made free. */
function taken(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const store = new MemoryStore({ maxBytes: 2 ** 40, maxEntryBytes: 2 ** 30, now: () => 0 });
const before = taken();
const resident = process.memoryUsage.rss();
for (let index = 0; index < ENTRIES; index++) {
  const tags = Array.from(
    { length: tagCount },
    (_, tag) => `Product:${100_000 + index * tagCount + tag}`,
  ) as Tag[];
  void store.set(makeEntry(`${index}`, { body: Buffer.alloc(size, 'x'), tags, answeredAt: index + 0.5 }));
  if (coded > 0) store.addCoded(store.peek(cacheKey(`${index}`))!, 'br', Buffer.alloc(coded, 'x'));
}
const after = taken();
console.log(
  JSON.stringify({
    counted: store.bytes / ENTRIES,
    taken: (after - before) / ENTRIES,
    resident: (process.memoryUsage.rss() - resident) / ENTRIES,
    entries: store.size,
  }),
);
