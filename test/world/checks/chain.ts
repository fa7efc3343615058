/** A replica that follows a replica: how a primary with too many children gets grandchildren. */
import { entityTag } from '../../../src/purge/tag';
import { startLink } from '../../kit/link';
import { startPrimary, startReplica } from '../../kit/redis-region';
import { pause, until } from '../../kit/until';
import { check, follow, quantiles, report } from './lab';

const HOP_MS = 40;
const BOUND_MS = 2000;
const PURGES = 300;

void check('a chain of replicas', async (later) => {
  const primary = await startPrimary();
  later(() => primary.stop());
  const first = await startLink(primary.port);
  later(() => first.close());
  const hub = await startReplica(first);
  later(() => hub.stop());
  const second = await startLink(hub.port);
  later(() => second.close());
  const leaf = await startReplica(second);
  later(() => leaf.stop());

  const writer = await follow(primary.url, primary.url);
  later(() => writer.close());
  const near = await follow(hub.url, primary.url, BOUND_MS);
  later(() => near.close());
  const far = await follow(leaf.url, primary.url, BOUND_MS);
  later(() => far.close());

  first.delay(HOP_MS);
  second.delay(HOP_MS);
  const arrivals = { near: [] as number[], far: [] as number[] };
  const waits: Promise<unknown>[] = [];
  for (let number = 0; number < PURGES; number++) {
    const position = await writer.append([{ tag: entityTag('Product', number), kind: 'hard' }]);
    const acknowledged = performance.now();
    for (const [name, region, wire] of [
      ['near', near, HOP_MS],
      ['far', far, 2 * HOP_MS],
    ] as const)
      waits.push(
        region.reached(position, 10_000).then((reached) => {
          if (!reached) throw new Error(`${name} did not hear of ${number}`);
          arrivals[name].push(performance.now() - acknowledged - wire);
        }),
      );
    await pause(10);
  }
  await Promise.all(waits);
  report(`arrival at the hub, beyond ${HOP_MS} ms`, quantiles(arrivals.near));
  report(`arrival at its child, beyond ${2 * HOP_MS} ms`, quantiles(arrivals.far));

  await hub.command('SET', 'c:entry', 'of the hub alone', 'EX', 60);
  await pause(3 * HOP_MS);
  report(
    'an entry of the hub in its child',
    String((await leaf.command('EXISTS', 'c:entry')) === 0 ? 'no' : 'YES: WRONG'),
  );

  await hub.kill();
  // While nothing is purged the child goes on proving that it lacks nothing: the primary says so itself.
  const missed = await writer.append([{ tag: entityTag('Product', 'missed'), kind: 'hard' }]);
  const purged = performance.now();
  await until('the child proves nothing any more', () => !far.isProven(performance.now()), {
    within: 30_000,
    every: 2,
  });
  report(
    `hub killed: its child stops trusting after a purge (bound ${BOUND_MS} ms)`,
    `${(performance.now() - purged).toFixed(0)} ms`,
  );
  await hub.restart();
  const restarted = performance.now();
  if (!(await far.reached(missed, 30_000))) throw new Error('what was purged meanwhile did not arrive');
  await until('the child is proven again', () => far.isProven(performance.now()), {
    within: 30_000,
    every: 2,
  });
  report('hub back: its child is proven again', `${(performance.now() - restarted).toFixed(0)} ms`);
});
