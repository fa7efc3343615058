/**
 * What capture costs, over a real PostgreSQL and a real Redis on this machine.
 *
 *   node --require ./test/kit/typescript-hook.cjs test/capture/capture.measure.ts [arrival | changes | insert | takeover | losses]
 *
 * BUILT names the folder of a built gateway, for the processes that are killed; ROWS says how many rows `losses` writes. The figures are of this machine at this moment, and of what else it does: the idle share is printed.
 */
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { createReadStream } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import type { PurgeRecord } from '../../src/purge/log';
import { RedisLog } from '../../src/purge/redis-log/redis-log';
import { Child } from '../kit/child';
import { Cleanup } from '../kit/cleanup';
import { lastmileArgs } from '../kit/lastmile';
import { startLink } from '../kit/link';
import { startPostgres, type PostgresServer } from '../kit/postgres';
import { cpuSeconds } from '../kit/processor-time';
import { startPrimary, startReplica } from '../kit/redis-region';
import { pause, until } from '../kit/until';
import { captures, FORUM_SQL, startForum, type Forum } from './capture-kit';

const cleanup = new Cleanup();
const PATIENCE = { within: 600_000, every: 20 };

function report(what: string, ...figures: string[]): void {
  console.log(`${what.padEnd(58)} ${figures.join('  ')}`);
}

function quantile(values: readonly number[], part: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!.toFixed(1);
}

/** Of all processors, in percent, while something runs. */
async function idleDuring<T>(work: () => Promise<T>): Promise<[T, string]> {
  const sum = (): [number, number] =>
    cpus().reduce<[number, number]>(
      ([idle, all], { times }) => [idle + times.idle, all + Object.values(times).reduce((a, b) => a + b)],
      [0, 0],
    );
  const before = sum();
  const result = await work();
  const after = sum();
  return [result, `${Math.round((100 * (after[0] - before[0])) / (after[1] - before[1]))} % idle`];
}

async function walSender(forum: Forum): Promise<number> {
  const pid = await forum.sql(
    `select active_pid from pg_replication_slots where slot_name = 'slot_${forum.database}'`,
  );
  return Number(pid);
}

/** From when a commit has returned until a region behind a link of 40 ms refuses what it made old, less those 40 ms. */
async function arrival(postgres: PostgresServer): Promise<void> {
  const forum = await startForum(cleanup, postgres);
  const primary = cleanup.add(await startPrimary());
  const link = cleanup.add(await startLink(primary.port));
  const replica = cleanup.add(await startReplica(link));
  await replica.inSync();
  const log = new RedisLog({ url: primary.url });
  cleanup.later(() => log.close());
  await captures(forum.capture({ log }));
  const region = new RedisLog({ url: replica.url, primaryUrl: primary.url });
  cleanup.later(() => region.close());
  const arrived = new Map<string, number>();
  const take = ({ purges }: PurgeRecord): void => {
    for (const { tag } of purges) if (!arrived.has(tag)) arrived.set(tag, performance.now());
  };
  await region.follow({
    restart: (records) => records.forEach(take),
    record: take,
    history: () => false,
    fault: () => {},
  });
  link.delay(40);
  const client = new Client({ connectionString: postgres.url(forum.database) });
  await client.connect();
  cleanup.later(() => client.end());
  const [took, idle] = await idleDuring(async () => {
    const all: number[] = [];
    for (let id = 1; id <= 500; id++) {
      await client.query(`insert into person values (${id})`);
      const committed = performance.now();
      const at = await until('it arrived', () => arrived.get(`Person:${id}`), { every: 1 });
      all.push(at - committed - 40);
      await pause(5);
    }
    return all;
  });
  report(
    'commit to refused, less one way of 40 ms (500, ms)',
    `p50 ${quantile(took, 0.5)}`,
    `p99 ${quantile(took, 0.99)}`,
    idle,
  );
}

/** Small commits that wait in the log, read as fast as they come. */
async function changes(postgres: PostgresServer): Promise<void> {
  for (const [what, commits, rows] of [
    ['commits of one row', 50_000, 1],
    ['commits of ten rows', 20_000, 10],
  ] as const) {
    const forum = await startForum(cleanup, postgres);
    const first = forum.capture();
    await captures(first);
    await forum.purged('*');
    await forum.keptUpToNow();
    await first.close();
    await forum.unread();
    await forum.sql(`set synchronous_commit = off; do $$ begin for n in 1..${commits} loop
      insert into person select n * ${rows} + k from generate_series(0, ${rows - 1}) k; commit; end loop; end $$`);
    await forum.tags();
    const before = process.cpuUsage();
    const began = performance.now();
    const capture = forum.capture();
    await captures(capture);
    const sender = await walSender(forum);
    await until('all was read', () => capture.stats().changes >= commits * rows, PATIENCE);
    await forum.keptUpToNow();
    const { user, system } = process.cpuUsage(before);
    const seconds = (performance.now() - began) / 1_000;
    const changed = commits * rows;
    report(
      `${what} (${commits})`,
      `${Math.round(changed / seconds)} changes/s`,
      `${Math.round((changed * 1e6) / (user + system))} changes/s of processor time`,
      `walsender ${((cpuSeconds(sender) * 1e6) / changed).toFixed(1)} us each`,
      `log ${Math.round(Number(await forum.redis.command('MEMORY', 'USAGE', 'purges')) / changed)} bytes each`,
      (await forum.tags()).includes('*') ? 'everything was purged in between' : '',
    );
    await capture.close();
  }
}

