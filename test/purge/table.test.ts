import * as fc from 'fast-check';
import { packTags } from '../../src/purge/packed-tags';
import { comparePositions, nextPosition, ORIGIN, positionAt, type Position } from '../../src/purge/position';
import type { Purge, PurgeKind, PurgeRecord } from '../../src/purge/log';
import { PurgeTable } from '../../src/purge/table';
import {
  changeTag,
  declaredTag,
  entityTag,
  EVERYTHING,
  impliedBy,
  listTag,
  membershipTag,
  typeTag,
  type Tag,
} from '../../src/purge/tag';

const tag = (id: number): Tag => entityTag('P', id);
const hard = (...tags: Tag[]): Purge[] => tags.map((each) => ({ tag: each, kind: 'hard' }));
const soft = (...tags: Tag[]): Purge[] => tags.map((each) => ({ tag: each, kind: 'soft' }));
const record = (epoch: number, seq: number, purges: readonly Purge[] = []): PurgeRecord => ({
  position: positionAt(epoch, seq),
  purges,
});

/** A log as it really was: epochs one after the other, each gapless from 0, ten tags and everything. */
const kinds = fc.constantFrom<PurgeKind>('hard', 'hard', 'soft');
const anyTag = fc.oneof(
  { weight: 20, arbitrary: fc.nat(9).map(tag) },
  { weight: 1, arbitrary: fc.constant(EVERYTHING) },
);
const anyPurges = fc.array(fc.record({ tag: anyTag, kind: kinds }), { maxLength: 3 });
const anyRun = fc.array(anyPurges, { minLength: 1, maxLength: 12 });
const anyLog = fc
  .array(anyRun, { minLength: 1, maxLength: 4 })
  .map((runs) =>
    runs.flatMap((run, index) =>
      run.map((purges, seq) => record(100 + index * 7, seq, seq === 0 ? [] : purges)),
    ),
  );

/** What the log itself says of an answer: the worst purge of its tags after its as-of, up to and with `until`. */
function truth(log: readonly PurgeRecord[], asOf: Position, tags: readonly Tag[], until: Position): string {
  const kindsOf = log
    .filter(({ position }) => position.epoch === asOf.epoch)
    .filter(({ position }) => comparePositions(position, asOf) > 0 && comparePositions(position, until) <= 0)
    .flatMap(({ purges }) => purges)
    .filter((purge) => purge.tag === EVERYTHING || tags.includes(purge.tag))
    .map(({ kind }) => kind);
  return kindsOf.includes('hard') ? 'purged' : kindsOf.includes('soft') ? 'soft-purged' : 'fresh';
}

const rank = { distrusted: 0, purged: 1, 'soft-purged': 2, fresh: 3 } as Record<string, number>;

/** The table may be too careful, never too trusting. */
function expectNoTrustBeyond(log: readonly PurgeRecord[], table: PurgeTable): void {
  for (const { position: asOf } of log)
    for (let id = 0; id < 10; id++) {
      const verdict = table.verdict(asOf, [tag(id)]);
      if (verdict === 'distrusted') continue;
      const most =
        asOf.epoch === table.position.epoch ? truth(log, asOf, [tag(id)], table.position) : 'distrusted';
      if ((rank[verdict] as number) > (rank[most] as number))
        throw new Error(`${verdict} instead of ${most}: ${JSON.stringify({ asOf, id, at: table.position })}`);
    }
}

describe('a table that reads the whole log in order', () => {
  it('says what the log says, no more and no less', () => {
    fc.assert(
      fc.property(anyLog, fc.nat(30), fc.array(fc.nat(9), { maxLength: 3 }), (log, cut, ids) => {
        const table = new PurgeTable();
        table.restart(log.slice(0, cut % log.length));
        for (const each of log.slice(cut % log.length)) table.apply(each);
        const last = log.at(-1)?.position as Position;
        const tags = ids.map(tag);
        expect(table.position).toEqual(last);
        for (const { position: asOf } of log.filter(({ position }) => position.epoch === last.epoch))
          expect(table.verdict(asOf, tags)).toBe(truth(log, asOf, tags, last));
      }),
    );
  });
});

