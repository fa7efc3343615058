/** What the checks of PLAN.md share. Run one: node --expose-gc --require ./test/kit/typescript-hook.cjs test/world/checks/<name>.ts */
import { cpus } from 'node:os';
import { createPurges } from '../../../src/purge/region-purges';
import type { Purges } from '../../../src/purge/purges';
import { RedisLog } from '../../../src/purge/redis-log/redis-log';
import { percentile } from '../../kit/statistics';
import { until } from '../../kit/until';

/** Prints one finding. */
export function report(what: string, ...figures: string[]): void {
  console.log(`${what.padEnd(58)} ${figures.join('   ')}`);
}

export function quantiles(values: readonly number[]): string {
  const at = (part: number): string => percentile(values, part).toFixed(1);
  return `p50 ${at(0.5)} ms   p99 ${at(0.99)} ms   most ${at(1)} ms   (${values.length})`;
}

/** What a gateway has of the log, begun and proven. */
export async function follow(url: string, primaryUrl: string, boundMs = 5000): Promise<Purges> {
  const log = new RedisLog({ url, primaryUrl, primaryTimeoutMs: 10_000 });
  const purges = createPurges({
    log,
    now: () => performance.now(),
    freshnessBoundMs: boundMs,
    probeIntervalMs: boundMs / 5,
  });
  await purges.start();
  await until('it is proven', () => purges.isProven(performance.now()), { within: 120_000, every: 2 });
  return purges;
}

/** Runs a check, ends what it has started, and says how long the machine has had to wait. */
export async function check(
  name: string,
  run: (later: (end: () => unknown) => void) => Promise<void>,
): Promise<void> {
  const ends: (() => unknown)[] = [];
  const idle = (): number => cpus().reduce((sum, { times }) => sum + times.idle, 0);
  const began = { at: performance.now(), idle: idle() };
  console.log(`${name}: Node ${process.version}, ${cpus().length} cores`);
  try {
    await run((end) => ends.push(end));
    const capacity = (performance.now() - began.at) * cpus().length;
    report(
      'the machine was busy, by whatever ran on it',
      `${(100 * (1 - (idle() - began.idle) / capacity)).toFixed(0)} %`,
    );
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}
