import { comparePositions } from '../../../src/purge/position';
import { entityTag } from '../../../src/purge/tag';
import { cleanupAfterEach } from '../../kit/cleanup';
import { startPrimary, startReplica } from '../../kit/redis-region';
import type { DataCopy, RedisServer } from '../../kit/redis-server';
import { until } from '../../kit/until';
import { Auditor, startRegion, type Region, type RegionOptions } from '../region-kit';
import { EpochBlindTable } from '../unsafe';

const cleanup = cleanupAfterEach();
const product = entityTag('Product', 7);

interface World {
  readonly primary: RedisServer;
  readonly region: Region;
  readonly auditor: Auditor;
}

async function world(options: RegionOptions = {}): Promise<World> {
  const primary = cleanup.add(await startPrimary());
  const region = await startRegion(cleanup, primary, options);
  const auditor = cleanup.add(new Auditor(region, primary));
  await region.serves();
  for (let i = 0; i < 10; i++) await auditor.purge();
  await region.serves();
  return { primary, region, auditor };
}

/** What the primary's disk holds once everything up to now is on it. */
async function savedData(primary: RedisServer): Promise<DataCopy> {
  await primary.command('WAITAOF', '1', '0', '0').catch(() => primary.command('BGREWRITEAOF'));
  await until('the log is on the disk', async () => {
    const info = String(await primary.command('INFO', 'persistence'));
    return /aof_rewrite_in_progress:0/.test(info) && /aof_buffer_length:0/.test(info);
  });
  return primary.saveData();
}

/** Purges that reach the primary and never the region, and that the primary then forgets. */
async function loseTail({ primary, region, auditor }: World): Promise<void> {
  const saved = await savedData(primary);
  region.link.cut();
  for (let i = 0; i < 5; i++) await auditor.purge();
  await primary.kill();
  await primary.restart({ data: saved });
  await region.link.restore();
}

describe('P12', () => {
  it('P12 notices a purge log that lost its tail, and distrusts everything older', async () => {
    const all = await world();
    const { primary, region, auditor } = all;
    const answer = region.ask(entityTag('Rare', 12));
    const { epoch } = region.purges.table.position;
    await loseTail(all);
    await until('the new run has come', () => region.purges.table.position.epoch !== epoch);
    await region.serves();
    expect(region.purges.table.verdict(answer.asOf, [])).toBe('distrusted');
    expect(region.purges.state(region.now())).toBe('cold');
    // It goes on from there as ever.
    const fresh = region.ask(entityTag('Rare', auditor.acknowledged));
    expect(fresh.isTrusted()).toBe(true);
    await region.reaches((await auditor.purge())!);
    expect(fresh.isTrusted()).toBe(false);
    expect(primary.running).toBe(true);
  });

  it('P12 notices a lost tail also when the region had already applied it', async () => {
    const { primary, region, auditor } = await world();
    const saved = await savedData(primary);
    const answer = region.ask();
    for (let i = 0; i < 5; i++) await auditor.purge();
    await region.serves();
    const { position } = region.purges.table;
    expect(answer.isTrusted()).toBe(true);
    await primary.kill();
    await primary.restart({ data: saved });
    await until('the lost tail was noticed', () => region.purges.table.position.epoch !== position.epoch);
    await region.serves();
    expect(region.purges.table.verdict(position, [])).toBe('distrusted');
    expect(answer.isTrusted()).toBe(false);
  });

  it('negative control: a table that does not notice new runs serves what was purged', async () => {
    const all = await world({ table: new EpochBlindTable() });
    const answer = all.region.ask(entityTag('Rare', 12));
    const { epoch } = all.region.purges.table.position;
    await loseTail(all);
    await until('the new run has come', () => all.region.purges.table.position.epoch !== epoch);
    await until('it is served', () => answer.isServed());
  });

  it('P12 begins again with a primary that comes back empty', async () => {
    const { primary, region, auditor } = await world();
    const { position } = region.purges.table;
    auditor.start();
    await primary.kill();
    await primary.restart({ data: 'none' });
    await until('the new run has come', () => region.purges.table.position.epoch !== position.epoch);
    await region.serves();
    await auditor.stop();
    expect(region.purges.table.verdict(position, [])).toBe('distrusted');
    expect(auditor.broken).toEqual([]);
    expect(auditor.acknowledged).toBeGreaterThan(10);
  });

  it('P12 begins again with a replica that was promoted in the primary’s place', async () => {
    const { primary, region, auditor } = await world();
    const other = await startRegion(cleanup, primary);
    await other.serves();
    const answer = region.ask(entityTag('Rare', 12));
    // The one to be promoted lacks the newest purges, and so does the region that asks.
    other.link.cut();
    region.link.cut();
    for (let i = 0; i < 5; i++) await auditor.purge();
    await primary.kill();
    await other.replica.command('REPLICAOF', 'NO', 'ONE');
    await other.replica.config({ port: primary.port });
    await region.link.restore();
    await until('the new run has come', () => region.purges.table.position.epoch !== answer.asOf.epoch);
    await region.serves();
    expect(region.purges.table.verdict(answer.asOf, [])).toBe('distrusted');
    const asked = region.ask(product);
    await region.reaches(await region.purges.append([{ tag: product, kind: 'hard' }]));
    expect(asked.isTrusted()).toBe(false);
  });

  it('proves nothing by a primary that the copy has left behind', async () => {
    const { primary, region } = await world();
    const heir = await startRegion(cleanup, primary);
    await heir.serves();
    // Two primaries: the gateway goes on asking the old one, its copy follows the new one.
    await heir.replica.command('REPLICAOF', 'NO', 'ONE');
    await region.replica.command('REPLICAOF', '127.0.0.1', heir.replica.port);
    const { epoch } = region.purges.table.position;
    const log = cleanup.add(new Auditor(region, heir.replica));
    await log.purge();
    await until('the other run has come', () => region.purges.table.position.epoch !== epoch);
    // Not even by the proof of a moment ago: what siblings filled under the other primary, it says nothing about.
    expect(region.isProven).toBe(false);
    await until('it was noticed', () => region.states.at(-1) === 'unproven other-primary');
    expect(region.isProven).toBe(false);
  });
});

