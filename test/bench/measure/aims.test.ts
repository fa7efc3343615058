import { verdicts } from './aims.mjs';

const subjects = [
  { name: 'bare', rounds: [100, 50, 100], cpuRounds: [20, 40, 20] },
  { name: 'lastmile', rounds: [90, 45, 80], cpuRounds: [25, 50, 30] },
  { name: 'yoga', rounds: [10, 5, 20], cpuRounds: [100, 200, 150] },
];

it('holds a subject against the bare server, in the median of the rounds', () => {
  expect(verdicts([{ of: 'lastmile', least: 0.9 }], { subjects })).toEqual([
    { text: 'lastmile at least 0.9 x bare', value: 0.9, byCpu: 0.8, met: true },
  ]);
});

it('holds a subject against a peer', () => {
  const [verdict] = verdicts([{ of: 'lastmile', over: 'yoga', least: 10 }], { subjects });
  expect(verdict).toEqual({ text: 'lastmile at least 10 x yoga', value: 9, byCpu: 4, met: false });
});

it('says nothing about a peer that did not run', () => {
  expect(verdicts([{ of: 'lastmile', over: 'hive', least: 8 }], { subjects })).toEqual([]);
});

it('holds a figure against the most it may be', () => {
  const figures = [
    { name: 'calls', median: 4, min: 1, max: 4 },
    { name: 'bytes', value: 12 },
  ];
  const reached = verdicts(
    [
      { of: 'calls', most: 1 },
      { of: 'bytes', most: 12 },
    ],
    { figures },
  );
  expect(reached.map(({ value, met }) => [value, met])).toEqual([
    [4, false],
    [12, true],
  ]);
});
