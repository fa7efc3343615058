import { parse } from 'graphql';
import { buildFullSchema } from '../../src/schema/full-schema';
import { compileOperation, type Operation } from '../../src/operation/operation';
import { readRules } from '../../src/policy/rules';
import { WIDE } from '../answer/harness';

const SDL = `
  type Query {
    product(id: ID!): Product @cacheControl(maxAge: 60)
    products(filter: Filter, first: Int = 10): [Product!]!
    node(id: ID!): Node
    found: [Found!]!
    page: ProductPage
    shelf(of: ID): [Product!]! @cacheTag(format: "shelf-{$args.of}")
    other: Other
  }
  interface Node { id: ID! }
  type Product implements Node @cacheControl(maxAge: 60) { id: ID! name: String price: Float color: Color }
  type User implements Node @cacheControl(maxAge: 60) { id: ID! name: String }
  type Other { a: Int data(of: JSON = {a: [1]}): JSON }
  type Review { stars: Int }
  union Found = Product | User
  type ProductPage { total: Int items: [Product!]! }
  enum Color { RED BLUE }
  input Filter { name: String inner: Inner }
  input Inner { color: Color = RED filter: Filter }
  scalar JSON
  directive @lang(code: String = "en") on FIELD
  type Mutation {
    rename(id: ID!): Boolean @purges(tags: ["Product:{$args.id}"])
    move(id: ID!): Product @purges(lists: true)
    fill(of: ID): Boolean @purges(tags: ["shelf-{$args.of}"])
    erase(id: ID!): Boolean @purges(tags: ["User:{$args.id}"])
  }
`;

function versionOf(sdl: string, text: string, configuration = ''): string {
  const schema = buildFullSchema(parse(sdl), false);
  const knowledge = { schema, rules: readRules(schema, { defaultMaxAge: 0 }), configuration };
  const operation = compileOperation(knowledge, WIDE, text, undefined) as Operation;
  expect(operation).not.toHaveProperty('errors');
  return operation.version;
}

const edit = (from: string, to: string) => {
  expect(SDL).toContain(from);
  return SDL.replace(from, to);
};

const PRODUCT = '{ product(id: 1) { name } }';

