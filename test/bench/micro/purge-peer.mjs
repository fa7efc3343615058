/** The cost of a purge in the Redis cache of Envelop's plugin, with so many entries that carry its entity. */
import assert from 'node:assert/strict';
import { createRedisCache } from '@envelop/response-cache-redis';
import Redis from 'ioredis';

const { entries, url } = JSON.parse(process.argv[2]);
const AT_ONCE = 500;
const SHARED = { typename: 'Product', id: '7' };

process.on('disconnect', () => process.exit());

const redis = new Redis(url);
const cache = createRedisCache({ redis });
const body = { data: { product: { id: '7', name: 'a'.repeat(20) } } };

async function fill() {
  for (let from = 0; from < entries; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, entries - from) }, (_, index) => from + index);
    await Promise.all(
      some.map((number) =>
        cache.set(`entry-${number}`, body, [SHARED, { typename: 'Review', id: String(number) }], 3_600_000),
      ),
    );
  }
}

async function measure() {
  await redis.flushdb();
  await fill();
  const from = performance.now();
  await cache.invalidate([SHARED]);
  const micros = (performance.now() - from) * 1000;
  assert.equal(await cache.get('entry-0'), undefined);
  return { micros };
}

await measure();
process.on('message', () => measure().then((reading) => process.send?.(reading)));
process.send?.({ ready: true });
