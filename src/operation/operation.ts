import {
  getOperationAST,
  GraphQLError,
  Kind,
  parse,
  print,
  separateOperations,
  validate,
  valueFromASTUntyped,
  visit,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type OperationTypeNode,
} from 'graphql';
import { hash } from 'node:crypto';
import { buildQuestion, type Question } from '../answer/question';
import { analyse, type Policy } from '../policy/analyse';
import type { Rules } from '../policy/rules';
import { fragmentsOf } from '../answer/fragments';
import { exceededLimit, type OperationLimits } from './limits';

/** The schema as the gateway knows it, and what its directives say. Replaced as a whole when the schema changes. */
export interface Knowledge {
  readonly schema: GraphQLSchema;
  readonly rules: Rules;
  /** differs whenever an answer or its policy could differ: schema, directives, configuration */
  readonly version: string;
}

/** One operation of one document, analysed once for all requests that send the same text. */
export interface Operation {
  /** a hash over schema version, normalised text and operation name */
  readonly id: string;
  readonly kind: OperationTypeNode;
  readonly name: string | undefined;
  /** this operation and the fragments it uses, without the text's locations */
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly policy: Policy;
  /** it uses @defer or @stream, so its answer comes in parts */
  readonly incremental: boolean;
  /**
   * Learnt: without anyone's credentials upstream answered this with errors, so that requests with credentials are not
   * made to ask twice. Monotonic milliseconds, because upstream may have failed for a moment only.
   */
  needsCredentialsUntil: number;
  /** what upstream is asked, and how its answer is read */
  readonly question: Question;
  /** values of variables that a request does not send */
  readonly defaults: ReadonlyMap<string, unknown>;
  readonly variableNames: readonly string[];
  readonly schemaVersion: string;
}

/** A text that is no valid operation of this schema, and why. */
export interface Refusal {
  readonly errors: readonly GraphQLError[];
}

/** Parses, limits, validates and analyses one operation. Never throws: what is wrong with the text is a refusal. */
export function compileOperation(
  knowledge: Knowledge,
  limits: OperationLimits,
  text: string,
  operationName: string | undefined,
): Operation | Refusal {
  try {
    const whole = parse(text, { maxTokens: limits.maxTokens });
    const problem = exceededLimit(whole, limits);
    if (problem) return { errors: [problem] };
    // To find what a client may have meant, every name of a large schema is compared with each unknown one.
    const errors = validate(knowledge.schema, whole, undefined, { maxErrors: 10, hideSuggestions: true });
    if (errors.length > 0) return { errors: errors.map(asRequestError) };
    return analyseOperation(knowledge, whole, operationName);
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [asRequestError(error)] };
    // Only the parser recurses without a bound of ours: a text nested beyond the stack.
    if (error instanceof RangeError) return { errors: [requestError('The operation is nested too deeply.')] };
    throw error;
  }
}

/** The same for a document that is parsed and valid already. */
export function analyseOperation(
  knowledge: Knowledge,
  whole: DocumentNode,
  name: string | undefined,
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
  const separated = separateOperations(whole)[chosen.name?.value ?? ''] ?? whole;
  const normalised = print(separated);
  // Parsed again without locations: a tenth of the memory, and nothing points into the client's text any more.
  const document = parse(normalised, { noLocation: true });
  const definition = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)!;
  const fragments = fragmentsOf(document);
  const variables = definition.variableDefinitions ?? [];
  return {
    id: hash('sha256', JSON.stringify([knowledge.version, normalised]), 'base64url'),
    kind: definition.operation,
    name: definition.name?.value,
    document,
    definition,
    policy: analyse(knowledge.schema, knowledge.rules, definition, fragments),
    incremental: usesIncrementalDelivery(document),
    needsCredentialsUntil: -Infinity,
    question: buildQuestion(knowledge.schema, knowledge.rules, definition, fragments),
    variableNames: variables.map(({ variable }) => variable.name.value).sort(),
    defaults: new Map(
      variables.flatMap(({ variable, defaultValue }) =>
        defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)] as const] : [],
      ),
    ),
    schemaVersion: knowledge.version,
  };
}

function usesIncrementalDelivery(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive({ name }) {
      found ||= name.value === 'defer' || name.value === 'stream';
    },
  });
  return found;
}

/** GraphQL over HTTP: a request error is 400 for `application/graphql-response+json`, 200 for `application/json`. */
function asRequestError(error: GraphQLError): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    originalError: error,
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED', ...error.extensions, http: { status: 400, spec: true } },
  });
}

function requestError(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'BAD_REQUEST', http: { status: 400, spec: true } },
  });
}
