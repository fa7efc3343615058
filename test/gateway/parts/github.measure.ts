/**
 * What of made-up operations over GitHub's schema lands in a shared slot, and what it costs to cut them, in processor time.
 *
 * Not by jest, whose modules run several times slower:
 *
 *   OPERATIONS=3000 SEED=1 node --require ./test/kit/typescript-hook.cjs test/gateway/parts/github.measure.ts
 */
import { parse } from 'graphql';
import { PART_CLASSES, maskOf, type PartPlace } from '../../../src/gateway/parts/classes';
import { Plans } from '../../../src/gateway/parts/plan';
import { bind } from '../../../src/operation/bound-operation';
import { analyseOperation } from '../../../src/operation/operation';
import { warmUp } from '../../../src/operation/warm-up';
import { generateOperations } from '../../policy/generate-operations';
import { seededRandom } from '../../kit/random';
import { githubKnowledge } from './github';

const COUNT = Number(process.env['OPERATIONS'] ?? 3000);
const SEED = Number(process.env['SEED'] ?? 1);

const knowledge = githubKnowledge();
// As a gateway has it done before the first request.
for (const _ of warmUp(knowledge));
const [plans, ...others] = [1, 2, 3].map(() => new Plans(knowledge, 1000)) as [Plans, ...Plans[]];
const random = seededRandom(SEED);
const figures = { cut: 0, below: 0, promoted: 0, mixed: 0 };
const leaves = { all: 0, shared: 0, sharable: 0 };
const [examined, planned, least]: [number[], number[], number[]] = [[], [], []];
for (const made of generateOperations(knowledge.schema, { seed: SEED, count: COUNT })) {
  const text = random.chance(0.4) ? made.replace('{', '{ viewer { login name email } ') : made;
  const operation = analyseOperation(knowledge, parse(text, { noLocation: true }), undefined);
  if ('errors' in operation) throw operation.errors[0]!;
  const variables = Object.fromEntries(operation.variableNames.map((name) => [name, random.chance(0.5)]));
  const bound = bind(operation, variables);
  const before = process.cpuUsage();
  const { root: places } = plans.unconditional(operation, true);
  examined.push(micros(before));
  const beforePlan = process.cpuUsage();
  const plan = plans.planOf(bound, true);
  planned.push(micros(beforePlan));
  // Once more by others that know nothing either: what the collector of garbage takes is only now and then in one of them.
  const again = others.map((one) => {
    const beforeAgain = process.cpuUsage();
    one.planOf(bound, true);
    return micros(beforeAgain);
  });
  least.push(Math.min(planned.at(-1)!, ...again));
  const found = countLeaves(places);
  leaves.all += found.all;
  leaves.shared += found.shared;
  leaves.sharable += found.sharable;
  if (found.promoted > 0) figures.promoted++;
  if (found.shared < found.all) figures.mixed++;
  if (plan.kind !== 'cut') continue;
  figures.cut++;
  if (plan.roots.some(({ below }) => below)) figures.below++;
}
process.stdout.write(
  `${COUNT} operations from seed ${SEED}: ${percent(figures.mixed, COUNT)} with something that is not shared, ` +
    `${percent(figures.cut, COUNT)} cut, ${percent(figures.below, COUNT)} below the root, ` +
    `${percent(figures.promoted, COUNT)} with a place that could not be cut; ` +
    `${percent(leaves.shared, leaves.all)} of ${leaves.all} leaves in shared slots, of ` +
    `${percent(leaves.sharable, leaves.all)} that have no field above them which is not shared\n` +
    `to specialise and class one: ${spread(examined)}; to have its plan, slots compiled: ${spread(planned)}; ` +
    `the least of three times: ${spread(least)}\n`,
);

function micros(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function percent(part: number, of: number): string {
  return `${((100 * part) / of).toFixed(1)} %`;
}

function spread(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return `median ${at(0.5)} us, p99 ${at(0.99)} us, at most ${at(1)} us`;
}

/** Leaves of an operation, each path once, without `__typename`. */
function countLeaves(place: PartPlace): {
  all: number;
  shared: number;
  sharable: number;
  promoted: number;
} {
  const sum = { all: 0, shared: 0, sharable: 0, promoted: place.uncut ? 1 : 0 };
  const visit = (one: PartPlace, classes: number, own: number): void => {
    if (one.children.size === 0) {
      if (one.fields.every(({ returns }) => returns === undefined)) return;
      sum.all++;
      if (own === 0) sum.sharable++;
      if (classes === maskOf(PART_CLASSES.indexOf('shared'))) sum.shared++;
    }
    for (const child of one.children.values()) {
      if (child.uncut) sum.promoted++;
      visit(child, one.isSpine ? child.classes : classes, Math.max(own, child.own));
    }
  };
  visit(place, place.classes, 0);
  return sum;
}
