import { plainLine } from '../../src/cli/top';
import { TopScreen } from '../../src/cli/top-screen';
import type { OperationView, View } from '../../src/dashboard/view';

function operation(name: string, more: Partial<OperationView> = {}): OperationView {
  return {
    name,
    count: 10,
    hits: 5,
    misses: 5,
    bypasses: 0,
    errors: 0,
    hitRate: 0.5,
    hitMs: 0.2,
    otherMs: 40,
    lostMs: 199,
    reasons: [['purged', 5]],
    isKnown: true,
    ...more,
  };
}

function viewOf(...operations: OperationView[]): View {
  const quantiles = { p50: 0.2, p95: 1, p99: 2 };
  return {
    region: 'iad',
    primaryRegion: 'iad',
    version: '0.1.0',
    workers: 1,
    lookedFor: 12,
    windowSeconds: 300,
    isServing: true,
    without: [],
    memory: { entries: 3, bytes: 3000 },
    seconds: [{ hit: 3, stale: 0, partial: 0, miss: 1, bypass: 0, error: 0 }],
    answers: {
      count: 10,
      hitRate: 0.5,
      highestHitRate: 0.9,
      hitMs: quantiles,
      otherMs: quantiles,
      lostMs: 1990,
    },
    operations,
    reasons: [
      {
        reason: 'purged',
        count: 5,
        lostMs: 199,
        meaning: 'it was purged',
        remedy: 'nothing',
        operations: ['Page'],
      },
    ],
    latencies: { from: 0.01, perDecade: 8, hits: [], others: [] },
    warming: { asked: 12, relayed: 30, used: 34, wasted: 6 },
    regions: [
      {
        name: 'iad',
        isHere: true,
        isPrimary: true,
        state: 'proven',
        reason: 'current',
        provenAgo: 20,
        gateways: 1,
        perSecond: 12.5,
        hitRate: 0.5,
        hitMs: 0.2,
        otherMs: 40,
        position: '5-7',
      },
    ],
  };
}

const PAGES = [
  operation('Page', { lostMs: 900 }),
  operation('Cart', { count: 70 }),
  operation('About', { lostMs: 0 }),
];

function shown(screen: TopScreen, width = 120): string {
  return screen.lines(width, 30).join('\n');
}

function order(screen: TopScreen): string[] {
  return [...shown(screen).matchAll(/^(Page|Cart|About) /gm)].map(([, name]) => name!);
}

let screen: TopScreen;
beforeEach(() => {
  screen = new TopScreen(false);
  screen.see(viewOf(...PAGES));
});

it('shows where the region stands, the hit rate with what is possible, and what is lost', () => {
  expect(shown(screen)).toMatch(/iad {2}proven/);
  expect(shown(screen)).toContain('hits 50.0 % of at most 90.0 %');
  expect(shown(screen)).toContain('lost 1.99 s');
  expect(order(screen)).toEqual(['Page', 'Cart', 'About']);
});

it('shows in one line what was filled ahead, what it cost, and how much of it was waste', () => {
  expect(shown(screen)).toContain(
    'warming: 34 misses saved, 6 fills never used (15.0 %)   12 upstream requests, 30 entries of the primary region',
  );
  screen.see({ ...viewOf(...PAGES), warming: { asked: 1, relayed: 0, used: 0, wasted: 0 } });
  expect(shown(screen)).toContain('warming: 0 misses saved, 0 fills never used   1 upstream request,');
});

it('sorts by another column, and turns it round', () => {
  screen.press(undefined, '>');
  expect(order(screen)).toEqual(['Cart', 'Page', 'About']);
  screen.press('r', 'r');
  expect(order(screen).at(-1)).toBe('Cart');
});

it('filters by what is typed, until escape', () => {
  for (const character of '/car') screen.press(character, character);
  screen.press('return', '\r');
  expect(order(screen)).toEqual(['Cart']);
  screen.press('escape', '\x1b');
  expect(order(screen)).toHaveLength(3);
});

it('takes a q that is typed into the filter for a letter, and ends by one that is not', () => {
  screen.press('/', '/');
  expect(screen.press('q', 'q')).toBe(true);
  screen.press('return', '\r');
  expect(screen.press('q', 'q')).toBe(false);
});

it('stands still while it is frozen', () => {
  screen.press('space', ' ');
  screen.see(viewOf(operation('Other')));
  expect(shown(screen)).toContain('FROZEN');
  expect(order(screen)).toHaveLength(3);
  screen.press('space', ' ');
  screen.see(viewOf(operation('Other')));
  expect(shown(screen)).toContain('Other');
});

it('shows reasons, purges and regions by their numbers, or one after another', () => {
  screen.seePurge({
    position: '5-7',
    at: 0,
    tags: ['Product:1'],
    more: 2,
    isSoft: false,
    cause: 'Mutation.rename',
    arrivals: { iad: 0, syd: 107.4 },
  });
  screen.press('tab', '\t');
  expect(shown(screen)).toContain('it was purged. What to do: nothing');
  screen.press('3', '3');
  expect(shown(screen)).toMatch(/Product:1 \+2 +Mutation\.rename +syd 107, iad 0 ms/);
  screen.press('4', '4');
  expect(shown(screen)).toMatch(/iad \(primary\) \(here\) +proven: current/);
});

it.each([40, 80, 200])('fits into %d columns and into few lines', (width) => {
  screen.see(viewOf(...Array.from({ length: 50 }, (_, at) => operation(`Operation${at}${'x'.repeat(100)}`))));
  const lines = screen.lines(width, 20);
  expect(lines.length).toBeLessThanOrEqual(20);
  expect(lines.filter((line) => line.length > width)).toEqual([]);
});

it('says in one line what matters most, for a pipe', () => {
  expect(plainLine(viewOf(...PAGES))).toMatch(
    /iad proven 12\.5 a second, hits 50\.0 % of at most 90\.0 %.* lost 1\.99 s, most by Page \(900 ms, purged\)$/,
  );
});
