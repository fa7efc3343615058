/** From the acknowledgement of a purge to a region's refusal of what it purged, less the one-way delay of its links. */
import { RedisLog } from '../../src/purge/redis-log/redis-log';
import { createPurges } from '../../src/purge/region-purges';
import type { Purges } from '../../src/purge/purges';
import { entityTag } from '../../src/purge/tag';
import type { TestRegion } from '../kit/regions';
import { pause, until } from '../kit/until';

/** Follows a region's own copy of the log as its gateway does: the moment its table refuses is the moment measured. */
export async function follow(region: TestRegion): Promise<Purges> {
  const purges = createPurges({
    log: new RedisLog({ url: region.replica.url, primaryUrl: `redis://127.0.0.1:${region.probe.port}` }),
    now: () => performance.now(),
    freshnessBoundMs: 5000,
    probeIntervalMs: 1000,
  });
  await purges.start();
  await until('the region is proven', () => purges.isProven(performance.now()));
  return purges;
}

/**
 * Appends so many purges straight to the primary, evenly at a rate.
 * @param oneWayMs what is taken off each time
 * @returns milliseconds
 * @throws when one arrived sooner than the network allows: then nothing was measured
 */
export async function arrivals(
  region: TestRegion,
  { perSecond, count, oneWayMs }: { perSecond: number; count: number; oneWayMs: number },
): Promise<number[]> {
  const purges = await follow(region);
  const log = new RedisLog({ url: region.primary.url });
  const applied = new Map<string, number>();
  const stop = purges.table.onPurge((each) => {
    for (const { tag } of each) applied.set(tag, performance.now());
  });
  const began = performance.now();
  const appends: Promise<void>[] = [];
  const tags: string[] = [];
  const sent = new Map<string, number>();
  const acknowledged = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const wait = began + (index * 1000) / perSecond - performance.now();
    if (wait > 1) await pause(wait);
    const tag = entityTag('Arrival', index);
    tags.push(tag);
    sent.set(tag, performance.now());
    appends.push(
      log.append([{ tag, kind: 'hard' }]).then(() => void acknowledged.set(tag, performance.now())),
    );
  }
  await Promise.all(appends);
  await until('all have arrived', () => applied.size >= count);
  stop();
  await Promise.all([purges.close(), log.close()]);
  const soonest = Math.min(...tags.map((tag) => applied.get(tag)! - sent.get(tag)!));
  // An acknowledgement is noticed late on a busy machine, but nothing is faster than the network.
  if (soonest < oneWayMs - 1) throw new Error(`a purge crossed ${oneWayMs} ms of network in ${soonest} ms`);
  return tags.map((tag) => applied.get(tag)! - acknowledged.get(tag)! - oneWayMs);
}
