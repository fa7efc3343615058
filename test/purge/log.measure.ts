/** What the log costs over real Redis servers on this machine: start-up, probes, appends, arrival. Run by measure.cjs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { RedisLog } from '../../src/purge/redis-log/redis-log';
import { createPurges } from '../../src/purge/region-purges';
import type { Purges } from '../../src/purge/purges';
import { entityTag } from '../../src/purge/tag';
import { freePort } from '../kit/free-port';
import { startLink, type Link } from '../kit/link';
import { startPrimary, startReplica } from '../kit/redis-region';
import type { RedisServer } from '../kit/redis-server';
import { until } from '../kit/until';

const LOG_BYTES = 64 * 2 ** 20;

function report(what: string, ...figures: string[]): void {
  console.log(`${what.padEnd(52)} ${figures.join('  ')}`);
}

function quantile(values: number[], part: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] as number).toFixed(2);
}

async function usedBy(server: RedisServer, command: string): Promise<string> {
  const stats = String(await server.command('INFO', 'commandstats'));
  return new RegExp(`cmdstat_${command}:calls=(\\d+).*?usec_per_call=([\\d.]+)`).exec(stats)?.[2] ?? '?';
}

function open(url: string, primaryUrl: string, probeIntervalMs = 1_000): Purges {
  const log = new RedisLog({ url, primaryUrl });
  return createPurges({ log, now: () => performance.now(), freshnessBoundMs: 5_000, probeIntervalMs });
}

/** Writes records as the script does, only faster: the script is measured elsewhere. @returns how many the log then holds */
async function fill(primary: RedisServer, tags: number): Promise<number> {
  const client = primary.client();
  await client.del('purges');
  const log = new RedisLog({ url: primary.url });
  await log.lastPosition();
  await log.close();
  const { n } = await client.hgetall('purges:epoch');
  for (let id = 0; ;) {
    const batch = client.pipeline();
    for (let record = 0; record < 1_000; record++) {
      const fields = Array.from({ length: tags }, () => ['h', `Product:${id++}`]).flat();
      batch.xadd('purges', `${n}-*`, 'h', '=4', ...fields);
    }
    await batch.exec();
    if (Number(await client.call('MEMORY', 'USAGE', 'purges')) >= LOG_BYTES) return client.xlen('purges');
  }
}

async function startUp(replicaUrl: string, primary: RedisServer, what: string): Promise<void> {
  let longest = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - last - 1);
    last = performance.now();
  }, 1);
  const start = performance.now();
  const purges = open(replicaUrl, primary.url);
  await purges.start();
  await until('it is proven', () => purges.isProven(performance.now()), { within: 60_000, every: 1 });
  const took = performance.now() - start;
  await until('it has read it all', () => purges.table.floor.seq === 0, { within: 300_000, every: 10 });
  const all = performance.now() - start;
  clearInterval(watch);
  report(
    `start on a full log (64 MiB), ${what}`,
    `proven after ${took.toFixed(0)} ms`,
    `all read after ${(all / 1_000).toFixed(1)} s`,
    `longest block ${longest.toFixed(1)} ms`,
  );
  await purges.close();
}

/** A gateway as it is deployed: from its start until every process is ready. Needs `npm run build`. */
async function readyIn(redisUrl: string, workers: number): Promise<number> {
  const [port, admin] = [await freePort(), await freePort()];
  const start = performance.now();
  const child = spawn(process.execPath, [join(__dirname, '../../dist/main.js'), 'serve'], {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      REDIS_URL: redisUrl,
      WORKERS: String(workers),
      HOST: '127.0.0.1',
      PORT: String(port),
      ADMIN_PORT: String(admin),
    },
  });
  const ready = async () => (await fetch(`http://127.0.0.1:${admin}/health/ready`)).ok;
  await until('it is ready', ready, { within: 60_000, every: 10 });
  const took = performance.now() - start;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  return took;
}

async function arrival(
  one: Purges,
  other: Purges,
  perSecond: number,
  count: number,
  delay = 0,
): Promise<void> {
  const sentAt = new Map<string, number>();
  const took: number[] = [];
  const end = other.table.onPurge((purges) => {
    for (const { tag } of purges) took.push(performance.now() - (sentAt.get(tag) as number) - delay);
  });
  const acknowledged: number[] = [];
  const appends: Promise<unknown>[] = [];
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const due = start + (i * 1_000) / perSecond;
    while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 1));
    const tag = entityTag(`At${perSecond}`, i);
    const at = performance.now();
    sentAt.set(tag, at);
    appends.push(one.append([{ tag, kind: 'hard' }]).then(() => acknowledged.push(performance.now() - at)));
  }
  await Promise.all(appends);
  await until('all have arrived', () => took.length >= count);
  end();
  const figures = (values: number[]): string =>
    `p50 ${quantile(values, 0.5)}  p99 ${quantile(values, 0.99)}  max ${quantile(values, 1)} ms`;
  report(`${perSecond} purges a second: acknowledged after`, figures(acknowledged));
  const less = delay === 0 ? '' : `, less ${delay} ms one way`;
  report(`${perSecond} purges a second: in the other region after${less}`, figures(took));
}