describe('a table that reads the newest part of the log first', () => {
  /** What came before a place, the newest first, in parts. */
  const historyOf = (log: readonly PurgeRecord[], cut: number, part: number): PurgeRecord[][] => {
    const older = log.slice(0, cut).toReversed();
    return Array.from({ length: Math.ceil(older.length / part) }, (_, at) =>
      older.slice(at * part, (at + 1) * part),
    );
  };

  it('says what the log says, once it has read on backwards, and never trusts more on the way', () => {
    fc.assert(
      fc.property(anyLog, fc.nat(40), fc.nat(40), fc.integer({ min: 1, max: 5 }), (log, cut, more, part) => {
        const from = cut % log.length;
        const until = from + 1 + (more % (log.length - from));
        const table = new PurgeTable();
        table.restart(log.slice(from, until));
        const late = log.slice(until);
        for (const older of historyOf(log, from, part)) {
          expectNoTrustBeyond(log, table);
          table.learnBefore(older);
          // What is new comes all the while.
          const next = late.shift();
          if (next) table.apply(next);
        }
        for (const next of late) table.apply(next);
        const plain = new PurgeTable();
        plain.restart(log);
        for (const { position: asOf } of log)
          for (const each of [...Array.from({ length: 10 }, (_, id) => tag(id)), changeTag('P')])
            expect(table.verdict(asOf, [each])).toBe(plain.verdict(asOf, [each]));
      }),
    );
  });

  it('lowers its floor with each part, up to the beginning of the epoch', () => {
    const table = new PurgeTable();
    table.restart([record(5, 6), record(5, 7)]);
    expect(table.verdict(positionAt(5, 4), [])).toBe('distrusted');
    const { version } = table;
    expect(table.learnBefore([record(5, 5, hard(tag(1))), record(5, 4)])).toBe(true);
    expect(table.floor).toEqual(positionAt(5, 4));
    expect(table.verdict(positionAt(5, 4), [tag(1)])).toBe('purged');
    expect(table.verdict(positionAt(5, 4), [tag(2)])).toBe('fresh');
    // What is trusted since was not looked at before, and what was trusted is as fresh as it was.
    expect(table.version).toBe(version);
    expect(table.learnBefore([record(5, 3), record(5, 2), record(5, 1), record(5, 0)])).toBe(false);
    expect(table.floor).toEqual(positionAt(5, 0));
    expect(table.learnBefore([record(4, 9)])).toBe(false);
  });

  it('P11 does not go past a gap, nor on after one in what came later', () => {
    const table = new PurgeTable();
    table.restart([record(5, 6), record(5, 7)]);
    expect(table.learnBefore([record(5, 5), record(5, 3)])).toBe(false);
    expect(table.floor).toEqual(positionAt(5, 5));
    table.apply(record(5, 9));
    expect(table.learnBefore([record(5, 4)])).toBe(false);
    expect(table.floor).toEqual(positionAt(5, 9));
  });

  it('P13 does not lower its floor below what is distrusted', () => {
    const table = new PurgeTable();
    table.restart([record(5, 0), record(5, 1), record(5, 2)]);
    table.restart([record(5, 4), record(5, 5)]);
    expect(table.learnBefore([record(5, 3), record(5, 2)])).toBe(false);
    expect(table.floor).toEqual(positionAt(5, 3));
    table.distrustBefore(positionAt(5, 6));
    expect(table.trusts).toBe(false);
  });

  it('P82 folds history for which there is no room, and lets nothing newer go for it', () => {
    const table = new PurgeTable(64 * 1024);
    const log = Array.from({ length: 3_000 }, (_, seq) => record(5, seq, seq === 0 ? [] : hard(tag(seq))));
    table.restart(log.slice(2_400));
    for (const older of historyOf(log, 2_400, 100)) table.learnBefore(older);
    expect(table.bytes).toBeLessThanOrEqual(64 * 1024);
    expect(table.folded).toBeGreaterThan(1_500);
    for (let seq = 1; seq < 3_000; seq++)
      expect(table.verdict(positionAt(5, seq - 1), [tag(seq)])).toBe('purged');
    expect(table.verdict(positionAt(5, 2_600), [tag(9_999)])).toBe('fresh');
  });

  it('P82 folds any change of a type with the first purge of it for which there is no room', () => {
    const table = new PurgeTable(2 ** 20);
    const log = Array.from({ length: 16_000 }, (_, seq) =>
      record(5, seq, seq === 0 ? [] : hard(seq === 1 ? entityTag('Q', 1) : tag(seq))),
    );
    table.restart(log.slice(15_000));
    for (const older of historyOf(log, 15_000, 100)) table.learnBefore(older);
    // An eighth of the slots is taken.
    expect(table.folded).toBeGreaterThan(1_000);
    expect(table.verdict(positionAt(5, 0), [changeTag('Q')])).toBe('purged');
    expect(table.verdict(positionAt(5, 15_998), [changeTag('P')])).toBe('purged');
    expect(table.verdict(positionAt(5, 15_999), [changeTag('P')])).toBe('fresh');
  });

  it('tells nobody of what was purged before it began', () => {
    const table = new PurgeTable();
    table.restart([record(5, 2)]);
    const told: unknown[] = [];
    table.onPurge((purges) => told.push(purges));
    table.learnBefore([record(5, 1, hard(tag(1)))]);
    expect(told).toEqual([]);
  });
});

