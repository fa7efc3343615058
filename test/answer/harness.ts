import { execute, graphqlSync, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { collect, type Collected } from '../../src/answer/collect';
import { subjectsOf } from '../../src/answer/subjects';
import { purgesOfMutation } from '../../src/answer/mutation-purges';
import { touchedBy } from '../../src/answer/touched';
import type { Purge } from '../../src/purge/log';
import { ANY_TAG, subjectOf } from '../../src/purge/tag';
import { compileOperation, type Knowledge, type Operation } from '../../src/operation/operation';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { readRules } from '../../src/policy/rules';

/** Limits that get in the way of no test here. */
export const WIDE = {
  maxTokens: 100_000,
  maxDepth: 100,
  maxFields: 100_000,
  maxAliases: 10_000,
  maxDirectives: 10_000,
};

export function knowledgeOf(sdl: string, resolvers: object = {}): Knowledge {
  const schema: GraphQLSchema = makeExecutableSchema({
    typeDefs: [DIRECTIVES_SDL, sdl],
    resolvers: resolvers as never,
  });
  return { schema, rules: readRules(schema, { defaultMaxAge: 0 }), configuration: 'test' };
}

export function compiled(knowledge: Knowledge, text: string): Operation {
  const operation = compileOperation(knowledge, WIDE, text, undefined);
  if ('errors' in operation) throw operation.errors[0]!;
  return operation;
}

export interface Asked {
  /** the answer, as a client would see it */
  readonly data: Record<string, unknown>;
  readonly collected: Collected;
  readonly tags: string[];
  /** what the schema would have answered without us */
  readonly plain: ExecutionResult;
  readonly touched: string[];
  readonly silent: readonly string[];
  /** `Trip 7: owner`, for what has to be asked for after the mutation */
  readonly wanted: readonly string[];
}

/** Asks an executable schema the augmented question and reads its answer. */
export function asking(
  knowledge: Knowledge,
  text: string,
  variables: Record<string, unknown> = {},
  rootValue?: unknown,
): Asked {
  const operation = compiled(knowledge, text);
  const result = run(knowledge.schema, operation.question.document, variables, rootValue);
  if (!result.data) throw result.errors![0]!;
  // A network would have made plain objects of it.
  const data = JSON.parse(JSON.stringify(result.data)) as Record<string, unknown>;
  const touched = touchedBy(operation, { data, ...(result.errors && { errors: result.errors }) }, variables);
  const collected = collect(operation.question, data, variables);
  // What calls are joined by: nothing may turn up in an answer that was not to be expected of its question.
  const expected = subjectsOf(operation.question);
  for (const tag of collected.tags)
    if (!expected.has(ANY_TAG) && !expected.has(subjectOf(tag))) throw new Error(`${tag} was not expected`);
  return {
    data,
    collected,
    tags: [...collected.tags].sort(),
    plain: graphqlSync({ schema: knowledge.schema, source: text, variableValues: variables, rootValue }),
    touched: [...touched.tags].sort(),
    silent: touched.silentFields,
    wanted: touched.wanted.map(
      ({ type, key, references }) =>
        `${type.name} ${key.join(' ')}: ${references.map(({ name }) => name).join(' ')}`,
    ),
  };
}

function run(
  schema: GraphQLSchema,
  document: DocumentNode,
  variableValues: Record<string, unknown>,
  rootValue: unknown,
): ExecutionResult {
  return execute({ schema, document, variableValues, rootValue }) as ExecutionResult;
}

export interface Purging {
  readonly purges: readonly Purge[];
  /** what upstream was asked for as the mutation */
  readonly asked: DocumentNode;
  /** how often it was asked after it */
  readonly after: number;
}

/**
 * Asks what is asked of upstream within a mutation and after it, and reads what that purges.
 * @param answer what it answers the mutation; default: what the schema answers
 */
export async function purging(
  knowledge: Knowledge,
  text: string,
  { roots, answer }: { readonly roots: object; readonly answer?: ExecutionResult | undefined },
): Promise<Purging> {
  const operation = compiled(knowledge, text);
  const { document, root } = operation.question;
  const ask = (asked: DocumentNode, variables = {}): ExecutionResult =>
    JSON.parse(JSON.stringify(run(knowledge.schema, asked, variables, roots))) as ExecutionResult;
  let after = 0;
  const touched = touchedBy(operation, answer ?? ask(document), {});
  const purges = await purgesOfMutation(root.source, touched, 'warn', (query) => {
    after++;
    return Promise.resolve(ask(query.document, query.variables));
  });
  return { purges, asked: document, after };
}
