import fc from 'fast-check';
import { PurgeArrivals } from '../../src/purge/arrivals';
import { ORIGIN, positionAt } from '../../src/purge/position';

const milliseconds = fc.integer({ min: 0, max: 5_000 });

/** Told: milliseconds of each arrival. */
function watch() {
  const told: number[] = [];
  return { told, arrivals: new PurgeArrivals((ms) => told.push(ms)) };
}

describe('how long a purge took to come here', () => {
  it('is right within half the round trip of the question, whatever the clocks say', () => {
    fc.assert(
      fc.property(
        fc.record({
          appendedAt: milliseconds,
          way: milliseconds,
          askedAfter: milliseconds,
          there: milliseconds,
          back: milliseconds,
          skew: fc.integer({ min: -1e9, max: 1e9 }),
        }),
        ({ appendedAt, way, askedAfter, there, back, skew }) => {
          const { told, arrivals } = watch();
          const position = positionAt(7, 3);
          const appliedAt = appendedAt + way;
          const askedAt = Math.max(0, appendedAt - there) + askedAfter;
          const answeredAt = askedAt + there + back;
          // Both by the primary's clock, which may say anything.
          const agoMs = askedAt + there + skew - (appendedAt + skew);
          fc.pre(agoMs >= 0);
          const answer = { position, agoMs, askedAt, answeredAt };
          if (appliedAt <= answeredAt) {
            arrivals.applied(position, appliedAt);
            arrivals.answered(answer, position);
          } else {
            arrivals.answered(answer, positionAt(7, 2));
            arrivals.applied(position, appliedAt);
          }
          expect(told).toHaveLength(1);
          expect(Math.abs(told[0]! - way)).toBeLessThanOrEqual((there + back) / 2);
        },
      ),
    );
  });

  const answer = (seq: number, epoch = 7) => ({
    position: positionAt(epoch, seq),
    agoMs: 30,
    askedAt: 100,
    answeredAt: 110,
  });

  it('is told once for each purge, however often the primary is asked', () => {
    const { told, arrivals } = watch();
    arrivals.applied(positionAt(7, 1), 95);
    for (let times = 0; times < 3; times++) arrivals.answered(answer(1), positionAt(7, 1));
    expect(told).toEqual([20]);
  });

  it('is not told of what was there before this process began', () => {
    const { told, arrivals } = watch();
    arrivals.answered(answer(9), positionAt(7, 9));
    arrivals.applied(positionAt(7, 10), 200);
    expect(told).toEqual([]);
  });

  it('is not told of a record that purged nothing, or was of an epoch that is over', () => {
    const { told, arrivals } = watch();
    arrivals.answered(answer(2), positionAt(7, 1));
    arrivals.applied(positionAt(7, 3), 200);
    arrivals.answered(answer(9), positionAt(7, 3));
    arrivals.applied(positionAt(8, 9), 300);
    arrivals.applied(positionAt(7, 9), 400);
    expect(told).toEqual([]);
  });

  it('P47 remembers a bounded number of records and of answers', () => {
    const { told, arrivals } = watch();
    for (let seq = 1; seq <= 5_000; seq++) arrivals.applied(positionAt(7, seq), seq);
    arrivals.answered(answer(100), positionAt(7, 5_000));
    for (let seq = 5_001; seq <= 6_000; seq++) arrivals.answered(answer(seq), ORIGIN);
    for (let seq = 5_001; seq <= 6_000; seq++) arrivals.applied(positionAt(7, seq), seq);
    expect(told).toHaveLength(64);
  });
});
