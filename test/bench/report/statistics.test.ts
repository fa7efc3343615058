import { ratio, spread } from './statistics.mjs';

it('takes the middle value of an odd number of rounds', () => {
  expect(spread([3, 1, 10])).toEqual({ median: 3, min: 1, max: 10 });
});

it('takes the mean of the two middle values of an even number of rounds', () => {
  expect(spread([4, 1, 2, 100])).toEqual({ median: 3, min: 1, max: 100 });
});

it('sorts by number, not by text', () => {
  expect(spread([10, 9, 100]).median).toBe(10);
});

it('divides round by round, so that a slow round of the whole machine changes no ratio', () => {
  expect(ratio([90, 9, 90], [100, 10, 100])).toEqual({ median: 0.9, min: 0.9, max: 0.9 });
});
