import type { PurgeLog } from '../../src/purge/log';
import { MemoryLog } from '../../src/purge/memory-log';
import { nextPosition, positionAt } from '../../src/purge/position';
import type { Purges } from '../../src/purge/purges';
import { RedisLog } from '../../src/purge/redis-log/redis-log';
import { createPurges } from '../../src/purge/region-purges';
import { entityTag } from '../../src/purge/tag';
import { cleanupAfterEach } from '../kit/cleanup';
import { startLink } from '../kit/link';
import { startPrimary, startReplica } from '../kit/redis-region';
import { startRedis } from '../kit/redis-server';
import { PATIENCE, until, within } from '../kit/until';
import { hard } from './log-contract';
import { startRegion } from './region-kit';

const cleanup = cleanupAfterEach();
const product = entityTag('P', 7);

async function start(log: PurgeLog, databaseBoundMs?: number): Promise<{ purges: Purges; states: string[] }> {
  const states: string[] = [];
  const purges = createPurges({
    log,
    now: () => performance.now(),
    freshnessBoundMs: 600,
    probeIntervalMs: 100,
    databaseBoundMs,
    onState: (state, reason) => states.push(`${state} ${reason}`),
  });
  cleanup.later(() => purges.close());
  await purges.start();
  return { purges, states };
}

