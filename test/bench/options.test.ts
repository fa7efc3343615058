import { readOptions } from './options.mjs';
import { ROWS } from './rows/rows.mjs';

const NAMES = ['hot', 'cold', 'warm'];

it('takes rows by name, several at once', () => {
  expect(readOptions(['--only', 'hot,cold', '--only', 'warm'], NAMES).only).toEqual(['hot', 'cold', 'warm']);
});

it('makes a quick look short, and lets its rounds be set', () => {
  const quick = readOptions(['--quick', '--seconds', '3'], NAMES);
  const full = readOptions([], NAMES);
  expect(quick.rounds).toBeLessThan(full.rounds);
  expect(quick.seconds).toBe(3);
});

it.each([
  [['--only', 'hit'], /no row hit/],
  [['--rounds', '0'], /--rounds/],
  [['--rounds', '1.5'], /--rounds/],
  [['--fast'], /--fast/],
])('refuses %j', (args, message) => {
  expect(() => readOptions(args, NAMES)).toThrow(message);
});

it('names every row once, and every aim after something the row measures', () => {
  const names = ROWS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { kind, subjects, aims } of ROWS.filter((row) => row.kind === 'throughput')) {
    expect({
      kind,
      of: aims.every(({ of, over = 'bare' }) => subjects.includes(of) && subjects.includes(over)),
    }).toEqual({ kind, of: true });
  }
});
