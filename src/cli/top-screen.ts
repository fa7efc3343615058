import type { OperationView, PurgeView, ReasonView, RegionView, View } from '../dashboard/view';
import { formatMs, formatPart, paints } from './look';

const PANES = ['operations', 'reasons', 'purges', 'regions'] as const;
type Pane = (typeof PANES)[number];

interface Column<Row> {
  readonly title: string;
  /** 0: as wide as there is room */
  readonly width: number;
  readonly isLeft?: boolean;
  readonly text: (row: Row) => string;
  /** by which rows are sorted, the largest first, or text; undefined: as it is told */
  readonly by?: (row: Row) => number | string;
}

const OPERATIONS: readonly Column<OperationView>[] = [
  { title: 'OPERATION', width: 0, isLeft: true, text: ({ name }) => name, by: ({ name }) => name },
  { title: 'LOST', width: 9, text: ({ lostMs }) => formatMs(lostMs), by: ({ lostMs }) => lostMs },
  { title: 'ASKED', width: 8, text: ({ count }) => String(count), by: ({ count }) => count },
  { title: 'HITS', width: 8, text: ({ hitRate }) => formatPart(hitRate), by: ({ hitRate }) => -hitRate },
  { title: 'MISSES', width: 8, text: ({ misses }) => String(misses), by: ({ misses }) => misses },
  { title: 'BYPASSED', width: 9, text: ({ bypasses }) => String(bypasses), by: ({ bypasses }) => bypasses },
  { title: 'ERRORS', width: 7, text: ({ errors }) => String(errors), by: ({ errors }) => errors },
  { title: 'HIT', width: 9, text: ({ hitMs }) => formatMs(hitMs), by: ({ hitMs = 0 }) => hitMs },
  { title: 'OTHER', width: 9, text: ({ otherMs }) => formatMs(otherMs), by: ({ otherMs = 0 }) => otherMs },
  {
    title: 'WHY',
    width: 22,
    isLeft: true,
    text: ({ reasons }) => reasons.map(([reason]) => reason).join(', '),
  },
];

const REASONS_COLUMNS: readonly Column<ReasonView>[] = [
  { title: 'REASON', width: 15, isLeft: true, text: ({ reason }) => reason, by: ({ reason }) => reason },
  { title: 'LOST', width: 9, text: ({ lostMs }) => formatMs(lostMs), by: ({ lostMs }) => lostMs },
  { title: 'ANSWERS', width: 8, text: ({ count }) => String(count), by: ({ count }) => count },
  {
    title: 'WHAT TO DO',
    width: 0,
    isLeft: true,
    text: ({ meaning, remedy }) => `${meaning}. What to do: ${remedy}`,
  },
];

const PURGES: readonly Column<PurgeView>[] = [
  { title: 'AT', width: 8, isLeft: true, text: ({ at }) => clock(at), by: ({ at }) => at },
  {
    title: 'TAGS',
    width: 0,
    isLeft: true,
    text: ({ tags, more }) => `${tags.join(' ')}${more ? ` +${more}` : ''}`,
  },
  { title: 'BY', width: 26, isLeft: true, text: ({ cause = '' }) => cause, by: ({ cause = '' }) => cause },
  {
    title: 'ARRIVED AFTER',
    width: 36,
    isLeft: true,
    text: ({ arrivals }) => {
      // The last ones matter most, and are seen where there is little room.
      const all = Object.entries(arrivals).sort(([, a], [, b]) => b - a);
      return all.length === 0
        ? ''
        : `${all.map(([region, ms]) => `${region} ${Math.round(ms)}`).join(', ')} ms`;
    },
  },
];

const REGIONS: readonly Column<RegionView>[] = [
  {
    title: 'REGION',
    width: 0,
    isLeft: true,
    text: ({ name, isPrimary, isHere }) =>
      `${name}${isPrimary ? ' (primary)' : ''}${isHere ? ' (here)' : ''}`,
    by: ({ name }) => name,
  },
  {
    title: 'STATE',
    width: 28,
    isLeft: true,
    text: ({ state, reason }) => (state === reason ? state : `${state}: ${reason}`),
  },
  {
    title: 'A SECOND',
    width: 9,
    text: ({ perSecond }) => perSecond.toFixed(1),
    by: ({ perSecond }) => perSecond,
  },
  { title: 'HITS', width: 8, text: ({ hitRate }) => formatPart(hitRate), by: ({ hitRate = 0 }) => hitRate },
  { title: 'HIT', width: 9, text: ({ hitMs }) => formatMs(hitMs), by: ({ hitMs = 0 }) => hitMs },
  { title: 'OTHER', width: 9, text: ({ otherMs }) => formatMs(otherMs), by: ({ otherMs = 0 }) => otherMs },
  {
    title: 'PROVEN AGO',
    width: 10,
    text: ({ provenAgo }) => formatMs(provenAgo),
    by: ({ provenAgo = 0 }) => provenAgo,
  },
];

const COLUMNS = {
  operations: OPERATIONS,
  reasons: REASONS_COLUMNS,
  purges: PURGES,
  regions: REGIONS,
} as const;

