import { entityTag } from '../../../src/purge/tag';
import { cleanupAfterEach } from '../../kit/cleanup';
import { startPrimary } from '../../kit/redis-region';
import type { RedisServer } from '../../kit/redis-server';
import { pause, until } from '../../kit/until';
import { Auditor, BOUND_MS, startRegion, type Region, type RegionOptions } from '../region-kit';
import { HeartbeatProof } from '../unsafe';

const cleanup = cleanupAfterEach();

async function world(
  options: RegionOptions = {},
): Promise<{ primary: RedisServer; region: Region; auditor: Auditor }> {
  const primary = cleanup.add(await startPrimary());
  const region = await startRegion(cleanup, primary, options);
  await region.proven();
  const auditor = cleanup.add(new Auditor(region, primary));
  return { primary, region, auditor };
}

/** How a link between a region and the primary can fail, and whether the region can know it before the bound is over. */
const faults: [name: string, fail: (region: Region, primary: RedisServer) => Promise<void> | void][] = [
  ['the replication link is cut', ({ link }) => link.cut()],
  ['the replication link is black-holed', ({ link }) => link.blackHole()],
  ['the replication link is queued for 3 s', ({ link }) => link.delay(3_000)],
  [
    'the replication link is refused',
    async ({ link }, primary) => {
      link.refuse();
      await primary.command('CLIENT', 'KILL', 'TYPE', 'replica');
    },
  ],
  ['the primary is killed', (_, primary) => primary.kill()],
  ['the primary stands still', (_, primary) => primary.pause()],
  ['the primary is out of reach of the gateway, which is told', ({ control }) => control.cut()],
  ['the primary is out of reach of the gateway, in silence', ({ control }) => control.blackHole()],
];

describe('P09', () => {
  it.each(faults)('P09 stops serving within the bound when %s, and recovers by itself', async (_, fail) => {
    const { primary, region, auditor } = await world();
    auditor.start();
    await auditor.purged(5);
    await region.proven();
    expect(region.purges.state(region.now())).toBe('proven');

    await fail(region, primary);
    const failedAt = performance.now();
    await region.unproven();
    // What was asked just before may still be answered; hardly anything that was asked later.
    expect(performance.now() - region.purges.stats().provenAgo - failedAt).toBeLessThan(BOUND_MS / 2);
    // As long again: whatever comes late in a queue proves nothing.
    await pause(BOUND_MS);
    expect(region.isProven).toBe(false);
    expect(region.purges.state(region.now())).toBe('unproven');

    region.link.delay(0);
    await Promise.all([region.link.restore(), region.control.restore()]);
    if (!primary.running) await primary.restart();
    else primary.resume();
    await region.serves();
    await auditor.purged(5);
    await auditor.stop();
    expect(auditor.broken).toEqual([]);
  });

  it('negative control: with heartbeats in place of the proof, a queue of 3 s makes it serve what was purged', async () => {
    const proof = new HeartbeatProof(BOUND_MS, () => performance.now());
    const { region, auditor } = await world({ proof });
    auditor.start();
    await auditor.purged(5);
    region.link.delay(3_000);
    // The first heartbeats to come through the queue bring the region back to life, each three seconds old.
    await until('old news was believed', () => auditor.broken.length > 0);
    await auditor.stop();
  });
});

describe('P10', () => {
  it('P10 delivers purges made during a short cut, in order, none lost', async () => {
    const { region, auditor } = await world();
    const order: string[] = [];
    region.purges.table.onPurge((purges) => order.push(...purges.map(({ tag }) => tag)));
    const before = region.ask(entityTag('Rare', 250));
    for (let i = 0; i < 50; i++) await auditor.purge();
    region.link.cut();
    for (let i = 0; i < 300; i++) await auditor.purge();
    await region.link.restore();
    for (let i = 0; i < 49; i++) await auditor.purge();
    const last = await auditor.purge();
    await region.reaches(last!);
    expect(order).toEqual(Array.from({ length: 400 }, (_, id) => entityTag('Rare', id)));
    expect(region.purges.stats()).toMatchObject({ gaps: 0, newEpochs: 0, replicasReplaced: 0 });
    expect(region.purges.table.verdict(before.asOf, [entityTag('Rare', 250)])).toBe('purged');
    // What was asked for before the cut and purged by none of them is still good.
    expect(region.purges.table.verdict(before.asOf, [entityTag('Never', 1)])).toBe('fresh');
  });
});

describe('P04', () => {
  it('P04 brings a purge appended in one region to the table of every region', async () => {
    const primary = cleanup.add(await startPrimary());
    const regions = [];
    for (let i = 0; i < 3; i++) regions.push(await startRegion(cleanup, primary));
    await Promise.all(regions.map((region) => region.serves()));
    const tag = entityTag('Product', 7);
    const answers = regions.map((region) => region.ask(tag));
    expect(answers.map(({ isTrusted }) => isTrusted())).toEqual([true, true, true]);

    const position = await regions[1]!.purges.append([{ tag, kind: 'hard' }]);
    // Where it was appended it holds at once; elsewhere when the log has brought it.
    expect(answers[1]!.isTrusted()).toBe(false);
    await Promise.all(regions.map((region) => region.reaches(position)));
    expect(answers.map(({ isTrusted }) => isTrusted())).toEqual([false, false, false]);
    expect(regions.map((region) => region.ask(tag).isTrusted())).toEqual([true, true, true]);
  });
});