describe('P14', () => {
  it('P14 applies purges idempotently in any order and number, and never trusts what the log does not', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('next' as const) }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('skip' as const), by: fc.integer({ min: 1, max: 3 }) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const), which: fc.nat(50) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('ahead' as const), which: fc.nat(50) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), from: fc.nat(50) }) },
    );
    fc.assert(
      fc.property(
        anyLog,
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 2, max: 20 }),
        (log, steps, maxRows) => {
          const table = new PurgeTable(maxRows * 70);
          let next = 0;
          for (const what of steps) {
            if (what.do === 'skip') next += what.by;
            else if (what.do === 'again') {
              // What was delivered twice is always of the run the log is in.
              const seen = log
                .slice(0, next)
                .filter(({ position }) => position.epoch === table.position.epoch);
              const again = seen[what.which % (seen.length || 1)];
              if (again) table.apply(again);
            } else if (what.do === 'ahead') {
              const ahead = log[what.which % log.length] as PurgeRecord;
              table.applyAhead(ahead.position, ahead.purges);
            } else if (what.do === 'restart') {
              const from = what.from % (next || 1);
              table.restart(log.slice(from, next));
            } else if (log[next]) {
              table.apply(log[next] as PurgeRecord);
              next++;
            }
            expectNoTrustBeyond(log, table);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('P14 ends in the same place whatever came ahead of the log and how often', () => {
    fc.assert(
      fc.property(anyLog, fc.array(fc.nat(50)), fc.nat(30), (log, ahead, cut) => {
        const plain = new PurgeTable();
        const hasty = new PurgeTable();
        plain.restart(log);
        hasty.restart(log.slice(0, cut % log.length));
        for (const which of ahead) {
          const early = log[which % log.length] as PurgeRecord;
          hasty.applyAhead(early.position, early.purges);
        }
        for (const each of log.slice(cut % log.length)) hasty.apply(each);
        // The primary, asked after all of that, says that the last run is the present one.
        hasty.stopAwaiting(hasty.version);
        for (const { position: asOf } of log)
          for (let id = 0; id < 10; id++)
            expect(hasty.verdict(asOf, [tag(id)])).toBe(plain.verdict(asOf, [tag(id)]));
      }),
    );
  });

  it('P14 keeps a purge known ahead of the log through a gap', () => {
    const table = new PurgeTable();
    table.restart([record(5, 0)]);
    table.applyAhead(positionAt(5, 9), hard(tag(1)));
    table.apply(record(5, 4));
    expect(table.verdict(positionAt(5, 4), [tag(1)])).toBe('purged');
    expect(table.verdict(positionAt(5, 9), [tag(1)])).toBe('fresh');
  });
});

