import type { WorldResult } from '../result';
import { saturation } from '../saturation';
import { box, drawing, line, linear, text } from '../../kit/svg';
import { COLOURS } from './colours';

const LEFT = 60;
const ROW = 26;
const TOP = 56;
const WIDTH = 760;
/** Where the figures stand. */
const WORDS = WIDTH - 155;
/** Milliseconds beyond the longest way that are drawn. */
const MORE_MS = 60;

/** How long a purge takes to each region: the wire's share, and what comes on top at the median and the 99th percentile. */
export function arrivalChart(result: WorldResult): string {
  const { arrivals } = result;
  const isShapeOnly = saturation(result) !== undefined;
  // What a fault held up for seconds would leave nothing to see of the rest: it is drawn to the edge.
  const most = Math.max(...arrivals.map(({ oneWay }) => oneWay)) + MORE_MS;
  const across = (value: number): number => scale(Math.min(most, value));
  const scale = linear(0, most, LEFT, WORDS - 16);
  const parts = [
    text(
      14,
      22,
      'Arrival of a purge, in milliseconds after its acknowledgement',
      'font-size="15" font-weight="600"',
    ),
    box({ x: 14, y: 34, width: 12, height: 12 }, `fill="${COLOURS.grid}"`),
    text(32, 44, 'one way on the wire'),
    box({ x: 160, y: 34, width: 12, height: 12 }, `fill="${COLOURS.with}"`),
    text(178, 44, 'beyond it, median'),
    line(300, 40, 318, 40, `stroke="${COLOURS.limit}" stroke-width="2"`),
    text(324, 44, 'to the 99th percentile'),
    text(WORDS + 6, 44, 'one way + median (p99)', 'font-size="11"'),
  ];
  for (const [index, { region, oneWay, beyond }] of arrivals.entries()) {
    const y = TOP + index * ROW;
    const wire = across(oneWay);
    const median = across(oneWay + beyond.p50);
    const worst = across(oneWay + beyond.p99);
    parts.push(
      text(14, y + 14, region, 'font-weight="600"'),
      box({ x: LEFT, y: y + 3, width: wire - LEFT, height: 14 }, `fill="${COLOURS.grid}"`),
      box({ x: wire, y: y + 3, width: median - wire, height: 14 }, `fill="${COLOURS.with}"`),
      line(median, y + 10, worst, y + 10, `stroke="${COLOURS.limit}" stroke-width="2"`),
      text(WORDS - 12, y + 14, oneWay + beyond.p99 > most ? '→' : '', `fill="${COLOURS.limit}"`),
      text(
        WORDS + 6,
        y + 14,
        isShapeOnly
          ? `${oneWay} ms + ...`
          : `${oneWay} + ${beyond.p50.toFixed(1)} (${beyond.p99.toFixed(1)}) ms`,
        'font-size="11"',
      ),
    );
  }
  return drawing(WIDTH, TOP + arrivals.length * ROW + 10, 'Arrival of purges by region', parts);
}
