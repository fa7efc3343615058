import { buildSchema, execute, parse, validate, type GraphQLSchema } from 'graphql';
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