describe('purges in one process', () => {
  it('are proven from the start and for ever', async () => {
    const { purges, states } = await start(new MemoryLog());
    expect(purges.isProven(performance.now())).toBe(true);
    expect(purges.isProven(Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(purges.state(performance.now())).toBe('proven');
    expect(states).toEqual(['starting not-asked', 'proven current']);
    expect(purges.stats()).toMatchObject({ provenAgo: 0, probes: 0, noops: 0 });
  });

  it('hold before an append resolves, and are told once', async () => {
    const { purges } = await start(new MemoryLog());
    const asOf = purges.table.position;
    const told: unknown[] = [];
    purges.table.onPurge((each) => told.push(each));
    const appended = purges.append(hard(7));
    expect(purges.table.verdict(asOf, [product])).toBe('purged');
    expect(await purges.reached(await appended, 0)).toBe(true);
    expect(told).toEqual([hard(7)]);
  });
});

describe('purges that a database has to be known for', () => {
  const KNOWN_MS = 1500;

  it.each([
    ['in memory', () => Promise.resolve(new MemoryLog())],
    ['over Redis', async () => new RedisLog({ url: cleanup.add(await startRedis()).url })],
  ])('are proven while it is known, and no longer (%s)', async (_, open) => {
    const log = await open();
    const { purges, states } = await start(log, KNOWN_MS);
    await until('the log is proven', () => states.at(-1) === 'unproven database-unknown');
    expect(purges.isProven(performance.now())).toBe(false);
    await until('it is known', async () => {
      await log.appendKnown(await log.lastPosition(), { timeline: '7/1', lsn: 1n });
      return purges.isProven(performance.now());
    });
    expect(purges.stats().databaseProvenAgo).toBeLessThan(KNOWN_MS);
    await until('it is known no more', () => states.at(-1) === 'unproven database-unknown');
    expect(purges.isProven(performance.now())).toBe(false);
    expect(states.at(-2)).toBe('proven current');
  });
});

describe('purges over Redis', () => {
  it('start without a Redis, and are proven soon after one comes', async () => {
    const redis = cleanup.add(await startRedis());
    await redis.kill();
    const { purges, states } = await start(new RedisLog({ url: redis.url }));
    await until('it was noticed', () => states.at(-1) === 'starting primary-unreachable');
    await redis.restart();
    await until('they are proven', () => purges.isProven(performance.now()));
    expect(purges.state(performance.now())).toBe('proven');
    expect(states.at(-1)).toBe('proven current');
  });

  it('are never proven before the log was read', async () => {
    const primary = cleanup.add(await startPrimary());
    const link = cleanup.add(await startLink(primary.port));
    const replica = cleanup.add(await startReplica(link));
    await replica.inSync();
    await replica.kill();
    const { purges } = await start(new RedisLog({ url: replica.url, primaryUrl: primary.url }));
    await until('the primary answered some questions', () => {
      const { probes, probesUnanswered } = purges.stats();
      return probes - probesUnanswered > 5;
    });
    expect(purges.state(performance.now())).toBe('starting');
    expect(purges.stats()).toMatchObject({ reason: 'copy-unreadable', provenAgo: Infinity });
    await replica.restart();
    await until('they are proven', () => purges.isProven(performance.now()));
  });

  it('make connections anew that have gone silent', async () => {
    const redis = cleanup.add(await startRedis());
    const link = cleanup.add(await startLink(redis.port));
    const { purges } = await start(
      new RedisLog({ url: `redis://127.0.0.1:${link.port}`, primaryTimeoutMs: 1_000, timeoutMs: 1_000 }),
    );
    await until('they are proven', () => purges.isProven(performance.now()));
    const before = link.connections;
    expect(before).toBe(2);
    link.blackHole();
    // The old ones are never told: one for the primary, one for the feed.
    await until('both were made anew', () => link.connections >= before + 2);
    await until('it was noticed', () => purges.state(performance.now()) === 'unproven');
    await link.restore();
    await until('they are proven', () => purges.isProven(performance.now()));
  });

  it('can be appended as soon as they are started', async () => {
    const redis = cleanup.add(await startRedis());
    const { purges } = await start(new RedisLog({ url: redis.url }));
    const position = await purges.append(hard(1));
    expect(await purges.reached(position, PATIENCE)).toBe(true);
  });

  it('hold where they are made before the primary has answered, and are told once', async () => {
    const primary = cleanup.add(await startPrimary());
    const region = await startRegion(cleanup, primary);
    await region.serves();
    const told: unknown[] = [];
    region.purges.table.onPurge((each) => told.push(each));
    region.control.delay(50);
    const answer = region.ask(product);
    const other = region.ask(entityTag('P', 8));
    let isAnswered = false;
    const appended = region.purges.append(hard(7)).finally(() => (isAnswered = true));
    expect([answer.isTrusted(), isAnswered]).toEqual([false, false]);
    // What is asked for now may be read from before the purge: no record tells it from what was asked for earlier.
    expect(region.ask(product).isTrusted()).toBe(false);
    expect(other.isTrusted()).toBe(true);
    await region.reaches(await appended);
    expect(answer.isTrusted()).toBe(false);
    expect(region.ask(product).isTrusted()).toBe(true);
    expect(told).toEqual([hard(7)]);
  });

  it('tell who waits for a position as soon as it is reached, and not before', async () => {
    const primary = cleanup.add(await startPrimary());
    const region = await startRegion(cleanup, primary);
    await region.serves();
    region.link.blackHole();
    const answer = region.ask(product);
    expect(answer.isTrusted()).toBe(true);
    const position = await region.purges.append(hard(7));
    // Where it was made it holds before the log brings it.
    expect(answer.isTrusted()).toBe(false);
    expect(await region.purges.reached(position, 20)).toBe(false);
    const waits = [
      region.purges.reached(position, 10_000),
      region.purges.reached(nextPosition(position), 10_000),
    ];
    expect(region.purges.stats().waiting).toBe(2);
    await region.link.restore();
    expect(await waits[0]).toBe(true);
    await region.purges.append(hard(8));
    expect(await waits[1]).toBe(true);
    expect(region.purges.stats().waiting).toBe(0);
  });

  it('let go who waits for a position that never comes', async () => {
    const { purges } = await start(new MemoryLog());
    const forged = positionAt(2 ** 52, 0);
    expect(await purges.reached(forged, 0)).toBe(false);
    expect(await purges.reached(forged, 5)).toBe(false);
    const waiting = purges.reached(forged, 60_000);
    await purges.close();
    expect(await within(PATIENCE, 'the wait ended', waiting)).toBe(false);
  });
});

describe('purges the primary does not acknowledge', () => {
  it('hold here at once, are retried until they are acknowledged, and are kept once for each tag', async () => {
    const primary = cleanup.add(await startPrimary());
    const region = await startRegion(cleanup, primary);
    const other = await startRegion(cleanup, primary);
    await Promise.all([region.serves(), other.serves()]);
    const [here, there] = [region.ask(product), other.ask(product)];

    region.control.cut();
    for (let i = 0; i < 20; i++)
      await expect(region.purges.append(hard(7, 8))).rejects.toMatchObject({
        code: 'PURGE_NOT_ACKNOWLEDGED',
        message: 'The purge was not acknowledged by the primary.',
      });
    expect(here.isTrusted()).toBe(false);
    expect(there.isTrusted()).toBe(true);
    expect(region.purges.stats()).toMatchObject({
      tagsNotAcknowledged: 2,
      appendsNotAcknowledged: 20,
      appends: 0,
    });

    await region.control.restore();
    await until('they were acknowledged', () => region.purges.stats().tagsNotAcknowledged === 0);
    await until('they are everywhere', () => other.purges.table.verdict(there.asOf, [product]) === 'purged');
    await region.reaches(other.purges.table.position);
    await region.serves();
    expect(region.ask(product).isTrusted()).toBe(true);
    const records = await primary.client().xrange('purges', '-', '+');
    expect(records.filter(([, fields]) => fields.includes('P:7')).map(([, fields]) => fields)).toEqual([
      ['h', '=4', 'h', 'P:7', 'h', 'P:8'],
    ]);
  });

  it('are not kept waiting once the primary answers again', async () => {
    const primary = cleanup.add(await startPrimary());
    const region = await startRegion(cleanup, primary);
    await region.serves();
    region.control.cut();
    await expect(region.purges.append(hard(7))).rejects.toThrow();
    // The seventh would come five seconds after the sixth.
    await until('six attempts failed', () => region.purges.stats().retries === 6);
    await region.control.restore();
    await until('they were acknowledged', () => region.purges.stats().tagsNotAcknowledged === 0, {
      within: 4_000,
    });
  });

  it('are appended twice rather than not at all when only the answer was lost', async () => {
    const primary = cleanup.add(await startPrimary());
    const region = await startRegion(cleanup, primary, { primaryTimeoutMs: 500 });
    await region.serves();
    const { asOf } = region.ask();
    // The question goes through in time, the answer comes after the time-out.
    region.control.delay(400);
    await expect(region.purges.append(hard(7))).rejects.toMatchObject({ code: 'PURGE_NOT_ACKNOWLEDGED' });
    region.control.delay(0);
    await until('it was acknowledged', () => region.purges.stats().tagsNotAcknowledged === 0);
    await region.serves();
    const client = primary.client();
    const records = await client.xrange('purges', `(${asOf.epoch}-${asOf.seq}`, '+');
    expect(records.filter(([, fields]) => fields.includes('P:7')).length).toBeGreaterThanOrEqual(2);
    expect(region.purges.table.verdict(asOf, [product])).toBe('purged');
  });

  it('are waited for no longer than the time-out, also while older answers keep coming', async () => {
    const primary = cleanup.add(await startPrimary());
    const region = await startRegion(cleanup, primary, { primaryTimeoutMs: 500 });
    // Step by step, so that the connection never falls silent: there and back takes 600 ms in the end, the time-out is 500.
    for (const delay of [100, 150, 200, 250, 300]) {
      region.control.delay(delay);
      const { probes } = region.purges.stats();
      await until('more questions were sent', () => region.purges.stats().probes >= probes + 2);
    }
    await expect(region.purges.append(hard(7))).rejects.toMatchObject({ code: 'PURGE_NOT_ACKNOWLEDGED' });
  });

  it('are tried a last time at the end', async () => {
    const primary = cleanup.add(await startPrimary());
    const region = await startRegion(cleanup, primary);
    await region.serves();
    region.control.cut();
    await expect(region.purges.append(hard(7))).rejects.toThrow();
    await region.control.restore();
    await region.purges.close();
    expect(region.purges.stats().tagsNotAcknowledged).toBe(0);
    const client = primary.client();
    expect((await client.xrevrange('purges', '+', '-', 'COUNT', 1))[0]?.[1]).toEqual(['h', '=4', 'h', 'P:7']);
  });
});