describe('a table that cannot know everything', () => {
  it('P11 begins again at a gap', () => {
    const table = new PurgeTable();
    table.restart([record(5, 0), record(5, 1)]);
    expect(table.apply(record(5, 3))).toBe(false);
    expect(table.verdict(positionAt(5, 2), [])).toBe('distrusted');
    expect(table.verdict(positionAt(5, 3), [])).toBe('fresh');
  });

  it('P12 begins again with another run of the log, earlier or later', () => {
    const table = new PurgeTable();
    table.restart([record(5, 0), record(5, 1, hard(tag(1)))]);
    expect(table.apply(record(7, 0))).toBe(false);
    expect(table.verdict(positionAt(5, 1), [])).toBe('distrusted');
    expect(table.apply(record(6, 4))).toBe(false);
    expect(table.verdict(positionAt(7, 0), [])).toBe('distrusted');
    expect(table.verdict(positionAt(6, 4), [tag(1)])).toBe('fresh');
  });

  it('does not lower its floor for a record that comes again', () => {
    const table = new PurgeTable();
    table.restart([record(5, 0), record(5, 1)]);
    table.apply(record(5, 8));
    expect(table.apply(record(5, 1))).toBe(true);
    expect(table.position).toEqual(positionAt(5, 8));
    expect(table.verdict(positionAt(5, 2), [tag(1)])).toBe('distrusted');
  });

  it('P13 distrusts all that was asked before its copy was replaced, until the log passes that place', () => {
    const table = new PurgeTable();
    const log = [record(5, 0), record(5, 1, hard(tag(1))), record(5, 2)];
    table.restart(log);
    expect(table.trusts).toBe(true);
    table.restart(log);
    expect(table.trusts).toBe(false);
    expect(table.verdict(positionAt(5, 2), [])).toBe('distrusted');
    table.apply(record(5, 3));
    expect(table.trusts).toBe(true);
    expect(table.verdict(positionAt(5, 2), [])).toBe('distrusted');
    expect(table.verdict(positionAt(5, 3), [])).toBe('fresh');
  });

  it('P13 distrusts them also when the log comes in parts, over several epochs', () => {
    const table = new PurgeTable();
    table.restart([record(4, 0), record(5, 0), record(5, 1), record(5, 2)]);
    table.restart([record(4, 0)]);
    for (const seq of [0, 1, 2]) table.apply(record(5, seq));
    expect(table.verdict(positionAt(5, 2), [])).toBe('distrusted');
    table.apply(record(5, 3));
    expect(table.verdict(positionAt(5, 3), [])).toBe('fresh');
  });

  it('trusts nothing before the first record', () => {
    const table = new PurgeTable();
    expect(table.verdict(ORIGIN, [])).toBe('distrusted');
    table.restart([]);
    expect(table.trusts).toBe(false);
    expect(table.verdict(ORIGIN, [])).toBe('distrusted');
    table.apply(record(5, 3));
    expect(table.trusts).toBe(true);
  });

  it.each([6, 4])('P27 trusts nothing before it has come to what it was told of: epoch %i', (epoch) => {
    const table = new PurgeTable();
    table.restart([record(5, 0)]);
    table.applyAhead(positionAt(epoch, 2), hard(tag(1)));
    expect(table.verdict(positionAt(5, 0), [])).toBe('distrusted');
    expect(table.trusts).toBe(false);
    table.apply(record(epoch, 0));
    table.apply(record(epoch, 1));
    expect(table.verdict(positionAt(epoch, 1), [])).toBe('distrusted');
    table.apply(record(epoch, 2, hard(tag(1))));
    expect(table.verdict(positionAt(epoch, 1), [tag(1)])).toBe('purged');
    expect(table.verdict(positionAt(epoch, 1), [])).toBe('fresh');
  });

  it.each([6, 4])(
    'P27 gives epoch %i up only when the primary was asked after it was told of it',
    (epoch) => {
      const table = new PurgeTable();
      table.restart([record(5, 0)]);
      const before = table.version;
      table.applyAhead(positionAt(epoch, 3), hard(tag(1)));
      table.stopAwaiting(before);
      expect(table.trusts).toBe(false);
      table.stopAwaiting(table.version);
      expect(table.verdict(positionAt(5, 0), [])).toBe('fresh');
    },
  );

  it('P27 waits for each of several epochs it was told of', () => {
    const table = new PurgeTable();
    table.restart([record(5, 0)]);
    table.applyAhead(positionAt(7, 0), hard(tag(1)));
    const { version } = table;
    table.applyAhead(positionAt(6, 0), hard(tag(1)));
    table.apply(record(6, 0));
    expect(table.trusts).toBe(false);
    table.stopAwaiting(version);
    expect(table.trusts).toBe(true);
  });

  it('trusts nothing until it reaches a position of which it was not told what it purged', () => {
    const table = new PurgeTable();
    table.restart([record(5, 0), record(5, 1)]);
    table.awaitPosition(positionAt(5, 1));
    expect(table.trusts).toBe(true);
    const { version } = table;
    table.awaitPosition(positionAt(5, 3));
    expect(table.version).toBeGreaterThan(version);
    table.apply(record(5, 2));
    expect(table.verdict(positionAt(5, 1), [])).toBe('distrusted');
    expect(table.awaitsEpoch).toBe(false);
    table.apply(record(5, 3));
    // Nothing of what it knew is lost.
    expect(table.verdict(positionAt(5, 1), [])).toBe('fresh');
  });

  it('P13 P27 keeps distrusting what a replaced copy showed, whichever epochs come in between', () => {
    const table = new PurgeTable();
    const low = [record(4, 0), record(4, 1), record(4, 2)];
    table.restart([record(5, 0), record(5, 1)]);
    table.restart(low);
    table.restart(low);
    expect(table.verdict(positionAt(4, 2), [])).toBe('distrusted');
    expect(table.trusts).toBe(false);
    table.restart([record(5, 0), record(5, 1)]);
    expect(table.verdict(positionAt(5, 1), [])).toBe('distrusted');
  });

  it('P82 folds the oldest rows past its limit, which refuses a few by chance, and none that was not purged later', () => {
    const table = new PurgeTable(64 * 1024);
    table.restart([record(5, 0)]);
    for (let seq = 1; seq <= 2_000; seq++) table.apply(record(5, seq, hard(tag(seq))));
    expect(table.bytes).toBeLessThanOrEqual(64 * 1024);
    expect(table.size).toBeGreaterThan(700);
    // With the rows of any change of their type and of what is in its lists.
    expect(table.folded).toBe(2_002 - table.size);
    expect(table.floor).toEqual(positionAt(5, 0));
    for (let seq = 1; seq <= 2_000; seq++)
      expect(table.verdict(positionAt(5, seq - 1), [tag(seq)])).toBe('purged');
    const fresh = (asOf: number): number => {
      let count = 0;
      for (let id = 10_000; id < 11_000; id++)
        if (table.verdict(positionAt(5, asOf), [tag(id)]) === 'fresh') count++;
      return count / 1_000;
    };
    // 1,000 slots for 1,200 rows. Of old answers some are refused, of those after the rows that went none.
    expect(fresh(0)).toBeGreaterThan(0.2);
    expect(fresh(900)).toBeGreaterThan(fresh(0));
    expect(fresh(1_500)).toBe(1);
  });

  it('P82 takes what is left of a soft purge for a hard one, and forgets all with the epoch', () => {
    const table = new PurgeTable(64 * 1024);
    table.restart([record(5, 0), record(5, 1, soft(tag(1)))]);
    expect(table.verdict(positionAt(5, 0), [tag(1)])).toBe('soft-purged');
    for (let seq = 2; seq <= 3_000; seq++) table.apply(record(5, seq, soft(tag(seq))));
    expect(table.verdict(positionAt(5, 0), [tag(1)])).toBe('purged');
    table.apply(record(6, 0));
    expect([table.size, table.folded]).toEqual([0, 0]);
    expect(table.verdict(positionAt(6, 0), [tag(1)])).toBe('fresh');
  });

  it.each([
    ['end in a number', (id: number) => `Product:${id}`],
    ['end alike', (id: number) => `Product:${id}:x`],
    ['are short', (id: number) => `#${String.fromCodePoint(id + 1)}`],
    ['are long', (id: number) => `${'x'.repeat(300)}:${id}`],
  ])('P82 stays within its limit when tags %s', (_, text) => {
    const table = new PurgeTable(256 * 1024);
    table.restart([record(5, 0)]);
    for (let seq = 1; seq <= 20_000; seq++) {
      table.apply(record(5, seq, hard(text(seq) as Tag)));
      if (table.bytes > 256 * 1024) throw new Error(`${table.bytes} bytes`);
    }
    // The newest are still known one by one.
    expect(table.verdict(positionAt(5, 19_800), [text(19_900) as Tag])).toBe('purged');
    expect(table.verdict(positionAt(5, 19_800), [text(19_700) as Tag])).toBe('fresh');
  });
});

