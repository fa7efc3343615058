import { execute, validate, type ExecutionResult } from 'graphql';
import { touchedReferences } from '../../src/answer/references';
import { touchedBy } from '../../src/answer/touched';
import { asking, compiled, knowledgeOf } from './harness';

const SDL = `
  interface Node { id: ID! }
  interface Party { id: ID! }
  type Review { id: ID! product: Product! author: User! editor: User party: Party! }
  type Comment implements Node { id: ID! author: User! }
  type Line @key(fields: "order number") { order: ID! number: Int! product: Product! }
  type Rating { id: Int! product: Product! }
  type Orphan { id: ID! author: User! }
  type Product @key(fields: "upc") { upc: String! stars: Float }
  type User implements Node & Party { id: ID! name: String! }
  type Firm implements Party { id: ID! }
  input RatingWhere { id: Int slug: String }
  type Query {
    review(reviewId: ID!, lang: String): Review
    node(id: ID!): Node
    line(order: ID!, number: Int!): Line
    rating(where: RatingWhere!): Rating
    orphans: [Orphan!]!
    firm: Firm
    product: Product
    secret(id: ID!, why: String!): Orphan
  }
  type Mutation { review: Review comment: Comment line: Line rating: Rating orphan: Orphan reviews: [Review!]! rateProduct(upc: String!): Review }
`;
const knowledge = knowledgeOf(SDL);
const user = { __typename: 'User', id: '9', name: 'Ada' };
const product = { upc: 'p', stars: 4 };
const review = { id: '7', product, author: user, editor: null, party: { __typename: 'Firm', id: '2' } };
const line = { order: 'a:b', number: 3, product };
const root = {
  review,
  comment: { __typename: 'Comment', id: '8', author: user },
  node: { __typename: 'Comment', id: '8', author: user },
  line,
  rating: { id: 4, product },
  orphan: { id: '1', author: user },
  reviews: Array.from({ length: 60 }, (_, index) => ({ ...review, id: String(index) })),
  rateProduct: review,
};

async function referencesOf(text: string, answer?: (result: ExecutionResult) => unknown) {
  const operation = compiled(knowledge, text);
  const { source } = operation.question.root;
  const ran = asking(knowledge, text, {}, root);
  const result = execute({
    schema: knowledge.schema,
    document: operation.question.document,
    rootValue: root,
  });
  const { wanted } = touchedBy(operation, JSON.parse(JSON.stringify(result)) as ExecutionResult, {});
  const asked: Record<string, unknown>[] = [];
  const tags = await touchedReferences(source, wanted, ({ document, variables }) => {
    asked.push(variables);
    expect(validate(knowledge.schema, document)).toEqual([]);
    const found = execute({ schema: knowledge.schema, document, variableValues: variables, rootValue: root });
    const plain = JSON.parse(JSON.stringify(found)) as ExecutionResult;
    expect(plain.errors).toBeUndefined();
    return Promise.resolve((answer ? answer(plain) : plain) as ExecutionResult);
  });
  return { tags: [...tags].sort(), asked, wanted: ran.wanted };
}

const types = ['Firm', 'Product', 'User', '[Firm]', '[Node]', '[Party]', '[Product]', '[User]'];

describe('references that a mutation could not be asked for', () => {
  it.each<[string, string, string[], Record<string, unknown>]>([
    [
      'by the field of their type',
      'mutation { review { id } }',
      ['Firm:2', 'Product:p', 'User:9'],
      { k0: '7' },
    ],
    ['by `node`', 'mutation { comment { id } }', ['User:9'], { k0: '8' }],
    ['by a key of two parts', 'mutation { line { number } }', ['Product:p'], { k0: 'a:b', k1: 3 }],
    ['by an input object', 'mutation { rating { id } }', ['Product:p'], { k0: { id: 4 } }],
  ])('are found %s', async (_, text, tags, variables) => {
    expect(await referencesOf(text)).toMatchObject({ tags, asked: [variables] });
  });

  it('are not asked for where the client selected their keys', async () => {
    const text = 'mutation { review { product { upc } author { id } party { __typename id } } }';
    expect(await referencesOf(text)).toEqual({ tags: [], asked: [], wanted: [] });
  });

  it('are not asked for where an argument names them', async () => {
    expect((await referencesOf('mutation { rateProduct(upc: "p") { id } }')).wanted).toEqual([
      'Review 7: author party',
    ]);
  });

  it('purge their types where no root field finds what has them', async () => {
    expect(await referencesOf('mutation { orphan { id } }')).toMatchObject({
      tags: ['User', '[Node]', '[Party]', '[User]'],
      asked: [],
    });
  });

  it.each<[string, (result: ExecutionResult) => unknown]>([
    ['fails', () => Promise.reject(new Error('no'))],
    ['is null', () => ({ data: null, errors: [{ message: 'no' }] })],
    ['does not find it', () => ({ data: { e0: null } })],
    ['comes too late', () => new Promise(() => {})],
    ['lacks their keys', () => ({ data: { e0: { __lm_payload_Review_author: {} } } })],
  ])('purge their types where the answer %s', async (_, answer) => {
    expect((await referencesOf('mutation { review { id } }', answer)).tags).toEqual(types);
  });

  it('purge the types of those only that failed', async () => {
    const { tags } = await referencesOf('mutation { review { id } }', ({ data }) => ({
      data: { e0: { ...(data!['e0'] as object), __lm_payload_Review_author: null } },
      errors: [{ message: 'no', path: ['e0', '__lm_payload_Review_author', 'name'] }],
    }));
    expect(tags).toEqual(['Firm:2', 'Product:p', 'User', '[Node]', '[Party]', '[User]']);
  });

  it('are asked for with one query, of no more than fifty entities', async () => {
    const { asked, tags } = await referencesOf('mutation { reviews { id } }');
    expect(asked.map((variables) => Object.keys(variables).length)).toEqual([50]);
    expect(tags).toEqual(expect.arrayContaining(types));
  });
});
