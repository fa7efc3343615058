import { placeOf } from '../geography';
import type { WorldResult } from '../result';
import { percent } from '../percent';
import { saturation } from '../saturation';
import { box, drawing, line, linear, logarithmic, path, text } from '../../kit/svg';
import { COLOURS } from './colours';

const COLUMNS = 4;
const WIDTH = 240;
const HEIGHT = 190;
const TOP = 58;

/** For each region: which share of queries was answered within how long, with and without a gateway. */
export function latencyChart(result: WorldResult): string {
  const { regions } = result.load;
  const why = saturation(result);
  const columns = Math.min(COLUMNS, regions.length);
  const rows = Math.ceil(regions.length / columns);
  const width = Math.max(2, columns) * WIDTH + 20;
  const parts = [
    text(
      14,
      22,
      'Share of queries answered within a time, in each region',
      'font-size="15" font-weight="600"',
    ),
    line(14, 39, 40, 39, `stroke="${COLOURS.with}" stroke-width="2.5"`),
    text(46, 43, 'through its gateway'),
    line(180, 39, 206, 39, `stroke="${COLOURS.without}" stroke-width="2.5" stroke-dasharray="5 3"`),
    text(212, 43, 'straight to the origin'),
  ];
  if (why)
    parts.push(
      text(width - 10, 43, 'machine saturated: shape only', `text-anchor="end" fill="${COLOURS.limit}"`),
    );
  for (const [index, region] of regions.entries()) {
    const x = 10 + (index % columns) * WIDTH;
    const y = TOP + Math.floor(index / columns) * HEIGHT;
    parts.push(panel(region, x, y, why !== undefined));
  }
  return drawing(width, TOP + rows * HEIGHT + 6, 'Latency with and without the gateway, by region', parts);
}

function panel(
  { region, with: seen, without, withCurve, withoutCurve }: WorldResult['load']['regions'][number],
  x: number,
  y: number,
  isShapeOnly: boolean,
): string {
  const frame = { x: x + 40, y: y + 24, width: WIDTH - 58, height: HEIGHT - 62 };
  const bottom = frame.y + frame.height;
  const across = logarithmic(1, 1000, frame.x, frame.x + frame.width);
  const up = linear(0, 100, bottom, frame.y);
  const parts = [
    text(frame.x, y + 15, `${region}, ${placeOf(region)}`, 'font-weight="600"'),
    box(frame, `fill="none" stroke="${COLOURS.grid}"`),
  ];
  for (const tick of [1, 10, 100, 1000]) {
    const isLimit = tick === 100;
    parts.push(
      line(across(tick), frame.y, across(tick), bottom, `stroke="${isLimit ? COLOURS.limit : COLOURS.grid}"`),
      text(
        across(tick),
        bottom + 14,
        { 1: '1 ms', 1000: '1 s' }[tick] ?? `${tick}`,
        `text-anchor="middle" font-size="10"`,
      ),
    );
  }
  for (const tick of [0, 50, 100])
    parts.push(text(frame.x - 4, up(tick) + 4, `${tick} %`, 'text-anchor="end" font-size="10"'));
  const draw = (curve: readonly [number, number][], style: string): string =>
    path(
      curve.map(([ms, share]) => [across(ms), up(share)]),
      style,
    );
  parts.push(
    draw(withoutCurve, `stroke="${COLOURS.without}" stroke-width="2" stroke-dasharray="5 3"`),
    draw(withCurve, `stroke="${COLOURS.with}" stroke-width="2"`),
    text(
      frame.x,
      bottom + 28,
      isShapeOnly ? '' : `under 100 ms: ${percent(seen.under100, 1)} (without ${percent(without.under100)})`,
      'font-size="10.5"',
    ),
  );
  return parts.join('');
}
