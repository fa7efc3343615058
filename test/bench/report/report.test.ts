import { chart } from './chart.mjs';
import { markdown, number } from './markdown.mjs';

const even = (value: number) => ({ median: value, min: value, max: value });

const machine = {
  processor: 'A <fast> & quiet processor',
  cores: 2,
  memoryGiB: 24,
  kernel: '6.1',
  node: 'v20',
  redis: '7.0',
  commit: 'abc',
  cpus: 'pinned',
  load: 'wrk',
  command: 'npm run bench',
  date: '2026-01-02T03:04:05.000Z',
};

function subject(name: string, value: number, busy = 1) {
  const figures = {
    perSecond: 1000 * value,
    ratio: value,
    cpuMicros: 20,
    cpuRatio: value,
    p50: 1000,
    p99: 2500,
  };
  const spreads = Object.entries(figures).map(([key, figure]) => [key, even(figure)]);
  return { name, label: name, ...Object.fromEntries(spreads), busy: even(busy), made: even(0), failed: 0 };
}

const peers = {
  name: 'peers',
  title: 'Peers',
  effort: { rounds: 2, seconds: 1, quick: false },
  measured: machine.date,
  notes: ['a note'],
  subjects: [subject('bare', 1), subject('lastmile', 0.9), subject('yoga <&>', 0.1, 0.5)],
  verdicts: [{ text: 'lastmile at least 8 x yoga', value: 9, byCpu: 8.5, met: true }],
};

it('draws one bar for each subject but the bare server, the fastest first', () => {
  const drawn = chart({ machine, rows: [peers] });
  expect(drawn.match(/<rect x=/g)).toHaveLength(2);
  expect(drawn.indexOf('>lastmile<')).toBeLessThan(drawn.indexOf('>yoga'));
});

it('escapes what it writes into the picture', () => {
  const drawn = chart({ machine, rows: [peers] });
  expect(drawn).not.toContain('<fast>');
  expect(drawn).toContain('yoga &#60;&#38;&#62;');
});

it('draws a picture also when the row of peers was not measured', () => {
  expect(chart({ machine, rows: [] })).toContain('</svg>');
});

it('says what was wanted, what was reached, and what was not measured', () => {
  const text = markdown({ machine, rows: [peers, { title: 'Broken', error: 'no nginx', verdicts: [] }] });
  expect(text).toContain('| Peers | lastmile at least 8 x yoga | 9 | 8.5 | yes |');
  expect(text).toContain('| Broken | not measured | no nginx |  |  |');
});

it('marks a subject that did not use its core', () => {
  const text = markdown({ machine, rows: [peers] });
  expect(text).toContain('yoga <&> (not busy)');
  expect(text).not.toContain('lastmile (not busy)');
});

it.each([
  [0, '0'],
  [0.0123, '0.012'],
  [0.9, '0.9'],
  [12.345, '12.3'],
  [41_234.5, '41,235'],
  [Number.NaN, '–'],
])('writes %d as %s', (value, text) => {
  expect(number(value)).toBe(text);
});
