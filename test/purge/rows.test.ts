import * as fc from 'fast-check';
import { packTags } from '../../src/purge/packed-tags';
import { positionAt, type Position } from '../../src/purge/position';
import type { Purge } from '../../src/purge/log';
import { PurgeTable } from '../../src/purge/table';
import { changeTag, entityTag, EVERYTHING, subjectOf, type Tag } from '../../src/purge/tag';

const CHANGES: Readonly<Record<number, Tag>> = { 39: changeTag('P1'), 40: changeTag('P2') };
/** Entities of several types, and for two numbers any change of one of them, as answers depend on it. */
const tag = (id: number): Tag => CHANGES[id] ?? entityTag(`P${id % 7}`, id);
const anyPurges = fc.array(
  fc.record({
    tag: fc.oneof(
      { weight: 30, arbitrary: fc.nat(38).map(tag) },
      { weight: 1, arbitrary: fc.constant(EVERYTHING) },
    ),
    kind: fc.constantFrom<Purge['kind']>('hard', 'hard', 'soft'),
  }),
  { maxLength: 4 },
);

const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ do: fc.constant('next' as const), purges: anyPurges }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('ahead' as const), purges: anyPurges, by: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('gap' as const), purges: anyPurges }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('epoch' as const), purges: anyPurges }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('promise' as const), purges: anyPurges }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('distrust' as const), purges: anyPurges }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), purges: anyPurges }) },
);

/** An answer that was fresh at some version. */
interface Seen {
  readonly version: number;
  readonly asOf: Position;
  readonly tags: readonly Tag[];
}

it('never calls an answer untouched that is no longer fresh, whatever the table went through', () => {
  const spared = { apart: 0, packed: 0, subjects: 0 };
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 100 }),
      fc.array(fc.uniqueArray(fc.nat(40), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      (steps, answers) => {
        const table = new PurgeTable();
        table.restart([{ position: positionAt(100, 0), purges: [] }]);
        const seen: Seen[] = [];
        for (const each of steps) {
          const { epoch, seq } = table.position;
          const { purges } = each;
          if (each.do === 'next') table.apply({ position: positionAt(epoch, seq + 1), purges });
          if (each.do === 'gap') table.apply({ position: positionAt(epoch, seq + 3), purges });
          if (each.do === 'epoch') table.apply({ position: positionAt(epoch + 1, 0), purges });
          if (each.do === 'ahead') table.applyAhead(positionAt(epoch, seq + each.by), purges);
          if (each.do === 'promise') table.applyAhead(positionAt(epoch + 1, 0), purges);
          if (each.do === 'distrust') table.distrustBefore(table.position);
          if (each.do === 'restart') table.restart([{ position: positionAt(epoch, seq + 1), purges }]);
          for (const { version, asOf, tags } of seen) {
            if (table.hasSparedSince(version, tags.map(subjectOf))) {
              spared.subjects++;
              expect(table.verdict(asOf, tags)).toBe('fresh');
            }
            for (const form of [tags, packTags(tags)]) {
              if (!table.isUntouchedSince(version, form)) continue;
              spared[typeof form === 'string' ? 'packed' : 'apart']++;
              expect(table.verdict(asOf, tags)).toBe('fresh');
            }
          }
          for (const ids of answers) {
            const tags = ids.map(tag);
            const asOf = table.position;
            if (table.verdict(asOf, tags) === 'fresh') seen.push({ version: table.version, asOf, tags });
          }
        }
      },
    ),
    { numRuns: 300 },
  );
  // It is worth something only where the short cut is taken.
  expect(Math.min(spared.apart, spared.packed, spared.subjects)).toBeGreaterThan(100);
});

it('knows at once that an answer is untouched by purges of other things, and gives up where too much has happened', () => {
  const table = new PurgeTable();
  table.restart([{ position: positionAt(100, 0), purges: [] }]);
  const { version } = table;
  const purge = (seq: number, id: number): boolean =>
    table.apply({ position: positionAt(100, seq), purges: [{ tag: tag(id), kind: 'hard' }] });
  purge(1, 1);
  purge(2, 2);
  expect(table.isUntouchedSince(version, [tag(3)])).toBe(true);
  expect(table.isUntouchedSince(version, [tag(3), tag(2)])).toBe(false);
  for (let seq = 3; seq < 20; seq++) purge(seq, seq);
  expect(table.isUntouchedSince(version, [tag(100)])).toBe(false);
  expect(table.isUntouchedSince(table.version - 2, [tag(100)])).toBe(true);
});

it('knows of packed tags that they are untouched, however many others were purged', () => {
  const table = new PurgeTable();
  table.restart([{ position: positionAt(100, 0), purges: [] }]);
  const { version } = table;
  for (let seq = 1; seq <= 500; seq++)
    table.apply({ position: positionAt(100, seq), purges: [{ tag: tag(seq), kind: 'hard' }] });
  expect(table.isUntouchedSince(version, packTags([tag(9001), tag(9002)]))).toBe(true);
  expect(table.isUntouchedSince(version, packTags([tag(9001), tag(7)]))).toBe(false);
  expect(table.isUntouchedSince(table.version - 1, packTags([tag(9001), tag(7)]))).toBe(true);
});