const MOST_PURGES = 200;
const BARS = ' ▁▂▃▄▅▆▇█';
const HELP =
  'tab, 1-4 what is shown   < > column to sort by   r reverse   / filter   space freeze   up down scroll   q end';

/** What `lastmile top` shows, made of views and keys. Pure: it writes nothing. */
export class TopScreen {
  isFrozen = false;
  /** what stands in the way of a new view */
  problem: string | undefined;
  #view: View | undefined;
  readonly #purges = new Map<string, PurgeView>();
  #pane: Pane = 'operations';
  /** of each pane: by which column it is sorted; 1: as told */
  readonly #sorts: Record<Pane, number> = { operations: 1, reasons: 1, purges: 0, regions: 0 };
  #isTurned = false;
  #filter = '';
  #isTyping = false;
  #scroll = 0;
  readonly #paint: ReturnType<typeof paints>;

  constructor(isColourful: boolean) {
    this.#paint = paints(isColourful);
  }

  see(view: View): void {
    if (!this.isFrozen) this.#view = view;
  }

  seePurge(purge: PurgeView): void {
    if (this.isFrozen) return;
    this.#purges.set(purge.position, purge);
    const [oldest] = this.#purges.keys();
    if (this.#purges.size > MOST_PURGES) this.#purges.delete(oldest!);
  }

  /** @param name of the key as node:readline calls it. @returns false: it is to end */
  press(name: string | undefined, character = ''): boolean {
    if (this.#isTyping) {
      if (name === 'return') this.#isTyping = false;
      else if (name === 'escape') [this.#isTyping, this.#filter] = [false, ''];
      else if (name === 'backspace') this.#filter = this.#filter.slice(0, -1);
      else if (character >= ' ' && character !== '\x7f') this.#filter += character;
      this.#scroll = 0;
      return true;
    }
    if (name === 'q') return false;
    const at = PANES.indexOf(this.#pane);
    if (name === 'tab') this.#show(PANES[(at + 1) % PANES.length]!);
    else if (/^[1-4]$/.test(character)) this.#show(PANES[Number(character) - 1]!);
    else if (name === 'space') this.isFrozen = !this.isFrozen;
    else if (name === 'r') this.#isTurned = !this.#isTurned;
    else if (character === '/') [this.#isTyping, this.#filter] = [true, ''];
    else if (name === 'escape') this.#filter = '';
    else if (name === 'down') this.#scroll++;
    else if (name === 'up') this.#scroll = Math.max(0, this.#scroll - 1);
    else if (character === '>' || name === 'right') this.#sortBy(1);
    else if (character === '<' || name === 'left') this.#sortBy(-1);
    return true;
  }

  /** All lines, none longer than the width, and not more than the height. */
  lines(width: number, height: number): string[] {
    const view = this.#view;
    const footer = this.#footer(width);
    if (!view) return [this.problem ?? 'Waiting for the first numbers...', '', footer];
    const head = [...this.#head(view, width), '', this.#tabs(width), ''];
    const room = Math.max(1, height - head.length - 3);
    return [...head, ...this.#table(view, width, room), '', footer].slice(0, height);
  }

  #show(pane: Pane): void {
    this.#pane = pane;
    this.#isTurned = false;
    this.#scroll = 0;
  }

  #sortBy(step: number): void {
    const columns = COLUMNS[this.#pane];
    let at = this.#sorts[this.#pane];
    do at = (at + step + columns.length) % columns.length;
    while (!columns[at]!.by);
    this.#sorts[this.#pane] = at;
  }

  #head(view: View, width: number): string[] {
    const { answers, region, regions, version, workers, memory, seconds, isServing } = view;
    const here = regions.find(({ isHere }) => isHere);
    const paint = this.#paint;
    const isWell = here?.state === 'proven';
    const state = paint(
      isWell ? 'green' : 'yellow',
      `${here?.state ?? ''}${isWell ? '' : ` (${here?.reason})`}`,
    );
    const perSecond = here ? here.perSecond.toFixed(1) : '-';
    const off = isServing ? '' : `  ${paint('red', 'the cache is switched off')}`;
    const processes = workers > 1 ? `, ${workers} processes` : '';
    return [
      `${paint('bold', 'lastmile top')}  ${region}  ${state}  ${version}${processes}${off}`,
      `${perSecond} a second   hits ${paint('bold', formatPart(answers.hitRate))} of at most ${formatPart(answers.highestHitRate)}   ` +
        `hit ${formatMs(answers.hitMs.p50)}, p99 ${formatMs(answers.hitMs.p99)}   other ${formatMs(answers.otherMs.p50)}, p99 ${formatMs(answers.otherMs.p99)}   ` +
        `lost ${paint('bold', formatMs(answers.lostMs))}`,
      `${memory.entries} entries in memory, ${(memory.bytes / 2 ** 20).toFixed(1)} MiB   ` +
        paint('dim', `the last ${view.lookedFor} s, up to ${view.windowSeconds}`),
      warmingLine(view.warming),
      ...sparkline(seconds, Math.min(60, width - 12)),
    ].map((line) => cut(line, width));
  }

  #tabs(width: number): string {
    const names = width < 52 ? PANES.map((pane) => (pane === this.#pane ? pane : '')) : PANES;
    return PANES.map((pane, at) => {
      const title = ` ${`${at + 1} ${names[at]}`.trim()} `;
      return pane === this.#pane ? this.#paint('inverse', title) : title;
    }).join(' ');
  }

  #table(view: View, width: number, room: number): string[] {
    switch (this.#pane) {
      case 'operations':
        return this.#rows(OPERATIONS, view.operations, width, room);
      case 'reasons':
        return this.#rows(REASONS_COLUMNS, view.reasons, width, room);
      case 'purges':
        return this.#rows(PURGES, [...this.#purges.values()], width, room);
      case 'regions':
        return this.#rows(REGIONS, view.regions, width, room);
    }
  }

  #rows<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number, room: number): string[] {
    const sort = this.#sorts[this.#pane];
    const { by } = columns[sort]!;
    const sorted = by ? rows.toSorted((a, b) => compare(by(a), by(b))) : [...rows];
    if (this.#isTurned) sorted.reverse();
    const wanted = this.#filter.toLowerCase();
    const kept = sorted.filter((row) =>
      columns.some(({ text, isLeft }) => isLeft && text(row).toLowerCase().includes(wanted)),
    );
    const shown = fitting(columns, width);
    const fixed = shown.reduce((total, { width: own }) => total + (own > 0 ? own + 1 : 0), 0);
    const rest = Math.max(8, width - fixed);
    const lineOf = (textOf: (column: Column<Row>) => string): string =>
      shown
        .map((column) => {
          const own = column.width || rest;
          const text = cut(textOf(column), own);
          return column.isLeft ? text.padEnd(own) : text.padStart(own);
        })
        .join(' ')
        .slice(0, width);
    const arrow = this.#isTurned ? '^' : 'v';
    const title = lineOf((column) => `${column.title}${column === columns[sort] ? arrow : ''}`);
    this.#scroll = Math.min(this.#scroll, Math.max(0, kept.length - room));
    const lines = kept.slice(this.#scroll, this.#scroll + room).map((row) => lineOf(({ text }) => text(row)));
    const none = this.#filter === '' ? 'Nothing yet.' : `Nothing with "${this.#filter}".`;
    return [this.#paint('dim', title), ...(lines.length > 0 ? lines : [none])];
  }

  #footer(width: number): string {
    if (this.#isTyping) return cut(`filter: ${this.#filter}_`, width);
    const notes = [
      this.isFrozen ? this.#paint('yellow', 'FROZEN') : '',
      this.#filter === '' ? '' : `filter: ${this.#filter}`,
      this.problem === undefined ? '' : this.#paint('red', this.problem),
    ].filter((note) => note !== '');
    return [...notes, this.#paint('dim', cut(HELP, Math.max(0, width - (notes.length > 0 ? 30 : 0))))].join(
      '  ',
    );
  }
}

/** Without the last ones, as many as have no room. */
function fitting<Row>(columns: readonly Column<Row>[], width: number): readonly Column<Row>[] {
  let shown = columns;
  const needed = (): number => shown.reduce((total, { width: own }) => total + (own || 18) + 1, 0);
  while (shown.length > 2 && needed() > width) {
    // Of operations the reasons say more than the times before them.
    const spare = shown.findLastIndex(({ width: own, isLeft }) => own > 0 && !isLeft);
    const at = spare < 2 ? shown.length - 1 : spare;
    shown = shown.filter((_, index) => index !== at);
  }
  return shown;
}

/** What was filled before it was asked for: what it cost, and what it was good for. */
function warmingLine({ asked, relayed, used, wasted }: View['warming']): string {
  const waste = used + wasted === 0 ? '' : ` (${formatPart(wasted / (used + wasted))})`;
  return (
    `warming: ${used} misses saved, ${wasted} ${wasted === 1 ? 'fill' : 'fills'} never used${waste}   ` +
    `${asked} upstream ${asked === 1 ? 'request' : 'requests'}, ${relayed} ${relayed === 1 ? 'entry' : 'entries'} of the primary region`
  );
}

/** Answers a second, and of these what did not come from the cache. */
function sparkline(seconds: View['seconds'], most: number): string[] {
  const shown = seconds.slice(-most);
  const all = shown.map(
    ({ hit, stale, partial, miss, bypass, error }) => hit + stale + partial + miss + bypass + error,
  );
  const others = shown.map(({ partial, miss, bypass, error }) => partial + miss + bypass + error);
  const top = Math.max(1, ...all);
  const draw = (counts: readonly number[]): string =>
    counts.map((count) => BARS[Math.ceil((count / top) * (BARS.length - 1))]).join('');
  return [`answers    ${draw(all)}`, `not cached ${draw(others)}`];
}

/** The largest number first, and text in its order. */
function compare(a: number | string, b: number | string): number {
  if (typeof a === 'string' || typeof b === 'string') return String(a) < String(b) ? -1 : a === b ? 0 : 1;
  return b - a;
}

/** Of text without a colour; with one only where it fits anyway. */
function cut(text: string, width: number): string {
  if (text.includes('\x1b')) return text;
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function clock(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}
