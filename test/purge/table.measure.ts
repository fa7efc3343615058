/** What a row and a look-up of the purge table cost. Run by measure.cjs. */
import { FreshnessProof } from '../../src/purge/proof';
import { positionAt } from '../../src/purge/position';
import { PurgeTable } from '../../src/purge/table';
import type { Tag } from '../../src/purge/tag';

const ROWS = 1_000_000;

function report(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(64)} ${value.toFixed(value < 10 ? 3 : 1).padStart(10)} ${unit}`);
}

/** Nanoseconds of one call, in the quickest of several rounds: the others shared the core with somebody. */
function nanoseconds(calls: number, call: (index: number) => unknown): number {
  const rounds: number[] = [];
  let kept: unknown;
  for (let round = 0; round < 7; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) kept = call(i);
    rounds.push(Number(process.hrtime.bigint() - start) / calls);
  }
  if (kept === Symbol.iterator) throw new Error('never: keeps the calls from being optimised away');
  return Math.min(...rounds);
}

function heap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** As the log brings them: each tag a string of its own. */
function fromLog(id: number): Tag {
  return Buffer.from(`Product:${id}`).toString('utf8') as Tag;
}

const before = heap();
const table = new PurgeTable(100 * ROWS);
table.restart([{ position: positionAt(5, 0), purges: [] }]);
const filled = process.hrtime.bigint();
for (let seq = 1; seq <= ROWS; seq++)
  table.apply({ position: positionAt(5, seq), purges: [{ tag: fromLog(seq), kind: 'hard' }] });
report(
  'record of one tag applied, growing to a million rows',
  Number(process.hrtime.bigint() - filled) / ROWS / 1_000,
  'us',
);
report('memory of a row, a million rows, tags of 15 characters', (heap() - before) / ROWS, 'bytes');

// An entry's tags come from a store: equal text, other strings. All are unknown to the table or purged before.
const asOf = positionAt(5, ROWS);
const entries = Array.from({ length: 2_000 }, (_, entry) =>
  Array.from({ length: 10 }, (_, tag) => fromLog((entry * 7919 + tag * 104_729) % (2 * ROWS))),
);
for (const count of [10, 1_000]) {
  const sets =
    count === 10
      ? entries
      : Array.from({ length: 20 }, (_, i) => entries.slice(i * 100, i * 100 + 100).flat());
  const calls = count === 10 ? 200_000 : 2_000;
  report(
    `verdict of ${count} tags, table of a million rows`,
    nanoseconds(calls, (i) => table.verdict(asOf, sets[i % sets.length] as Tag[])) / 1_000,
    'us',
  );
}
const hot = entries.slice(0, 20);
report(
  'verdict of 10 tags, 20 hot entries',
  nanoseconds(1_000_000, (i) => table.verdict(asOf, hot[i % 20] as Tag[])) / 1_000,
  'us',
);

const small = new PurgeTable();
small.restart([{ position: positionAt(5, 0), purges: [] }]);
for (let seq = 1; seq <= 400; seq++)
  small.apply({ position: positionAt(5, seq), purges: [{ tag: fromLog(seq), kind: 'hard' }] });
report(
  'verdict of 10 tags, table of 400 rows',
  nanoseconds(1_000_000, (i) => small.verdict(positionAt(5, 400), hot[i % 20] as Tag[])) / 1_000,
  'us',
);

const proof = new FreshnessProof(5_000);
proof.answered({ askedAt: 0, position: asOf, version: 0 }, asOf, asOf, 1);
report(
  'isProven',
  nanoseconds(10_000_000, (i) => proof.isProven(i & 4_095)),
  'ns',
);

let seq = ROWS;
let longest = 0;
const full = process.hrtime.bigint();
for (let i = 0; i < ROWS; i++) {
  const start = performance.now();
  seq++;
  table.apply({ position: positionAt(5, seq), purges: [{ tag: fromLog(seq), kind: 'hard' }] });
  longest = Math.max(longest, performance.now() - start);
}
report(
  'record of one tag applied to a full table of a million rows',
  Number(process.hrtime.bigint() - full) / ROWS / 1_000,
  'us',
);
report('the longest of those', longest, 'ms');
report('rows now', table.size, '');
report('memory as it is counted, a row', table.bytes / table.size, 'bytes');
