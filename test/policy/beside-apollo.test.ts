import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl';
import {
  execute,
  getNamedType,
  isAbstractType,
  validate,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { collect } from '../../src/answer/collect';
import { buildQuestion } from '../../src/answer/question';
import { analyse, fieldLimit, refine, strictest, type FieldLimit } from '../../src/policy/analyse';
import { readRules, type Rules, type Scope } from '../../src/policy/rules';
import { generateOperations } from './generate-operations';
import { readOperation } from './read-operation';
import { createSharedSchema } from './shared-schema';

// Hundreds of executions, on machines that may have other work.
/** The one variable of generated operations, true in some and false in others. */
const variablesOf = (query: string) => ({ flag: query.length % 2 === 0 });

/** What Apollo Server decided about one answer, and the fields it executed for it. */
interface ApolloWord {
  readonly maxAge: number;
  readonly scope: Scope;
  readonly executed: ReadonlySet<string>;
}

/** The shared schema under Apollo Server, asked for its own policy of each operation. */
async function startApollo(schema: GraphQLSchema, defaultMaxAge: number) {
  let executed = new Set<string>();
  let word: ApolloWord | undefined;
  const listening: ApolloServerPlugin = {
    async requestDidStart() {
      executed = new Set();
      return {
        async executionDidStart() {
          return {
            willResolveField: ({ info }) => {
              executed.add(`${info.parentType.name}.${info.fieldName}`);
            },
          };
        },
        async willSendResponse({ overallCachePolicy }) {
          const policy = overallCachePolicy.policyIfCacheable();
          word = { maxAge: policy?.maxAge ?? 0, scope: overallCachePolicy.scope ?? 'PUBLIC', executed };
        },
      };
    },
  };
  const server = new ApolloServer({
    schema,
    plugins: [ApolloServerPluginCacheControl({ defaultMaxAge }), listening],
  });
  await server.start();
  return {
    async ask(query: string): Promise<ApolloWord> {
      const { body } = await server.executeOperation({ query, variables: variablesOf(query) });
      if (body.kind !== 'single' || body.singleResult.errors || !word) {
        throw new Error(`Apollo Server did not answer ${query}: ${JSON.stringify(body)}`);
      }
      return word;
    },
    stop: () => server.stop(),
  };
}

function limitOf(schema: GraphQLSchema, rules: Rules, executed: ReadonlySet<string>): FieldLimit | undefined {
  let limit: FieldLimit | undefined;
  for (const coordinate of executed) {
    const [type, name] = coordinate.split('.') as [string, string];
    const field = (schema.getType(type) as GraphQLObjectType).getFields()[name]!;
    limit = strictest(limit, fieldLimit(schema, rules, type, field));
  }
  return limit;
}

describe.each([
  { gaps: 0.25, defaultMaxAge: 0, seed: 1 },
  { gaps: 0.25, defaultMaxAge: 75, seed: 2 },
  { gaps: 0, defaultMaxAge: 0, seed: 3 },
  { gaps: 0, defaultMaxAge: 7, seed: 4 },
])('beside Apollo Server, defaultMaxAge $defaultMaxAge, gaps $gaps', ({ gaps, defaultMaxAge, seed }) => {
  const schema = createSharedSchema(seed, gaps);
  const rules = readRules(schema, { defaultMaxAge });
  const queries = [
    ...generateOperations(schema, { seed, count: 150, breadth: 2 }),
    ...generateOperations(schema, { seed: seed + 100, count: 150 }),
  ];
  const words = new Map<string, ApolloWord>();

  beforeAll(async () => {
    const apollo = await startApollo(schema, defaultMaxAge);
    for (const query of queries) words.set(query, await apollo.ask(query));
    await apollo.stop();
  });

  it('gives every generated operation the same maxAge, within the bounds known before', () => {
    const seen = new Set<number>();
    for (const query of queries) {
      const { document, operation, fragments } = readOperation(query);
      expect(validate(schema, document)).toEqual([]);
      const word = words.get(query)!;
      const policy = analyse(schema, rules, operation, fragments);
      const { maxAge } = refine(policy, limitOf(schema, rules, word.executed));
      expect({ query, maxAge }).toEqual({ query, maxAge: word.maxAge });
      // An answer of which everything was skipped has no maxAge at all.
      if (word.executed.size > 0) expect(policy.leastMaxAge).toBeLessThanOrEqual(word.maxAge);
      seen.add(maxAge);
    }
    // The comparison is worth something only where answers differ.
    expect(seen.size).toBeGreaterThan(defaultMaxAge === 0 ? 5 : 10);
  });

  it('reads the same maxAge from the answer as the gateway does', async () => {
    for (const query of queries) {
      const { document, operation, fragments } = readOperation(query);
      const word = words.get(query)!;
      const question = buildQuestion(schema, rules, operation, document);
      const variableValues = variablesOf(query);
      const { data, errors } = await execute({ schema, document: question.document, variableValues });
      expect(errors).toBeUndefined();
      const collected = collect(question, data as Record<string, unknown>, variableValues);
      expect(data).toEqual((await execute({ schema, document, variableValues })).data);
      // Nothing limits an answer that has no field: it is not stored.
      const maxAge = collected.limit?.maxAge ?? 0;
      expect({ query, maxAge }).toEqual({ query, maxAge: word.maxAge });
      expect(maxAge).toBeLessThanOrEqual(analyse(schema, rules, operation, fragments).maxAge);
    }
  });

  it('gives every generated operation the same scope, or a stricter one for a reason', () => {
    let stricter = 0;
    const seen = new Map<Scope, number>();
    for (const query of queries) {
      const { operation, fragments } = readOperation(query);
      const word = words.get(query)!;
      const { scope, decidedBy } = analyse(schema, rules, operation, fragments);
      seen.set(scope, (seen.get(scope) ?? 0) + 1);
      if (scope === word.scope) continue;
      expect({ query, scope }).toEqual({ query, scope: 'PRIVATE' });
      const coordinate = decidedBy.scope!.split(' at ')[0]!;
      const [type, name] = coordinate.split('.') as [string, string];
      const returned = getNamedType((schema.getType(type) as GraphQLObjectType).getFields()[name]!.type);
      // Stricter for one of two reasons only: this answer did not have the field, or another answer's
      // types may be private.
      expect({
        query,
        coordinate,
        isReason: !word.executed.has(coordinate) || isAbstractType(returned),
      }).toEqual({
        query,
        coordinate,
        isReason: true,
      });
      stricter++;
    }
    expect(seen.get('PUBLIC')).toBeGreaterThan(30);
    expect(seen.get('PRIVATE')).toBeGreaterThan(30);
    expect(stricter).toBeLessThan(queries.length / 2);
  });
});
