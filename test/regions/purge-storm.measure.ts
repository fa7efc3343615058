/**
 * What upstream is asked of one hot key while purges come, of other things and of what it shows: prints a table (P48).
 *
 *   npx jest --testMatch "$PWD/test/regions/purge-storm.measure.ts"
 */
import type { Purge } from '../../src/purge/log';
import { RedisLog } from '../../src/purge/redis-log/redis-log';
import { entityTag } from '../../src/purge/tag';
import { startAnswering } from '../kit/answering';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { markdownTable } from '../kit/markdown';
import { startPrimary } from '../kit/redis-region';
import { pause, until } from '../kit/until';

const SECONDS = Number(process.env['SECONDS'] ?? 5);
const UPSTREAM_MS = 200;
const CLIENTS = 16;
const SCHEMA = `
  type Query { item(id: ID!): Item @cacheControl(maxAge: 60, swr: 60) }
  type Item { id: ID!  title: String }
`;
const QUERY = '{ item(id: "1") { id title } }';

const cleanup = cleanupAfterEach();
const rows: unknown[][] = [];

async function start() {
  const upstream = cleanup.add(
    await startAnswering(async () => {
      await pause(UPSTREAM_MS);
      return '{"data":{"item":{"id":"1","title":"one","__lm_type":"Item","__lm_key_4_Item_id":"1"}}}';
    }),
  );
  const redis = cleanup.add(await startPrimary());
  const env = { UPSTREAM_URL: upstream.url, REDIS_URL: redis.url };
  const gateway = cleanup.add(await startGateway(env, { schema: SCHEMA }));
  const log = cleanup.add(new RedisLog({ url: redis.url }));
  await gateway.query(QUERY);
  upstream.asked.length = 0;
  return { upstream, gateway, log };
}

const purgeOf = (id: string, kind: Purge['kind'] = 'hard'): Purge[] => [{ tag: entityTag('Item', id), kind }];

it.each([
  ['nothing', 0, () => []],
  ['other things', 100, (count: number) => purgeOf(`other${count}`)],
  ['other things', 1000, (count: number) => purgeOf(`other${count}`)],
  ['what it shows', 10, () => purgeOf('1')],
  ['what it shows', 100, () => purgeOf('1')],
  ['what it shows', 1000, () => purgeOf('1')],
  ['what it shows, softly: each hit is stale', 100, () => purgeOf('1', 'soft')],
] as const)('purges of %s, %i a second', async (what, perSecond, purge) => {
  const { upstream, gateway, log } = await start();
  const end = performance.now() + SECONDS * 1000;
  let requests = 0;
  let purges = 0;
  const ask = async (): Promise<void> => {
    for (; performance.now() < end; requests++) await gateway.query(QUERY);
  };
  const storm = async (): Promise<void> => {
    if (perSecond === 0) return;
    const began = performance.now();
    while (performance.now() < end) {
      const due = ((performance.now() - began) / 1000) * perSecond;
      const appended: Promise<unknown>[] = [];
      for (; purges < due; purges++) appended.push(log.append(purge(purges)));
      await Promise.all(appended);
      await pause(1);
    }
  };
  await Promise.all([storm(), ...Array.from({ length: CLIENTS }, ask)]);
  const calls = upstream.asked.length;
  rows.push([
    `${what}, ${perSecond} a second`,
    Math.round(purges / SECONDS),
    requests,
    calls,
    (calls / SECONDS).toFixed(1),
  ]);
});

it.each([
  ['another type', 'Other'],
  ['others of its type', 'Item'],
])('a hundred misses of one key, and a purge of %s between each two', async (what, type) => {
  const { upstream, gateway, log } = await start();
  await log.append(purgeOf('1'));
  await until('it is purged', async () => (await gateway.query(QUERY)).cacheStatus.includes('purged'));
  await log.append(purgeOf('1'));
  upstream.asked.length = 0;
  const asked: Promise<unknown>[] = [];
  for (let count = 0; count < 100; count++) {
    asked.push(gateway.query(QUERY));
    await log.append([{ tag: entityTag(type, `other${count}`), kind: 'hard' }]);
  }
  await Promise.all(asked);
  rows.push([`${what}, one between each two of 100 misses`, '', 100, upstream.asked.length, '']);
});

afterAll(() => {
  const head = ['Purges of', 'a second, appended', 'requests', 'calls upstream', 'of these a second'];
  process.stdout.write(`${markdownTable(head, rows)}\n`);
});
