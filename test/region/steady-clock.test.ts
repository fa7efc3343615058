import fc from 'fast-check';
import { createSteadyClock } from '../../src/region/steady-clock';

function hold() {
  const held = { monotonic: 1000, wall: 5_000_000 };
  const suspensions: number[] = [];
  const now = createSteadyClock((milliseconds) => suspensions.push(milliseconds), {
    monotonic: () => held.monotonic,
    wall: () => held.wall,
  });
  const pass = (milliseconds: number): void => {
    held.monotonic += milliseconds;
    held.wall += milliseconds;
  };
  return { held, suspensions, now, pass };
}

describe('a clock that counts the time of a suspension', () => {
  it('is the monotonic clock while nothing happens', () => {
    const { now, pass, suspensions } = hold();
    pass(10_000);
    expect([now(), suspensions]).toEqual([11_000, []]);
  });

  it('adds what only the wall clock saw, once, and says so', () => {
    const { held, now, pass, suspensions } = hold();
    held.wall += 3_600_000;
    expect([now(), now()]).toEqual([3_601_000, 3_601_000]);
    pass(5);
    expect([now(), suspensions]).toEqual([3_601_005, [3_600_000]]);
  });

  it('does not mind a wall clock that is set back, and sees the suspension after it', () => {
    const { held, now, suspensions } = hold();
    held.wall -= 600_000;
    expect(now()).toBe(1000);
    held.wall += 60_000;
    expect([now(), suspensions]).toEqual([61_000, [60_000]]);
  });

  it('never goes back, nor behind the monotonic clock, nor misses a suspension', () => {
    const step = fc.record({
      passed: fc.integer({ min: 0, max: 10_000 }),
      set: fc.constantFrom(0, 0, 0, 900, 5000, -5000, 3_600_000, -3_600_000),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { held, now, pass } = hold();
        let before = now();
        for (const { passed, set } of steps) {
          pass(passed);
          held.wall += set;
          const at = now();
          expect(at - before).toBeGreaterThanOrEqual(set > 1000 ? passed + set : passed);
          expect(at).toBeGreaterThanOrEqual(held.monotonic);
          before = at;
        }
      }),
    );
  });
});
