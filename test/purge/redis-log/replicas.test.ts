import { formatPosition } from '../../../src/purge/position';
import { entityTag } from '../../../src/purge/tag';
import { cleanupAfterEach } from '../../kit/cleanup';
import { startPrimary } from '../../kit/redis-region';
import type { RedisServer, RedisSettings } from '../../kit/redis-server';
import { until } from '../../kit/until';
import { Auditor, startRegion, type Region, type RegionOptions } from '../region-kit';
import { GapBlindTable } from '../unsafe';

const cleanup = cleanupAfterEach();
const product = entityTag('Product', 7);

async function world(
  options: RegionOptions = {},
  settings: RedisSettings = {},
): Promise<{ primary: RedisServer; region: Region; auditor: Auditor }> {
  const primary = cleanup.add(await startPrimary(settings));
  const region = await startRegion(cleanup, primary, options);
  const auditor = cleanup.add(new Auditor(region, primary));
  await region.serves();
  for (let i = 0; i < 10; i++) await auditor.purge();
  await region.serves();
  return { primary, region, auditor };
}

/** Fills a replica with what cannot be evicted, so that it drops whatever its primary sends. */
async function fillMemory({ replica }: Region): Promise<void> {
  const client = replica.client();
  const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
  await client.set('junk', 'x'.repeat(1_000_000));
  await client.config('SET', 'maxmemory', String(used));
  await expect(client.set('more', 'x')).rejects.toThrow('OOM');
}

async function freeMemory({ replica }: Region): Promise<void> {
  await replica.config({ maxmemory: '64mb' });
  await replica.command('DEL', 'junk');
}

/** A full resync that nobody restarts for: more is written to the primary than its backlog holds while the link is cut. */
async function resync({ link, replica }: Region, primary: RedisServer): Promise<void> {
  const loads = async (): Promise<number> =>
    Number(/sync_full:(\d+)/.exec(String(await primary.command('INFO', 'stats')))?.[1]);
  const before = await loads();
  link.cut();
  for (let i = 0; i < 4; i++) await primary.command('SET', 'ballast', 'x'.repeat(20_000));
  await link.restore();
  await replica.inSync();
  expect(await loads()).toBe(before + 1);
}

