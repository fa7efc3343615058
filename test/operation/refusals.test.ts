import { Refusals } from '../../src/operation/refusals';
import { cacheKey } from '../cache/entries';

it('holds for the key that was refused, until its time is over', () => {
  const refusals = new Refusals();
  refusals.note(cacheKey('a'), 10);
  expect(refusals.holds(cacheKey('a'), 9)).toBe(true);
  expect(refusals.holds(cacheKey('a'), 10)).toBe(false);
  expect(refusals.holds(cacheKey('b'), 9)).toBe(false);
});

it('remembers few keys, the last ones', () => {
  const refusals = new Refusals();
  for (let i = 0; i < 1000; i++) refusals.note(cacheKey(String(i)), 10);
  expect(refusals.size).toBe(32);
  expect(refusals.holds(cacheKey('999'), 0)).toBe(true);
  expect(refusals.holds(cacheKey('0'), 0)).toBe(false);
});
