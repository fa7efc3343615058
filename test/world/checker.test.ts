import * as fc from 'fast-check';
import { positionAt } from '../../src/purge/position';
import { Checker } from './load/checker';

const BOUND = 1000;
const at = (seq: number) => positionAt(7, seq);

describe('the checker', () => {
  it('finds a read that misses a change acknowledged longer ago than the bound, and none that misses a younger one', () => {
    const checker = new Checker(BOUND);
    checker.acknowledged({ subject: 'trip-1', version: 2, position: at(1), at: 5000 });
    const read = (version: number, began: number) =>
      checker.read({ subject: 'trip-1', version, began, token: undefined });
    expect(read(1, 5999)).toBeUndefined();
    expect(read(1, 6001)).toEqual({ promise: 'bound', wanted: 2 });
    expect(read(2, 6001)).toBeUndefined();
  });

  it('finds a read that misses a change its token covers, at once', () => {
    const checker = new Checker(BOUND);
    checker.acknowledged({ subject: 'trip-1', version: 2, position: at(4), at: 5000 });
    const read = (token: number) =>
      checker.read({ subject: 'trip-1', version: 1, began: 5000, token: at(token) });
    expect(read(3)).toBeUndefined();
    expect(read(4)).toEqual({ promise: 'token', wanted: 2 });
  });

  it('counts for a token only the changes of a counter that the token covers', () => {
    const checker = new Checker(BOUND, () => 10);
    for (const [order, position] of [9, 5, 7].entries())
      checker.acknowledged({
        subject: 'visits:PT',
        version: undefined,
        position: at(position),
        at: 5000 + order,
      });
    const read = (version: number) =>
      checker.read({ subject: 'visits:PT', version, began: 5003, token: at(7) }, true);
    expect(read(12)).toBeUndefined();
    expect(read(11)).toEqual({ promise: 'token', wanted: 12 });
  });

  it('says for how long the news was out that a read did not have', () => {
    const checker = new Checker(BOUND);
    checker.acknowledged({ subject: 'trip-1', version: 2, position: at(1), at: 5000 });
    checker.acknowledged({ subject: 'trip-1', version: 3, position: at(2), at: 5200 });
    const staleness = (version: number) =>
      checker.staleness({ subject: 'trip-1', version, began: 5300, token: undefined });
    expect([staleness(1), staleness(2), staleness(3)]).toEqual([300, 100, 0]);
  });

  it('never accuses who shows the newest version, and always who shows none after the bound', () => {
    const change = fc.record({
      version: fc.integer({ min: 1, max: 50 }),
      seq: fc.integer({ min: 1, max: 99 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1 }), fc.integer({ min: 0, max: 99 }), (changes, token) => {
        const checker = new Checker(BOUND);
        for (const [order, { version, seq }] of changes.entries())
          checker.acknowledged({ subject: 's', version, position: at(seq), at: order });
        const newest = Math.max(...changes.map(({ version }) => version));
        const read = { subject: 's', began: changes.length + BOUND + 1, token: at(token) };
        expect(checker.read({ ...read, version: newest })).toBeUndefined();
        expect(checker.read({ ...read, version: newest - 1 })).toMatchObject({
          promise: 'bound',
          wanted: newest,
        });
      }),
    );
  });

  it('forgets the past without accusing anybody by it, or letting go anybody who asks after it', () => {
    const step = fc.record({
      version: fc.integer({ min: 1, max: 12 }),
      isCounter: fc.boolean(),
      seq: fc.nat(30),
      gap: fc.integer({ min: 1, max: 400 }),
    });
    const read = fc.record({ version: fc.nat(12), began: fc.nat(8000), token: fc.option(fc.nat(30)) });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 20 }),
        fc.nat(4000),
        fc.array(read, { minLength: 10 }),
        (steps, before, reads) => {
          const [all, some] = [new Checker(BOUND), new Checker(BOUND)];
          let moment = 0;
          let newestForgotten = 0;
          for (const { version, isCounter, seq, gap } of steps) {
            moment += gap;
            const subject = isCounter ? 'visits:PT' : 'trip-1';
            const change = {
              subject,
              version: isCounter ? undefined : version,
              position: at(seq),
              at: moment,
            };
            for (const checker of [all, some]) checker.acknowledged(change);
            if (moment < before) newestForgotten = Math.max(newestForgotten, seq);
          }
          some.forget(before);
          expect(some.size).toBeLessThanOrEqual(2 + steps.length);
          for (const { version, began, token } of reads)
            for (const subject of ['visits:PT', 'trip-1']) {
              const asked = { subject, version, began, token: token === null ? undefined : at(token) };
              const judged = some.read(asked, subject === 'visits:PT');
              const truly = all.read(asked, subject === 'visits:PT');
              if (judged) expect(truly).toBeDefined();
              if (began > before + BOUND && (token === null || token >= newestForgotten))
                expect(judged).toEqual(truly);
            }
        },
      ),
    );
  });

  it('needs no more memory for a thousand old changes than for one', () => {
    const checker = new Checker(BOUND);
    for (let order = 0; order < 1000; order++)
      checker.acknowledged({ subject: 'visits:PT', version: undefined, position: at(order), at: order });
    checker.forget(1000);
    expect(checker.size).toBe(1);
    const read = { subject: 'visits:PT', version: 999, began: 1000 + BOUND, token: undefined };
    expect(checker.read(read, true)).toEqual({ promise: 'bound', wanted: 1000 });
  });
});
