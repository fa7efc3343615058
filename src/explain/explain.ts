import {
  getNamedType,
  type GraphQLCompositeType,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type TypeNode,
  print,
} from 'graphql';
import { isInternal, TYPE_ALIAS } from '../answer/internal-fields';
import type { FieldPlan, ObjectPlan, Selection } from '../answer/selection';
import { purgesSession } from '../answer/session-purge';
import { touchedBy } from '../answer/touched';
import { type Operation, compileOperation, type Knowledge, type Refusal } from '../operation/operation';
import { describeTouch } from '../policy/describe-touch';
import { possibleTypes } from '../policy/type-shape';
import { formatTag, type Tag } from '../purge/tag';
import type { MutationPurges, Explanation, KeyParts, MaxAge, Obstacle } from './explanation';
import { bind, cacheKeyOf, isSampled, type BoundOperation } from '../operation/bound-operation';
import type { OperationLimits } from '../operation/limits';
import type { Policy } from '../policy/analyse';
import { answerTags } from './answer-tags';
import { keptFor, partsOf } from './answer-parts';
import { fieldsWithoutMaxAge } from './fields-without-max-age';
import { namesOf } from '../gateway/url-parameters';
import type { Plans } from '../gateway/parts/plan';
import { barriersOf, mayBeCut, type Barrier, type RuleSettings } from '../gateway/rules';
import { REASONS } from '../report/reason';

/** Objects made up before the rest is left out, and levels of them: deeper ones say nothing of what was touched. */
const MOST_OBJECTS = 2000;
const MOST_LEVELS = 8;

/**
 * What a mutation purges when it succeeds, by the very rule that purges: it is asked what an answer touched that has
 * every field, with `<id>` for each key.
 */
export function mutationPurges(
  operation: Operation,
  variables: Readonly<Record<string, unknown>>,
  { session }: Pick<RuleSettings, 'session'>,
): MutationPurges {
  const { root, rootType } = operation.question;
  const { schema, rules } = root.source;
  const fields = root.planFor(rootType)?.fields ?? [];
  const whole = new WholeAnswer(operation);
  const data = Object.fromEntries(fields.map((field) => [field.responseKey, whole.valueOf(field, 0)]));
  const { tags, silentFields, wanted } = touchedBy(operation, { data }, variables);
  const ofKind = (kind: Kind) => [...tags].filter((tag) => kindOf(tag) === kind).map(formatTag);
  const definitions = new Map(fields.map(({ definition }) => [definition.name, definition]));
  return {
    entities: ofKind('entity').sort(),
    lists: ofKind('list').sort(),
    types: ofKind('type').sort(),
    declared: ofKind('declared').sort(),
    session: session !== undefined && purgesSession(operation),
    silent: silentFields.map((field) => `Mutation.${field}`),
    askedAfterwards: wanted.flatMap(({ type, references }) =>
      references.map(({ name }) => `${type.name}.${name}`),
    ),
    because: Array.from(definitions, ([name, definition]) => ({
      field: `Mutation.${name}`,
      purges: describeTouch(schema, rules, definition),
    })),
  };
}

type Kind = 'entity' | 'list' | 'type' | 'declared';

/** See `purge/tag.ts`: the first characters say it, and only an entity that is no declared tag has a colon. */
function kindOf(tag: Tag): Kind {
  if (tag.startsWith('#')) return 'declared';
  if (tag.startsWith('[')) return 'list';
  return tag.includes(':') ? 'entity' : 'type';
}

/** An answer that has everything which was asked for, and where it may be of several types one of each. */
class WholeAnswer {
  #left = MOST_OBJECTS;

  constructor(readonly operation: Operation) {}

  valueOf({ selection, definition }: FieldPlan, level: number): unknown {
    if (!selection) return true;
    const type = getNamedType(definition.type) as GraphQLCompositeType;
    const { schema } = this.operation.question.root.source;
    const values = possibleTypes(schema, type).map(({ name }) => this.#object(selection, name, level));
    return values.length === 1 ? values[0] : values;
  }

  #object(selection: Selection, type: string, level: number): unknown {
    const plan = level < MOST_LEVELS && --this.#left >= 0 ? selection.planFor(type) : undefined;
    if (!plan) return null;
    return {
      [TYPE_ALIAS]: type,
      ...keysOf(plan),
      ...Object.fromEntries(
        plan.fields
          .filter(({ selection: below }) => below)
          .map((field) => [field.responseKey, this.valueOf(field, level + 1)]),
      ),
    };
  }
}

/** `<id>` for each key that was asked for, of the object itself or of another that it tells of. */
function keysOf({ keys = [], keyNames, internal }: ObjectPlan): Record<string, string> {
  const told = internal
    .filter(isInternal)
    .map((name) => [name, `<${name.slice(name.lastIndexOf('_') + 1)}>`]);
  const own = keys.flatMap((names, index) => names.map((name) => [name, `<${keyNames[index]}>`]));
  return Object.fromEntries([...told, ...own]) as Record<string, string>;
}

/** Input objects may hold themselves: no format of a tag looks deeper than this. */
const MAX_DEPTH = 4;

/**
 * Stands in for the variables an operation requires and was not given, each by its own name: `<id>`, and inside an input
 * object `<input.id>`. A tag that is made with one then shows where its value would come from.
 */
export function fillMissing(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): { readonly variables: Readonly<Record<string, unknown>>; readonly missing: readonly string[] } {
  const filled: Record<string, unknown> = { ...variables };
  const missing: string[] = [];
  for (const { variable, type, defaultValue } of variableDefinitions) {
    const name = variable.name.value;
    if (Object.hasOwn(variables, name) || defaultValue) continue;
    const required = inputTypeOf(schema, type);
    if (!required || !isNonNullType(required)) continue;
    missing.push(name);
    filled[name] = placeholder(required, name, 0);
  }
  return { variables: filled, missing };
}

