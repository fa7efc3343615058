import type { CacheKey } from '../../../src/cache/entry';
import { HotAnswers } from '../../../src/gateway/warm/hot-answers';
import type { SharedQuery } from '../../../src/gateway/warm/shared-query';
import type { Tag } from '../../../src/purge/tag';
import { cacheKey, makeEntry } from '../../cache/entries';
import { holdRegion, type HeldRegion } from '../harness';

const WINDOW = 60_000;

interface Held extends HeldRegion {
  readonly hot: HotAnswers;
  /** what became of refreshes: true, it was used */
  readonly outcomes: boolean[];
  readonly fill: (name: string, tag?: string) => CacheKey;
}

function hold(): Held {
  const held = holdRegion({ maxEntryBytes: 1000 });
  const { region } = held;
  const outcomes: boolean[] = [];
  const hot = new HotAnswers({
    near: region.near,
    table: region.table,
    now: region.now,
    windowMs: WINDOW,
    refreshed: (wasUsed) => void outcomes.push(wasUsed),
  });
  const fill = (name: string, tag = `Page:${name}`): CacheKey => {
    void region.near.set(
      makeEntry(name, { tags: [tag as Tag], asOf: region.table.position, answeredAt: region.now() }),
    );
    return cacheKey(name);
  };
  return { ...held, hot, outcomes, fill };
}

function queryOf(name: string, more: Partial<SharedQuery> = {}): SharedQuery {
  return {
    text: `{ ${name} }`,
    operationName: undefined,
    variables: {},
    parameters: '',
    headers: {},
    ...more,
  };
}

/** Asks for an entry as requests do. */
function ask({ region }: Held, key: CacheKey, times: number): void {
  for (let each = 0; each < times; each++) region.peek(key);
}

it('tells which were purged, with how often each was asked for', () => {
  const held = hold();
  const { hot, fill, purge } = held;
  for (const name of ['a', 'b', 'c']) hot.add(fill(name), queryOf(name));
  ask(held, cacheKey('a'), 5);
  ask(held, cacheKey('b'), 9);
  purge('Page:a', 'Page:b');
  expect(hot.takePurged().map(({ answer, asked, purged }) => [answer.query.text, asked, purged])).toEqual([
    ['{ a }', 5, 1],
    ['{ b }', 9, 1],
  ]);
});

it('tells of each purged entry once, and again of the one after it', () => {
  const { hot, fill, purge } = hold();
  hot.add(fill('a'), queryOf('a'));
  purge('Page:a');
  expect(hot.takePurged()).toHaveLength(1);
  purge('Page:a');
  expect(hot.takePurged()).toHaveLength(0);
  fill('a');
  expect(hot.takePurged()).toHaveLength(0);
  purge('Page:a');
  expect(hot.takePurged()).toMatchObject([{ purged: 2 }]);
});

it('P47 looks for as long as it may, and goes on the next time', () => {
  const held = hold();
  const { hot, fill, purge } = held;
  for (let each = 0; each < 100; each++) hot.add(fill(`${each}`, '[Page]'), queryOf(`a${each}`));
  purge('[Page]');
  let found = 0;
  let looks = 0;
  do {
    found += hot.takePurged(0).length;
    looks++;
  } while (hot.isLooking);
  expect(found).toBe(100);
  expect(looks).toBeGreaterThan(5);
});

it('goes by the purge table, which knows more than the names of tags', () => {
  const { hot, fill, purge } = hold();
  hot.add(fill('a', '~Page'), queryOf('a'));
  hot.add(fill('b', 'Page:7'), queryOf('b'));
  purge('Page:3');
  expect(hot.takePurged().map(({ answer }) => answer.query.text)).toEqual(['{ a }']);
  purge('*');
  expect(hot.takePurged().map(({ answer }) => answer.query.text)).toEqual(['{ b }']);
});

it('keeps the count of an answer whose entry is filled again', () => {
  const held = hold();
  const { hot, fill, purge } = held;
  const key = fill('a');
  hot.add(key, queryOf('a'));
  ask(held, key, 4);
  fill('a');
  ask(held, key, 2);
  purge('Page:a');
  expect(hot.takePurged()).toMatchObject([{ asked: 6 }]);
});

