import { assertObjectType, buildSchema, validate, type GraphQLSchema } from 'graphql';
import { analyse, fieldLimit, refine, type Policy } from '../../src/policy/analyse';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { readRules } from '../../src/policy/rules';
import { MAX_STEPS } from '../../src/policy/survey';
import { readOperation } from './read-operation';

function policyOf(schema: GraphQLSchema, text: string, defaultMaxAge = 0): Policy {
  const { document, operation, fragments } = readOperation(text);
  expect(validate(schema, document)).toEqual([]);
  return analyse(schema, readRules(schema, { defaultMaxAge }), operation, fragments);
}

const schema = buildSchema(`${DIRECTIVES_SDL}
  type Query {
    products: [Product!]! @cacheControl(maxAge: 60, swr: 300)
    product(id: ID!): Product @cacheControl(maxAge: 60)
    shop: Shop! @cacheControl(maxAge: 600)
    fresh: Int @cacheControl(maxAge: 0)
    silent: Int
    viewer: Viewer @cacheControl(maxAge: 30)
    search: [Result!]! @cacheControl(maxAge: 20)
    publicSearch: [Result!]! @cacheControl(maxAge: 20, scope: PUBLIC)
    node: Node @cacheControl(maxAge: 50)
    account: Account @cacheControl(maxAge: 40)
    person: Person @cacheControl(maxAge: 40)
    company: Company @cacheControl(maxAge: 40)
    certain: Node! @cacheControl(maxAge: 50)
  }
  type Mutation { rename: Product }
  type Subscription { renamed: Product }
  type Product implements Node { id: ID! name: String price: Float @cacheControl(maxAge: 5) category: Category }
  type Category { name: String @cacheControl(maxAge: 2) }
  type Shop implements Node { id: ID! name: String owner: Owner! closed: Category }
  type Owner @cacheControl(maxAge: 90) { name: String }
  type Viewer implements Node @cacheControl(scope: PRIVATE) { id: ID! name: String }
  union Result = Product | Viewer
  interface Node { id: ID! }
  interface Account @cacheControl(maxAge: 40) { email: String @cacheControl(scope: PRIVATE) name: String }
  type Person implements Account { email: String name: String }
  type Company implements Account { email: String @cacheControl(scope: PUBLIC) name: String }
`);

describe('the maxAge of an operation', () => {
  it.each([
    ['one root field', '{ products { name } }', 60, 60],
    ['the smaller of two', '{ products { name } shop { name } }', 60, 60],
    ['a field below a list: the list may be empty', '{ products { price } }', 60, 5],
    ['a field below a nullable object', '{ product(id: 1) { price } }', 60, 5],
    ['a field below an object that is always there', '{ shop { owner { name } } }', 90, 90],
    ['an undeclared object below a null', '{ shop { closed { name } } }', 0, 0],
    ['an undeclared object below a list', '{ products { category { name } } }', 60, 0],
    ['an undeclared root field', '{ products { name } silent }', 0, 0],
    ['maxAge 0', '{ products { name } fresh }', 0, 0],
    ['a field behind @include', '{ shop { name } products @include(if: true) { name } }', 600, 60],
    [
      'nothing but what @skip may leave',
      '{ products @skip(if: true) { name } silent @skip(if: true) }',
      60,
      0,
    ],
    ['a fragment that always applies', '{ ...on Query { products { name } } shop { name } }', 60, 60],
    ['a fragment on one type of several', '{ node { ... on Product { price } } }', 50, 5],
    ['the same where there is always one', '{ certain { ... on Product { price } } }', 50, 5],
    ['fragments that narrow nothing', '{ shop { ... on Node { ... on Shop { owner { name } } } } }', 90, 90],
    ['__typename only', '{ __typename }', 0, 0],
    ['__typename beside it', '{ __typename products { __typename } }', 60, 60],
    ['introspection beside it', '{ products { name } __schema { queryType { name } } }', 0, 0],
  ])('is bounded and estimated before there is an answer: %s', (_, text, maxAge, leastMaxAge) => {
    expect(policyOf(schema, text)).toMatchObject({ maxAge, leastMaxAge });
  });

  it('takes the default for what says nothing', () => {
    expect(policyOf(schema, '{ silent }', 9)).toMatchObject({
      maxAge: 9,
      declared: false,
      reason: 'cacheable',
    });
    expect(policyOf(schema, '{ products { name } }', 9)).toMatchObject({ maxAge: 60, declared: true });
    expect(policyOf(schema, '{ products { category { name } } }', 9)).toMatchObject({
      maxAge: 60,
      declared: false,
    });
  });

  it('says which field decided', () => {
    expect(policyOf(schema, '{ a: products { b: category { name } } }').decidedBy).toEqual({
      maxAge: 'Query.products',
      leastMaxAge: 'Product.category at products.category',
    });
    expect(policyOf(schema, '{ node { ... on Viewer { name } } }').decidedBy.scope).toBe('Query.node');
  });

  it.each([
    ['{ products { name } }', 'cacheable'],
    ['{ viewer { name } }', 'private'],
    ['{ silent }', 'no-policy'],
    ['{ fresh }', 'max-age-zero'],
    ['{ __schema { queryType { name } } }', 'introspection'],
    ['mutation { rename { name } }', 'mutation'],
    ['subscription { renamed { name } }', 'subscription'],
  ])('%s: %s', (text, reason) => {
    const policy = policyOf(schema, text);
    expect(policy.reason).toBe(reason);
    expect(policy.maxAge > 0).toBe(reason === 'cacheable' || reason === 'private');
  });

  it('counts a field of the query type as a root field wherever it is reached', () => {
    const nested = buildSchema(`${DIRECTIVES_SDL}
      type Query { again: Query! @cacheControl(maxAge: 60) time: Int }
    `);
    expect(policyOf(nested, '{ again { time } }').maxAge).toBe(0);
  });
});