/** How often a region looked whether its copy is still the same. */
async function looks({ replica }: Region): Promise<number> {
  const stats = String(await replica.command('INFO', 'commandstats'));
  return Number(/cmdstat_xinfo\|stream:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

function everyMillisecond(look: () => void): NodeJS.Timeout {
  const timer = setInterval(look, 1);
  cleanup.later(() => clearInterval(timer));
  return timer;
}

const SMALL_BACKLOG = { 'repl-backlog-size': '16kb' };

describe('P11', () => {
  it('P11 notices purges a replica out of memory dropped, by the next one that comes', async () => {
    const { region, auditor } = await world();
    const answer = region.ask(product);
    const sibling = region.ask(entityTag('Other', 1));
    await fillMemory(region);
    for (let i = 0; i < 3; i++) await auditor.purge();
    const position = await region.purges.append([{ tag: product, kind: 'hard' }]);
    await freeMemory(region);
    await region.reaches((await auditor.purge())!);
    expect(region.purges.stats().gaps).toBe(1);
    expect(region.purges.table.verdict(answer.asOf, [product])).toBe('distrusted');
    expect(sibling.isTrusted()).toBe(false);
    expect(region.purges.table.verdict(position, [])).toBe('distrusted');
    await region.serves();
    expect(region.purges.state(region.now())).toBe('cold');
    expect(region.states).toContain('cold gap');
  });

  it('P11 stops serving while the newest purge is one that was dropped, and repairs that with a no-op', async () => {
    const { region, auditor } = await world();
    const answer = region.ask(entityTag('Rare', 10));
    const { noops } = region.purges.stats();
    await fillMemory(region);
    await auditor.purge();
    await until('the copy is known to be behind', () => region.states.at(-1) === 'unproven copy-behind');
    expect(answer.isServed()).toBe(false);
    await freeMemory(region);
    // Nobody purges any more: without the no-op nothing would ever show the gap.
    await region.serves();
    // Its record may come by the copy before its acknowledgement does.
    await until('the no-op is acknowledged', () => region.purges.stats().noops > noops);
    expect(answer.isTrusted()).toBe(false);
    expect(region.ask().isTrusted()).toBe(true);
  });

  it('negative control: a table that does not notice gaps serves what was purged', async () => {
    const { region, auditor } = await world({ table: new GapBlindTable() });
    const answer = region.ask(entityTag('Rare', 10));
    await fillMemory(region);
    await auditor.purge();
    await freeMemory(region);
    await region.reaches((await auditor.purge())!);
    await until('it is served', () => answer.isServed());
  });

  it('P11 notices a stray write that took the place of a record', async () => {
    const { region, auditor } = await world();
    const { epoch } = region.purges.table.position;
    const answer = region.ask(entityTag('Rare', 10));
    await region.replica.command('XADD', 'purges', `${epoch}-*`, 'hello', 'world');
    await until('the stray record was reported', () => region.purges.stats().faults > 0);
    expect(region.purges.stats().fault).toMatchObject({ code: 'PURGE_LOG_FOREIGN_RECORD' });
    // The replica drops the record whose place is taken.
    const dropped = await auditor.purge();
    await region.unproven();
    await region.reaches((await auditor.purge())!);
    await region.serves();
    expect(region.purges.stats().gaps).toBe(1);
    expect(region.purges.stats().fault).toBeUndefined();
    expect(region.purges.table.verdict(answer.asOf, [])).toBe('distrusted');
    expect(region.purges.table.verdict(dropped!, [])).toBe('distrusted');
  });

  it('P11 notices a stray write that looks like a record, as soon as the primary is asked', async () => {
    const { region, auditor } = await world();
    const { epoch } = region.purges.table.position;
    // Far enough away for a purge of somebody else's to come before the region's own no-op.
    region.control.delay(50);
    await region.replica.command('XADD', 'purges', `${epoch}-*`, 'h', 'Product:1');
    await until('the copy was found ahead', () => region.purges.stats().replicasAhead > 0);
    // In the place that was taken: it never reaches this region.
    const lost = region.ask(entityTag('Rare', 10));
    await auditor.purge();
    expect(lost.isTrusted()).toBe(false);
    await region.serves();
    expect(lost.isTrusted()).toBe(false);
    expect(region.states.join()).toContain('copy-ahead');
  });

  it('P11 stops serving for good when a stray write bars the way of all further records, and says so', async () => {
    const { region, auditor } = await world();
    const answer = region.ask(entityTag('Rare', 10));
    await region.replica.command('XADD', 'purges', `${2 ** 52}-0`, 'h', 'Product:1');
    await auditor.purge();
    await until('the copy is known to be bad', () => region.states.at(-1) === 'unproven copy-unreadable');
    expect(answer.isServed()).toBe(false);
    expect(region.purges.stats().fault).toMatchObject({ code: 'PURGE_LOG_FOREIGN_RECORD' });
    // The remedy: the copy is taken from the primary afresh.
    await region.replica.command('REPLICAOF', 'NO', 'ONE');
    await region.replica.command('REPLICAOF', '127.0.0.1', region.link.port);
    await region.serves();
    expect(region.purges.table.verdict(answer.asOf, [])).toBe('distrusted');
    // Once or twice: it was a primary in between.
    expect(region.purges.stats().replicasReplaced).toBeGreaterThan(0);
    expect(region.purges.stats().fault).toBeUndefined();
  });

  it('notices that its copy of the stream was deleted', async () => {
    const { region, auditor } = await world();
    const answer = region.ask();
    const { position } = region.purges.table;
    const { noops } = region.purges.stats();
    await region.replica.command('DEL', 'purges');
    await until('the loss was noticed', () => region.purges.stats().replicasReplaced === 1);
    expect(answer.isTrusted()).toBe(false);
    await region.serves();
    // Its record may come by the copy before its acknowledgement does.
    await until('the no-op is acknowledged', () => region.purges.stats().noops > noops);
    await region.reaches((await auditor.purge())!);
    expect(region.purges.table.verdict(position, [])).toBe('distrusted');
    expect(region.ask().isTrusted()).toBe(true);
  });
});

describe('P11', () => {
  it('P11 notices that its copy of the stream was deleted though a record came right after it', async () => {
    const { region, auditor } = await world();
    const answer = region.ask();
    // Nothing is missing for this reader, who has read it all; what else the copy has lost nobody can see.
    await region.replica.command('DEL', 'purges');
    await region.reaches((await auditor.purge())!);
    await until('the loss was noticed', () => region.purges.stats().replicasReplaced === 1);
    expect(answer.isTrusted()).toBe(false);
    await region.serves();
  });

  it('P11 notices that also where the copy was empty when it was looked at last', async () => {
    const { region, auditor } = await world();
    await region.replica.command('DEL', 'purges');
    await until('the first loss was noticed', () => region.purges.stats().replicasReplaced === 1);
    await region.reaches((await auditor.purge())!);
    const answer = region.ask();
    await region.replica.command('DEL', 'purges');
    await region.reaches((await auditor.purge())!);
    await until('the second loss was noticed', () => region.purges.stats().replicasReplaced === 2);
    expect(answer.isTrusted()).toBe(false);
    await region.serves();
  });
});

describe('P13', () => {
  it('P13 survives a full resync: cold, and neither stored answers nor fills under way are trusted', async () => {
    const { primary, region, auditor } = await world({}, SMALL_BACKLOG);
    const stored = region.ask();
    const { epoch } = region.purges.table.position;
    auditor.start();
    let underWay = region.purges.table.position;
    const watch = everyMillisecond(() => {
      if (region.purges.stats().replicasReplaced === 0) underWay = region.purges.table.position;
    });
    await resync(region, primary);
    await until('the resync was noticed', () => region.purges.stats().replicasReplaced === 1);
    clearInterval(watch);
    await auditor.stop();
    await region.serves();
    expect(region.purges.table.position.epoch).toBe(epoch);
    expect(region.purges.state(region.now())).toBe('cold');
    expect(region.states).toContain('cold copy-replaced');
    expect(stored.isTrusted()).toBe(false);
    expect(region.purges.table.verdict(underWay, [])).toBe('distrusted');
    expect(region.ask().isTrusted()).toBe(true);
    expect(auditor.broken).toEqual([]);
  });

  it('P13 does so also when nobody purges before, during or after it', async () => {
    const { primary, region } = await world({}, SMALL_BACKLOG);
    const underWay = region.ask();
    const { noops } = region.purges.stats();
    await resync(region, primary);
    await until('the resync was noticed', () => region.purges.stats().replicasReplaced === 1);
    expect(underWay.isTrusted()).toBe(false);
    await region.serves();
    expect(underWay.isTrusted()).toBe(false);
    // The region's copy may bring the no-op before the primary has acknowledged it.
    await until('the no-op is acknowledged', () => region.purges.stats().noops > noops);
  });

  it('P13 reads nothing while the copy is half loaded', async () => {
    const { primary, region, auditor } = await world({ replica: { 'key-load-delay': 2_000 } }, SMALL_BACKLOG);
    const client = primary.client();
    for (let i = 0; i < 300; i++) await client.set(`control:${i}`, 'x');
    const seen: string[] = [];
    const before = region.purges.table.position;
    auditor.start();
    const watch = everyMillisecond(() => seen.push(formatPosition(region.purges.table.position)));
    await resync(region, primary);
    await until('the resync was noticed', () => region.purges.stats().replicasReplaced === 1);
    await region.serves();
    clearInterval(watch);
    await auditor.stop();
    expect(region.replica.output).toContain('Loading DB in memory');
    expect(auditor.broken).toEqual([]);
    // Not a moment at an earlier place than it was, other than in the one step in which the log was read again.
    expect(seen.filter((position) => position === formatPosition(before)).length).toBeLessThan(seen.length);
    expect(region.purges.stats().gaps).toBe(0);
  });

  it('takes a backlog that is full, and loses its beginning, for what it is: the copy is the same', async () => {
    const { primary, region } = await world({ replica: SMALL_BACKLOG });
    const answer = region.ask();
    const client = primary.client();
    // A look a second: between two of them the backlog moves on by more and by less than its size.
    for (const size of [1_000, 5_000, 20_000, 40_000]) {
      for (let i = 0; i < 10; i++) await client.set('ballast', 'x'.repeat(size));
      await region.replica.inSync();
      const before = await looks(region);
      await until('the copy was looked at', async () => (await looks(region)) > before);
    }
    expect(region.purges.stats().replicasReplaced).toBe(0);
    await region.serves();
    expect(answer.isTrusted()).toBe(true);
  });

  it('takes a broken and resumed link for what it is: the copy is the same', async () => {
    const { primary, region, auditor } = await world();
    const answer = region.ask();
    await primary.command('CLIENT', 'KILL', 'TYPE', 'replica');
    await region.reaches((await auditor.purge())!);
    await region.serves();
    expect(region.purges.stats()).toMatchObject({ replicasReplaced: 0, gaps: 0 });
    expect(answer.isTrusted()).toBe(true);
  });
});

describe('a Redis beside the gateway that fails', () => {
  it('is read on from the same place when its clients are killed', async () => {
    const { region, auditor } = await world();
    const answer = region.ask();
    await region.replica.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await region.reaches((await auditor.purge())!);
    await region.serves();
    expect(region.purges.stats()).toMatchObject({ replicasReplaced: 0, gaps: 0, newEpochs: 0 });
    expect(answer.isTrusted()).toBe(true);
  });

  it('is read on from the same place when readers are unblocked with an error', async () => {
    const { region, auditor } = await world();
    const client = region.replica.client();
    const clients = String(await client.client('LIST'));
    const id = /^id=(\d+).*name=lastmile-feed/m.exec(clients)?.[1];
    // Between two reads it is not blocked.
    await until(
      'a blocked reader was unblocked',
      async () => (await client.call('CLIENT', 'UNBLOCK', String(id), 'ERROR')) === 1,
    );
    await until('the fault was reported', () => region.purges.stats().faults > 0);
    await region.reaches((await auditor.purge())!);
    expect(region.purges.stats()).toMatchObject({ replicasReplaced: 0, gaps: 0, fault: undefined });
  });

  it.each([
    [
      'sleeps',
      async (region: Region) => void region.replica.command('DEBUG', 'SLEEP', '2').catch(() => {}),
      () => {},
    ],
    [
      'stands still',
      async (region: Region): Promise<void> => region.replica.pause(),
      (region: Region): void => region.replica.resume(),
    ],
  ])(
    'stops the region from serving within the bound of the next purge when it %s',
    async (_, fail, recover) => {
      const { region, auditor } = await world();
      await fail(region);
      auditor.start();
      await auditor.purged(3);
      await region.unproven();
      recover(region);
      await region.serves();
      await auditor.stop();
      expect(auditor.broken).toEqual([]);
      expect(region.purges.stats()).toMatchObject({ replicasReplaced: 0, gaps: 0 });
    },
  );

  it('is read afresh when it comes back empty and fills from its primary', async () => {
    const { region, auditor } = await world();
    const answer = region.ask();
    auditor.start();
    await region.replica.restart({ data: 'none' });
    await until('the restart was noticed', () => region.purges.stats().replicasReplaced > 0);
    await region.serves();
    await auditor.stop();
    expect(answer.isTrusted()).toBe(false);
    expect(auditor.broken).toEqual([]);
  });
});
