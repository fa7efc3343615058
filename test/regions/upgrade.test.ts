/** Gateways of two versions on one purge log, as during a rolling upgrade. */
import { LOG_PROTOCOL } from '../../src/purge/log';
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { takeDownLog, type LogLine } from '../kit/log';
import { startOrigin } from '../kit/origin';
import { startPrimary } from '../kit/redis-region';
import type { RedisServer } from '../kit/redis-server';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();

const VIEWER = '{ viewer { name } }';
const KETTLE = '{ product(id: "1") { name } }';
const LIST = '{ products { name } }';
const CATEGORY = '{ category(id: "garden") { id } }';
const ADA = { 'x-user': 'ada' };
const HIT = expect.stringMatching(/^hit/) as string;
const PURGED = expect.stringContaining('detail=purged') as string;

let redis: RedisServer;
let gateway: GatewayProcess;
let lines: LogLine[];
beforeAll(async () => {
  redis = cleanup.add(await startPrimary());
  const origin = cleanup.add(await startOrigin());
  const taken = takeDownLog();
  ({ lines } = taken);
  const env = { UPSTREAM_URL: origin.url, REDIS_URL: redis.url, SESSION: 'header:x-user' };
  // What was retained from before is no reason to say anything.
  await redis.command('XADD', 'purges', '1-0', 'b', 'x');
  await redis.command('XADD', 'purges', '1-1', 'h', 'Product:1');
  gateway = cleanup.add(await startGateway(env, { log: taken.log }));
});

async function statuses(): Promise<string[]> {
  const all: string[] = [];
  for (const query of [VIEWER, KETTLE, LIST, CATEGORY])
    all.push((await gateway.query(query, { headers: query === VIEWER ? ADA : {} })).cacheStatus);
  return all;
}

/** Everything is in the cache. */
async function warm(): Promise<void> {
  await until('all are hits', async () => (await statuses()).every((status) => status.startsWith('hit')));
}

/** As a gateway writes that knows neither session tags nor the mark. */
async function writtenByAnEarlierGateway(...fields: string[]): Promise<void> {
  const epoch = String(await redis.command('HGET', 'purges:epoch', 'n'));
  const id = String(await redis.command('XADD', 'purges', `${epoch}-*`, ...fields));
  const reached = await fetch(`${gateway.adminUrl}/position?reached=${id}&within=10000`);
  expect(await reached.json()).toMatchObject({ reached: true });
}

/** The protocol of a gateway that is not there yet. */
const LATER = LOG_PROTOCOL + 1;

const warnings = () => lines.map(({ code }) => code).filter((code) => String(code).startsWith('PURGE_LOG'));

describe('P92', () => {
  it('P92 takes what an earlier gateway purges for its types whole and all private answers, and says so once', async () => {
    await warm();
    expect(warnings()).toEqual([]);
    await writtenByAnEarlierGateway('h', 'Product:99');
    expect(await statuses()).toEqual([PURGED, PURGED, PURGED, HIT]);
    await warm();
    await writtenByAnEarlierGateway('h', '#anything');
    expect(await statuses()).toEqual([PURGED, HIT, HIT, HIT]);
    expect(warnings()).toEqual(['PURGE_LOG_OLDER']);
    expect(lines.find(({ code }) => code === 'PURGE_LOG_OLDER')).toMatchObject({
      level: 40,
      remedy: expect.stringMatching(/upgrade/i) as string,
    });
  });

  it('P92 takes what it writes itself for what it says', async () => {
    await warm();
    await gateway.query('mutation { likeProduct(id: "2") { id } }');
    expect(await statuses()).toEqual([HIT, HIT, PURGED, HIT]);
  });

  it('P92 says once that a later gateway has written to the log', async () => {
    await redis.command('HSET', 'purges:epoch', 'p', String(LATER));
    await until('it was said', () => warnings().includes('PURGE_LOG_NEWER'));
    await writtenByAnEarlierGateway('h', `=${LATER}`, 'h', 'Product:1');
    expect((await statuses()).slice(0, 2)).toEqual([HIT, PURGED]);
    expect(warnings()).toEqual(['PURGE_LOG_OLDER', 'PURGE_LOG_NEWER']);
  });
});