it('counts what is asked for less than once in a window, and purged more rarely', () => {
  const held = hold();
  const { hot, fill, purge, clock } = held;
  hot.add(fill('a'), queryOf('a'));
  for (let window = 0; window < 6; window++) {
    clock.now += WINDOW / 60;
    if (window % 2 === 0) ask(held, cacheKey('a'), 1);
    hot.turn();
    hot.turn();
  }
  purge('Page:a');
  expect(hot.takePurged()).toMatchObject([{ asked: 3, purged: 1 }]);
});

describe('what was refreshed', () => {
  it('was used once it is asked for', () => {
    const held = hold();
    const answer = held.hot.add(held.fill('a'), queryOf('a'));
    held.hot.refreshed(answer);
    ask(held, answer.key, 1);
    held.purge('Page:a');
    expect(held.hot.takePurged()).toMatchObject([{ wasUnused: false }]);
    expect(held.outcomes).toEqual([true]);
  });

  it('was used by those who joined the call for it', () => {
    const held = hold();
    const answer = held.hot.add(held.fill('a'), queryOf('a'));
    held.purge('Page:a');
    held.hot.takePurged();
    held.hot.refreshing(answer);
    ask(held, answer.key, 2);
    held.fill('a');
    held.hot.refreshed(answer);
    expect(held.outcomes).toEqual([true]);
    held.purge('Page:a');
    expect(held.hot.takePurged()).toMatchObject([{ wasUnused: false, asked: 2 }]);
    expect(held.outcomes).toEqual([true]);
  });

  it.each(['while it is called for', 'later'])('was used where another region takes it %s', (when) => {
    const held = hold();
    const answer = held.hot.add(held.fill('a'), queryOf('a'));
    for (const refreshes of [1, 2]) {
      held.purge('Page:a');
      expect(held.hot.takePurged()).toMatchObject([{ wasUnused: false, asked: 0 }]);
      held.hot.refreshing(answer);
      if (when !== 'later') held.hot.taken(answer.key);
      held.fill('a');
      held.hot.refreshed(answer);
      if (when === 'later') held.hot.taken(answer.key);
      expect(held.outcomes).toEqual(Array.from({ length: refreshes }, () => true));
    }
    held.hot.refreshing(answer);
    held.fill('a');
    held.hot.refreshed(answer);
    held.purge('Page:a');
    expect(held.hot.takePurged()).toMatchObject([{ wasUnused: true }]);
    expect(held.outcomes).toEqual([true, true, false]);
  });

  it('was wasted when it is purged first', () => {
    const held = hold();
    const answer = held.hot.add(held.fill('a'), queryOf('a'));
    ask(held, answer.key, 5);
    held.hot.refreshing(answer);
    held.fill('a');
    held.hot.refreshed(answer);
    held.purge('Page:a');
    expect(held.hot.takePurged()).toMatchObject([{ wasUnused: true, asked: 5 }]);
    expect(held.outcomes).toEqual([false]);
  });

  it('was wasted when its time is over first', () => {
    const held = hold();
    held.hot.refreshed(held.hot.add(held.fill('a'), queryOf('a')));
    held.clock.now += 91_000;
    held.hot.turn();
    expect(held.outcomes).toEqual([false]);
  });
});

it('P46 stays within its bounds, and keeps the hottest', () => {
  const held = hold();
  const { hot, fill } = held;
  const hottest = fill('hottest');
  hot.add(hottest, queryOf('hottest'));
  ask(held, hottest, 3);
  for (let each = 0; each < 10_000; each++) hot.add(cacheKey(`cold ${each}`), queryOf(`cold${each}`));
  expect(hot.size).toBeLessThanOrEqual(2000);
  expect(hot.has(hottest)).toBe(true);
  const long = { text: `{ long } # ${'x'.repeat(10_000)}` };
  for (let each = 0; each < 2000; each++) hot.add(cacheKey(`long ${each}`), queryOf('long', long));
  expect(hot.bytes).toBeLessThan(9 * 2 ** 20);
  expect(hot.has(hottest)).toBe(true);
});
