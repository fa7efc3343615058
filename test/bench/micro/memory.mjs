/** What an entry and a row of the purge table take: the growth of the heap and of what lies beside it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { entry, flat } from './entries.mjs';

const { entries, bodyBytes, tags, rows, gatewayFolder } = JSON.parse(process.argv[2]);
const load = (name) => createRequire(import.meta.url)(join(gatewayFolder, name));
const { MemoryStore } = load('cache/memory-store.js');
const { PurgeTable } = load('purge/table.js');
const { positionAt } = load('purge/position.js');

function used() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Growth per piece. What `make` returns is alive until it was measured. */
function growth(count, make) {
  const before = used();
  const made = make();
  const after = used();
  return made ? (after - before) / count : 0;
}

/** Ids that have nothing but their type in common: of consecutive ones less would have to be kept. */
const idOf = (number) => (Math.imul(number, 2654435761) >>> 0) % (entries * tags);
const tagsOf = (number) =>
  Array.from({ length: tags }, (_, index) => flat(`Product:${idOf(number * tags + index)}`));

const tagBytes = growth(entries, () => Array.from({ length: entries }, (_, number) => tagsOf(number)));

const entryBytes = growth(entries, () => {
  const store = new MemoryStore({ maxBytes: 2 ** 40, maxEntryBytes: 2 ** 20, now: () => 0 });
  const asOf = positionAt(1, 0);
  for (let number = 0; number < entries; number++)
    void store.set(entry(number, { bodyBytes, tags: tagsOf(number), asOf, now: 0 }));
  return store;
});

const rowBytes = growth(rows, () => {
  // None is folded.
  const table = new PurgeTable(2 ** 40);
  table.restart([{ position: positionAt(1, 0), purges: [] }]);
  for (let seq = 1; seq <= rows; seq++)
    table.apply({ position: positionAt(1, seq), purges: [{ tag: flat(`Product:${seq}`), kind: 'hard' }] });
  return table;
});

process.send?.({ entryBytes: entryBytes - bodyBytes, tagBytes, rowBytes });
process.disconnect?.();
