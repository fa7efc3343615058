/**
 * How soon a region refuses what was purged, how soon it is proven again after a cut, and what a purge costs on the link.
 *
 *   npx jest --testMatch "$PWD/test/regions/arrival.measure.ts"
 *
 * One machine runs primary, replicas, gateways and the links between them, so these are upper bounds; the links' one-way
 * delay is set, and taken off.
 */
import { startRegions, type Regions } from '../kit/regions';
import { until } from '../kit/until';
import { percentile } from '../kit/statistics';
import { arrivals } from './arrival';

const ONE_WAY_MS = 40;

it('is measured', async () => {
  const regions: Regions<'iad' | 'syd'> = await startRegions({
    regions: ['iad', 'syd'],
    env: { PROBE_INTERVAL_MS: '1000', FRESHNESS_BOUND_MS: '5000' },
  });
  const { syd } = regions;
  syd.distance(ONE_WAY_MS);
  for (const [perSecond, count] of [
    [1, 10],
    [100, 1000],
    [1000, 10_000],
  ] as const) {
    const before = syd.link.bytes.fromTarget;
    const times = await arrivals(syd, { perSecond, count, oneWayMs: ONE_WAY_MS });
    const bytes = (syd.link.bytes.fromTarget - before) / count;
    const [p50, p99, most] = [0.5, 0.99, 1].map((part) => percentile(times, part).toFixed(2));
    process.stdout.write(
      `${perSecond}/s: p50 ${p50} ms, p99 ${p99} ms, max ${most} ms; ${bytes.toFixed(0)} bytes a purge on the link\n`,
    );
  }
  for (let round = 1; round <= 5; round++) {
    syd.blackHole();
    await until('syd is unproven', async () => (await syd.state()) === 'unproven', { every: 50 });
    const { token } = await regions.iad.change('1');
    syd.link.cut();
    const restored = performance.now();
    await syd.restore();
    // An answer of the primary that was under way may prove, for a moment, what was known before the purge.
    await syd.reaches(token);
    await until('syd is proven', async () => (await syd.state()) !== 'unproven', { every: 15 });
    process.stdout.write(
      `recovery ${round}: ${Math.round(performance.now() - restored)} ms from restore to proven\n`,
    );
  }
  await regions.stop();
}, 300_000);
