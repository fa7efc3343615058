import { bothWays, knowledgeOf, planOf } from './parts-of';

/** As GitHub's: the query type is a node as well, and its own `id` is declared by nobody. */
const knowledge = knowledgeOf(
  `
    interface Node { id: ID! }
    type Query implements Node {
      id: ID!
      node(id: ID!): Node @cacheControl(maxAge: 60)
      now: Float @cacheControl(maxAge: 0)
    }
    type Book implements Node { id: ID! title: String stock: Int @cacheControl(maxAge: 0) }
    type Author implements Node { id: ID! name: String }
  `,
  30,
);
const TEXT = '{ node(id: 1) { ... on Book { title stock } ... on Query { now } } }';

function policiesOf(text: string) {
  const { plan } = planOf(knowledge, text);
  if (plan.kind === 'whole') return plan.why;
  return plan.slots.map(({ class: of, operation: { policy } }) => [of, policy.scope, policy.declared]);
}

describe('an interface that the query type implements as well', () => {
  it('is cut for clients with credentials: its key is only compared', () => {
    expect(policiesOf(TEXT)).toEqual([
      ['shared', 'PUBLIC', true],
      ['uncacheable', 'PUBLIC', true],
    ]);
  });

  it('has a key that a client is shown for its session only', () => {
    expect(policiesOf('{ node(id: 1) { id ... on Book { stock title } } }')).toEqual([
      ['shared', 'PUBLIC', true],
      ['private', 'PUBLIC', false],
      ['uncacheable', 'PUBLIC', true],
    ]);
  });

  it.each([
    ['another type', { __typename: 'Book', id: 'b', title: 'T', stock: 3 }],
    ['the query type', { __typename: 'Query', id: 'q', now: 1.5 }],
    ['nothing', null],
  ])('is put together where it is %s', (_, node) => {
    const { whole, merged } = bothWays(knowledge, TEXT, { root: { node } });
    expect(merged).toBe(whole);
  });
});
