import {
  execute,
  OverlappingFieldsCanBeMergedRule,
  parse,
  print,
  validate,
  type ExecutionResult,
  type GraphQLResolveInfo,
} from 'graphql';
import { collect } from '../../../../src/answer/collect';
import { INTERNAL_PREFIX } from '../../../../src/answer/internal-fields';
import { combine, takeApart, type Mismatch, type SlotAnswer } from '../../../../src/gateway/parts/combined';
import { PART_CLASSES, widestIn } from '../../../../src/gateway/parts/classes';
import { writeMerged, type merge } from '../../../../src/gateway/parts/merge';
import { Plans, type Plan } from '../../../../src/gateway/parts/plan';
import { withoutRemoved } from '../../../../src/json/text';
import { bind, type BoundOperation } from '../../../../src/operation/bound-operation';
import { analyseOperation, type Knowledge, type Operation } from '../../../../src/operation/operation';
import type { Random } from '../../../kit/random';
import { resolversOf, type Telling } from './resolve';
import type { MadeOperation } from './operations';
import type { OracleWorld } from './world';

/** What is put together, and by which merge; the negative controls leave a rule out. */
export interface Subject {
  readonly world: OracleWorld;
  readonly knowledge: Knowledge;
  readonly plans: Plans;
  readonly merge: typeof merge;
}

/** How one operation came out. */
export type Outcome =
  | { readonly kind: 'equal'; readonly hasErrors: boolean }
  | { readonly kind: 'given up'; readonly why: Mismatch['why'] }
  | { readonly kind: 'not comparable' }
  | { readonly kind: 'different'; readonly expected: string; readonly got: string };

/** An operation that is cut. */
export interface CutOperation {
  readonly plan: Plan;
  readonly bound: BoundOperation;
}

/** The one thing that may be wrong with some of what is made up. To check all takes longer than the rest together. */
const RULES = [OverlappingFieldsCanBeMergedRule];

/** The operation, valid and bound; undefined where it is not valid. */
export function compile(
  { knowledge }: Subject,
  { text, mayConflict, variables }: MadeOperation,
): BoundOperation | undefined {
  const document = parse(text, { noLocation: true });
  if (mayConflict && validate(knowledge.schema, document, RULES, { maxErrors: 1 }).length > 0)
    return undefined;
  const operation = analyseOperation(knowledge, document, undefined, text);
  return 'errors' in operation ? undefined : bind(operation, variables);
}

/** Data that does not change while it is asked: the merged answer has the bytes of the whole one, errors included. */
export function checkStill(subject: Subject, { plan, bound }: CutOperation, random: Random): Outcome {
  const answers = askInGroups(subject, { plan, bound, random });
  if ('kind' in answers) return { kind: 'given up', why: answers.why };
  const merged = subject.merge(plan, answers, bound.variables);
  if (merged.kind === 'mismatch') return { kind: 'given up', why: merged.why };
  const whole = run(subject.world, bound.operation, { bound, versionOf: () => 0 }) as ExecutionResult;
  const got = writeMerged(merged);
  const expected = textOf(whole);
  return got === expected
    ? { kind: 'equal', hasErrors: merged.errors.length > 0 }
    : { kind: 'different', expected, got };
}

/**
 * The same with resolvers that answer later: the whole has no one right order of errors then, and below what became null
 * not even one right set. Compared are the data and the paths elsewhere.
 */
export async function checkLate(subject: Subject, { plan, bound }: CutOperation): Promise<Outcome> {
  const telling = { bound, versionOf: () => 0, isLate: true };
  const answers = await Promise.all(
    plan.slots.map(async (_, slot) => {
      const combined = combine(subject.knowledge, plan, [slot])!;
      const text = JSON.stringify(await run(subject.world, combined.operation, telling));
      return takeApart(plan, combined, text);
    }),
  );
  const wrong = answers.find((answer): answer is Mismatch => 'kind' in answer);
  if (wrong) return { kind: 'given up', why: wrong.why };
  const merged = subject.merge(plan, trimmed(plan, (answers as SlotAnswer[][]).flat(), bound));
  if (merged.kind === 'mismatch') return { kind: 'given up', why: merged.why };
  const whole = (await run(subject.world, bound.operation, telling)) as ExecutionResult;
  const [got, expected] = [
    JSON.parse(writeMerged(merged)) as ExecutionResult,
    JSON.parse(textOf(whole)) as ExecutionResult,
  ];
  const shown = [got, expected].map((result) => JSON.stringify([result.data, pathsOutsideNulls(result)]));
  return shown[0] === shown[1]
    ? { kind: 'equal', hasErrors: merged.errors.length > 0 }
    : { kind: 'different', expected: shown[1]!, got: shown[0]! };
}

/**
 * Data that changes: each slot is of a time of its own, as from a cache. What is put together all the same shows each field
 * as it was at its slot's time. Where errors are shown there is no one right answer.
 */
