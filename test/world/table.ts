import type { Arrival } from './ground/arrivals';
import type { LoadFigures } from './load/messages';
import { percent } from './result';

/** What the table shows. */
export interface Moment {
  readonly phase: string;
  /** seconds, of the whole run */
  readonly elapsed: number;
  readonly total: number;
  readonly figures: LoadFigures | undefined;
  readonly arrivals: readonly Arrival[];
  readonly states: ReadonlyMap<string, string>;
  /** share of all cores during the last second */
  readonly busy: number;
  readonly faults: readonly string[];
}

const COLUMNS = [
  'region',
  'requests',
  'hits',
  'p50',
  'p95',
  'p99',
  '<100 with',
  'without',
  'arrival p50',
  'p99',
  'state',
];
const WIDTHS = [7, 9, 7, 8, 8, 8, 10, 8, 12, 8, 10];
const BAR = 30;

/** The table as lines. Latencies are milliseconds; arrival is that beyond the one-way delay. */
export function formatTable({
  phase,
  elapsed,
  total,
  figures,
  arrivals,
  states,
  busy,
  faults,
}: Moment): string[] {
  const done = Math.min(1, elapsed / total);
  const bar = '#'.repeat(Math.round(done * BAR)).padEnd(BAR, '.');
  const lines = [
    `${phase.padEnd(9)} [${bar}] ${Math.max(0, Math.round(total - elapsed))} s left   machine ${percent(busy)} busy` +
      (faults.length > 0 ? `   now: ${faults.join(', ')}` : ''),
    row(COLUMNS),
  ];
  for (const { region, with: seen, hits, without } of figures?.regions ?? []) {
    const arrival = arrivals.find((each) => each.region === region);
    lines.push(
      row([
        region,
        String(seen.count),
        seen.count === 0 ? '-' : percent(hits.count / seen.count),
        milliseconds(seen.p50),
        milliseconds(seen.p95),
        milliseconds(seen.p99),
        percent(seen.under100, 1),
        percent(without.under100, 1),
        milliseconds(arrival?.beyond.p50 ?? 0),
        milliseconds(arrival?.beyond.p99 ?? 0),
        states.get(region) ?? '',
      ]),
    );
  }
  if (figures)
    lines.push(
      `${figures.readsChecked} reads checked, ${figures.changes} changes, ${figures.broken} promises broken, ` +
        `${(figures.requests / Math.max(1, figures.seconds)).toFixed(0)} requests a second`,
    );
  return lines;
}

/** One line of the same, where there is no terminal. */
export function formatLine({ phase, elapsed, total, figures, busy, faults }: Moment): string {
  const regions = (figures?.regions ?? []).map(
    ({ region, with: seen }) =>
      `${region} ${milliseconds(seen.p50)}/${milliseconds(seen.p99)} ${percent(seen.under100)}`,
  );
  const broken = figures ? `; ${figures.readsChecked} reads checked, ${figures.broken} broken` : '';
  const now = faults.length > 0 ? `; now: ${faults.join(', ')}` : '';
  return `${Math.round(elapsed)}/${total} s ${phase}; ${percent(busy)} busy; ${regions.join(', ')}${broken}${now}`;
}

/** Draws over what it drew before. */
export class Screen {
  #drawn = 0;

  draw(lines: readonly string[]): void {
    const width = process.stdout.columns ?? 120;
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '';
    process.stdout.write(up + lines.map((line) => `\x1b[2K${line.slice(0, width)}\n`).join(''));
    this.#drawn = lines.length;
  }
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(WIDTHS[0]!) : cell.padStart(WIDTHS[index]!)))
    .join(' ');
}

function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}
