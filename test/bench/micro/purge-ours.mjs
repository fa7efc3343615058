/** The cost of a purge through the gateway's own log, table and store, with so many entries that carry its tag. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { entry, flat } from './entries.mjs';

const { entries, url, gatewayFolder } = JSON.parse(process.argv[2]);
const load = (name) => createRequire(import.meta.url)(join(gatewayFolder, name));
const { RedisLog } = load('purge/redis-log/redis-log.js');
const { createPurges } = load('purge/region-purges.js');
const { entityTag } = load('purge/tag.js');
const { MemoryStore } = load('cache/memory-store.js');
const { evaluate } = load('cache/lookup.js');

const PURGES = 300;
const READS = 1000;

process.on('disconnect', () => process.exit());

const now = () => performance.now();
const purges = createPurges({
  log: new RedisLog({ url }),
  now,
  freshnessBoundMs: 5000,
  probeIntervalMs: 1000,
});
await purges.start();
while (!purges.isProven(now())) await pause(5);

const shared = entityTag('Product', 7);
const store = new MemoryStore({ maxBytes: 2 ** 40, maxEntryBytes: 2 ** 20, now });
const keys = [];

/** All entries carry the tag, and one of their own. */
function fill() {
  keys.length = 0;
  for (let number = 0; number < entries; number++) {
    const made = entry(number, {
      bodyBytes: 64,
      tags: [shared, flat(`Review:${number}`)],
      asOf: purges.table.position,
      now: now(),
    });
    void store.set(made);
    keys.push(made.key);
  }
}

async function measure() {
  const times = [];
  for (let purge = 0; purge < PURGES; purge++) {
    const from = performance.now();
    await purges.append([{ tag: shared, kind: 'hard' }]);
    times.push((performance.now() - from) * 1000);
  }
  const step = Math.max(1, Math.floor(keys.length / READS));
  const read = keys.filter((_, index) => index % step === 0);
  const from = performance.now();
  const verdicts = read.map((key) => evaluate(store.peek(key), purges.table, now()));
  const readMicros = ((performance.now() - from) * 1000) / read.length;
  assert.ok(verdicts.every((verdict) => verdict === 'purged'));
  return { micros: times.sort((a, b) => a - b)[PURGES >> 1], readMicros };
}

fill();
await measure();
process.on('message', () => measure().then((reading) => process.send?.(reading)));
process.send?.({ ready: true });