describe('stale-while-revalidate', () => {
  it.each([
    ['one field', '{ products { name } }', 300],
    ['a field without swr lives on as long as it says', '{ products { name } shop { name } }', 300],
    ['a shorter field without swr ends it', '{ products { name } search { __typename } }', 0],
  ])('lasts until some part may not be served any more: %s', (_, text, swr) => {
    expect(policyOf(schema, text).swr).toBe(swr);
  });
});

describe('the policy of one answer', () => {
  const rules = readRules(schema, { defaultMaxAge: 0 });

  it('has the maxAge of what is in it', () => {
    const policy = policyOf(schema, '{ products { price } }');
    const limit = { maxAge: 5, staleUntil: 8, declared: true, coordinate: 'Product.price' };
    expect(refine(policy, limit)).toMatchObject({
      maxAge: 5,
      swr: 3,
      decidedBy: { maxAge: 'Product.price' },
    });
  });

  it('is not stored when something in it says nothing, or nothing in it says anything', () => {
    const policy = policyOf(schema, '{ products { category { name } } }');
    const limit = { maxAge: 0, staleUntil: 0, declared: false, coordinate: 'Product.category' };
    expect(refine(policy, limit)).toMatchObject({ maxAge: 0, swr: 0, reason: 'no-policy' });
    expect(refine(policy, { ...limit, declared: true })).toMatchObject({ maxAge: 0, reason: 'max-age-zero' });
    expect(refine(policy, undefined)).toMatchObject({ maxAge: 0, reason: 'max-age-zero' });
  });

  it('cannot be stored when the operation could not', () => {
    const policy = policyOf(schema, 'mutation { rename { name } }');
    const limit = { maxAge: 5, staleUntil: 5, declared: true, coordinate: 'Query.products' };
    expect(refine(policy, limit)).toBe(policy);
  });

  it('tells a field that limits from one that inherits', () => {
    const fields = schema.getQueryType()!.getFields();
    expect(fieldLimit(schema, rules, 'Query', fields['products']!)?.maxAge).toBe(60);
    expect(fieldLimit(schema, rules, 'Query', fields['silent']!)?.maxAge).toBe(0);
    const product = assertObjectType(schema.getType('Product'));
    expect(fieldLimit(schema, rules, 'Product', product.getFields()['name']!)).toBeUndefined();
  });
});

