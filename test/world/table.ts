import type { WriteStream } from 'node:tty';
import type { Arrival } from './ground/arrivals';
import type { LoadFigures } from './load/messages';
import type { Latency, RegionFigures } from './load/tally';
import { percent } from './percent';

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

/** One region's row, as far as it can be known yet. */
interface Row {
  readonly figures: RegionFigures;
  readonly arrival: Arrival | undefined;
  readonly state: string;
}

interface Column {
  readonly head: string;
  readonly width: number;
  /** where the terminal is narrow those with the highest number go first */
  readonly priority: number;
  readonly cell: (row: Row) => string;
}

/** Latencies are milliseconds; arrival is that of a purge, beyond the one-way delay. */
const COLUMNS: readonly Column[] = [
  { head: 'region', width: 6, priority: 0, cell: ({ figures }) => figures.region },
  { head: 'requests', width: 8, priority: 6, cell: ({ figures }) => String(figures.with.count) },
  {
    head: 'hits',
    width: 5,
    priority: 3,
    cell: ({ figures: { hits, with: seen } }) => (seen.count ? percent(hits.count / seen.count) : '-'),
  },
  { head: 'p50', width: 6, priority: 2, cell: ({ figures }) => latency(figures.with, 'p50') },
  { head: 'p95', width: 6, priority: 8, cell: ({ figures }) => latency(figures.with, 'p95') },
  { head: 'p99', width: 6, priority: 4, cell: ({ figures }) => latency(figures.with, 'p99') },
  { head: '<100 ms', width: 8, priority: 1, cell: ({ figures }) => under100(figures.with) },
  { head: 'without', width: 8, priority: 5, cell: ({ figures }) => under100(figures.without) },
  { head: 'purge p50', width: 9, priority: 9, cell: ({ arrival }) => beyond(arrival, 'p50') },
  { head: 'purge p99', width: 9, priority: 7, cell: ({ arrival }) => beyond(arrival, 'p99') },
  { head: 'state', width: 9, priority: 1, cell: ({ state }) => state },
];
const GAP = 2;
const LONGEST_BAR = 40;

/** The table as lines of at most so many characters. Columns for which there is no room are left out. */
export function formatTable(moment: Moment, width: number): string[] {
  const { phase, elapsed, total, figures, arrivals, states, busy, faults } = moment;
  const left = `${Math.max(0, Math.round(total - elapsed))} s left, machine ${percent(busy)} busy`;
  const room = Math.max(4, Math.min(LONGEST_BAR, width - phase.length - left.length - 4));
  const done = Math.round(Math.min(1, elapsed / total) * room);
  const columns = fitting(width);
  const lines = [
    `${phase} [${'#'.repeat(done).padEnd(room, '.')}] ${left}`,
    faults.length > 0 ? `now: ${faults.join(', ')}` : '',
    line(columns.map(({ head, width: wide }) => head.padStart(wide))),
  ];
  for (const region of figures?.regions ?? []) {
    const arrival = arrivals.find((each) => each.region === region.region);
    const row = { figures: region, arrival, state: states.get(region.region) ?? '' };
    lines.push(line(columns.map(({ cell, width: wide }) => cell(row).padStart(wide))));
  }
  if (figures)
    lines.push(
      `${figures.readsChecked} reads checked, ${figures.changes} changes, ${figures.broken} promises broken, ` +
        `${(figures.requests / Math.max(1, figures.seconds)).toFixed(0)} requests a second`,
    );
  return lines.map((each) => each.slice(0, width));
}

function fitting(width: number): Column[] {
  const columns = COLUMNS.toSorted((a, b) => a.priority - b.priority);
  const wide = (some: readonly Column[]): number => some.reduce((sum, each) => sum + each.width + GAP, -GAP);
  while (columns.length > 1 && wide(columns) > width) columns.pop();
  return COLUMNS.filter((each) => columns.includes(each));
}

function line(cells: readonly string[]): string {
  return cells.join(' '.repeat(GAP));
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

/** Draws over what it drew before. To be closed, or the terminal stays without a cursor. */
export class Screen {
  readonly #terminal: WriteStream;
  #drawn = 0;

  constructor(terminal: WriteStream) {
    this.#terminal = terminal;
  }

  draw(moment: Moment): void {
    // One column stays free: a terminal that wraps at the last one would break the count of lines.
    const lines = formatTable(moment, this.#terminal.columns - 1);
    const start = this.#drawn > 0 ? `\x1b[${this.#drawn}A\r\x1b[J` : '\x1b[?25l';
    this.#terminal.write(`${start}${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }

  close(): void {
    if (this.#drawn > 0) this.#terminal.write('\x1b[?25h');
    this.#drawn = 0;
  }
}

type Quantile = 'p50' | 'p95' | 'p99';

function latency(of: Latency, quantile: Quantile): string {
  return of.count === 0 ? '-' : milliseconds(of[quantile]);
}

function beyond(arrival: Arrival | undefined, quantile: Quantile): string {
  return arrival ? latency(arrival.beyond, quantile) : '-';
}

function under100(of: Latency): string {
  return of.count === 0 ? '-' : percent(of.under100, 1);
}

function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}
