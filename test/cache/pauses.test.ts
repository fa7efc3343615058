import { Pauses } from '../../src/cache/pauses';
import { cacheKey } from './entries';

const KEY = cacheKey('a');

function held() {
  const clock = { now: 0 };
  return { clock, pauses: new Pauses({ firstMs: 10, longestMs: 35, maxKeys: 2, now: () => clock.now }) };
}

/** Fails, and measures the pause that follows. */
function pauseAfterFailure({ clock, pauses }: ReturnType<typeof held>): number {
  const began = clock.now;
  pauses.failed(KEY);
  while (pauses.isPaused(KEY)) clock.now++;
  return clock.now - began;
}

it('pauses after a failure, twice as long after each that follows, up to the longest', () => {
  const world = held();
  expect(world.pauses.isPaused(KEY)).toBe(false);
  expect([1, 2, 3, 4].map(() => pauseAfterFailure(world))).toEqual([10, 20, 35, 35]);
});

it('pauses no longer for what failed beside it', () => {
  const world = held();
  expect([1, 2, 3].map(() => world.pauses.failed(KEY))).toEqual([true, false, false]);
  world.clock.now = 10;
  expect(world.pauses.isPaused(KEY)).toBe(false);
  expect(pauseAfterFailure(world)).toBe(20);
});

it('begins again with the first pause once it succeeded', () => {
  const world = held();
  pauseAfterFailure(world);
  world.pauses.succeeded(KEY);
  expect(pauseAfterFailure(world)).toBe(10);
});

it('remembers no more keys than it may', () => {
  const { pauses } = held();
  for (const name of ['a', 'b', 'c']) pauses.failed(cacheKey(name));
  expect(pauses.size).toBe(2);
  expect(pauses.isPaused(KEY)).toBe(false);
});
