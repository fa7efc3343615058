/** What the log costs over real Redis servers on this machine: start-up, probes, appends, arrival. Run by measure.cjs. */
import { RedisLog } from '../../src/purge/redis-log/redis-log';
import { createPurges } from '../../src/purge/region-purges';
import type { Purges } from '../../src/purge/purges';
import { entityTag } from '../../src/purge/tag';
import { startLink, type Link } from '../kit/link';
import { startPrimary, startReplica } from '../kit/redis-region';
import type { RedisServer } from '../kit/redis-server';
import { until } from '../kit/until';

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

/** Writes records as the script does, only faster: the script is measured elsewhere. */
async function fill(primary: RedisServer, from: number, to: number): Promise<void> {
  const client = primary.client();
  const { n } = await client.hgetall('purges:epoch');
  for (let at = from; at < to; at += 10_000) {
    const batch = client.pipeline();
    for (let id = at; id < Math.min(to, at + 10_000); id++)
      batch.xadd('purges', `${n}-*`, 'h', '=2', 'h', `Product:${id}`);
    await batch.exec();
  }
}

async function startUp(replicaUrl: string, primary: RedisServer, records: number): Promise<void> {
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
  clearInterval(watch);
  report(
    `start-up to proven, log of ${purges.stats().records.toLocaleString('en')} records`,
    `${took.toFixed(0)} ms`,
    `longest block ${longest.toFixed(1)} ms`,
  );
  if (purges.table.size < records) throw new Error(`only ${purges.table.size} rows`);
  await purges.close();
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

    await client.del('purges');
    const begin = new RedisLog({ url: primary.url });
    await begin.lastPosition();
    await begin.close();
    for (const [from, to] of [
      [0, 100_000],
      [100_000, 1_000_000],
    ] as const) {
      await fill(primary, from, to);
      await far.inSync();
      await startUp(far.url, primary, to);
      const bytes = Number(await client.call('MEMORY', 'USAGE', 'purges'));
      report(
        `Redis memory of a record, ${to.toLocaleString('en')} records`,
        `${(bytes / to).toFixed(0)} bytes`,
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
