/**
 * What it costs to put an answer together, in processor time: at the root, and along the spine; and to find at each request
 * how an operation is cut, or that it is not.
 *
 * Not by jest, whose modules run several times slower:
 *
 *   node --require ./test/kit/typescript-hook.cjs test/gateway/parts/merge.measure.ts
 */
import type { SlotAnswer } from '../../../src/gateway/parts/combined';
import { merge, writeMerged } from '../../../src/gateway/parts/merge';
import { Plans, type Plan } from '../../../src/gateway/parts/plan';
import { bind } from '../../../src/operation/bound-operation';
import { answerTo, knowledgeOf, operationOf } from './parts-of';

const knowledge = knowledgeOf(`
  type Query { item(id: ID): Item @cacheControl(maxAge: 60) items: [Item!] @cacheControl(maxAge: 60) mine: [Own!] @cacheControl(maxAge: 60, scope: PRIVATE) others: [Item!] @cacheControl(maxAge: 60, scope: PRIVATE) }
  type Own { id: ID! name: String text: String }
  type Item { id: ID! name: String text: String price: Float note: String @cacheControl(scope: PRIVATE) stock: Int @cacheControl(maxAge: 0) }
`);
const MERGES = 2000;
const PLANS = 1_000_000;

function planAndAnswers(text: string, objects: number): { plan: Plan; answers: SlotAnswer[] } {
  const items = Array.from({ length: objects }, (_, id) => ({
    id,
    name: `Item number ${id}`,
    text: 'x'.repeat(40),
    price: id + 0.5,
    note: 'mine',
    stock: id,
  }));
  const plan = new Plans(knowledge, 32).planOf(bind(operationOf(knowledge, text), {}), true) as Plan;
  const answers = plan.slots.map(({ operation, field }): SlotAnswer => {
    const answer = JSON.parse(
      answerTo(knowledge.schema, operation, { root: { items, mine: items, others: items } }),
    );
    return { value: JSON.stringify(answer.data[field]), errors: [] };
  });
  return { plan, answers };
}

const ALL = 'name text price note stock';
const CASES: readonly (readonly [what: string, text: string, objects: number])[] = [
  ['two slots at the root, 2 KB', '{ items { name text } mine { name text } }', 13],
  ['two slots at the root, 20 KB', '{ items { name text } mine { name text } }', 130],
  ['the same compared, 2 KB, 26 objects', '{ items { name text } others { name text } }', 13],
  ['the same compared, 20 KB, 260 objects', '{ items { name text } others { name text } }', 130],
  ['three slices, 2 KB, 16 objects', `{ items { ${ALL} } }`, 16],
  ['three slices, 20 KB, 160 objects', `{ items { ${ALL} } }`, 160],
];

for (const [what, text, objects] of CASES) {
  const { plan, answers } = planAndAnswers(text, objects);
  let bytes = 0;
  const micros = thirdOfSeven(MERGES, () => {
    const merged = merge(plan, answers, {});
    if (merged.kind === 'merged') bytes = Buffer.byteLength(writeMerged(merged), 'latin1');
  });
  process.stdout.write(`${what}: ${micros.toFixed(1)} us for ${bytes} bytes of ${plan.slots.length} slots\n`);
}

const plans = new Plans(knowledge, 32);
for (const text of [
  '{ mine { name } }',
  '{ items { name } mine { name } }',
  'query ($id: ID) { item(id: $id) { name } mine { name } }',
]) {
  const bound = bind(operationOf(knowledge, text), { id: '1' });
  const { kind } = plans.planOf(bound, true);
  const micros = thirdOfSeven(PLANS, () => plans.planOf(bound, true));
  process.stdout.write(`to find at a request that one is ${kind}, ${text}: ${micros.toFixed(3)} us\n`);
}

/** Processor time of one call, in microseconds. */
function thirdOfSeven(calls: number, call: () => void): number {
  const lots: number[] = [];
  for (let lot = 0; lot < 7; lot++) {
    const before = process.cpuUsage();
    for (let at = 0; at < calls; at++) call();
    const { user, system } = process.cpuUsage(before);
    lots.push((user + system) / calls);
  }
  return lots.toSorted((a, b) => a - b)[2]!;
}
