import * as fc from 'fast-check';
import { NoopSchedule } from '../../src/purge/noop-schedule';
import { PendingPurges } from '../../src/purge/append-retry';
import { positionAt } from '../../src/purge/position';
import { FoldedRows, rowBytes, Rows } from '../../src/purge/rows';
import { SettleWindow } from '../../src/purge/settle-window';
import { PurgeTable } from '../../src/purge/table';
import { entityTag, EVERYTHING, type Tag } from '../../src/purge/tag';
import { Waiters } from '../../src/purge/waiters';
import { PATIENCE, within } from '../kit/until';
import { hard } from './log-contract';

const tagOf = (id: number): Tag => entityTag('Product', id);

describe('pending purges', () => {
  it('keep each tag once, and the harder kind', () => {
    const pending = new PendingPurges();
    const tag = entityTag('P', 1);
    pending.add([{ tag, kind: 'soft' }]);
    pending.add([{ tag, kind: 'hard' }]);
    pending.add([{ tag, kind: 'soft' }]);
    expect(pending.take()).toEqual([{ tag, kind: 'hard' }]);
    expect(pending.size).toBe(0);
  });

  it('keep lists as they are only where each of them does', () => {
    const pending = new PendingPurges();
    const tag = entityTag('P', 1);
    pending.add([{ tag, kind: 'soft', keepsLists: true }]);
    pending.add([{ tag, kind: 'hard', keepsLists: true }]);
    expect(pending.take()).toEqual([{ tag, kind: 'hard', keepsLists: true }]);
    for (const both of [
      [true, false],
      [false, true],
    ]) {
      for (const keepsLists of both) pending.add([{ tag, kind: 'hard', ...(keepsLists && { keepsLists }) }]);
      expect(pending.take()).toEqual([{ tag, kind: 'hard' }]);
    }
  });

  it('become one purge of everything when they are too many', () => {
    const pending = new PendingPurges(100);
    for (let id = 0; id < 1_000; id++) {
      pending.add(hard(id));
      expect(pending.size).toBeLessThanOrEqual(100);
    }
    expect(pending.take()).toContainEqual({ tag: EVERYTHING, kind: 'hard' });
  });
});

describe('the schedule of no-ops', () => {
  it('is patient at first, then ever less frequent, and starts over once all is well', () => {
    const noops = new NoopSchedule();
    const at: number[] = [];
    for (let now = 0; now <= 200_000; now += 100) if (noops.takeTurn(now, 5_000)) at.push(now);
    expect(at.slice(0, 4)).toEqual([5_000, 7_000, 11_000, 19_000]);
    expect(at.at(-1)! - at.at(-2)!).toBe(60_000);
    noops.settled();
    expect(noops.takeTurn(300_000, 5_000)).toBe(false);
    expect(noops.takeTurn(305_000, 5_000)).toBe(true);
  });

  it('asks for a no-op at once where there is nothing to be patient for', () => {
    expect(new NoopSchedule().takeTurn(0, 0)).toBe(true);
  });
});

describe('waiters', () => {
  it('are served by the first position that is theirs or later, and in any order of asking', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(50), { maxLength: 30 }),
        fc.array(fc.nat(60)),
        async (wanted, steps) => {
          const waiters = new Waiters();
          const served = wanted.map((seq) => waiters.wait(positionAt(5, seq), 60_000));
          for (const seq of steps) waiters.reached(positionAt(5, seq));
          const most = Math.max(-1, ...steps);
          expect(waiters.size).toBe(wanted.filter((seq) => seq > most).length);
          waiters.end();
          expect(await Promise.all(served)).toEqual(wanted.map((seq) => seq <= most));
        },
      ),
    );
  });

  it('give up after their time, one by one', async () => {
    const waiters = new Waiters();
    const patient = waiters.wait(positionAt(5, 1), 60_000);
    expect(await within(PATIENCE, 'the wait ended', waiters.wait(positionAt(5, 2), 5))).toBe(false);
    expect(waiters.size).toBe(1);
    waiters.reached(positionAt(5, 3));
    expect(await patient).toBe(true);
  });

  it('P27 are not served by a position of another epoch, whichever number is larger', async () => {
    const waiters = new Waiters();
    const served = waiters.wait(positionAt(5, 1), 60_000);
    for (const epoch of [4, 6]) waiters.reached(positionAt(epoch, 9));
    expect(waiters.size).toBe(1);
    waiters.reached(positionAt(5, 1));
    expect(await served).toBe(true);
  });
});

