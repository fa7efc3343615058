import { RepeatedPurges } from '../../src/purge/repeated-purges';
import { entityTag, EVERYTHING, typeTag, type Tag } from '../../src/purge/tag';

/** Purges every second for ten, on a clock that is held. */
function start() {
  let now = 0;
  const purged: Tag[][] = [];
  const repeated = new RepeatedPurges({
    append: (purges) => {
      purged.push(purges.map(({ tag }) => tag));
      return Promise.reject(new Error('it is retried elsewhere'));
    },
    everyMs: 1000,
    forMs: 10_000,
    now: () => now,
  });
  const pass = (milliseconds: number): void => {
    for (let left = milliseconds; left > 0; left -= 1000) {
      now += 1000;
      jest.advanceTimersByTime(1000);
    }
  };
  return { repeated, purged, pass };
}

const user = new Set([typeTag('User')]);

describe('purges that are made again and again', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('come at their pace, and end with the last one after their time', () => {
    const { repeated, purged, pass } = start();
    expect(repeated.add(user)).toBe(true);
    expect(purged).toEqual([]);
    pass(9000);
    expect(purged).toEqual(Array.from({ length: 9 }, () => ['User']));
    pass(60_000);
    expect(purged).toHaveLength(10);
    expect(repeated.size).toBe(0);
  });

  it('have one schedule for a set of tags however many wait, and it lasts as long as for the last', () => {
    const { repeated, purged, pass } = start();
    const both = [typeTag('User'), typeTag('Post')];
    for (let count = 0; count < 100; count++) repeated.add(new Set(count % 2 ? both : both.toReversed()));
    expect(repeated.size).toBe(1);
    pass(5000);
    expect(repeated.add(new Set(both))).toBe(false);
    pass(60_000);
    expect(purged).toHaveLength(15);
  });

  it('have boundedly many schedules, and boundedly many tags in the one that the rest share', () => {
    const { repeated, purged, pass } = start();
    for (let id = 0; id < 1000; id++) repeated.add(new Set([entityTag('User', id)]));
    expect(repeated.size).toBe(129);
    pass(1000);
    expect(purged.flat()).toHaveLength(1000);
    for (let id = 1000; id < 20_000; id++) repeated.add(new Set([entityTag('User', id)]));
    purged.length = 0;
    pass(1000);
    expect(purged.at(-1)).toContain(EVERYTHING);
    expect(purged.flat().length).toBeLessThan(12_000);
  });

  it('end when the gateway does, and never begin for nothing', () => {
    const { repeated, purged, pass } = start();
    expect(repeated.add(new Set())).toBe(false);
    repeated.add(user);
    repeated.close();
    pass(5000);
    expect(purged).toEqual([]);
    expect(repeated.size).toBe(0);
  });
});
