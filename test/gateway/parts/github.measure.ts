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
import { analyseOperation, type Operation } from '../../../src/operation/operation';
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
const figures = { cut: 0, below: 0, mixed: 0 };
const leaves = noLeaves();
const withoutTeams = { knowledge: githubKnowledge(false), leaves: noLeaves() };
const plansWithoutTeams = new Plans(withoutTeams.knowledge, 1000);
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
  const { all, shared } = leaves;
  countLeaves(places, leaves);
  if (leaves.shared - shared < leaves.all - all) figures.mixed++;
  const other = analyseOperation(withoutTeams.knowledge, operation.document, undefined) as Operation;
  countLeaves(plansWithoutTeams.unconditional(other, true).root, withoutTeams.leaves);
  if (plan.kind !== 'cut') continue;
  figures.cut++;
  if (plan.roots.some(({ below }) => below)) figures.below++;
}
process.stdout.write(
  `${COUNT} operations from seed ${SEED}: ${percent(figures.mixed, COUNT)} with something that is not shared, ` +
    `${percent(figures.cut, COUNT)} cut, ${percent(figures.below, COUNT)} below the root, ` +
    `${percent(leaves.promoted, COUNT)} with a place that could not be cut\n` +
    `${landed(leaves)}\nwhere no type is PRIVATE: ${landed(withoutTeams.leaves)}\n` +
    `to specialise and class one: ${spread(examined)}; to have its plan, slots compiled: ${spread(planned)}; ` +
    `the least of three times: ${spread(least)}\n`,
);

function landed({ all, shared, sharable, why, lost }: Leaves): string {
  const byCount = (counts: ReadonlyMap<string, number>): string =>
    [...counts]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, 8)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ');
  return (
    `${percent(shared, all)} of ${all} leaves in shared slots, of ${percent(sharable, all)} that have no field above ` +
    `them which is not shared; not shared by the first such field: ${byCount(why)}; by a place that could not be cut: ` +
    byCount(lost)
  );
}

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

/** Leaves of operations, each path once, without `__typename`. */
interface Leaves {
  all: number;
  shared: number;
  /** neither they nor a field above them has a class that is not shared */
  sharable: number;
  /** operations in which some place could not be cut */
  promoted: number;
  /** of those that are not sharable: the class of the first such field, and where it is one of the query type which */
  readonly why: Map<string, number>;
  /** of those that are sharable and not shared: why not, and what the place returns */
  readonly lost: Map<string, number>;
}

function noLeaves(): Leaves {
  return { all: 0, shared: 0, sharable: 0, promoted: 0, why: new Map(), lost: new Map() };
}

function countLeaves(root: PartPlace, leaves: Leaves): void {
  let hasUncut = root.uncut !== undefined;
  const visit = (one: PartPlace, classes: number, strict: PartPlace | undefined, uncut: string): void => {
    if (one.children.size === 0) {
      if (one.fields.every(({ returns }) => returns === undefined)) return;
      leaves.all++;
      if (!strict) leaves.sharable++;
      else count(leaves.why, causeOf(strict));
      if (classes === maskOf(PART_CLASSES.indexOf('shared'))) leaves.shared++;
      else if (!strict) count(leaves.lost, uncut);
    }
    for (const child of one.children.values()) {
      hasUncut ||= child.uncut !== undefined;
      const above = uncut || (child.uncut ? `${child.uncut} ${String(child.fields[0]!.returns)}` : '');
      const isStrict = child.own > PART_CLASSES.indexOf('shared');
      visit(child, one.isSpine ? child.classes : classes, strict ?? (isStrict ? child : undefined), above);
    }
  };
  visit(root, root.classes, undefined, '');
  if (hasUncut) leaves.promoted++;
}

function causeOf({ own, fields: [field] }: PartPlace): string {
  const { parent, node } = field!;
  const where = parent.name === 'Query' ? `Query.${node.name.value}` : 'other';
  return `${PART_CLASSES[own]} ${where}`;
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