describe('the version of an operation', () => {
  it('is the same for the same schema, also in another process', () => {
    expect(versionOf(SDL, PRODUCT)).toBe(versionOf(SDL, PRODUCT));
    // From another process.
    expect(versionOf(SDL, PRODUCT)).toBe('Qa8ybHoc1xe8DHKlLQpgGB');
  });

  it('P16 is another under another configuration', () => {
    expect(versionOf(SDL, PRODUCT, 'a')).not.toBe(versionOf(SDL, PRODUCT, 'b'));
  });

  it.each([
    ['a further root field', 'other: Other', 'other: Other another: Int'],
    ['a further type', 'type Other {', 'type Another { a: Int } type Other {'],
    ['a further field of a type', 'name: String price', 'name: String weight: Float price'],
    ['a further argument of a field that is not selected', 'first: Int = 10', 'first: Int = 10 last: Int'],
    ['a type that is not reached', 'type Other { a: Int', 'type Other @cacheControl(maxAge: 1) { a: String'],
    ['a description', 'name: String price', '"Its name." name: String price'],
    ['a deprecation of what is not selected', 'price: Float', 'price: Float @deprecated'],
    ['a further member of a union that is not selected', 'Found = Product', 'Found = Review | Product'],
    ['a purge rule for another type', '"User:{$args.id}"', '"User:{$args.id}", "[User]"'],
    ['a purge rule for declared tags', '"shelf-{$args.of}"]', '"shelf-{$args.of}", "shelves"]'],
    ['a mutation without a rule', 'rename(id', 'add: Product rename(id'],
    ['the order of fields', 'id: ID! name: String price', 'name: String id: ID! price'],
  ])('stays with %s', (_, from, to) => {
    expect(versionOf(edit(from, to), PRODUCT)).toBe(versionOf(SDL, PRODUCT));
  });

  it.each([
    ['the type of a selected field', PRODUCT, 'name: String price', 'name: String! price'],
    [
      'a directive on a selected field',
      PRODUCT,
      'name: String price',
      'name: String @cacheControl(maxAge: 5) price',
    ],
    [
      'a directive on a reached type',
      PRODUCT,
      'Product implements Node @cacheControl(maxAge: 60)',
      'Product implements Node @cacheControl(maxAge: 61)',
    ],
    [
      'a root field declared again',
      PRODUCT,
      'type Other {',
      'extend type Query { product(id: ID!): Product @cacheControl(scope: PRIVATE) } type Other {',
    ],
    ['an argument of a selected field', PRODUCT, 'product(id: ID!)', 'product(id: ID!, lang: String = "en")'],
    ['a declared key', PRODUCT, 'Product implements Node', 'Product implements Node @key(fields: "name")'],
    [
      'a field that becomes the key',
      '{ page { total } }',
      'ProductPage { total',
      'ProductPage { id: ID! total',
    ],
    [
      'a directive on an interface of a reached type',
      PRODUCT,
      'interface Node',
      'interface Node @cacheControl(scope: PRIVATE)',
    ],
    [
      "a tag on an interface's field",
      '{ product(id: 1) { id } }',
      'interface Node { id: ID!',
      'interface Node { id: ID! @cacheTag(format: "x")',
    ],
    ['a default that was not sent', '{ products { name } }', 'first: Int = 10', 'first: Int = 20'],
    [
      'an input type deep below an argument',
      '{ products { name } }',
      'color: Color = RED',
      'color: Color = BLUE',
    ],
    ['an enum below an argument', '{ products { name } }', 'RED BLUE', 'RED BLUE GREEN'],
    ['an enum that is answered', '{ product(id: 1) { color } }', 'RED BLUE', 'RED BLUE GREEN'],
    [
      'a scalar that is answered',
      '{ other { data } }',
      'scalar JSON',
      'scalar JSON @specifiedBy(url: "https://a.example")',
    ],
    ['an object that is a default', '{ other { data } }', '{a: [1]}', '{a: [2]}'],
    ['a member of a union', '{ found { __typename } }', 'Found = Product', 'Found = Review | Product'],
    [
      'what is said of a member',
      '{ found { __typename } }',
      'User implements Node @cacheControl(maxAge: 60)',
      'User implements Node @cacheControl(scope: PRIVATE)',
    ],
    [
      'a member of an interface',
      '{ node(id: 1) { id } }',
      'type Review {',
      'type Review implements Node { id: ID!',
    ],
    [
      'a field of a member of an interface',
      '{ node(id: 1) { id } }',
      'User implements Node @cacheControl(maxAge: 60) { id: ID!',
      'User implements Node @cacheControl(maxAge: 60) { id: ID! @cacheControl(maxAge: 1)',
    ],
    [
      'an interface that is a condition',
      '{ found { ... on Node { id } } }',
      'type Review {',
      'type Review implements Node { id: ID!',
    ],
    [
      'what a page lists, where its total is selected',
      '{ page { total } }',
      'items: [Product!]!',
      'items: [User!]!',
    ],
    [
      'a purge rule that names a reached type',
      PRODUCT,
      '"Product:{$args.id}"',
      '"Product:{$args.id}", "[Product]"',
    ],
    ['a purge rule that names it as a member', PRODUCT, '"User:{$args.id}"', '"Node"'],
    ['a purge rule whose mutation returns a reached type', PRODUCT, 'lists: true', 'lists: false'],
    ['a purge rule that names a listed type', '{ page { total } }', 'lists: true', 'lists: false'],
    [
      'a purge rule for declared tags',
      '{ shelf { name } }',
      '"shelf-{$args.of}"]',
      '"shelf-{$args.of}", "shelves"]',
    ],
    ['a directive that the operation uses', '{ product(id: 1) @lang { name } }', '"en"', '"de"'],
    [
      'an input type of a variable',
      'query($c: Color) { other @lang { a } product(id: 1) { id } products(filter: {inner: {color: $c}}) { id } }',
      'RED BLUE',
      'RED BLUE GREEN',
    ],
  ])('P16 is another with %s', (_, text, from, to) => {
    expect(versionOf(edit(from, to), text)).not.toBe(versionOf(SDL, text));
  });

  it('P16 is another where a purge rule no longer reaches what a returned object refers to', () => {
    const purging = edit('color: Color }', 'color: Color owner: User }').replace(
      'other: Other\n',
      'other: Other me: User @cacheControl(maxAge: 60)\n',
    );
    const sparing = purging.replace('lists: true', 'references: false');
    const me = '{ me { name } }';
    expect(versionOf(purging.replace('lists: true', 'lists: false'), me)).toBe(versionOf(purging, me));
    expect(versionOf(sparing, me)).not.toBe(versionOf(purging, me));
  });
});
