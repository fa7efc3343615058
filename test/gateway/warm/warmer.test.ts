import { setImmediate as turn } from 'node:timers/promises';
import { Warmer, type Warmed } from '../../../src/gateway/warm/warmer';
import type { Tag } from '../../../src/purge/tag';
import { cacheKey, makeEntry } from '../../cache/entries';
import { holdRegion } from '../harness';

const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** A warmer whose calls end when they are told to. */
function hold({ concurrency = 4, users = 0 } = {}) {
  const held = holdRegion();
  const { region } = held;
  const asked: string[] = [];
  const ends: ((result: Warmed) => void)[] = [];
  const state = { users };
  const results: string[] = [];
  let running = 0;
  const warmer = new Warmer({
    region,
    options: {
      minHits: 3,
      windowMs: 60_000,
      concurrency,
      upstreamPerSecond: 50,
      primary: undefined,
      primaryTook: () => {},
      count: (result) => void results.push(result),
    },
    perSecond: () => 50,
    underWay: () => running + state.users,
    fill: ({ query }) => {
      asked.push(query.text);
      running++;
      return new Promise<Warmed>((resolve) =>
        ends.push((result) => {
          running--;
          resolve(result);
        }),
      );
    },
    fault: (error) => {
      throw error;
    },
  });
  /** Hot answers, each asked for once more often than the one before. */
  const heat = (names = LETTERS): void =>
    names.forEach((name, index) => {
      const tags = [`Page:${name}` as Tag, '[Page]' as Tag];
      void region.near.set(makeEntry(name, { tags, asOf: region.table.position, answeredAt: region.now() }));
      const query = { text: name, operationName: undefined, variables: {}, parameters: '', headers: {} };
      warmer.hot.add(cacheKey(name), query);
      for (let ask = 0; ask < 10 + index; ask++) region.peek(cacheKey(name));
    });
  const end = async (result: Warmed = 'stored'): Promise<void> => {
    ends.shift()!(result);
    await turn();
    await turn();
  };
  return { ...held, warmer, asked, results, state, heat, end };
}

it('asks for the hottest first, so many at a time', async () => {
  const { heat, purge, asked, end, warmer } = hold({ concurrency: 3 });
  heat();
  purge('[Page]');
  await turn();
  await turn();
  expect(asked.join('')).toBe('hgf');
  await end();
  expect(asked.join('')).toBe('hgfe');
  for (let each = 0; each < 7; each++) await end();
  expect(asked.join('')).toBe('hgfedcba');
  warmer.close();
});

it('P90 has as many fewer calls under way as users wait for, to the last one', async () => {
  const { heat, purge, asked, end, state, warmer } = hold({ concurrency: 4, users: 2 });
  heat();
  purge('[Page]');
  await turn();
  await turn();
  expect(asked).toHaveLength(2);
  state.users = 100;
  await end();
  expect(asked).toHaveLength(2);
  await end();
  expect(asked).toHaveLength(3);
  state.users = 0;
  await end();
  expect(asked).toHaveLength(7);
  warmer.close();
});

it('asks for none twice at a time, and for nothing once it is closed', async () => {
  const { heat, purge, asked, end, warmer } = hold({ concurrency: 1 });
  heat(['a', 'b']);
  purge('[Page]');
  await turn();
  await turn();
  purge('[Page]');
  await turn();
  await turn();
  expect(asked.join('')).toBe('b');
  warmer.close();
  await end();
  expect(asked.join('')).toBe('b');
});

it('counts what came of each', async () => {
  const { heat, purge, results, end, warmer } = hold({ concurrency: 3 });
  heat(['a', 'b', 'c']);
  purge('[Page]');
  await turn();
  await turn();
  await end('stored');
  await end('found');
  await end('failed');
  expect(results).toEqual(['stored', 'found', 'failed']);
  expect(warmer.hot.size).toBe(2);
  warmer.close();
});
