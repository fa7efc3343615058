import { formatFault } from '../faults';
import type { Second } from '../load/tally';
import type { WorldResult } from '../result';
import { box, drawing, line, linear, path, text } from '../../kit/svg';
import { COLOURS, REGION_COLOURS } from './colours';

const WIDTH = 760;
const HEIGHT = 200;
/** Below the frame: the seconds, then a row for each fault. */
const AXIS = 24;
const LANE = 15;
/** Seconds that are drawn as one point. */
const WINDOW = 3;

/** The hit rate of each region over time, with every fault where it was. */
export function hitChart({ load, options }: WorldResult): string {
  const frame = { x: 50, y: 36, width: WIDTH - 140, height: HEIGHT };
  const bottom = frame.y + frame.height;
  const across = linear(-options.warmup, options.duration, frame.x, frame.x + frame.width);
  const up = linear(0, 100, bottom, frame.y);
  const parts = [
    text(
      14,
      22,
      'Hit rate in percent; before 0 s the warm-up, in which much is asked for the first time',
      'font-size="15" font-weight="600"',
    ),
  ];
  for (const [index, fault] of options.faults.entries()) {
    const from = across(fault.at);
    const width = Math.max(3, across(fault.at + fault.lasts) - from);
    const y = bottom + AXIS + index * LANE;
    const isLate = from > frame.x + frame.width * 0.7;
    parts.push(
      box({ ...frame, x: from, width }, `fill="${COLOURS.fault}"`),
      box({ x: from, y: y + 3, width, height: LANE - 5 }, `fill="${COLOURS.limit}"`),
      text(
        isLate ? from - 5 : from + width + 5,
        y + LANE - 3,
        formatFault(fault),
        `font-size="11"${isLate ? ' text-anchor="end"' : ''}`,
      ),
    );
  }
  parts.push(box(frame, `fill="none" stroke="${COLOURS.grid}"`));
  for (const tick of [0, 25, 50, 75, 100])
    parts.push(
      line(frame.x, up(tick), frame.x + frame.width, up(tick), `stroke="${COLOURS.grid}"`),
      text(frame.x - 6, up(tick) + 4, `${tick}`, 'text-anchor="end" font-size="11"'),
    );
  for (const at of ticks(-options.warmup, options.duration))
    parts.push(
      line(across(at), bottom, across(at), bottom + 4, `stroke="${COLOURS.text}"`),
      text(across(at), bottom + 17, `${at} s`, 'text-anchor="middle" font-size="11"'),
    );
  parts.push(line(across(0), frame.y, across(0), bottom, `stroke="${COLOURS.text}" stroke-dasharray="2 3"`));
  for (const [index, { region, seconds }] of load.regions.entries()) {
    const colour = REGION_COLOURS[index % REGION_COLOURS.length]!;
    const points = windows(seconds, -options.warmup, options.duration).map(([at, rate]): [number, number] => [
      across(at),
      up(rate),
    ]);
    parts.push(
      path(points, `stroke="${colour}" stroke-width="1.6"`),
      line(
        WIDTH - 78,
        frame.y + 8 + index * 18,
        WIDTH - 58,
        frame.y + 8 + index * 18,
        `stroke="${colour}" stroke-width="3"`,
      ),
      text(WIDTH - 52, frame.y + 12 + index * 18, region),
    );
  }
  return drawing(
    WIDTH,
    bottom + AXIS + options.faults.length * LANE + 6,
    'Hit rate over time, by region',
    parts,
  );
}

/** Round numbers from one second to another, 0 among them: five to ten of them. */
function ticks(from: number, to: number): number[] {
  const rough = (to - from) / 8;
  const step = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600].find((each) => each >= rough) ?? 3600;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) => (first + index) * step);
}

function windows(seconds: readonly Second[], start: number, duration: number): [number, number][] {
  const points: [number, number][] = [];
  for (let from = start; from < duration; from += WINDOW) {
    const within = seconds.filter(({ second }) => second >= from && second < from + WINDOW);
    const queries = within.reduce((sum, each) => sum + each.queries, 0);
    const hits = within.reduce((sum, each) => sum + each.hits, 0);
    if (queries > 0) points.push([Math.min(duration, from + WINDOW / 2), (100 * hits) / queries]);
  }
  return points;
}
