import { median, percentile, ratio, spread } from './statistics';

it('takes the middle value of an odd number of rounds', () => {
  expect(spread([3, 1, 10])).toEqual({ median: 3, min: 1, max: 10 });
});

it('takes the mean of the two middle values of an even number of rounds', () => {
  expect(spread([4, 1, 2, 100])).toEqual({ median: 3, min: 1, max: 100 });
});

it('sorts by number, not by text', () => {
  expect(median([10, 9, 100])).toBe(10);
  expect(percentile([10, 9, 100], 1)).toBe(100);
});

it('divides round by round, so that a slow round of the whole machine changes no ratio', () => {
  expect(ratio([90, 9, 90], [100, 10, 100])).toEqual({ median: 0.9, min: 0.9, max: 0.9 });
});

it('takes as a percentile the value below which so many lie, and the greatest as the last', () => {
  const values = Array.from({ length: 1000 }, (_, index) => 999 - index);
  expect([0, 0.5, 0.99, 1].map((part) => percentile(values, part))).toEqual([0, 500, 990, 999]);
  expect(percentile([7], 0.99)).toBe(7);
});
