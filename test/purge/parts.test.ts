import * as fc from 'fast-check';
import { MarkSchedule } from '../../src/purge/mark-schedule';
import { PendingPurges } from '../../src/purge/pending';
import { positionAt } from '../../src/purge/position';
import { entityTag, EVERYTHING } from '../../src/purge/tag';
import { Waiters } from '../../src/purge/waiters';
import { within } from '../kit/until';
import { hard } from './log-contract';

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

  it('become one purge of everything when they are too many', () => {
    const pending = new PendingPurges(100);
    for (let id = 0; id < 1_000; id++) {
      pending.add(hard(id));
      expect(pending.size).toBeLessThanOrEqual(100);
    }
    expect(pending.take()).toContainEqual({ tag: EVERYTHING, kind: 'hard' });
  });
});

describe('the schedule of marks', () => {
  it('is patient at first, then ever less frequent, and starts over once all is well', () => {
    const marks = new MarkSchedule();
    const at: number[] = [];
    for (let now = 0; now <= 200_000; now += 100) if (marks.stuck(now, 5_000)) at.push(now);
    expect(at.slice(0, 4)).toEqual([5_000, 7_000, 11_000, 19_000]);
    expect(at.at(-1)! - at.at(-2)!).toBe(60_000);
    marks.settled();
    expect(marks.stuck(300_000, 5_000)).toBe(false);
    expect(marks.stuck(305_000, 5_000)).toBe(true);
  });

  it('asks for a mark at once where there is nothing to be patient for', () => {
    expect(new MarkSchedule().stuck(0, 0)).toBe(true);
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
    expect(await within(1_000, 'the wait ended', waiters.wait(positionAt(5, 2), 5))).toBe(false);
    expect(waiters.size).toBe(1);
    waiters.reached(positionAt(6, 0));
    expect(await patient).toBe(true);
  });
});
