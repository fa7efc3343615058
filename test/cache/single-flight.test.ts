import * as fc from 'fast-check';
import { setImmediate } from 'node:timers/promises';
import { type FlightClock, type Joined, type OnAbort, SingleFlight } from '../../src/cache/single-flight';
import type { CacheKey } from '../../src/cache/entry';

const KEY = 'key' as CacheKey;
const WINDOW_MS = 50;

interface Call {
  readonly key: CacheKey;
  /** the purges that there had been when it began */
  readonly version: number;
  /** milliseconds */
  readonly at: number;
  /** all who waited were said to have gone away */
  isGivenUp: boolean;
  readonly end: (how?: Error) => void;
}

/** A clock that stands still until it is set forward. */
class HeldClock implements FlightClock {
  #time = 0;
  #due: { at: number; callback: () => void }[] = [];
  readonly now = (): number => this.#time;
  readonly after = (milliseconds: number, callback: () => void): void =>
    void this.#due.push({ at: this.#time + milliseconds, callback });

  get timers(): number {
    return this.#due.length;
  }

  advance(milliseconds: number): void {
    const until = this.#time + milliseconds;
    for (;;) {
      const next = this.#due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#due = this.#due.filter((each) => each !== next);
      this.#time = Math.max(this.#time, next.at);
      next.callback();
    }
    this.#time = until;
  }
}

/** Flights over calls that end when they are told to, and purges that concern one key or none. An answer is its call. */
function world() {
  const clock = new HeldClock();
  const calls: Call[] = [];
  const purgedAt = new Map<string, number>();
  let version = 0;
  const flights = new SingleFlight<Call>({ version: () => version, clock });
  const join = (key: CacheKey, onAbort?: OnAbort, mayJoin = (since: number) => since >= lastPurge(key)) =>
    flights.join(key, {
      begin: (group) =>
        new Promise<Call>((resolve, reject) => {
          const call: Call = {
            key,
            version,
            at: clock.now(),
            isGivenUp: group.aborted,
            end: (how) => (how ? reject(how) : resolve(call)),
          };
          group.addEventListener('abort', () => (call.isGivenUp = true));
          calls.push(call);
        }),
      onAbort,
      mayJoin,
    });
  const lastPurge = (key: string): number => purgedAt.get(key) ?? 0;
  const purge = (key: string): void => void purgedAt.set(key, ++version);
  return { clock, calls, flights, join, purge, lastPurge };
}

type Step =
  | { readonly come: CacheKey; readonly never: boolean }
  | { readonly purge: string }
  | { readonly pass: number }
  | { readonly end: number; readonly fails: boolean }
  | { readonly leave: number };

const aKey = fc.constantFrom('a' as CacheKey, 'b' as CacheKey);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ come: aKey, never: fc.integer({ min: 0, max: 3 }).map((n) => n === 0) }),
  },
  { weight: 3, arbitrary: fc.record({ purge: fc.constantFrom('a', 'b', 'other') }) },
  { weight: 3, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ end: fc.nat({ max: 5 }), fails: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ leave: fc.nat({ max: 9 }) }) },
);

interface Visitor {
  readonly key: CacheKey;
  readonly came: number;
  readonly since: number;
  readonly never: boolean;
  readonly calledBefore: number;
  left: boolean;
  leave: () => void;
  call: Call | undefined;
}

/** Runs steps to their end. @returns everybody who came, with the call whose answer he got, and all calls in order */
async function history(steps: readonly Step[]) {
  const { clock, calls, flights, join, purge, lastPurge } = world();
  const visitors: Visitor[] = [];
  const failed = new Map<Error, Call>();
  const open = (): Call[] => calls.filter((call) => !ended.has(call));
  const ended = new Set<Call>();
  const finish = (call: Call, fails: boolean): void => {
    ended.add(call);
    const error = new Error('failed');
    failed.set(error, call);
    call.end(fails ? error : undefined);
  };
  for (const each of steps) {
    if ('come' in each) {
      const { come: key, never } = each;
      const visitor: Visitor = {
        key,
        came: clock.now(),
        since: lastPurge(key),
        never,
        calledBefore: calls.length,
        left: false,
        leave: () => {},
        call: undefined,
      };
      visitors.push(visitor);
      const onAbort: OnAbort = (gone) => (visitor.leave = gone);
      const { result } = join(key, onAbort, never ? () => false : undefined);
      result.then(
        (call) => (visitor.call = call),
        (error: Error) => (visitor.call = failed.get(error)),
      );
    } else if ('purge' in each) purge(each.purge);
    else if ('pass' in each) clock.advance(each.pass);
    else if ('end' in each) {
      const call = open()[each.end];
      if (call) finish(call, each.fails);
    } else {
      const visitor = visitors[each.leave];
      if (visitor && !visitor.left && !visitor.call) {
        visitor.left = true;
        visitor.leave();
      }
    }
    await setImmediate();
  }
  clock.advance(WINDOW_MS);
  for (const call of open()) finish(call, false);
  await setImmediate();
  clock.advance(2 * WINDOW_MS);
  return { visitors, calls, size: flights.size };
}

