import { execute, getIntrospectionQuery, parse, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { bind, type BoundOperation } from '../../src/operation/bound-operation';
import { SchemaDescriber } from '../../src/yoga/describe-schema';
import { compiled, knowledgeOf } from '../answer/harness';
import { github } from '../policy/github';

const SMALL = knowledgeOf('type Query { a(b: Int = 3): T } type T { id: ID! } union U = T enum E { X Y }');

function boundOf(text: string, variables: Record<string, unknown> = {}): BoundOperation {
  return bind(compiled(SMALL, text), variables);
}

/** The text that leaves. */
function textOf(result: ExecutionResult): string {
  return (result as ExecutionResult & { stringify: () => string }).stringify();
}

describe('what is asked of the schema itself', () => {
  it.each([
    ['all of it', getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true }), {}],
    ['one type', 'query ($n: String!) { __type(name: $n) { name fields { name } } }', { n: 'T' }],
    ['a type that is not there', '{ __type(name: "Nope") { name } }', {}],
    ['a variable that is missing', 'query ($n: String!) { __type(name: $n) { name } }', {}],
    [
      'twice under aliases',
      '{ a: __schema { types { name } } b: __schema { queryType { name } } __typename }',
      {},
    ],
  ])('is answered as graphql-js does: %s', async (_, text, variables) => {
    const bound = boundOf(text, variables);
    const described = await new SchemaDescriber(SMALL.schema).describe(bound);
    const { document } = bound.operation;
    const direct = await execute({ schema: SMALL.schema, document, variableValues: variables });
    expect(JSON.parse(textOf(described))).toEqual(JSON.parse(JSON.stringify(direct)));
  });

  it('leaves others their turns while a large schema is described, and is described once', async () => {
    const schema: GraphQLSchema = github();
    const describer = new SchemaDescriber(schema);
    const bound = boundOf(getIntrospectionQuery());
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    const first = await describer.describe(bound);
    isDone = true;
    expect(turns).toBeGreaterThan(50);
    expect(textOf(first)).toBe(
      JSON.stringify(await execute({ schema, document: parse(getIntrospectionQuery()) })),
    );
    expect(await describer.describe(bound)).toBe(first);
  });

  it('is described again where it failed', async () => {
    const describer = new SchemaDescriber(SMALL.schema);
    const bound = boundOf('query ($n: String!) { __type(name: $n) { name } }');
    expect(await describer.describe(bound)).not.toBe(await describer.describe(bound));
  });
});
