import * as fc from 'fast-check';
import { SharedEvents } from '../../src/gateway/shared-events';

const PATIENCE = { events: 3, characters: 30 };

/** Events that come when a test says so. */
function source() {
  const waiting: string[] = [];
  let wake: () => void = () => {};
  let isOver = false;
  let isEnded = false;
  const events: AsyncIterableIterator<string> = {
    [Symbol.asyncIterator]: () => events,
    async next() {
      while (waiting.length === 0) {
        if (isOver) return { done: true, value: undefined };
        await new Promise<void>((resolve) => (wake = resolve));
      }
      return { done: false, value: waiting.shift()! };
    },
    async return() {
      isEnded = true;
      isOver = true;
      wake();
      return { done: true, value: undefined };
    },
  };
  return {
    events,
    say: async (text: string) => {
      waiting.push(text);
      wake();
      await settled();
    },
    finish: async () => {
      isOver = true;
      wake();
      await settled();
    },
    isEnded: () => isEnded,
  };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

async function all(events: AsyncIterable<string>): Promise<string[]> {
  const taken: string[] = [];
  for await (const event of events) taken.push(event);
  return taken;
}

const isTooSlow = (text: string | undefined) => text?.includes('SUBSCRIBER_TOO_SLOW') === true;

it('sends each what comes after it has joined, and the end', async () => {
  let ended = 0;
  const { events, say, finish } = source();
  const shared = new SharedEvents(events, () => ended++, PATIENCE);
  const first = all(shared.join());
  await say('a');
  const second = all(shared.join());
  await say('b');
  await finish();
  expect([await first, await second, ended]).toEqual([['a', 'b'], ['b'], 1]);
  expect(await all(shared.join())).toEqual([]);
});

it('waits for nobody: who is too far behind is told so, and the others get all', async () => {
  const { events, say, finish } = source();
  const shared = new SharedEvents(events, () => {}, PATIENCE);
  const [quick, slow] = [all(shared.join()), shared.join()];
  for (const text of ['1', '2', '3', '4', '5']) await say(text);
  await finish();
  expect(await quick).toEqual(['1', '2', '3', '4', '5']);
  const [only, ...more] = await all(slow);
  expect([isTooSlow(only), more]).toEqual([true, []]);
});

it('counts characters too, and takes one event of any length', async () => {
  const { events, say, finish } = source();
  const shared = new SharedEvents(events, () => {}, PATIENCE);
  const [one, two] = [shared.join(), shared.join()];
  await say('x'.repeat(100));
  expect((await two.next()).value).toHaveLength(100);
  await say('y');
  await finish();
  expect(await all(two)).toEqual(['y']);
  expect(isTooSlow((await one.next()).value as string)).toBe(true);
});

it('ends what is shared when the last one leaves, and not before', async () => {
  let ended = 0;
  const { events, say, isEnded } = source();
  const shared = new SharedEvents(events, () => ended++, PATIENCE);
  const [first, second] = [shared.join(), shared.join()];
  await first.return!();
  await say('a');
  expect([isEnded(), (await second.next()).value]).toEqual([false, 'a']);
  const awaited = second.next();
  await second.return!();
  expect([isEnded(), ended, await awaited]).toEqual([true, 1, { done: true, value: undefined }]);
});

it('ends what is shared when all were too slow', async () => {
  const { events, say, isEnded } = source();
  const shared = new SharedEvents(events, () => {}, PATIENCE);
  shared.join();
  for (const text of ['1', '2', '3', '4']) await say(text);
  expect(isEnded()).toBe(true);
});

it('sends each all that comes while it is there, in order, whatever the others do', async () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constant({ kind: 'say' as const }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const), who: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who: fc.nat(3) }) },
    ),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const { events, say } = source();
      const shared = new SharedEvents(events, () => {}, PATIENCE);
      const keeper = shared.join();
      const joined: { events: AsyncIterableIterator<string>; owed: string[]; isOver: boolean }[] = [];
      let said = 0;
      for (const step of plan) {
        if (step.kind === 'join') joined.push({ events: shared.join(), owed: [], isOver: false });
        if (step.kind === 'say') {
          await say(`${++said}`);
          await keeper.next();
          for (const each of joined) {
            each.owed.push(`${said}`);
            if (each.owed.length > PATIENCE.events) each.isOver = true;
          }
        }
        const each = 'who' in step ? joined[step.who] : undefined;
        if (!each || each.isOver) continue;
        if (step.kind === 'leave') {
          await each.events.return!();
          each.isOver = true;
        } else if (each.owed.length > 0) expect((await each.events.next()).value).toBe(each.owed.shift());
      }
      await keeper.return!();
    }),
    { numRuns: 200 },
  );
});
