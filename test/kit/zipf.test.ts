import { seededRandom } from './random';
import { Zipf } from './zipf';

it.each([1, 1.2])('draws each rank as often as Zipf says, with exponent %d', (exponent) => {
  const [count, draws] = [1000, 100_000];
  const { next } = seededRandom(1);
  const zipf = new Zipf(count, exponent);
  const drawn = Array.from({ length: draws }, () => zipf.draw(next));
  const whole = Array.from({ length: count }, (_, rank) => 1 / (rank + 1) ** exponent).reduce(
    (a, b) => a + b,
  );
  for (const rank of [0, 1, 9])
    expect(drawn.filter((each) => each === rank).length / draws).toBeCloseTo(
      1 / (rank + 1) ** exponent / whole,
      2,
    );
  expect(Math.min(...drawn)).toBe(0);
  expect(Math.max(...drawn)).toBeLessThan(count);
  expect(new Set(drawn).size).toBeGreaterThan(800);
});

it('reaches the last rank, and never goes beyond it', () => {
  const zipf = new Zipf(3);
  expect(zipf.draw(() => 0)).toBe(0);
  expect(zipf.draw(() => 1 - Number.EPSILON)).toBe(2);
});