describe('flights', () => {
  it('P02 give nobody an answer of a call that began before a purge he came after', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { visitors, calls, size } = await history(steps);
        for (const { call, since, never, calledBefore } of visitors) {
          expect(call!.version).toBeGreaterThanOrEqual(since);
          if (never) expect(calls.indexOf(call!)).toBeGreaterThanOrEqual(calledBefore);
        }
        expect(size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('P48 begin at most two calls of a key in 50 ms, and nobody waits longer than that for his', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        // What fails is not held back.
        const { visitors, calls } = await history(
          steps.map((each) => ('end' in each ? { ...each, fails: false } : each)),
        );
        for (const key of ['a', 'b']) {
          const times = calls.filter((call) => call.key === key).map(({ at }) => at);
          for (const [index, at] of times.entries())
            if (index >= 2) expect(at - times[index - 2]!).toBeGreaterThanOrEqual(WINDOW_MS);
        }
        for (const { call, came } of visitors) expect(call!.at - came).toBeLessThanOrEqual(WINDOW_MS);
      }),
      { numRuns: 200 },
    );
  });

  it('are not given up for one who stays, whoever else goes away and when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { visitors } = await history(steps);
        for (const { call, left } of visitors) if (!left) expect(call!.isGivenUp).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('are not given up when one comes after all who waited for the next call went away', () => {
    const { clock, calls, join, purge } = world();
    for (let i = 0; i < 2; i++) {
      void join(KEY);
      purge(KEY);
    }
    let leave = (): void => {};
    void join(KEY, (gone) => (leave = gone));
    leave();
    void join(KEY, () => {});
    clock.advance(WINDOW_MS);
    expect(calls[2]!.isGivenUp).toBe(false);
  });

  it('P48 make one call of a hundred requests with purges of other things between', () => {
    const { calls, join, purge } = world();
    const joined: Joined<Call>[] = [];
    for (let i = 0; i < 100; i++) {
      joined.push(join(KEY));
      purge('other');
    }
    expect(calls).toHaveLength(1);
    expect(joined.filter(({ collapsed }) => !collapsed)).toHaveLength(1);
  });

  it('P48 make three calls in 50 ms of a hundred requests with purges of what they show between', () => {
    const { clock, calls, join, purge } = world();
    for (let i = 0; i < 100; i++) {
      void join(KEY);
      purge(KEY);
    }
    expect(calls).toHaveLength(2);
    clock.advance(WINDOW_MS);
    expect(calls).toHaveLength(3);
  });

  it.each([
    ['an answer that is stored by nobody', { isFutile: () => true }],
    ['what was found, and cost upstream nothing', { isFound: () => true }],
  ])('hold nobody back after %s', async (_, options) => {
    const clock = new HeldClock();
    const flights = new SingleFlight<number>({ version: () => 0, ...options, clock });
    let calls = 0;
    const join = () =>
      flights.join(KEY, {
        begin: () => Promise.resolve(++calls),
        onAbort: undefined,
        mayJoin: () => true,
      });
    for (let i = 0; i < 10; i++) {
      await join().result;
      await setImmediate();
    }
    expect(calls).toBe(10);
    expect(flights.size).toBe(0);
  });

  it('remember with one timer when the calls of a thousand keys began, and then forget', async () => {
    const { clock, calls, flights, join } = world();
    for (let i = 0; i < 1000; i++) void join(`${i}` as CacheKey);
    for (const call of calls) call.end();
    await setImmediate();
    expect(flights.size).toBe(1000);
    expect(clock.timers).toBe(1);
    clock.advance(WINDOW_MS);
    expect(flights.size).toBe(0);
    expect(clock.timers).toBe(0);
  });

  it('P48 count a call beside what was found between', async () => {
    const clock = new HeldClock();
    const flights = new SingleFlight<string>({ version: () => 0, isFound: (how) => how === 'found', clock });
    const begun: string[] = [];
    const join = async (how: string) => {
      const begin = () => Promise.resolve(how).finally(() => begun.push(how));
      void flights.join(KEY, { begin, onAbort: undefined, mayJoin: () => false });
      await setImmediate();
    };
    for (const how of ['asked', 'found', 'found', 'asked', 'asked']) await join(how);
    expect(begun).toEqual(['asked', 'found', 'found', 'asked']);
    clock.advance(WINDOW_MS);
    await setImmediate();
    expect(begun).toEqual(['asked', 'found', 'found', 'asked', 'asked']);
    clock.advance(2 * WINDOW_MS);
    expect(flights.size).toBe(0);
  });
});
