import * as fc from 'fast-check';
import { setImmediate } from 'node:timers/promises';
import { type AbortGroup, type OnAbort, SerialFlight } from '../../src/cache/single-flight';
import type { CacheKey } from '../../src/cache/entry';
const KEY = 'key' as CacheKey;
/** Longer than any test. */
const NEVER_OLD = 2 ** 30;

interface Call {
  readonly key: CacheKey;
  readonly began: number;
  readonly group: AbortGroup;
  readonly end: (how?: Error) => void;
}

/** Calls that end when they are told to. An answer is the moment at which its call began. */
function upstream() {
  const calls: Call[] = [];
  let time = 0;
  const begin = (key: CacheKey) => (group: AbortGroup) =>
    new Promise<number>((resolve, reject) => {
      const began = ++time;
      calls.push({ key, began, group, end: (how) => (how ? reject(how) : resolve(began)) });
    });
  return { calls, begin, now: () => ++time };
}

describe('flights that nobody joins once they have begun', () => {
  it('P02 give nobody an answer whose call began before he came, and everybody one; one call of a key at a time', async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ come: fc.constantFrom('a' as CacheKey, 'b' as CacheKey) }) },
      { weight: 2, arbitrary: fc.record({ end: fc.nat({ max: 3 }), fails: fc.boolean() }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const serial = new SerialFlight<number>(NEVER_OLD);
        const { calls, begin, now } = upstream();
        const open: Call[] = [];
        let seen = 0;
        const look = (): void => {
          for (; seen < calls.length; seen++) open.push(calls[seen]!);
          for (const key of ['a', 'b'])
            expect(open.filter((call) => call.key === key).length).toBeLessThanOrEqual(1);
        };
        const visits: Promise<void>[] = [];
        for (const each of steps) {
          if ('come' in each) {
            const came = now();
            const { result } = serial.join(each.come, begin(each.come), undefined);
            visits.push(
              result.then(
                (began) => expect(began).toBeGreaterThan(came),
                (error: Error) => expect(Number(error.message)).toBeGreaterThan(came),
              ),
            );
          } else {
            const [call] = open.splice(each.end % Math.max(1, open.length), 1);
            call?.end(each.fails ? new Error(String(call.began)) : undefined);
          }
          await setImmediate();
          look();
        }
        while (open.length > 0) {
          open.pop()!.end();
          await setImmediate();
          look();
        }
        await Promise.all(visits);
        expect(serial.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('make two calls of any number of requests: the first of all, and one for those who came meanwhile', async () => {
    const serial = new SerialFlight<number>(NEVER_OLD);
    const { calls, begin } = upstream();
    const joined = Array.from({ length: 1000 }, () => serial.join(KEY, begin(KEY), undefined));
    await setImmediate();
    expect(calls).toHaveLength(1);
    calls[0]!.end();
    await setImmediate();
    expect(calls).toHaveLength(2);
    calls[1]!.end();
    await Promise.all(joined.map(({ result }) => result));
    expect(joined.filter(({ collapsed }) => !collapsed)).toHaveLength(2);
    expect(calls).toHaveLength(2);
  });

  it('do not wait for a call that hangs', async () => {
    const serial = new SerialFlight<number>(1);
    const { calls, begin } = upstream();
    void serial.join(KEY, begin(KEY), undefined);
    const second = serial.join(KEY, begin(KEY), undefined);
    while (calls.length < 2) await setImmediate();
    calls[1]!.end();
    expect(await second.result).toBe(calls[1]!.began);
  });

  it('are told when all who waited have gone away, each by itself', async () => {
    const serial = new SerialFlight<number>(NEVER_OLD);
    const { calls, begin } = upstream();
    const leaves: (() => void)[] = [];
    const client: OnAbort = (callback) => void leaves.push(callback);
    for (let i = 0; i < 3; i++) void serial.join(KEY, begin(KEY), client);
    await setImmediate();
    leaves[0]!();
    expect(calls[0]!.group.aborted).toBe(true);
    calls[0]!.end();
    await setImmediate();
    leaves[1]!();
    expect(calls[1]!.group.aborted).toBe(false);
    leaves[2]!();
    expect(calls[1]!.group.aborted).toBe(true);
    calls[1]!.end();
  });
});
