/**
 * What a miss takes in a region 80 ms away from the primary database, with a replica of it in that region and without.
 *
 *   node --require ./test/kit/typescript-hook.cjs test/capture/read-replica.measure.ts
 *
 * The figures are of this machine at this moment, and of what else it does: the idle share is printed.
 */
import { cpus } from 'node:os';
import { POSITION_SQL } from '../../src/purge/database-position';
import { Cleanup } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startLink } from '../kit/link';
import { startPostgres, startStandby } from '../kit/postgres';
import { startPrimary, startReplica } from '../kit/redis-region';
import { until } from '../kit/until';
import { FORUM_OVERLAY, LIVELY_SQL, startForumApi } from './forum-api';

const ONE_WAY_MS = 80;
const MISSES = 400;
const SHOW =
  'query Show($id: ID!) { post(id: $id) { id title votes commentCount author { handle name } comments { id text } } }';

const cleanup = new Cleanup();

function quantile(values: readonly number[], part: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!.toFixed(1);
}

function busy(): readonly [idle: number, all: number] {
  const times = cpus().map((cpu) => cpu.times);
  return [
    times.reduce((sum, { idle }) => sum + idle, 0),
    times.reduce((sum, all) => sum + Object.values(all).reduce((a, b) => a + b), 0),
  ];
}

async function readsOf(gateway: GatewayProcess): Promise<string[]> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith('lastmile_upstream_reads_total'));
}

/** The same questions, asked of an API itself. */
async function direct(url: string, first: number): Promise<number[]> {
  const took: number[] = [];
  for (let id = first; id < first + MISSES; id++) {
    const began = performance.now();
    const body = JSON.stringify({ query: SHOW, variables: { id: String(id) } });
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await response.text();
    took.push(performance.now() - began);
  }
  return took;
}

/** Misses one after another, each the first question for its post. */
async function misses(gateway: GatewayProcess, first: number): Promise<number[]> {
  const took: number[] = [];
  for (let id = first; id < first + MISSES; id++) {
    const began = performance.now();
    const { errors, cacheStatus } = await gateway.query(SHOW, { variables: { id: String(id) } });
    took.push(performance.now() - began);
    if (errors || !/uri-miss/.test(cacheStatus)) throw new Error(`${cacheStatus} ${JSON.stringify(errors)}`);
  }
  return took;
}

async function main(): Promise<void> {
  const database = cleanup.add(await startPostgres({ wal_level: 'logical' }));
  await database.sql(LIVELY_SQL);
  await database.sql(`insert into post select n, 'ann', 'Post ' || n from generate_series(1000, 9999) n`);
  const stream = cleanup.add(await startLink(database.port));
  const standby = cleanup.add(await startStandby(database, stream.port));
  const log = cleanup.add(await startPrimary());
  const probe = cleanup.add(await startLink(log.port));
  const copy = cleanup.add(await startReplica(probe));
  await copy.inSync();
  const far = cleanup.add(await startForumApi(database.url()));
  const way = cleanup.add(await startLink(far.port));
  const near = cleanup.add(await startForumApi(standby.url(), (ask) => ask(POSITION_SQL)));
  const schema = FORUM_OVERLAY;
  cleanup.add(
    await startGateway(
      { UPSTREAM_URL: far.url, REDIS_URL: log.url, CAPTURE_URL: database.url(), REGION: 'iad' },
      { schema },
    ),
  );
  const away = {
    UPSTREAM_URL: `http://127.0.0.1:${way.port}/graphql`,
    REDIS_URL: copy.url,
    PRIMARY_REDIS_URL: `redis://127.0.0.1:${probe.port}`,
    REGION: 'syd',
    PRIMARY_REGION: 'iad',
    PRIMARY_URL: far.url,
  };
  const [withReplica, without] = [
    cleanup.add(await startGateway({ ...away, UPSTREAM_READ_URL: near.url }, { schema })),
    cleanup.add(await startGateway(away, { schema })),
  ];
  for (const link of [stream, probe, way]) link.delay(ONE_WAY_MS);
  let warm = 1;
  await until(
    'the replica answers',
    async () => {
      await withReplica.query(SHOW, { variables: { id: String(warm++) } });
      return (await readsOf(withReplica)).some((line) => line.includes('from="replica"'));
    },
    { within: 60_000 },
  );
  const before = busy();
  const figures = {
    'the API that reads from the replica, asked itself': await direct(near.url, 1_000),
    'a miss, with that API in the region': await misses(withReplica, 1_000),
    'a miss without': await misses(without, 5_000),
  };
  const after = busy();
  const idle = Math.round((100 * (after[0] - before[0])) / (after[1] - before[1]));
  for (const [what, took] of Object.entries(figures))
    console.log(`${what.padEnd(52)} p50 ${quantile(took, 0.5)} ms  p99 ${quantile(took, 0.99)} ms`);
  console.log(`${idle} % idle; ${(await readsOf(withReplica)).join('; ')}`);
}

main()
  .finally(() => cleanup.run())
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
