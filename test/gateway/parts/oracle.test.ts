import { join } from 'node:path';
import { Child, typescriptArgs } from '../../kit/child';
import { BROKEN } from './oracle/broken';
import type { PlayedLine } from './oracle/run';

let played: ReadonlyMap<string | undefined, PlayedLine>;

beforeAll(async () => {
  const child = new Child({
    name: 'the oracle',
    program: process.execPath,
    args: typescriptArgs(join(__dirname, 'oracle/run.ts')),
    // graphql-js is quicker so.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  await child.exited;
  const lines = child.lines.map((line) => JSON.parse(line) as PlayedLine);
  played = new Map(lines.map((line) => [line.without, line]));
}, 900_000);

describe('what is put together from parts', () => {
  // One to two milliseconds of processor time for each operation; `oracle.measure.ts` plays as many as one wants.
  it('P70 is what graphql-js answers to the whole, over made-up schemas', () => {
    const { counts, difference } = played.get(undefined)!;
    expect(difference).toBeUndefined();
    // What does not change always has the same objects in the same places.
    expect([
      counts['still given up: key'],
      counts['still given up: length'],
      counts['still given up: shape'],
    ]).toEqual([undefined, undefined, undefined]);
    expect(counts['still equal']).toBeGreaterThan(8000);
    expect(counts['still equal with errors']).toBeGreaterThan(500);
    expect(counts['changing equal']).toBeGreaterThan(1000);
    expect(counts['cut below the root']).toBeGreaterThan(6000);
  });
});

describe('a rule that is left out is noticed', () => {
  it.each(BROKEN.map(([rule]) => rule))('%s', (rule) => {
    expect(played.get(rule)!.difference).toBeDefined();
  });
});