export function checkChanging(subject: Subject, { plan, bound }: CutOperation, random: Random): Outcome {
  const versions = plan.slots.map(() => random.below(3));
  const answers: SlotAnswer[] = [];
  for (const [slot, version] of versions.entries()) {
    const combined = combine(subject.knowledge, plan, [slot])!;
    const result = run(subject.world, combined.operation, { bound, versionOf: () => version });
    const apart = takeApart(plan, combined, JSON.stringify(result));
    if ('kind' in apart) return { kind: 'given up', why: apart.why };
    answers.push(...apart);
  }
  const merged = subject.merge(plan, trimmed(plan, answers, bound));
  if (merged.kind === 'mismatch') return { kind: 'given up', why: merged.why };
  const mixed = run(subject.world, bound.operation, {
    bound,
    versionOf: (info) => versions[slotOf(plan, info)] ?? 0,
  }) as ExecutionResult;
  // What became null hides what it was, so that nobody can see whether that had changed.
  if (merged.errors.length > 0 || mixed.errors) return { kind: 'not comparable' };
  const [got, expected] = [merged.data, JSON.stringify(mixed.data)];
  return got === expected ? { kind: 'equal', hasErrors: false } : { kind: 'different', expected, got };
}

/** Asks for the slots in calls of several, of which some go through their text. */
function askInGroups(
  { world, knowledge }: Subject,
  { plan, bound, random }: { plan: Plan; bound: BoundOperation; random: Random },
): readonly SlotAnswer[] | Mismatch {
  const groups = new Map<number, number[]>();
  const calls = 1 + random.below(3);
  for (const slot of plan.slots.keys()) {
    const call = random.below(calls);
    groups.set(call, [...(groups.get(call) ?? []), slot]);
  }
  const answers: SlotAnswer[] = [];
  for (const group of groups.values()) {
    const combined = combine(knowledge, plan, group);
    if (!combined) throw new Error('Slots make no valid operation together.');
    const { operation } = combined;
    const document = random.chance(0.7) ? operation.question.document : operation.document;
    const asked = random.chance(0.25) ? parse(print(document)) : document;
    if (random.chance(0.02)) {
      const [problem] = validate(knowledge.schema, asked);
      if (problem) throw new Error(`${print(asked)}\n${String(problem)}`);
    }
    const telling = { bound, versionOf: () => 0 };
    const text = JSON.stringify(run(world, { ...operation, document: asked }, telling));
    let apart = takeApart(plan, combined, text);
    // What fails that the client had not asked for is asked for without.
    if ('kind' in apart && apart.why === 'added')
      apart = takeApart(plan, combined, JSON.stringify(run(world, operation, telling)));
    if ('kind' in apart) return apart;
    for (const [at, slot] of group.entries()) answers[slot] = apart[at]!;
  }
  return trimmed(plan, answers, bound);
}

/** Without what the gateway asked for to tag them, as they are stored. */
function trimmed(plan: Plan, answers: readonly SlotAnswer[], { variables }: BoundOperation): SlotAnswer[] {
  return answers.map(({ value, errors }, slot) => {
    if (value === undefined || !value.includes(INTERNAL_PREFIX)) return { value, errors };
    const { field, operation } = plan.slots[slot]!;
    const data = { [field]: JSON.parse(value) as unknown };
    collect(operation.question, data, variables);
    return { value: withoutRemoved(value, data[field], INTERNAL_PREFIX), errors };
  });
}

function run(
  world: OracleWorld,
  { document, variableNames }: Pick<Operation, 'document' | 'variableNames'>,
  { bound, ...telling }: Telling & { readonly bound: BoundOperation },
): unknown {
  const variableValues = Object.fromEntries(
    Object.entries(bound.variables).filter(([name]) => variableNames.includes(name)),
  );
  return execute({
    schema: world.schema,
    document,
    rootValue: { type: 'Query', number: 0 },
    variableValues,
    ...resolversOf(world, telling),
  });
}

/** The text of a whole answer, without what no part has. */
function textOf({ data, errors }: ExecutionResult): string {
  const shown = errors?.map(({ message, path, extensions }) => ({
    message,
    path,
    ...(Object.keys(extensions).length > 0 && { extensions }),
  }));
  return JSON.stringify({ ...(shown && { errors: shown }), data });
}

/** The slot that a field is shown from; of one on the spine the widest. */
function slotOf(plan: Plan, { path }: GraphQLResolveInfo): number {
  const steps: { key: string; typename: string | undefined }[] = [];
  for (let step: typeof path | undefined = path; step; step = step.prev)
    if (typeof step.key === 'string') steps.unshift({ key: step.key, typename: step.typename });
  const root = plan.roots.find(({ responseKey }) => responseKey === steps[0]!.key)!;
  let [order, index] = [root.below, root.below ? widestIn(root.slices) : root.index];
  for (const { key, typename } of steps.slice(1)) {
    const step = order?.stepsFor(typename!)?.find(({ responseKey }) => responseKey === key);
    if (!step) break;
    order = step.below;
    index = order ? widestIn(step.slices) : step.index;
  }
  return root.slots.find((slot) => plan.slots[slot]!.class === PART_CLASSES[index])!;
}

function pathsOutsideNulls({ data, errors = [] }: ExecutionResult): string[] {
  return [
    ...new Set(
      errors.map(({ path = [] }) => {
        let value: unknown = data;
        const shown: (string | number)[] = [];
        for (const key of path) {
          if (value === null || value === undefined) break;
          shown.push(key);
          value = (value as Record<string | number, unknown>)[key];
        }
        return JSON.stringify(shown);
      }),
    ),
  ].sort();
}
