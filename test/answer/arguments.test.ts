import { buildSchema, parse, type FieldNode, type OperationDefinitionNode } from 'graphql';
import { argumentsOf } from '../../src/answer/arguments';
import { readJson } from '../../src/json/exact-number';
import { KeyNames } from '../../src/policy/key-names';
import { readRules } from '../../src/policy/rules';

const schema = buildSchema(`
  type Query { item: Item }
  type Item { id: ID! }
  input Price { amount: Float }
  type Mutation { deleteItems(ids: [ID!]!, prices: [Price!]): Boolean }`);
const definition = schema.getMutationType()!.getFields()['deleteItems']!;
const { definitions } = parse(
  'mutation ($ids: [ID!]!, $prices: [Price!]) { a: deleteItems(ids: $ids, prices: $prices) b: deleteItems(ids: $ids, prices: $prices) }',
);
const [a, b] = (definitions[0] as OperationDefinitionNode).selectionSet.selections as FieldNode[];
const variables = readJson('{"ids":["1","2"],"prices":[{"amount":1.10}]}') as Record<string, unknown>;

it('P47 are read once, and looked through once, however many fields take the same variable', () => {
  const [one, other] = [a!, b!].map((node) => argumentsOf({ definition, node }, variables));
  expect(one).toEqual({ ids: ['1', '2'], prices: [{ amount: 1.1 }] });
  expect(other!['ids']).toBe(one!['ids']);
  expect(other!['prices']).toBe(one!['prices']);
  const item = schema.getType('Item') as never;
  const rules = readRules(schema, { defaultMaxAge: 60 });
  const names = new KeyNames({ schema, rules }, definition, { types: [item], areSeveral: false }, []);
  expect([...names.in(one!).tags]).toEqual(expect.arrayContaining(['Item:1', 'Item:2']));
  expect(names.in(other!)).toBe(names.in(one!));
  expect([...names.in({ ...one!, ids: ['3'] }).tags]).toContain('Item:3');
});