/** From the link restored to proven again, with purges all the while. */
async function recovery(link: Link, fault: 'cut' | 'blackHole', one: Purges, other: Purges): Promise<void> {
  const took: number[] = [];
  let id = 0;
  const writing = setInterval(
    () => void one.append([{ tag: entityTag('Recovery', id++), kind: 'hard' }]),
    50,
  );
  for (let round = 0; round < 5; round++) {
    link[fault]();
    await until('it is not proven', () => !other.isProven(performance.now()), { within: 20_000 });
    const restored = performance.now();
    await link.restore();
    await until('it is proven', () => other.isProven(performance.now()), { within: 20_000 });
    took.push(performance.now() - restored);
  }
  clearInterval(writing);
  report(
    `link restored after ${fault} to proven again`,
    took.map((each) => each.toFixed(0)).join(', '),
    'ms',
  );
}

async function main(): Promise<void> {
  const primary = await startPrimary();
  const link = await startLink(primary.port);
  const near = await startReplica(primary);
  const far = await startReplica(link, { maxmemory: '512mb' });
  const client = primary.client();
  try {
    await near.inSync();
    await far.inSync();
    const one = open(near.url, primary.url);
    const other = open(far.url, primary.url);
    await one.start();
    await other.start();
    await until(
      'both are proven',
      () => one.isProven(performance.now()) && other.isProven(performance.now()),
    );
    await arrival(one, other, 1, 5);
    await arrival(one, other, 100, 1_000);
    await arrival(one, other, 1_000, 5_000);
    link.delay(80);
    await arrival(one, other, 10, 50, 80);
    await arrival(one, other, 100, 1_000, 80);
    link.delay(0);
    for (const fault of ['cut', 'blackHole'] as const) await recovery(link, fault, one, other);

    for (const tags of [1, 10]) {
      await far.inSync();
      const bytes = link.bytes.fromTarget;
      for (let i = 0; i < 500; i++)
        await one.append(
          Array.from({ length: tags }, (_, tag) => ({
            tag: entityTag('Product', 1_000 * i + tag),
            kind: 'hard',
          })),
        );
      await far.inSync();
      report(
        `bytes on a replication link, purge of ${tags} tags`,
        ((link.bytes.fromTarget - bytes) / 500).toFixed(0),
      );
    }
    await client.config('RESETSTAT');
    for (let i = 0; i < 5_000; i++) await one.append([{ tag: entityTag('Product', i), kind: 'hard' }]);
    report('script on the primary, append', `${await usedBy(primary, 'evalsha')} us`);

    const log = new RedisLog({ url: primary.url });
    await log.lastPosition();
    await client.config('RESETSTAT');
    const took: number[] = [];
    for (let i = 0; i < 5_000; i++) {
      const start = performance.now();
      await log.lastPosition();
      took.push(performance.now() - start);
    }
    report('script on the primary, touch', `${await usedBy(primary, 'evalsha')} us`);
    report(
      'a probe, there and back on loopback',
      `p50 ${quantile(took, 0.5)}  p99 ${quantile(took, 0.99)} ms`,
    );
    const probing = await startLink(primary.port);
    const probed = new RedisLog({ url: `redis://127.0.0.1:${probing.port}` });
    await probed.lastPosition();
    await probed.lastPosition();
    const { toTarget, fromTarget } = { ...probing.bytes };
    for (let i = 0; i < 100; i++) await probed.lastPosition();
    report(
      'bytes of a probe, to the primary and back',
      ((probing.bytes.toTarget - toTarget) / 100).toFixed(0),
      ((probing.bytes.fromTarget - fromTarget) / 100).toFixed(0),
    );
    await probed.close();
    await probing.close();
    await log.close();
    await one.close();
    await other.close();

    for (const workers of [1, 2, 4])
      report(
        `a gateway of ${workers} processes, empty log: ready`,
        `${(await readyIn(primary.url, workers)).toFixed(0)} ms`,
      );
    for (const tags of [1, 10, 100]) {
      const records = await fill(primary, tags);
      const what = `${records.toLocaleString('en')} records of ${tags} tags`;
      report(`Redis memory of a record of ${tags} tags`, `${(LOG_BYTES / records).toFixed(0)} bytes`);
      await startUp(primary.url, primary, what);
      for (const workers of [1, 2, 4])
        report(
          `a gateway of ${workers} processes, ${what}: ready`,
          `${(await readyIn(primary.url, workers)).toFixed(0)} ms`,
        );
    }
  } finally {
    await near.stop();
    await far.stop();
    await link.close();
    await primary.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