/** What carries the tags is refused by a purge from then on, and what is asked for after it is not. */
function expectRefused(carried: readonly Tag[], purged: Tag): void {
  const table = new PurgeTable();
  table.restart([record(5, 0)]);
  const { version } = table;
  table.apply(record(5, 1, hard(purged)));
  expect(table.verdict(positionAt(5, 0), carried)).toBe('purged');
  expect(table.isUntouchedSince(version, carried)).toBe(false);
  expect(table.isUntouchedSince(version, packTags(carried))).toBe(false);
  expect(table.verdict(positionAt(5, 1), carried)).toBe('fresh');
}

describe('an answer that depends on any change of a type', () => {
  it.each([
    ['an entity of it', entityTag('P', 7)],
    ['an entity with a key of two fields', entityTag('P', ['a:b', 7])],
    ['its lists', listTag('P')],
    ['the type', typeTag('P')],
    ['everything', EVERYTHING],
  ])('P25 is refused by a purge of %s', (_, purged) => expectRefused([changeTag('P')], purged));

  it('P25 is refused as well by what the log retained, and by what is known ahead of it', () => {
    const table = new PurgeTable();
    table.restart([record(5, 0), record(5, 1, hard(tag(1)))]);
    expect(table.verdict(positionAt(5, 0), [changeTag('P')])).toBe('purged');
    table.applyAhead(positionAt(5, 2), hard(tag(2)));
    expect(table.verdict(positionAt(5, 1), [changeTag('P')])).toBe('purged');
  });

  it('P22 is only to be revalidated after a soft purge', () => {
    const table = new PurgeTable();
    table.restart([record(5, 0), record(5, 1, soft(tag(1)))]);
    expect(table.verdict(positionAt(5, 0), [changeTag('P')])).toBe('soft-purged');
  });

  it.each([
    ['another type', entityTag('Q', 7)],
    ['a type whose name begins alike', entityTag('PP', 7)],
    ['a declared tag that looks like one of it', declaredTag('P:7')],
    ['a declared tag that looks like its own', declaredTag('~P')],
  ])('is left alone by a purge of %s', (_, purged) => {
    const table = new PurgeTable();
    table.restart([record(5, 0), record(5, 1, hard(purged))]);
    expect(table.verdict(positionAt(5, 0), [changeTag('P')])).toBe('fresh');
  });

  it('tells of the purges themselves, not of what follows from them', () => {
    const table = new PurgeTable();
    const told: Tag[] = [];
    table.restart([record(5, 0)]);
    table.onPurge((purges) => told.push(...purges.map((purge) => purge.tag)));
    table.apply(record(5, 1, hard(tag(1))));
    expect(told).toEqual([tag(1)]);
  });
});