describe('the scope of an operation', () => {
  it.each([
    ['public', '{ products { name } }', 'PUBLIC'],
    ['a private type', '{ viewer { __typename } }', 'PRIVATE'],
    ['an alias for it', '{ v: viewer { n: name } }', 'PRIVATE'],
    ['@skip on it', '{ products { name } viewer @skip(if: true) { name } }', 'PRIVATE'],
    ['a union with a private member', '{ search { ... on Product { name } } }', 'PRIVATE'],
    ['PUBLIC said of such a union', '{ publicSearch { ... on Product { name } } }', 'PRIVATE'],
    ['an interface with a private type', '{ node { id } }', 'PRIVATE'],
    ['a private field of an interface', '{ account { email } }', 'PRIVATE'],
    ['the same field on a type behind it', '{ person { email } }', 'PRIVATE'],
    ['the same field in a fragment', '{ account { ... on Person { email } } }', 'PRIVATE'],
    ['a type that says otherwise', '{ company { email } }', 'PUBLIC'],
    ['a public field of that interface', '{ account { name } }', 'PUBLIC'],
  ])('%s', (_, text, scope) => {
    expect(policyOf(schema, text).scope).toBe(scope);
  });

  it('is private for everything under a private query type', () => {
    const all = buildSchema(`${DIRECTIVES_SDL}
      type Query @cacheControl(scope: PRIVATE) { time: Int @cacheControl(maxAge: 1) }
    `);
    expect(policyOf(all, '{ time }')).toMatchObject({ scope: 'PRIVATE', decidedBy: { scope: 'Query' } });
  });
});

describe('operations made to be slow', () => {
  const rules = readRules(schema, { defaultMaxAge: 0 });

  it('P50 analyses nested fragments in time linear in the document', () => {
    const levels = Array.from(
      { length: 2000 },
      (_, level) =>
        `fragment F${level} on Query { ...F${level + 1} a${level}: silent ...F${level + 1} ...F${level + 1} }`,
    );
    const { operation, fragments } = readOperation(
      `{ ...F0 } ${levels.join(' ')} fragment F2000 on Query { products { name } }`,
    );
    expect(analyse(schema, rules, operation, fragments).reason).toBe('no-policy');
  });

  it('ends on fragments that spread themselves', () => {
    const { operation, fragments } = readOperation('{ ...F } fragment F on Query { products { name } ...F }');
    expect(analyse(schema, rules, operation, fragments).maxAge).toBe(60);
  });

  it('P50 never stores what would take too many steps', () => {
    const count = 14;
    const names = Array.from({ length: count }, (_, index) => `I${index}`);
    // Every subset of the interfaces is the narrowing of some path, and each object type implements all but one.
    const types = names.map(
      (_, index) =>
        `type T${index} implements ${names.filter((name) => name !== `I${index}`).join(' & ')} { x: Int }`,
    );
    const many = buildSchema(`${DIRECTIVES_SDL}
      type Query { u: U @cacheControl(maxAge: 60) }
      union U = ${names.map((_, index) => `T${index}`).join(' | ')}
      ${names.map((name) => `interface ${name} { x: Int }`).join(' ')}
      ${types.join(' ')}
    `);
    const levels = names.map(
      (name, index) => `fragment F${index} on U { ...F${index + 1} ... on ${name} { ...F${index + 1} } }`,
    );
    const text = `{ u { ...F0 } } ${levels.join(' ')} fragment F${count} on U { ${'... on I0 { x } '.repeat(10)} }`;
    const policy = policyOf(many, text);
    expect(MAX_STEPS).toBeLessThan(2 ** count * 10);
    expect(policy).toMatchObject({ reason: 'too-complex', maxAge: 0, scope: 'PRIVATE' });
  });

  it('never stores what the schema or the document lacks', () => {
    for (const text of [
      '{ gone }',
      '{ products { gone } }',
      '{ products { name } ...Gone }',
      '{ ...constructor }',
    ]) {
      const { operation, fragments } = readOperation(text);
      expect(analyse(schema, rules, operation, fragments)).toMatchObject({ maxAge: 0, scope: 'PRIVATE' });
    }
  });
});
