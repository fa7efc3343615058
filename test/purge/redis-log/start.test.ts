/** A region that starts on a long log serves by its newest part, and reads the rest beside. */
import { positionAt, type Position } from '../../../src/purge/position';
import type { Purges } from '../../../src/purge/purges';
import { RedisLog } from '../../../src/purge/redis-log/redis-log';
import { createPurges } from '../../../src/purge/region-purges';
import { entityTag } from '../../../src/purge/tag';
import { cleanupAfterEach } from '../../kit/cleanup';
import { startPrimary } from '../../kit/redis-region';
import type { RedisServer } from '../../kit/redis-server';
import { PATIENCE, until } from '../../kit/until';
import { hard } from '../log-contract';

const cleanup = cleanupAfterEach();
const RECORDS = 4_000;

/** A log of so many records, each of a tag that is its number. */
async function startLong(): Promise<{ primary: RedisServer; log: RedisLog; last: Position }> {
  const primary = cleanup.add(await startPrimary());
  const log = cleanup.add(new RedisLog({ url: primary.url, primaryTimeoutMs: 20_000 }));
  const appends = Array.from({ length: RECORDS }, (_, at) => log.append(hard(at + 1)));
  return { primary, log, last: (await Promise.all(appends)).at(-1)! };
}

/** @returns purges that are proven by what was read first: one page */
async function startRegion(primary: RedisServer): Promise<Purges> {
  const log = new RedisLog({ url: primary.url, headStartMs: 0, restMs: 0 });
  const now = () => performance.now();
  const purges = createPurges({ log, now, freshnessBoundMs: 60_000, probeIntervalMs: 50 });
  cleanup.later(() => purges.close());
  await purges.start();
  await until('it is proven', () => purges.isProven(now()), { every: 1 });
  return purges;
}

describe('P82 a start on a long log', () => {
  it('P82 is proven by the newest part of it, and learns all the rest', async () => {
    const { primary, last } = await startLong();
    const { table } = await startRegion(primary);
    const at = (seq: number): Position => positionAt(last.epoch, seq);
    const floor = table.floor.seq;
    expect(floor).toBeGreaterThan(0);
    expect(table.verdict(at(floor), [entityTag('P', floor + 1)])).toBe('purged');
    expect(table.verdict(at(RECORDS), [entityTag('P', 1)])).toBe('fresh');
    await until('it has read all of it', () => table.floor.seq === 0);
    for (let seq = 1; seq <= RECORDS; seq++)
      if (table.verdict(at(seq - 1), [entityTag('P', seq)]) !== 'purged')
        throw new Error(`${seq} is missing`);
    expect(table.verdict(at(0), [entityTag('P', 'never')])).toBe('fresh');
    expect(table.trusts).toBe(true);
  });

  it('applies what comes meanwhile, and loses none of it', async () => {
    const { primary, log } = await startLong();
    const purges = await startRegion(primary);
    for (let id = 1; id <= 300; id++) {
      const position = await log.append(hard(`new-${id}`));
      expect(await purges.reached(position, PATIENCE)).toBe(true);
    }
    await until('it has read all of it', () => purges.table.floor.seq === 0);
    expect(purges.stats()).toMatchObject({ gaps: 0, replicasReplaced: 0 });
  });

  it('P11 goes back no further than a place that was taken', async () => {
    const { primary, last } = await startLong();
    const client = primary.client();
    await client.xdel('purges', `${last.epoch}-1500`);
    await client.xdel('purges', `${last.epoch}-2500`);
    const { table } = await startRegion(primary);
    await until('it has read as far as it can', () => table.floor.seq === 2501);
    const calls = async (name: string) =>
      Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(await client.info('commandstats'))?.[1] ?? 0);
    const readOn = async () => {
      const before = await calls('xread');
      await until('it has read on', async () => (await calls('xread')) > before + 1);
    };
    // It may have to look once to see that there is a gap.
    await readOn();
    const reads = await calls('xrange');
    await readOn();
    expect([table.floor.seq, await calls('xrange')]).toEqual([2501, reads]);
  });

  it('ends where the log was trimmed meanwhile', async () => {
    const { primary, last } = await startLong();
    const { table } = await startRegion(primary);
    await primary.client().xtrim('purges', 'MINID', `${last.epoch}-1000`);
    await until('it has read all there is', () => table.floor.seq <= 1000);
    expect(table.trusts).toBe(true);
  });

  it('P12 forgets it with its epoch, though not all of it was read', async () => {
    const { primary, log } = await startLong();
    const purges = await startRegion(primary);
    await primary.command('HSET', 'purges:epoch', 'r', 'another');
    const next = await log.append(hard('new'));
    expect(await purges.reached(next, PATIENCE)).toBe(true);
    expect(purges.table.floor).toEqual(positionAt(next.epoch, 0));
  });
});
