import { cleanupAfterAll } from '../kit/cleanup';
import { startRegions } from '../kit/regions';
import { percentile } from '../kit/statistics';
import { arrivals } from './arrival';

const cleanup = cleanupAfterAll();

/** The aim is 10 ms; on a machine that does other things as well, only the order of magnitude can be held to. */
const LOOSELY_MS = 1000;

it('P23 refuses old answers soon after the network has brought the purge', async () => {
  const { syd } = cleanup.add(await startRegions({ regions: ['iad', 'syd'] })) as Awaited<
    ReturnType<typeof startRegions<'iad' | 'syd'>>
  >;
  syd.distance(40);
  const times = await arrivals(syd, { perSecond: 100, count: 200, oneWayMs: 40 });
  expect(percentile(times, 0.5)).toBeLessThan(LOOSELY_MS);
});
