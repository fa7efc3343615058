import { validate } from 'graphql';
import { merge, Merging } from '../../../src/gateway/parts/merge';
import { SpineOrder } from '../../../src/gateway/parts/order';
import { Plans } from '../../../src/gateway/parts/plan';
import type { FlatSet } from '../../../src/gateway/parts/specialise';
import type { PartPlace } from '../../../src/gateway/parts/classes';
import { bothWays, knowledgeOf } from './parts-of';

const knowledge = knowledgeOf(`
  scalar JSON
  interface Node { id: ID! }
  interface Named { name: String @cacheControl(inheritMaxAge: true) friend: Named @cacheControl(inheritMaxAge: true) }
  interface Strict { strict: Int }
  union Found @cacheControl(maxAge: 60) = Product | User
  type Query {
    product(id: ID): Product @cacheControl(maxAge: 60)
    products: [Product!] @cacheControl(maxAge: 60)
    matrix: [[Product]] @cacheControl(maxAge: 60)
    found: Found
    named: Named @cacheControl(maxAge: 60)
    shop: Shop @cacheControl(maxAge: 60)
    sure: Product! @cacheControl(maxAge: 60)
    firm: Int! @cacheControl(maxAge: 0)
  }
  type Product implements Node & Named & Strict @cacheControl(inheritMaxAge: true) {
    id: ID!
    name: String
    price: Float
    data: JSON
    stock: Int @cacheControl(maxAge: 0)
    firm: Int! @cacheControl(maxAge: 0)
    strict: Int!
    note: String @cacheControl(scope: PRIVATE)
    friend: Named @cacheControl(inheritMaxAge: true)
    size: Size @cacheControl(inheritMaxAge: true)
    others: ProductConnection @cacheControl(inheritMaxAge: true)
  }
  type User implements Node & Named { id: ID! name: String friend: Named @cacheControl(inheritMaxAge: true) email: String @cacheControl(scope: PRIVATE) stock: Int @cacheControl(maxAge: 0) }
  type Size { width: Int height: Int @cacheControl(maxAge: 0) }
  type Shop { products: ProductConnection @cacheControl(inheritMaxAge: true) }
  type ProductConnection { totalCount: Int @cacheControl(maxAge: 0) edges: [ProductEdge] @cacheControl(inheritMaxAge: true) nodes: [Product] @cacheControl(inheritMaxAge: true) pageInfo: PageInfo! @cacheControl(inheritMaxAge: true) }
  type ProductEdge { cursor: String node: Product @cacheControl(inheritMaxAge: true) seen: Boolean @cacheControl(scope: PRIVATE) }
  type PageInfo { hasNextPage: Boolean! }
`);

const lamp = {
  __typename: 'Product',
  id: 7,
  name: 'Lamp',
  price: 1.5,
  stock: 3,
  firm: 4,
  strict: 5,
  note: 'mine',
  data: { id: 9, name: [null] },
};
const chair = { ...lamp, id: 8, name: 'Chair', stock: 1, note: null };
const ada = { __typename: 'User', id: 1, name: 'Ada', email: 'ada@example.com', stock: 0 };
const KEY = '__part_2_id_ID: id';
const fails = (): never => {
  throw new Error('failed');
};

