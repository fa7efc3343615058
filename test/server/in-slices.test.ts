import { inSlices } from '../../src/server/in-slices';

/** Steps of six milliseconds each, which say when they are taken. */
function* steps(count: number, taken: string[]): Generator<void, void> {
  for (let step = 1; step <= count; step++) {
    const until = performance.now() + 6;
    while (performance.now() < until);
    taken.push(`${step}`);
    yield;
  }
}

it('gives others their turn between slices, and ends with the work', async () => {
  const taken: string[] = [];
  const others = setInterval(() => taken.push('others'), 1);
  await inSlices(steps(6, taken), () => true);
  clearInterval(others);
  const slices = taken
    .join(' ')
    .split('others')
    .map((slice) => slice.trim().split(' '));
  expect(Math.max(...slices.map((slice) => slice.length))).toBeLessThanOrEqual(2);
  expect(slices.flat().filter((step) => step !== '')).toEqual(['1', '2', '3', '4', '5', '6']);
});

it('stops once the work is of no use', async () => {
  const taken: string[] = [];
  await inSlices(steps(6, taken), () => taken.length === 0);
  expect(taken.length).toBeLessThanOrEqual(2);
});
