import { PurgeLedger } from '../../src/dashboard/purge-ledger';
import type { PurgeView } from '../../src/dashboard/view';
import { positionAt } from '../../src/purge/position';
import { entityTag, listTag, type Tag } from '../../src/purge/tag';

const [ONE, TWO, LIST] = [entityTag('Product', 1), entityTag('Product', 2), listTag('Product')];

function record(seq: number, ...tags: Tag[]) {
  return { position: positionAt(5, seq), purges: tags.map((tag) => ({ tag, kind: 'hard' as const })) };
}

let told: PurgeView[];
let ledger: PurgeLedger;
beforeEach(() => {
  told = [];
  ledger = new PurgeLedger((purge) => told.push(purge));
});

it('says who caused a purge, whether that is known before or after the log brings it', () => {
  ledger.cause([{ cause: 'Mutation.rename', tags: [ONE, LIST] }], 0);
  ledger.record(record(1, ONE, LIST), 10, 0);
  ledger.record(record(2, TWO), 20, 0);
  ledger.cause([{ cause: 'purge API', tags: [TWO] }], 30);
  expect(ledger.purges.map(({ cause }) => cause)).toEqual(['Mutation.rename', 'purge API']);
  expect(told.map(({ position }) => position)).toEqual(['5-1', '5-2', '5-2']);
});

it('takes nobody for the cause who purged something else, or long ago', () => {
  ledger.cause([{ cause: 'Mutation.rename', tags: [ONE] }], 0);
  ledger.record(record(1, ONE, TWO), 10, 0);
  ledger.record(record(2, ONE), 60_000, 0);
  expect(ledger.purges.map(({ cause }) => cause)).toEqual([undefined, undefined]);
});

it('counts the milliseconds of each region from where it was known first', () => {
  ledger.record(record(1, ONE), 0, 0);
  ledger.arrived('syd', [['5-1', 1_000_107.5, 'Mutation.rename']]);
  ledger.arrived('iad', [['5-1', 1_000_000.25]]);
  expect(told.at(-1)).toMatchObject({ arrivals: { iad: 0, syd: 107.3 }, cause: 'Mutation.rename' });
});

it('says nothing of no-ops, and of records that it does not know', () => {
  ledger.record(record(1), 0, 0);
  ledger.arrived('syd', [['5-9', 7]]);
  expect(told).toEqual([]);
});

it('keeps the last hundred', () => {
  for (let seq = 0; seq < 150; seq++) ledger.record(record(seq, ONE), 0, 0);
  expect(ledger.purges).toHaveLength(100);
  expect(ledger.purges.at(-1)!.position).toBe('5-149');
});