describe('a field that is cut below the root', () => {
  const cases: [what: string, text: string, root: unknown, slots?: string[]][] = [
    [
      'is asked for in parts with its key',
      '{ product(id: 7) { name stock price } }',
      { product: lamp },
      [`shared { product(id: 7) { name price ${KEY} } }`, `uncacheable { product(id: 7) { stock ${KEY} } }`],
    ],
    [
      'is matched by its key, whatever its client calls `id`',
      '{ product { id: name note kind: __typename stock __typename number: id } }',
      { product: lamp },
    ],
    ['keeps what a scalar holds as it is', '{ product { data note stock } }', { product: lamp }],
    ['is put together item by item', '{ products { stock name } }', { products: [lamp, chair] }],
    [
      'is put together in lists of lists, with nulls',
      '{ matrix { name stock } }',
      { matrix: [[lamp, null], null, [], [chair]] },
    ],
    [
      'is not cut where nothing tells its objects from one another',
      '{ product { name size { width height } } }',
      { product: { ...lamp, size: { width: 1, height: 2 } } },
      [`shared { product { name ${KEY} } }`, `uncacheable { product { size { width height } ${KEY} } }`],
    ],
    [
      'is asked for its type where that is not certain',
      '{ found { ... on User { email } ... on Named { name } __typename } }',
      { found: ada },
      [
        `shared { found { ... on Named { name } __part_type: __typename ... on Node { ${KEY} } } }`,
        `private { found { ... on User { email } __part_type: __typename ... on Node { ${KEY} } } }`,
      ],
    ],
    [
      'has the order that its type gives it',
      '{ found { ... on User { stock } ... on Named { name } ... on Product { stock } } other: found { ... on Product { stock name } } }',
      { found: lamp },
    ],
    [
      'is empty where all of it is left out',
      '{ product { stock friend { name @skip(if: true) } size { width @skip(if: true) } } }',
      { product: { ...lamp, friend: ada, size: {} } },
    ],
    [
      'is asked for as its interface has it, which may be less strict',
      '{ found { ... on Strict { strict } ... on Product { ... on Strict { strict } stock } } }',
      { found: lamp },
    ],
    [
      'is asked for so in a fragment without a type as well',
      '{ found { ... on Strict { strict } ... on Product { ... on Strict { ... { ... { strict } } } stock } } }',
      { found: lamp },
    ],
    ['is null', '{ product { stock name } }', { product: null }],
    [
      'is asked for twice in one place',
      '{ product { friend { name } stock ... on Product { friend { ... on User { email } } } } }',
      { product: { ...lamp, friend: ada } },
    ],
  ];
  it.each(cases.map(([what, text, root, slots]) => [what, text, root, slots ?? []] as const))(
    '%s',
    (_, text, root, slots) => {
      const { plan, slots: asked, whole, merged } = bothWays(knowledge, text, { root });
      expect(merged).toBe(whole);
      for (const { operation } of plan.slots)
        expect(validate(knowledge.schema, operation.question.document)).toEqual([]);
      if (slots.length > 0) expect(asked).toEqual(slots);
    },
  );

  const PAGES =
    '{ product { others { totalCount edges { seen cursor node { name stock } } pageInfo { hasNextPage } } } }';
  const page = (...nodes: unknown[]) => ({
    product: {
      ...lamp,
      others: {
        totalCount: nodes.length,
        edges: nodes.map((node, index) => node && { cursor: `c${index}`, seen: true, node }),
        pageInfo: { hasNextPage: false },
      },
    },
  });

  it('may be a connection, of which each edge is told by its node', () => {
    const { slots, whole, merged } = bothWays(knowledge, PAGES, { root: page(lamp, null, chair) });
    expect(merged).toBe(whole);
    expect(slots).toHaveLength(3);
    expect(slots[1]).toContain(`edges { seen __part_node: node { ${KEY} } }`);
  });

  it.each([
    ['of another node', [lamp], [chair], 'key'],
    ['more', [lamp], [lamp, chair], 'length'],
    ['that is null', [lamp], [null], 'null'],
  ])('is not put together with an edge %s', (_, first, second, why) => {
    const pages = [page(...first), page(...second)];
    const { merged } = bothWays(knowledge, '{ product { others { edges { cursor seen } } } }', {
      root: (index: number) => pages[index],
    });
    expect(merged).toBe(why);
  });
});

describe('two slices of one place', () => {
  const asked = (text: string, ...roots: unknown[]): string =>
    bothWays(knowledge, text, { root: (index: number) => roots[index] }).merged;
  it.each([
    ['of two objects', '{ product { name stock } }', { product: lamp }, { product: chair }, 'key'],
    [
      'of two types',
      '{ found { ... on Named { name } ... on User { email } } }',
      { found: { ...lamp, id: 1 } },
      { found: ada },
      'key',
    ],
    [
      'of two lengths',
      '{ products { name stock } }',
      { products: [lamp] },
      { products: [lamp, chair] },
      'length',
    ],
    [
      'in another order',
      '{ products { name stock } }',
      { products: [chair, lamp] },
      { products: [lamp, chair] },
      'key',
    ],
    ['of which one is null', '{ product { name stock } }', { product: lamp }, { product: null }, 'null'],
    [
      'of which the other is null',
      '{ product { name stock } }',
      { product: null },
      { product: lamp },
      'null',
    ],
    [
      'of which one failed, as the other would have',
      '{ product { name stock } }',
      { product: lamp },
      { product: fails },
      'null',
    ],
  ])('%s are not put together', (_, text, first, second, why) => {
    expect(asked(text, first, second)).toBe(why);
  });

  it('are null together for what failed in one alone', () => {
    const root = { product: { ...lamp, firm: fails } };
    const { whole, merged } = bothWays(knowledge, '{ product { name firm } product2: product { name } }', {
      root,
    });
    expect(merged).toBe(whole);
  });

  it('are null as a whole for what failed in one alone', () => {
    const { whole, merged } = bothWays(knowledge, '{ sure { name firm } }', {
      root: { sure: { ...lamp, firm: null } },
    });
    expect(merged).toBe(whole);
    expect(merged).toContain('"data":null');
  });

  it('are not put together where both failed below what is null', () => {
    const root = { product: { ...lamp, firm: fails, name: fails } };
    expect(bothWays(knowledge, '{ product { name firm } }', { root }).merged).toBe('errors');
  });

  it('are not put together where two fields that one asks for made all null: the whole reports one', () => {
    const root = {
      firm: () => {
        throw new Error('no');
      },
    };
    const both = bothWays(knowledge, '{ product(id: 1) { name } a: firm b: firm }', { root });
    expect(both.whole).toBe('{"errors":[{"message":"no","path":["a"]}],"data":null}');
    expect(both.merged).toBe('errors');
    expect(bothWays(knowledge, '{ product(id: 1) { name } a: firm }', { root }).merged).toBe(
      '{"errors":[{"message":"no","path":["a"]}],"data":null}',
    );
  });

  it('are not put together where one asks in another order, and failed before what the whole reports as well', () => {
    const root = { product: { ...lamp, strict: fails, friend: { ...chair, strict: fails } } };
    const friend = (field: string): string => `friend { ... on Product { ${field} } }`;
    const both = bothWays(knowledge, `{ product { ${friend('stock')} strict ${friend('strict')} } }`, {
      root,
    });
    expect(JSON.parse(both.whole).errors).toHaveLength(2);
    expect(both.merged).toBe('errors');
    const inOrder = bothWays(knowledge, `{ product { ${friend('stock strict')} strict } }`, { root });
    expect(inOrder.merged).toBe(inOrder.whole);
  });

  it('report a field that both have once, and all errors in the order of the document', () => {
    const root = {
      products: [
        { ...lamp, stock: fails, name: fails },
        { ...chair, friend: fails, price: fails, stock: fails },
      ],
    };
    const { whole, merged } = bothWays(
      knowledge,
      '{ products { stock name friend { ... on User { email } name } price note } }',
      { root },
    );
    expect(merged).toBe(whole);
    expect(JSON.parse(merged).errors).toHaveLength(5);
  });
});