function placeholder(type: GraphQLInputType, name: string, depth: number): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [placeholder(nullable.ofType, name, depth)];
  if (!isInputObjectType(nullable) || depth >= MAX_DEPTH) return `<${name}>`;
  return Object.fromEntries(
    Object.values(nullable.getFields()).map((field) => [
      field.name,
      placeholder(field.type, `${name}.${field.name}`, depth + 1),
    ]),
  );
}

function inputTypeOf(schema: GraphQLSchema, node: TypeNode): GraphQLInputType | undefined {
  const type = typeFromAST(schema, node);
  return isInputType(type) ? type : undefined;
}

export interface ExplainSettings extends RuleSettings {
  readonly limits: OperationLimits;
  /** which part of the operations is written to the operation log, from 0 to 1 */
  readonly logged: number;
}

/** One operation of a document, and its variables. */
export interface TextToExplain {
  readonly text: string;
  /** as a client would send them; what is missing is shown by placeholders */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly operationName?: string | undefined;
}

/**
 * What the gateway would do with an operation, and why. Pure: it calls nothing, so what depends on the request's headers
 * or on the answer is said with its condition.
 *
 * @returns a refusal when the text is no valid operation, or beyond a limit
 */
export function explain(
  knowledge: Knowledge & Cuts,
  settings: ExplainSettings,
  { text, variables = {}, operationName }: TextToExplain,
): Explanation | Refusal {
  const operation = compileOperation(knowledge, settings.limits, text, operationName);
  if ('errors' in operation) return operation;
  const isLogged = isSampled(bind(operation, variables), settings.logged);
  return explainOperation(knowledge, settings, operation, { variables, isLogged });
}

/** What of a request an explanation is about, beside its operation. */
export interface SentToExplain {
  readonly variables: Readonly<Record<string, unknown>>;
  /** of its URL, as upstream is sent them; undefined: there is no request yet */
  readonly parameters?: string;
  /** it is written to the operation log */
  readonly isLogged: boolean;
}

/** How operations are cut. */
export interface Cuts {
  /** undefined: they are not */
  readonly plans?: Plans | undefined;
}

/** The same for an operation that is known already. */
export function explainOperation(
  knowledge: Pick<Knowledge, 'schema' | 'rules'> & Cuts,
  settings: RuleSettings,
  operation: Operation,
  { variables: sent, parameters, isLogged }: SentToExplain,
): Explanation {
  const { kind, name, policy, question } = operation;
  const bound = bind(operation, sent, parameters);
  const { variables, missing } = fillMissing(knowledge.schema, operation.definition, bound.variables);
  const obstacles = barriersOf(operation, settings).map(asObstacle);
  const common = {
    operation: { kind, ...(name !== undefined && { name }) },
    obstacles,
    missingVariables: missing,
    unknownVariables: Object.keys(sent).filter((sentName) => !operation.variableNames.includes(sentName)),
  };
  if (kind === 'mutation')
    return { ...common, kept: 'never', purges: mutationPurges(operation, variables, settings) };
  if (kind !== 'query') return { ...common, kept: 'never' };
  const always = obstacles.filter(({ when }) => when === undefined).map(({ reason }) => reason);
  const isKept = always.length === 0;
  const isPrivate = policy.scope === 'PRIVATE';
  const { schema, rules, plans } = knowledge;
  const mayCut = always.every((why) => mayBeCut({ kind: 'bypass', why }));
  const parts = plans && mayCut ? partsOf(plans, settings, { bound, isLogged }) : [];
  return {
    ...common,
    ...(parts.length > 0 && { parts }),
    ...(policy.leastMaxAge === 0 && {
      withoutMaxAge: fieldsWithoutMaxAge(schema, rules, operation.document),
    }),
    kept: isKept ? keptFor(policy, settings) : 'never',
    scope: {
      is: policy.scope,
      ...(policy.decidedBy.scope !== undefined && { decidedBy: policy.decidedBy.scope }),
    },
    maxAge: maxAgeOf(policy),
    swr: policy.swr,
    ...(isKept && {
      key: {
        ...keyParts(bound, isPrivate, settings, missing.length === 0),
        ...(parameters !== undefined && { parameters: namesOf(parameters) }),
      },
    }),
    tags: answerTags(question, variables),
  };
}

function maxAgeOf({ maxAge, leastMaxAge, decidedBy }: Policy): MaxAge {
  return {
    most: maxAge,
    ...(decidedBy.maxAge !== undefined && { decidedBy: decidedBy.maxAge }),
    least: leastMaxAge,
    ...(decidedBy.leastMaxAge !== undefined && { leastDecidedBy: decidedBy.leastMaxAge }),
  };
}

function keyParts(
  bound: BoundOperation,
  isPrivate: boolean,
  { session, vary }: RuleSettings,
  isComplete: boolean,
): KeyParts {
  const { operation, variables } = bound;
  return {
    version: operation.version,
    document: print(operation.document),
    variables: { ...variables },
    ...(isPrivate && session !== undefined && { session }),
    headers: vary,
    ...(!isPrivate && vary.length === 0 && isComplete && { value: cacheKeyOf(bound, undefined, []) }),
  };
}

/** A rule that decides, in the words of `Cache-Status`, with what it means and what to do. */
function asObstacle({ reason, when, field }: Barrier): Obstacle {
  const [meaning, remedy] = REASONS[reason];
  return {
    reason,
    ...(when !== undefined && { when }),
    ...(field !== undefined && { field }),
    meaning,
    remedy,
  };
}
