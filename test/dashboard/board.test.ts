import fc from 'fast-check';
import { Board, WINDOW_SECONDS } from '../../src/dashboard/board';
import { NO_WARMING, Recorder, type SeenCount } from '../../src/dashboard/recorder';
import { Timings } from '../../src/dashboard/timings';
import type { AnswerOutcome, PartsStatus } from '../../src/report/cache-status';
import type { Reason } from '../../src/report/reason';

function seen(name: string, outcome: AnswerOutcome, reason: Reason | '', ...ms: number[]): SeenCount {
  return { ...recorded({ outcome, reason: reason === '' ? undefined : reason }, ms), name };
}

function recorded(
  what: { outcome: AnswerOutcome; reason: Reason | undefined; parts?: PartsStatus },
  ms: readonly number[],
): SeenCount {
  const recorder = new Recorder(() => ({ entries: 0, bytes: 0 }));
  recorder.look('numbers');
  for (const tookMs of ms)
    recorder.observe({ ...what, stored: false, collapsed: false, tookMs, bound: undefined });
  return recorder.take().counts[0]!;
}

function boardOf(...counts: SeenCount[]): Board {
  const board = new Board();
  board.add({ counts, documents: [], warming: NO_WARMING }, 0);
  return board;
}

describe('timings', () => {
  it('tell a quantile to within a sixth', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.02, max: 50_000, noNaN: true }), { minLength: 1, maxLength: 50 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (all, part) => {
          const timings = new Timings();
          for (const ms of all) timings.add(ms);
          const exact = all.toSorted((a, b) => a - b)[Math.ceil(part * all.length) - 1]!;
          const told = timings.quantile(part)!;
          expect(Math.max(told / exact, exact / told)).toBeLessThan(7 / 6);
        },
      ),
    );
  });

  it('know nothing of what was not counted, and hold what is beyond the scale', () => {
    expect(new Timings().quantile(0.5)).toBeUndefined();
    const timings = new Timings();
    for (const ms of [0, 1e-12, 1e9]) timings.add(ms);
    expect(timings.total).toBe(3);
  });
});

describe('what is lost', () => {
  it('is answers that were no hits, times how much longer they took than a hit', () => {
    const board = boardOf(seen('Page', 'hit', '', 1, 1, 1), seen('Page', 'miss', 'purged', 100, 100));
    const [page] = board.summary(0).operations;
    expect(page!.lostMs / (2 * 99)).toBeCloseTo(1, 0);
    expect(page).toMatchObject({ count: 5, hits: 3, misses: 2, hitRate: 0.6, reasons: [['purged', 2]] });
  });

  it('ranks operations by what they cost, not by how often they are asked', () => {
    const often = Array.from({ length: 100 }, () => 2);
    const { operations } = boardOf(
      seen('Often', 'hit', '', 1),
      seen('Often', 'miss', 'absent', ...often),
      seen('Slow', 'bypass', 'no-policy', 900, 900),
    ).summary(0);
    expect(operations.map(({ name }) => name)).toEqual(['Slow', 'Often']);
  });

  it('is nothing for mutations and errors, which no policy can change', () => {
    const { operations, reasons } = boardOf(
      seen('Rename', 'bypass', 'mutation', 500),
      seen('(not valid)', 'bypass', 'invalid', 500),
      seen('Page', 'error', '', 500),
    ).summary(0);
    expect(operations.map(({ lostMs }) => lostMs)).toEqual([0, 0, 0]);
    expect(reasons.map(({ lostMs }) => lostMs)).toEqual([0, 0]);
  });

  it('goes with its reason, with what to do and the operations it costs most', () => {
    const [first, second] = boardOf(
      seen('A', 'bypass', 'no-policy', 50),
      seen('B', 'bypass', 'no-policy', 500),
      seen('C', 'miss', 'absent', 10),
      seen('C', 'stale', 'expired', 1),
    ).summary(0).reasons;
    expect(first).toMatchObject({ reason: 'no-policy', count: 2, operations: ['B', 'A'] });
    expect(first!.remedy).toContain('@cacheControl');
    expect(second).toMatchObject({ reason: 'absent', count: 1 });
  });
});

it('tells the highest hit rate that the policy allows', () => {
  const { answers } = boardOf(
    seen('A', 'hit', '', 1, 1),
    seen('A', 'miss', 'purged', 5),
    seen('B', 'bypass', 'no-policy', 5),
    seen('M', 'bypass', 'mutation', 5, 5, 5),
  ).summary(0);
  expect(answers).toMatchObject({ count: 7, hitRate: 0.5, highestHitRate: 0.75 });
});

it('counts an answer in parts by its parts', () => {
  // Of four parts one is never kept, and one was purged.
  const parts = { all: 4, asked: ['no-policy', 'purged'] } as const;
  const partial = recorded({ outcome: 'partial', reason: 'purged', parts }, [1, 1]);
  const cold = recorded(
    { outcome: 'bypass', reason: 'no-policy', parts: { all: 2, asked: ['no-policy', 'absent'] } },
    [5],
  );
  const board = boardOf({ ...partial, name: 'A' }, { ...cold, name: 'B' }, seen('C', 'hit', '', 1));
  const { answers, operations } = board.summary(0);
  expect(answers).toMatchObject({ hitRate: 2 / 4, highestHitRate: (2 * 0.75 + 0.5 + 1) / 4 });
  expect(operations.find(({ name }) => name === 'A')!.hitRate).toBe(0.5);
});

it('forgets what is older than the window', () => {
  const board = boardOf(seen('A', 'hit', '', 1));
  const later = (WINDOW_SECONDS + 1) * 1000;
  board.add({ counts: [seen('B', 'hit', '', 1)], documents: [], warming: NO_WARMING }, later);
  expect(board.summary(later).operations.map(({ name }) => name)).toEqual(['B']);
});

it('sums up what all processes filled before it was asked for, within the window', () => {
  const board = new Board();
  const add = (warming: object, now: number): void =>
    board.add({ counts: [], documents: [], warming: { ...NO_WARMING, ...warming } }, now);
  add({ asked: 3, used: 2 }, 0);
  add({ asked: 1, relayed: 5, wasted: 1 }, 1000);
  expect(board.summary(1000).warming).toEqual({ asked: 4, relayed: 5, used: 2, wasted: 1 });
  const later = (WINDOW_SECONDS + 1) * 1000;
  add({ used: 1 }, later);
  expect(board.summary(later).warming).toEqual({ ...NO_WARMING, used: 1 });
});

it('keeps the seconds of the last minute', () => {
  const board = new Board();
  for (let second = 0; second < 70; second++) {
    const times = Array.from({ length: second }, () => 1);
    board.add(
      { counts: second > 0 ? [seen('A', 'hit', '', ...times)] : [], documents: [], warming: NO_WARMING },
      0,
    );
    board.tick();
  }
  expect(board.seconds).toHaveLength(60);
  expect(board.seconds.at(-1)).toMatchObject({ hit: 69, miss: 0 });
});