describe('what decides the order of members', () => {
  const ALL =
    '{ named { ... on Product { friend { ... on User { email } } } ... on Named { friend { name } stock: __typename } } product { stock name } }';

  /** One order for each place, whatever the types of the objects above are. */
  class ByPlace extends SpineOrder {
    protected override next(_: readonly FlatSet[], place: PartPlace): SpineOrder {
      const sets = place.fields.flatMap(({ below }) => (below ? [below] : []));
      return new ByPlace(this.schema, sets, place);
    }
  }
  class PlansByPlace extends Plans {
    protected override orderOf(flat: FlatSet, root: PartPlace): SpineOrder {
      return new ByPlace(this.knowledge.schema, [flat], root);
    }
  }

  it('is the type of the object, and of all above it', () => {
    const root = { named: { ...ada, friend: { ...ada, id: 2 } }, product: lamp };
    const { whole, merged } = bothWays(knowledge, ALL, { root });
    expect(merged).toBe(whole);
    const plans = new PlansByPlace(knowledge, 32);
    expect(bothWays(knowledge, ALL, { root, plans }).merged).not.toBe(whole);
  });

  it('finds a fragment again that was spread for other types before', () => {
    const text = `{ named { ... on Product { ...Shown } ...Shown } }
      fragment Shown on Named { name ... on User { stock } ... on Product { note } }`;
    for (const named of [lamp, ada]) {
      const { whole, merged } = bothWays(knowledge, text, { root: { named } });
      expect(merged).toBe(whole);
    }
  });
});

it('keeps digits, escapes and white space of what it copies', () => {
  const { plan } = bothWays(knowledge, '{ product { price stock data } }', { root: { product: lamp } });
  const merged = merge(plan, [
    { value: String.raw`{ "price" : 1.10 , "data":{"a": "\u0041"} , "__part_2_id_ID" : "7" }`, errors: [] },
    { value: String.raw`{"__part_2_id_ID": "7", "stock":9007199254740993}`, errors: [] },
  ]);
  expect(merged).toEqual({
    kind: 'merged',
    data: String.raw`{"product":{"price":1.10,"stock":9007199254740993,"data":{"a": "\u0041"}}}`,
    errors: [],
  });
});

it.each([
  ['a number', '7'],
  ['a list in place of an object', '[{"__part_2_id_ID":"7","stock":1}]'],
  ['an object without a member', '{"__part_2_id_ID":"7"}'],
  ['lists in lists without end', '['.repeat(1000)],
  ['half an object', '{"__part_2_id_ID":"7","stock":'],
])('gives up where a slice is %s', (_, value) => {
  const { plan } = bothWays(knowledge, '{ product { name stock } }', { root: { product: lamp } });
  const name = { value: '{"name":"x","__part_2_id_ID":"7"}', errors: [] };
  expect(new Merging(plan, [name, { value, errors: [] }]).run().kind).toBe('mismatch');
});

it.each([
  ['along the spine', '{ products { name stock } }', { products: [{ ...lamp, name: 'x'.repeat(400_000) }] }],
  [
    'that show the same',
    '{ product { data firm } sure { data firm } }',
    { product: lamp, sure: { ...lamp, data: 'x'.repeat(400_000) } },
  ],
])('P47 puts no long answers together %s', (_, text, root) => {
  const short = { product: lamp, sure: lamp, products: [lamp] };
  expect(bothWays(knowledge, text, { root: short }).merged).toBe(
    bothWays(knowledge, text, { root: short }).whole,
  );
  expect(bothWays(knowledge, text, { root }).merged).toBe('request-error');
});