describe('Rows', () => {
  /** Microseconds of CPU that so many records take, each of a tag of its own and of some that every record has. */
  function cpuOf(records: number, hot: readonly Tag[]): number {
    const rows = new Rows();
    const before = process.cpuUsage();
    for (let seq = 1; seq <= records; seq++) for (const each of [tagOf(seq), ...hot]) rows.set(each, seq);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  }

  it('P46 takes a purge of one tag in every record for little more than the others', () => {
    const least = (hot: readonly Tag[]) => Math.min(...[1, 2, 3].map(() => cpuOf(200_000, hot)));
    // About twice as much, for twice as many rows; it was twenty times as much, and more with every record.
    expect(least([tagOf(0)])).toBeLessThan(6 * least([]));
  });

  it('P46 lets the oldest go, keeps those purged again however long ago they came, and says which went', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat({ max: 200 }), { maxLength: 400 }),
        (max, ids) => {
          const rows = new Rows();
          const last = new Map<Tag, number>();
          const went = new Map<Tag, number>();
          for (const [index, id] of ids.entries()) {
            rows.set(tagOf(id), index + 1);
            last.set(tagOf(id), index + 1);
            while (rows.size > max) rows.dropOldest((tag, seq) => went.set(tag, seq));
            const bytes = [...last]
              .filter(([tag, seq]) => rows.isNewer(tag, seq - 1))
              .map(([tag]) => rowBytes(tag));
            expect(rows.bytes).toBe(bytes.reduce((sum, each) => sum + each, 0));
            for (const [tag, seq] of last)
              expect(rows.isNewer(tag, seq - 1) || went.get(tag) === seq).toBe(true);
          }
        },
      ),
    );
    const rows = new Rows();
    let newest = 0;
    for (let seq = 1; seq <= 5000; seq++) {
      for (const each of [tagOf(0), tagOf(seq)]) rows.set(each, seq);
      while (rows.size > 1000) rows.dropOldest((_, each) => (newest = Math.max(newest, each)));
    }
    expect(rows.isNewer(tagOf(0), 4999)).toBe(true);
    // What is left is most of what it may hold, and the newest.
    expect(rows.size).toBeGreaterThan(900);
    expect(newest).toBeLessThan(4500);
  });
});

describe('FoldedRows', () => {
  it('P82 calls no tag untouched that was folded, and few others purged while there is room', () => {
    const folded = new FoldedRows(64 * 1024);
    expect([folded.bytes, folded.isNewer(tagOf(1), 0)]).toEqual([0, false]);
    for (let id = 0; id < 1_000; id++) folded.fold(tagOf(id), id + 1);
    expect(folded.bytes).toBe(64 * 1024);
    let others = 0;
    for (let id = 0; id < 1_000; id++) {
      expect(folded.isNewer(tagOf(id), id)).toBe(true);
      if (folded.isNewer(tagOf(id + 5_000), 0)) others++;
    }
    // An eighth of the slots is taken.
    expect(others).toBeLessThan(200);
    folded.clear();
    expect([folded.bytes, folded.size, folded.isNewer(tagOf(1), 0)]).toEqual([0, 0, false]);
  });
});

describe('SettleWindow', () => {
  it('P46 is as of little more than a window ago, never of less, and remembers boundedly much though nobody asks', () => {
    const WINDOW = 1000;
    const step = fc.record({ pass: fc.integer({ min: 0, max: 40 }), asks: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        let now = 0;
        const table = new PurgeTable();
        const settleWindow = new SettleWindow(table, WINDOW, () => now);
        table.apply({ position: positionAt(1, 0), purges: [] });
        const purges: { at: number; seq: number }[] = [];
        const seqAt = (time: number) => purges.findLast(({ at }) => at <= time)?.seq ?? 0;
        for (const { pass, asks } of steps) {
          now += pass;
          const seq = (purges.at(-1)?.seq ?? 0) + 1;
          table.apply({ position: positionAt(1, seq), purges: [{ tag: tagOf(seq), kind: 'hard' }] });
          purges.push({ at: now, seq });
          expect(settleWindow.size).toBeLessThanOrEqual(102);
          if (!asks) continue;
          const asOf = settleWindow.asOf();
          expect(asOf.seq).toBeLessThanOrEqual(seqAt(now - WINDOW));
          if (asOf.epoch === 1) expect(asOf.seq).toBeGreaterThanOrEqual(seqAt(now - WINDOW - WINDOW / 100));
        }
      }),
    );
    const table = new PurgeTable();
    const settleWindow = new SettleWindow(table, WINDOW, () => performance.now());
    for (let seq = 0; seq < 50_000; seq++)
      table.apply({ position: positionAt(1, seq), purges: [{ tag: tagOf(seq), kind: 'hard' }] });
    expect(settleWindow.size).toBeLessThanOrEqual(102);
  });
});
