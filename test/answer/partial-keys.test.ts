import { describeTouch } from '../../src/policy/describe-touch';
import { touchedBy } from '../../src/answer/touched';
import { compiled, knowledgeOf } from './harness';

const knowledge = knowledgeOf(`
  type Query { product(sku: String!, region: String!): Product products: [Product!]! user(id: ID!): User page(id: ID!, locale: String!): Page }
  type Product @key(fields: "sku region") { sku: String! region: String! price: String owner: User }
  type User { id: ID! name: String products: [Product!]! }
  type Page @key(fields: "id locale") { id: ID! locale: String! title: String }
  input ProductRef { sku: String! region: String }
  type Mutation {
    setOwner(userId: ID!, skus: [String!]!): User
    give(userId: ID!, sku: String!): User
    giveAll(userId: ID!, products: [ProductRef!]!): User
    setPrice(sku: String!, region: String, price: String): Product
    greet(userId: ID!, locale: String): User
  }
`);

function purged(call: string): string {
  const operation = compiled(knowledge, `mutation { done: ${call} }`);
  const done = call.startsWith('setPrice')
    ? { __lm_key_7_Product_sku: 'a', __lm_key_7_Product_region: 'eu', sku: 'a', region: 'eu' }
    : { id: '1' };
  const { tags } = touchedBy(operation, { data: { done } }, {});
  return [...tags]
    .filter((tag) => tag === 'Product' || tag === 'Page')
    .sort()
    .join(' ');
}

describe('an argument that holds a part of a key', () => {
  it.each([
    ['of many', 'setOwner(userId: 1, skus: ["a", "b"]) { id }', 'Product'],
    ['of one', 'give(userId: 1, sku: "a") { id }', 'Product'],
    ['in an object', 'giveAll(userId: 1, products: [{ sku: "a" }]) { id }', 'Product'],
  ])('P24 purges all of the type: %s', (_, call, tags) => {
    expect(purged(call)).toBe(tags);
  });

  it.each([
    ['the rest is there', 'giveAll(userId: 1, products: [{ sku: "a", region: "eu" }]) { id }', ''],
    ['the object comes back', 'setPrice(sku: "a", price: "1") { sku region }', ''],
    ['others share it', 'greet(userId: 1, locale: "de") { id }', ''],
  ])('does not where %s', (_, call, tags) => {
    expect(purged(call)).toBe(tags);
  });

  it('is told of beforehand', () => {
    const { schema, rules } = knowledge;
    const field = schema.getMutationType()!.getFields()['setOwner']!;
    expect(describeTouch(schema, rules, field)).toContain(
      'the lists of what its arguments make along with that, all of what they change, and of what refers to what they delete: Product by skus',
    );
  });
});
