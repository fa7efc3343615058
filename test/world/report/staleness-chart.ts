import type { WorldResult } from '../result';
import { box, drawing, line, logarithmic, text } from '../../kit/svg';
import { COLOURS } from './colours';

const LEFT = 60;
const ROW = 26;
const TOP = 56;
const WIDTH = 760;
/** Where the figures stand. */
const WORDS = WIDTH - 200;

const TICKS = [
  [1, '1 ms'],
  [10, '10 ms'],
  [100, '100 ms'],
  [1000, '1 s'],
] as const;

/** How old the oldest news was that a region gave, against what it may be. */
export function stalenessChart({ load, options }: WorldResult): string {
  const across = logarithmic(1, Math.max(10_000, options.boundMs * 2), LEFT, WORDS - 20);
  const bottom = TOP + load.regions.length * ROW;
  const bound = across(options.boundMs);
  const parts = [
    text(14, 22, 'The stalest read of each region', 'font-size="15" font-weight="600"'),
    text(14, 42, 'time for which something newer had been acknowledged, by powers of ten'),
    ...TICKS.flatMap(([at, words]) => [
      line(across(at), TOP, across(at), bottom, `stroke="${COLOURS.grid}"`),
      text(across(at), bottom + 14, words, 'text-anchor="middle" font-size="11"'),
    ]),
    line(bound, TOP - 4, bound, bottom, `stroke="${COLOURS.limit}" stroke-width="1.5"`),
    text(bound, bottom + 28, `bound: ${options.boundMs} ms`, `text-anchor="middle" fill="${COLOURS.limit}"`),
  ];
  for (const [index, { region, stale, staleMost, with: seen }] of load.regions.entries()) {
    const y = TOP + index * ROW;
    const most = staleMost > 0 ? across(staleMost) : LEFT;
    const words =
      stale.count === 0
        ? 'none stale'
        : `${staleMost.toFixed(0)} ms; ${stale.count} of ${seen.count} queries`;
    parts.push(
      text(14, y + 14, region, 'font-weight="600"'),
      box({ x: LEFT, y: y + 3, width: most - LEFT, height: 14 }, `fill="${COLOURS.with}"`),
      text(WORDS, y + 14, words, 'font-size="11"'),
    );
  }
  return drawing(WIDTH, bottom + 36, 'Staleness against the bound', parts);
}
