import fc from 'fast-check';
import { MergedAppends } from '../../src/purge/merged-appends';
import type { Purge } from '../../src/purge/log';
import { positionAt, type Position } from '../../src/purge/position';
import type { Tag } from '../../src/purge/tag';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const hard = (...tags: string[]): Purge[] => tags.map((tag) => ({ tag: tag as Tag, kind: 'hard' }));

/** A log that takes a while to acknowledge. */
function start() {
  const records: { readonly at: number; readonly tags: readonly string[] }[] = [];
  const merged = new MergedAppends((purges) => {
    const position = positionAt(1, records.push({ at: Date.now(), tags: purges.map(({ tag }) => tag) }));
    return new Promise<Position>((resolve) => setTimeout(() => resolve(position), 7));
  });
  return { records, merged };
}

it('makes two records of a hundred equal purges at a time, and one more for each 50 ms that they go on', async () => {
  const { records, merged } = start();
  const all = Array.from({ length: 100 }, () => merged.append(hard('A:1', '[A]')));
  expect(records.length).toBe(1);
  await jest.advanceTimersByTimeAsync(60);
  expect(records.length).toBe(2);
  const positions = await Promise.all(all);
  expect(positions[0]).toEqual(positionAt(1, 1));
  expect(new Set(positions.slice(1))).toEqual(new Set([positionAt(1, 2)]));
});

it('takes the same tags in another order for equal, and one more, or another kind of purge, for another', async () => {
  const { records, merged } = start();
  void merged.append(hard('A:1', '[A]'));
  void merged.append(hard('[A]', 'A:1'));
  void merged.append(hard('A:1', '[A]', 'B:1'));
  void merged.append([{ tag: 'A:1' as Tag, kind: 'soft' }]);
  void merged.append(hard('A:1'));
  void merged.append([{ tag: 'A:1' as Tag, kind: 'hard', keepsLists: true }]);
  expect(records.length).toBe(5);
  await jest.advanceTimersByTimeAsync(200);
  expect(records.length).toBe(6);
});

it('appends no purge before it was asked for, none later than 50 ms after, and none in vain', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ after: fc.nat(80), tags: fc.subarray(['A:1', '[A]'], { minLength: 1 }) }), {
        maxLength: 30,
      }),
      async (asked) => {
        const { records, merged } = start();
        const kept: { at: number; tags: readonly string[]; seq: number }[] = [];
        for (const { after, tags } of asked) {
          await jest.advanceTimersByTimeAsync(after);
          const at = Date.now();
          void merged.append(hard(...tags)).then(({ seq }) => kept.push({ at, tags, seq }));
        }
        await jest.advanceTimersByTimeAsync(1000);
        expect(kept.length).toBe(asked.length);
        for (const { at, tags, seq } of kept) {
          const record = records[seq - 1]!;
          expect(record.tags).toEqual(tags);
          expect(record.at).toBeGreaterThanOrEqual(at);
          expect(record.at).toBeLessThanOrEqual(at + 50);
        }
        expect(new Set(kept.map(({ seq }) => seq)).size).toBe(records.length);
      },
    ),
    { numRuns: 100 },
  );
});

it('tells all whose purge one record was that it is not acknowledged', async () => {
  const merged = new MergedAppends(() => Promise.reject(new Error('no primary')));
  const all = Array.from({ length: 3 }, () => merged.append(hard('A:1')));
  const settled = Promise.allSettled(all);
  await jest.advanceTimersByTimeAsync(100);
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
});