describe('soft purges', () => {
  it('let an answer be served stale, unless a hard purge came as well', () => {
    const table = new PurgeTable();
    table.restart([
      record(5, 0),
      record(5, 1, soft(tag(1))),
      record(5, 2, hard(tag(2))),
      record(5, 3, soft(tag(2))),
    ]);
    expect(table.verdict(positionAt(5, 0), [tag(1)])).toBe('soft-purged');
    expect(table.verdict(positionAt(5, 1), [tag(1)])).toBe('fresh');
    expect(table.verdict(positionAt(5, 0), [tag(2)])).toBe('purged');
    expect(table.verdict(positionAt(5, 2), [tag(2)])).toBe('soft-purged');
    expect(table.verdict(positionAt(5, 0), [tag(1), tag(2)])).toBe('purged');
  });

  it.each(['hard', 'soft'] as const)('of everything reach answers without tags (%s)', (kind) => {
    const table = new PurgeTable();
    table.restart([record(5, 0)]);
    table.apply(record(5, 1, [{ tag: EVERYTHING, kind }]));
    expect(table.verdict(positionAt(5, 0), [])).toBe(kind === 'hard' ? 'purged' : 'soft-purged');
    expect(table.verdict(positionAt(5, 1), [])).toBe('fresh');
  });
});

