import type { Follower, PurgeLog, Purge, PurgeRecord } from '../../src/purge/log';
import { comparePositions, formatPosition, isContiguous, type Position } from '../../src/purge/position';
import { PurgeTable } from '../../src/purge/table';
import { declaredTag, entityTag } from '../../src/purge/tag';
import { until } from '../kit/until';

/** A follower that keeps what it was told. */
export class Witness implements Follower {
  restarts = 0;
  readonly records: PurgeRecord[] = [];
  readonly faults: (Error | undefined)[] = [];
  readonly table = new PurgeTable();

  restart(records: readonly PurgeRecord[]): void {
    this.restarts++;
    this.records.splice(0, Infinity, ...records);
    this.table.restart(records);
  }

  record(record: PurgeRecord): void {
    this.records.push(record);
    this.table.apply(record);
  }

  history(records: readonly PurgeRecord[]): boolean {
    return this.table.learnBefore(records);
  }

  fault(error: Error | undefined): void {
    this.faults.push(error);
  }

  async reaches(position: Position): Promise<void> {
    await until(`the follower reached ${formatPosition(position)}`, () =>
      this.records.some((record) => comparePositions(record.position, position) === 0),
    );
  }
}

export async function follow(log: PurgeLog): Promise<Witness> {
  const witness = new Witness();
  await log.follow(witness);
  return witness;
}

export const hard = (...ids: (string | number)[]): Purge[] =>
  ids.map((id) => ({ tag: entityTag('P', id), kind: 'hard' }));

/** What every purge log does. @param open makes a log; whoever makes it ends it */
export function describeLog(name: string, open: () => Promise<PurgeLog>): void {
  describe(`the purge log (${name})`, () => {
    it('brings each follower every purge, in order, without a gap', async () => {
      const log = await open();
      const [one, other] = [await follow(log), await follow(log)];
      const positions: Position[] = [];
      for (let id = 0; id < 50; id++) positions.push(await log.append(hard(id)));
      for (const witness of [one, other]) {
        await witness.reaches(positions.at(-1) as Position);
        const purged = witness.records.flatMap(({ purges }) => purges);
        expect(purged).toEqual(positions.flatMap((_, id) => hard(id)));
        for (let i = 1; i < witness.records.length; i++)
          expect(isContiguous(place(witness, i - 1), place(witness, i))).toBe(true);
      }
    });

    it('says when asked where its last record is, and writes nothing', async () => {
      const log = await open();
      const first = await log.lastPosition();
      expect(await log.lastPosition()).toEqual(first);
      const position = await log.append(hard(1));
      expect(isContiguous(first, position)).toBe(true);
      expect(await log.lastPosition()).toEqual(position);
    });

    it('gives appends made at once different positions, and keeps kind and order of each', async () => {
      const log = await open();
      const witness = await follow(log);
      const appends = Array.from({ length: 100 }, (_, id) =>
        log.append([
          { tag: entityTag('P', id), kind: 'soft' },
          { tag: declaredTag(`d${id}`), kind: 'hard' },
        ]),
      );
      const positions = await Promise.all(appends);
      expect(new Set(positions.map(formatPosition)).size).toBe(100);
      for (const position of positions) await witness.reaches(position);
      for (const [id, position] of positions.entries())
        expect(
          witness.records.find((each) => comparePositions(each.position, position) === 0)?.purges,
        ).toEqual([
          { tag: entityTag('P', id), kind: 'soft' },
          { tag: declaredTag(`d${id}`), kind: 'hard' },
        ]);
    });

    it('takes more purges at once than fit one record, and answers with the last position', async () => {
      const log = await open();
      const witness = await follow(log);
      // Whoever begins to follow later is told of the newest part first.
      await witness.reaches(await log.append([]));
      const ids = Array.from({ length: 10_000 }, (_, id) => id);
      const position = await log.append(hard(...ids));
      await witness.reaches(position);
      expect(await log.lastPosition()).toEqual(position);
      expect(witness.records.flatMap(({ purges }) => purges)).toEqual(hard(...ids));
    });

    it('writes a no-op for no purges, which takes a position and purges nothing', async () => {
      const log = await open();
      const witness = await follow(log);
      const before = await log.lastPosition();
      const position = await log.append([]);
      expect(isContiguous(before, position)).toBe(true);
      await witness.reaches(position);
      expect(witness.records.at(-1)?.purges).toEqual([]);
    });

    it('writes down what is known of a database, which purges nothing', async () => {
      const log = await open();
      const witness = await follow(log);
      const asOf = await log.lastPosition();
      const database = { timeline: '7412345678901234567/1', lsn: 0x16_b374_d848n };
      const position = await log.appendKnown(asOf, database);
      expect(isContiguous(asOf, position)).toBe(true);
      await witness.reaches(position);
      expect(witness.records.at(-1)).toEqual({ position, purges: [], known: asOf, database });
    });

    it('keeps how far a database was captured, and refuses what an earlier process says', async () => {
      const log = await open();
      expect(await log.captured()).toBeUndefined();
      const first = { generation: 7, source: 'a', position: '0/1' };
      expect(await log.keepCaptured(first)).toBe(true);
      expect(await log.keepCaptured({ ...first, position: '0/2' })).toBe(true);
      expect(await log.keepCaptured({ ...first, generation: 10, position: 'é/3' })).toBe(true);
      expect(await log.keepCaptured({ ...first, position: '0/4' })).toBe(false);
      expect(await log.captured()).toEqual({ generation: 10, source: 'a', position: 'é/3' });
    });

    it('P20 carries every tag unchanged, however strange its id', async () => {
      const log = await open();
      const witness = await follow(log);
      const ids = [
        '',
        '\0',
        'a\0b',
        '\ud800',
        '\ud801',
        'x\udc00y',
        '\r\n',
        '*',
        '$3\r\nabc',
        'é😀',
        '%:',
        'x'.repeat(65_536),
      ];
      const asOf = await log.append([]);
      for (const id of ids) {
        const tag = entityTag('P', id);
        const position = await log.append([{ tag, kind: 'hard' }]);
        await witness.reaches(position);
        expect(witness.table.verdict(asOf, [tag])).toBe('purged');
        expect(witness.table.verdict(position, [tag])).toBe('fresh');
      }
      expect(witness.table.verdict(asOf, [entityTag('P', '\ud802')])).toBe('fresh');
    });

    it('ends', async () => {
      const log = await open();
      const witness = await follow(log);
      await witness.reaches(await log.append(hard(1)));
      await log.close();
      await log.close();
    });
  });
}

function place(witness: Witness, index: number): Position {
  return (witness.records[index] as PurgeRecord).position;
}
