import {
  getOperationAST,
  GraphQLError,
  Kind,
  parse,
  print,
  separateOperations,
  validate,
  visit,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type OperationTypeNode,
  type VariableDefinitionNode,
} from 'graphql';
import { hash } from 'node:crypto';
import { buildQuestion, type Question } from '../answer/question';
import { analyse, type Policy } from '../policy/analyse';
import type { Rules } from '../policy/rules';
import { isSharedSubscription } from '../policy/shared-subscription';
import { readLiteral } from '../schema/literal';
import { fragmentsOf } from '../answer/internal-fields';
import { introspectionProblem } from './introspection';
import { PlainRequests } from './plain-requests';
import { exceededLimit, type OperationLimits } from './limits';
import { Refusals } from './refusals';
import { asRequestError, requestError, withLocations } from './request-error';
import { operationText } from './operation-text';
import { operationVersion } from './operation-version';

/** The schema as the gateway knows it, and what its directives say. Replaced as a whole when the schema changes. */
export interface Knowledge {
  readonly schema: GraphQLSchema;
  readonly rules: Rules;
  /** differs whenever configuration does that an answer or its policy depends on */
  readonly configuration: string;
}

/** One operation of one document, analysed once for all requests that send the same text. */
export interface Operation {
  /**
   * A hash over its version and its {@link operationText}. In a query's variables are numbered: queries that differ in nothing
   * but what they call them ask for the same, where they call them nothing out of the ordinary.
   */
  readonly id: string;
  readonly kind: OperationTypeNode;
  readonly name: string | undefined;
  /** this operation and the fragments it uses, without the text's locations */
  readonly document: DocumentNode;
  /** what its client wrote, where that is this operation and nothing else */
  readonly text: string | undefined;
  readonly definition: OperationDefinitionNode;
  readonly policy: Policy;
  /** a subscription of which equal ones share one of upstream: see {@link isSharedSubscription} */
  readonly isShared: boolean;
  /** it uses @defer or @stream, so its answer comes in parts */
  readonly incremental: boolean;
  /** learnt, while it is used */
  readonly refusals: Refusals;
  /** learnt: what upstream was not to be asked more than its client did */
  readonly plain: PlainRequests;
  /**
   * Learnt: under upstream's schema before this one it was valid too, and something differed that it depends on. Until
   * then, in monotonic milliseconds, some instances of upstream may still answer as they did.
   */
  unsettledUntil: number;
  /** what upstream is asked, and how its answer is read */
  readonly question: Question;
  /** values of variables that a request does not send */
  readonly defaults: ReadonlyMap<string, unknown>;
  /** in the order in which they are declared: a variable's number is its index */
  readonly variableNames: readonly string[];
  /** see {@link operationVersion} */
  readonly version: string;
}

/** A text that is no valid operation of this schema, and why. */
export interface Refusal {
  readonly errors: readonly GraphQLError[];
  /** it is the schema that it does not fit: it may fit the one that upstream has by now */
  readonly isBySchema?: boolean;
}

/** To find what a client may have meant, every name of a large schema would be compared with each unknown one. */
const VALIDATION = { maxErrors: 10, hideSuggestions: true };

/** Parses, limits, validates and analyses one operation. Never throws: what is wrong with the text is a refusal. */
export function compileOperation(
  knowledge: Knowledge,
  limits: OperationLimits,
  text: string,
  operationName: string | undefined,
): Operation | Refusal {
  try {
    const { maxTokens } = limits;
    const whole = parse(text, { maxTokens, noLocation: true });
    const problem =
      exceededLimit(whole, limits) ??
      introspectionProblem(whole, knowledge.schema, limits.introspection ?? true);
    if (problem) return { errors: [problem] };
    const errors = validate(knowledge.schema, whole, undefined, VALIDATION);
    // Only these need locations, which are most of what parsing costs.
    if (errors.length > 0)
      return { errors: withLocations(errors, whole, parse(text, { maxTokens })), isBySchema: true };
    return analyseOperation(knowledge, whole, operationName, text);
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [asRequestError(error)] };
    // Only the parser recurses without a bound of ours: a text nested beyond the stack.
    if (error instanceof RangeError) return { errors: [requestError('The operation is nested too deeply.')] };
    throw error;
  }
}