describe('what a table tells', () => {
  it('calls back once for each purge that was new to it', () => {
    const table = new PurgeTable();
    const told: string[] = [];
    table.restart([record(5, 0)]);
    const end = table.onPurge((purges) => told.push(...purges.map((purge) => purge.tag)));
    table.applyAhead(positionAt(5, 1), hard(tag(1)));
    table.apply(record(5, 1, hard(tag(1))));
    table.apply(record(5, 2, hard(tag(2))));
    end();
    table.apply(record(5, 3, hard(tag(3))));
    expect(told).toEqual([tag(1), tag(2)]);
  });

  it('has a version that changes with all that can make a verdict worse', () => {
    const worse: ((table: PurgeTable) => void)[] = [
      (table) => table.apply(record(5, 1, hard(tag(1)))),
      (table) => table.apply(record(5, 2)),
      (table) => table.apply(record(6, 0)),
      (table) => table.applyAhead(positionAt(5, 4), hard(tag(1))),
      (table) => table.applyAhead(positionAt(6, 4), hard(tag(1))),
      (table) => table.applyAhead(positionAt(4, 4), hard(tag(1))),
      (table) => table.awaitPosition(positionAt(5, 1)),
      (table) => table.distrustBefore(positionAt(5, 3)),
      (table) => table.restart([]),
    ];
    for (const change of worse) {
      const table = new PurgeTable();
      table.restart([record(5, 0)]);
      const { version } = table;
      expect(table.verdict(positionAt(5, 0), [tag(1)])).toBe('fresh');
      change(table);
      expect(table.verdict(positionAt(5, 0), [tag(1)])).not.toBe('fresh');
      expect(table.version).toBeGreaterThan(version);
    }
    const table = new PurgeTable();
    table.restart([record(5, 0)]);
    const { version } = table;
    table.apply(record(5, 1));
    expect(table.version).toBe(version);
    expect(table.position).toEqual(nextPosition(positionAt(5, 0)));
  });
});

describe('an answer that depends on what is in lists of a type', () => {
  const MEMBERS = [membershipTag('P')];
  const keeping = (id: number): Purge => ({ tag: tag(id), kind: 'hard', keepsLists: true });

  it.each([
    ['an entity of it', entityTag('P', 7)],
    ['its lists', listTag('P')],
    ['the type', typeTag('P')],
    ['any change of it', changeTag('P')],
    ['everything', EVERYTHING],
  ])('P25 is refused by a purge of %s', (_, purged) => expectRefused(MEMBERS, purged));

  it('P25 is left alone by an entity that stays in its lists, which any change is not', () => {
    const table = new PurgeTable();
    table.restart([record(5, 0)]);
    const { version } = table;
    table.apply(record(5, 1, [keeping(1)]));
    expect(table.verdict(positionAt(5, 0), MEMBERS)).toBe('fresh');
    expect(table.isUntouchedSince(version, MEMBERS)).toBe(true);
    for (const each of [tag(1), changeTag('P')])
      expect(table.verdict(positionAt(5, 0), [each])).toBe('purged');
  });

  it('P25 is refused by what moved, however it is learnt and whatever stayed before and after', () => {
    const anyPurge = fc
      .record({ id: fc.nat(2), isSoft: fc.boolean(), keepsLists: fc.boolean() })
      .map(({ id, isSoft, keepsLists }): Purge => {
        const purge: Purge = { tag: tag(id), kind: isSoft ? 'soft' : 'hard' };
        return keepsLists ? { ...purge, keepsLists } : purge;
      });
    const runs = fc.array(fc.array(anyPurge, { maxLength: 3 }), { minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(runs, fc.nat(11), fc.array(fc.nat(11)), fc.boolean(), (all, from, ahead, isNarrow) => {
        const log = all.map((purges, seq) => record(5, seq, seq === 0 ? [] : purges));
        const start = from % log.length;
        // Of a narrow table all rows are folded.
        const table = new PurgeTable(isNarrow ? 8 : undefined);
        table.restart(log.slice(start, start + 1));
        for (const seq of ahead) {
          const known = log[seq % log.length]!;
          table.applyAhead(known.position, known.purges);
        }
        for (const next of log.slice(start + 1)) table.apply(next);
        if (start > 0) table.learnBefore(log.slice(0, start).toReversed());
        for (const { position } of log) {
          const later = log.slice(position.seq + 1).flatMap(({ purges }) => purges);
          const moved = later.filter(({ keepsLists }) => !keepsLists);
          const verdict = table.verdict(position, MEMBERS);
          if (moved.some(({ kind }) => kind === 'hard')) expect(verdict).toBe('purged');
          else if (moved.length > 0) expect(verdict).not.toBe('fresh');
          else if (!isNarrow) expect(verdict).toBe('fresh');
          for (const { tag: purged } of later)
            for (const each of [purged, ...impliedBy(purged, true)])
              expect(table.verdict(position, [each])).not.toBe('fresh');
        }
      }),
      { numRuns: 500 },
    );
  });
});