/** One transaction of a million rows. */
async function insert(postgres: PostgresServer): Promise<void> {
  const forum = await startForum(cleanup, postgres);
  const capture = forum.capture();
  await captures(capture);
  await forum.purged('*');
  globalThis.gc?.();
  const memory = process.memoryUsage().rss;
  let most = 0;
  const watching = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 50);
  await forum.sql('insert into person select generate_series(1, 1000000)');
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await forum.purged('Person');
  const took = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(watching);
  report(
    'one insert of a million rows, from commit to purged',
    `${took.toFixed(1)} s`,
    `Node ${((user + system) / 1e6).toFixed(1)} s of processor`,
    `memory ${Math.round(memory / 2 ** 20)} to at most ${Math.round(most / 2 ** 20)} MiB`,
  );
  await capture.close();
}

async function startProcess(forum: Forum, folder: string): Promise<Child> {
  const schema = join(folder, 'schema.graphql');
  await writeFile(
    schema,
    'type Query { person(id: ID!): Person } type Person @table(name: "person") { id: ID! }',
  );
  const child = new Child({
    name: 'lastmile capture',
    program: process.execPath,
    args: [...lastmileArgs(process.env['BUILT']), 'capture'],
    env: {
      PATH: process.env['PATH'],
      CAPTURE_URL: forum.postgres.url(forum.database),
      CAPTURE_SLOT: `slot_${forum.database}`,
      REDIS_URL: forum.redis.url,
      PURGE_LOG_BYTES: '1GiB',
      SCHEMA: schema,
    },
  });
  cleanup.later(() => child.kill());
  return child;
}

async function takeover(postgres: PostgresServer): Promise<void> {
  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    const took: number[] = [];
    for (let round = 0; round < 5; round++) {
      const forum = await startForum(cleanup, postgres);
      const folder = cleanup.folder();
      const one = await startProcess(forum, folder);
      await one.printed(/"captures what changes in/);
      const two = await startProcess(forum, folder);
      await two.printed(/stands by/);
      const at = performance.now();
      one.process.kill(signal);
      await two.printed(/"captures what changes in/);
      took.push((performance.now() - at) / 1_000);
      await Promise.all([one.kill(), two.kill()]);
    }
    report(
      `takeover after ${signal} (5)`,
      `median ${quantile(took, 0.5)} s`,
      `longest ${quantile(took, 1)} s`,
    );
  }
}

/** A million rows in commits of ten, while one after another of those that take part is killed. */
async function losses(postgres: PostgresServer): Promise<void> {
  const rows = Number(process.env['ROWS'] ?? 1_000_000);
  const forum = await startForum(cleanup, postgres, FORUM_SQL, {
    appendonly: 'yes',
    appendfsync: 'always',
    'auto-aof-rewrite-percentage': '0',
  });
  const folder = cleanup.folder();
  const children = [await startProcess(forum, folder), await startProcess(forum, folder)];
  await forum.purged('*');
  let next = 1;
  const committed = async (): Promise<number> =>
    Number(await forum.sql('select coalesce(max(id), 0) from person'));
  const writing = (async () => {
    while (next <= rows) {
      const from = next;
      await forum
        .sql(
          `do $$ begin for n in 0..999 loop insert into person select ${from} + n * 10 + k from generate_series(0, 9) k; commit; end loop; end $$`,
        )
        .catch(() => pause(200));
      next = await until('it is there again', async () => (await committed()) + 1, PATIENCE);
    }
  })();
  const ended = new AbortController();
  void writing.finally(() => ended.abort());
  const killed = { capture: 0, Redis: 0, PostgreSQL: 0 };
  for (let round = 0; !ended.signal.aborted; round++) {
    await pause(3_000 + Math.random() * 3_000);
    if (round % 3 === 0) {
      const at = Math.floor(Math.random() * 2);
      await children[at]!.kill();
      children[at] = await startProcess(forum, folder);
      killed.capture++;
    } else if (round % 3 === 1) {
      await forum.redis.kill();
      await forum.redis.restart();
      killed.Redis++;
    } else {
      await postgres.kill();
      await postgres.start();
      killed.PostgreSQL++;
    }
  }
  await writing;
  await forum.sql('insert into person values (0)');
  await forum.purged('Person:0');
  // What the log has trimmed since, as of epochs that are over, is in the file of its Redis.
  const written = join(String((await forum.redis.client().config('GET', 'dir'))?.[1]), 'appendonlydir');
  const files = (await readdir(written)).filter((name) => name.endsWith('.incr.aof'));
  const seen = new Set<string>();
  let all = 0;
  for (const file of files)
    for await (const line of createInterface(createReadStream(join(written, file)))) {
      if (line.startsWith('Person:')) seen.add(line);
      else if (line === '*') all++;
    }
  const there = (await forum.sql('select id from person')).split('\n');
  const lost = there.filter((id) => !seen.has(`Person:${id}`)).length;
  report(
    `lost of ${there.length} rows`,
    `${lost}`,
    `kill -9 of capture ${killed.capture}, Redis ${killed.Redis}, PostgreSQL ${killed.PostgreSQL} times`,
    `everything was purged ${all} times, once at the start`,
  );
}

const MEASURES = { arrival, changes, insert, takeover, losses };

async function main(): Promise<void> {
  const chosen = process.argv.slice(2);
  console.log(
    `Node ${process.version}, ${cpus().length} x ${cpus()[0]!.model}, load ${loadavg()[0]!.toFixed(1)}, ${new Date().toISOString().slice(0, 10)}`,
  );
  const postgres = cleanup.add(
    await startPostgres({
      wal_level: 'logical',
      fsync: 'on',
      max_wal_senders: 40,
      max_replication_slots: 40,
      max_wal_size: '4GB',
    }),
  );
  for (const [name, measure] of Object.entries(MEASURES))
    if (chosen.length === 0 || chosen.includes(name)) await measure(postgres);
}

main()
  .finally(() => cleanup.run())
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