/**
 * The same for a document that is parsed and valid already.
 * @param text that it was parsed from, for an upstream that knows it by its characters
 */
export function analyseOperation(
  knowledge: Knowledge,
  whole: DocumentNode,
  name: string | undefined,
  text?: string,
): Operation | Refusal {
  const chosen = getOperationAST(whole, name);
  if (!chosen) {
    return {
      errors: [
        requestError(
          name === undefined
            ? 'The document holds several operations or none: send `operationName`.'
            : `The document holds no operation named ${JSON.stringify(name.slice(0, 100))}.`,
        ),
      ],
    };
  }
  const separated = only(chosen, whole);
  // Without locations: a tenth of the memory.
  const document = whole.loc ? parse(print(separated), { noLocation: true }) : separated;
  const definition = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)!;
  const fragments = fragmentsOf(document);
  const variables = definition.variableDefinitions ?? [];
  const variableNames = variables.map(({ variable }) => variable.name.value);
  const version = operationVersion(knowledge, document);
  // Made when upstream is first asked: what is found in the cache, and most parts of an answer, need none.
  let question: Question | undefined;
  // A subscription that several share may fail for each of them, in words about its variables.
  const isNumbered = definition.operation === 'query' && areOrdinary(variableNames);
  const identity = operationText(document, isNumbered ? numbersOf(variableNames) : NO_NUMBERS);
  return {
    id: hash('sha256', version + identity, 'base64url'),
    kind: definition.operation,
    name: definition.name?.value,
    document,
    text: separated === whole ? text : undefined,
    definition,
    policy: analyse(knowledge.schema, knowledge.rules, definition, fragments),
    isShared: isSharedSubscription(knowledge.schema, knowledge.rules, definition, fragments),
    incremental: usesIncrementalDelivery(identity, document),
    refusals: new Refusals(),
    plain: new PlainRequests(),
    unsettledUntil: -Infinity,
    get question() {
      return (question ??= buildQuestion(knowledge.schema, knowledge.rules, definition, document));
    },
    variableNames,
    defaults: defaultsOf(variables),
    version,
  };
}

/**
 * Whether no server could treat variables otherwise for what they are called. Some gather values in a plain object, which
 * has no place for one named `__proto__` and has a `toString` that no client sent: what they make of such a request is not for others.
 */
function areOrdinary(names: readonly string[]): boolean {
  if (names.length === 0) return true;
  const areUnique = new Set(names.map((name) => name.toLowerCase())).size === names.length;
  return areUnique && names.every((name) => /^[A-Za-z]\w{0,63}$/.test(name) && !(name in Object.prototype));
}

const NO_NUMBERS: ReadonlyMap<string, number> = new Map();

function numbersOf(names: readonly string[]): ReadonlyMap<string, number> {
  return names.length === 0 ? NO_NUMBERS : new Map(names.map((name, number) => [name, number]));
}

const NO_DEFAULTS: ReadonlyMap<string, unknown> = new Map();

function defaultsOf(variables: readonly VariableDefinitionNode[]): ReadonlyMap<string, unknown> {
  if (variables.length === 0) return NO_DEFAULTS;
  return new Map(
    variables.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, readLiteral(defaultValue)] as const] : [],
    ),
  );
}

/** One operation of a document and the fragments that it uses. */
function only(chosen: OperationDefinitionNode, whole: DocumentNode): DocumentNode {
  // Of what is valid nothing is left out then: it has no fragment that nothing uses.
  const isAlone = whole.definitions.every(
    (each) => each === chosen || each.kind === Kind.FRAGMENT_DEFINITION,
  );
  return isAlone ? whole : (separateOperations(whole)[chosen.name?.value ?? ''] ?? whole);
}

function usesIncrementalDelivery(text: string, document: DocumentNode): boolean {
  // Hardly any does, and to look at every node takes longer than to look for a word.
  if (!/@(?:defer|stream)/.test(text)) return false;
  let found = false;
  visit(document, {
    Directive({ name }) {
      found ||= name.value === 'defer' || name.value === 'stream';
    },
  });
  return found;
}