describe('P15', () => {
  const minutes = 60_000;

  /** A primary in the midst of a run that it began with its clock off by so much. */
  async function startSkewed(skew: number): Promise<RedisServer> {
    const primary = cleanup.add(await startPrimary());
    // A primary takes a new replication id with its first replica: that replica comes before the run begins.
    await cleanup.add(await startReplica(primary)).inSync();
    const id = String(/master_replid:(\w+)/.exec(String(await primary.command('INFO', 'replication')))?.[1]);
    const epoch = String(Date.now() + skew);
    await primary.command('HSET', 'purges:epoch', 'n', epoch, 'r', id);
    await primary.command('XADD', 'purges', `${epoch}-0`, 'b', id);
    return primary;
  }

  it.each([
    ['behind', -10 * minutes],
    ['ahead', 10 * minutes],
  ])(
    'P15 needs no clock: the new primary’s is ten minutes from the old one’s, which was %s',
    async (_, skew) => {
      const primary = await startSkewed(skew);
      const region = await startRegion(cleanup, primary);
      const auditor = cleanup.add(new Auditor(region, primary));
      await region.serves();
      await auditor.purge();
      const answer = region.ask();
      const old = region.purges.table.position;
      expect(Math.abs(old.epoch - Date.now() - skew)).toBeLessThan(minutes);

      await primary.kill();
      await primary.restart({ data: 'none' });
      await until('the new run has come', () => region.purges.table.position.epoch !== old.epoch);
      // With the clock set back the new run has the lower number, and is followed all the same.
      expect(Math.sign(comparePositions(region.purges.table.position, old))).toBe(-Math.sign(skew));
      auditor.start();
      await auditor.purged(20);
      await region.serves();
      await auditor.stop();
      expect(answer.isTrusted()).toBe(false);
      expect(auditor.broken).toEqual([]);
    },
  );

  it('P15 needs no clock: a run begun on the same data by a primary whose clock is behind comes after it', async () => {
    const primary = await startSkewed(10 * minutes);
    const region = await startRegion(cleanup, primary);
    await region.serves();
    const before = region.purges.table.position;
    await primary.restart();
    await until('the new run has come', () => region.purges.table.position.epoch !== before.epoch);
    expect(comparePositions(region.purges.table.position, before)).toBeGreaterThan(0);
    await region.serves();
  });

  it('P15 needs no clock: gateways whose clocks are twenty minutes apart', async () => {
    const primary = cleanup.add(await startPrimary());
    const early = await startRegion(cleanup, primary, { now: () => performance.now() - 10 * minutes });
    const late = await startRegion(cleanup, primary, { now: () => performance.now() + 10 * minutes });
    await Promise.all([early.serves(), late.serves()]);
    for (const [one, other] of [
      [early, late],
      [late, early],
    ] as const) {
      const answer = other.ask(product);
      expect(answer.isTrusted()).toBe(true);
      await other.reaches(await one.purges.append([{ tag: product, kind: 'hard' }]));
      expect(answer.isTrusted()).toBe(false);
      other.link.cut();
      await one.purges.append([{ tag: product, kind: 'hard' }]);
      await other.unproven();
      await other.link.restore();
      await other.serves();
    }
  });
});
