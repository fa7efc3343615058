import * as fc from 'fast-check';
import { RegionClock } from '../../src/cache/region-clock';

const SKEW = 10 * 60 * 1000;

describe('the region clock', () => {
  it('knows nothing before the first answer, nor after it forgot', () => {
    const clock = new RegionClock();
    expect([clock.isKnown, clock.toLocal(1), clock.toRegion(1)]).toEqual([false, undefined, undefined]);
    clock.learn(0, 5, 0);
    expect(clock.isKnown).toBe(true);
    clock.forget();
    expect([clock.isKnown, clock.toLocal(1)]).toEqual([false, undefined]);
  });

  it('is off by at most half a round trip, wherever in it the answer was made', () => {
    fc.assert(
      fc.property(
        fc.nat(1e9),
        fc.nat(50),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (sentAt, trip, share) => {
          const clock = new RegionClock();
          const offset = 1_700_000_000_000;
          clock.learn(sentAt, offset + sentAt + trip * share, sentAt + trip);
          expect(Math.abs(clock.toRegion(sentAt)! - (sentAt + offset))).toBeLessThanOrEqual(trip / 2 + 1e-3);
          expect(clock.toLocal(clock.toRegion(sentAt)!)).toBeCloseTo(sentAt, 3);
        },
      ),
    );
  });

  it('P15 gives two processes the same age of an entry, with ten minutes between any two machines', () => {
    // Redis's wall clock is ten minutes ahead of true time; the monotonic clocks of the two began at different times.
    const redis = (trueTime: number): number => trueTime + SKEW;
    const here = { clock: new RegionClock(), now: (trueTime: number) => trueTime - 12_345 };
    const there = { clock: new RegionClock(), now: (trueTime: number) => trueTime - 98_765_432 };
    const asked = 1_700_000_000_000;
    for (const { clock, now } of [here, there]) clock.learn(now(asked), redis(asked), now(asked));
    const stored = here.clock.toRegion(here.now(asked + 1000))!;
    const age = there.now(asked + 5000) - there.clock.toLocal(stored)!;
    expect(age).toBeCloseTo(4000, 1);
  });
});
