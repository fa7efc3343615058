import { buildSchema, execute, parse, print, validate, type ASTNode, type GraphQLSchema } from 'graphql';
import { combine, takeApart, type PartError } from '../../../src/gateway/parts/combined';
import { merge, writeMerged } from '../../../src/gateway/parts/merge';
import { Plans, type Plan, type Whole } from '../../../src/gateway/parts/plan';
import { bind, type BoundOperation } from '../../../src/operation/bound-operation';
import { analyseOperation, type Knowledge, type Operation } from '../../../src/operation/operation';
import { readRules } from '../../../src/policy/rules';
import { DIRECTIVES_SDL } from '../../../src/schema/directives';

/** A schema with cache directives, as the gateway knows it. */
export function knowledgeOf(schema: string | GraphQLSchema, defaultMaxAge = 0): Knowledge {
  const built = typeof schema === 'string' ? buildSchema(DIRECTIVES_SDL + schema) : schema;
  return { schema: built, rules: readRules(built, { defaultMaxAge }), configuration: '' };
}

/** A valid operation; it throws for any other. */
export function operationOf(knowledge: Knowledge, text: string): Operation {
  const document = parse(text, { noLocation: true });
  const problems = validate(knowledge.schema, document);
  if (problems.length > 0) throw new Error(`${text}\n${problems.map(String).join('\n')}`);
  const made = analyseOperation(knowledge, document, undefined, text);
  if ('errors' in made) throw new Error(String(made.errors[0]));
  return made;
}

export interface Cutting {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly hasCredentials?: boolean;
  readonly maxParts?: number;
}

export function planOf(
  knowledge: Knowledge,
  text: string,
  { variables = {}, hasCredentials = true, maxParts = 32 }: Cutting = {},
): { readonly plan: Plan | Whole; readonly bound: BoundOperation } {
  const bound = bind(operationOf(knowledge, text), variables);
  return { plan: new Plans(knowledge, maxParts).planOf(bound, hasCredentials), bound };
}

/** What an upstream without a fault answers; the JSON text of it. */
export function answerTo(
  schema: GraphQLSchema,
  { document, variableNames }: Operation,
  {
    root,
    variables = {},
  }: { readonly root: unknown; readonly variables?: Readonly<Record<string, unknown>> | undefined },
): string {
  const used = Object.fromEntries(Object.entries(variables).filter(([name]) => variableNames.includes(name)));
  return JSON.stringify(execute({ schema, document, rootValue: root, variableValues: used }));
}

/** An operation asked whole, and in parts: each slot by itself. */
export interface Both {
  readonly plan: Plan;
  /** one line for each slot: its class, and what it asks for */
  readonly slots: readonly string[];
  /** the whole answer's text, without the locations of errors */
  readonly whole: string;
  /** what the parts are together; or why they are not put together */
  readonly merged: string;
}

/** @param root the root value; a function: what it was when a slot was asked, by its index */
export function bothWays(
  knowledge: Knowledge,
  text: string,
  {
    root,
    merging = merge,
    plans = new Plans(knowledge, 32),
    ...cutting
  }: Cutting & {
    readonly root: unknown;
    readonly merging?: typeof merge;
    readonly plans?: Plans;
  },
): Both {
  const bound = bind(operationOf(knowledge, text), cutting.variables ?? {});
  const plan = plans.planOf(bound, cutting.hasCredentials ?? true);
  if (plan.kind === 'whole') throw new Error(`${text} is whole: ${plan.why}`);
  const rootOf = (index: number): unknown => (typeof root === 'function' ? root(index) : root);
  const answers = plan.slots.map(({ operation }, index) => {
    const combined = combine(knowledge, plan, [index])!;
    const { variables } = cutting;
    const answer = takeApart(
      plan,
      combined,
      answerTo(knowledge.schema, operation, { root: rootOf(index), variables }),
    );
    if ('kind' in answer) throw new Error(answer.why);
    return answer[0]!;
  });
  const merged = merging(plan, answers);
  const { data, errors } = JSON.parse(
    answerTo(knowledge.schema, bound.operation, { root: rootOf(0), variables: cutting.variables }),
  );
  const told = errors?.map(({ message, path }: PartError) => ({ message, path }));
  return {
    plan,
    slots: plan.slots.map((slot) => `${slot.class} ${onOneLine(slot.operation.document)}`),
    whole: JSON.stringify({ ...(told && { errors: told }), data }),
    merged: merged.kind === 'merged' ? writeMerged(merged) : merged.why,
  };
}

/** A document's text on one line. */
export function onOneLine(node: ASTNode): string {
  return print(node).replaceAll(/\s+/g, ' ');
}
