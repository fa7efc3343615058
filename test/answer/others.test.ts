import { describeTouch } from '../../src/policy/describe-touch';
import { touchedBy } from '../../src/answer/touched';
import { compiled, knowledgeOf } from './harness';

const knowledge = knowledgeOf(`
  type Query { card(id: ID!): Card cards: [Card!]! column(id: ID!): Column columns: [Column!]! primaries: [Primary!]! user(id: ID!): User }
  type Column { id: ID! title: String! cards: [Card!]! cardCount: Int! }
  type Card { id: ID! title: String! position: Int! pinned: Boolean! column: Column! user: User }
  type User { id: ID! name: String! cardCount: Int! }
  type Primary { id: ID! public: Boolean! }
  type Mutation {
    moveCard(cardId: ID!, toColumn: ID!): Boolean!
    pinCard(id: ID!): Boolean!
    setDefaultCard(id: ID!): Boolean!
    renameCard(id: ID!, title: String!): Boolean!
    moveUser(id: ID!): Boolean!
    updatePrimary(id: ID!): Boolean!
    completeAll(columnId: ID!): Int!
    complete(columnId: ID!): Int!
    finishCards(columnId: ID!): Int!
    updateCards(columnId: ID!, title: String): Int!
  }
`);

function purged(call: string): string[] {
  const operation = compiled(knowledge, `mutation { done: ${call} }`);
  return [...touchedBy(operation, { data: { done: true } }, {}).tags].filter((tag) => /^[A-Z]\w*$/.test(tag));
}

describe('others of what a mutation is about', () => {
  it.each([
    ['those that make room for what is moved', 'moveCard(cardId: 1, toColumn: 2)', 'Card'],
    ['the one that was pinned before', 'pinCard(id: 1)', 'Card'],
    ['the one that was the default before', 'setDefaultCard(id: 1)', 'Card'],
    [
      'what hangs on what many of it are meant of, and where that may have gone',
      'completeAll(columnId: 1)',
      'Card Column User',
    ],
    ['where what goes through something may go', 'finishCards(columnId: 1)', 'Card Column User'],
    ['but not what an argument says of what stays', 'updateCards(columnId: 1)', 'Card User'],
  ])('P24 are purged: %s', (_, call, types) => {
    expect(purged(call).sort().join(' ')).toBe(types);
  });

  it.each([
    ['nothing is moved', 'renameCard(id: 1, title: "A")'],
    ['they show no place', 'moveUser(id: 1)'],
    ['the word is the name of their type', 'updatePrimary(id: 1)'],
    ['one is meant', 'complete(columnId: 1)'],
  ])('stay where %s', (_, call) => {
    expect(purged(call)).toEqual([]);
  });

  it('are told of beforehand', () => {
    const { schema, rules } = knowledge;
    const field = schema.getMutationType()!.getFields()['moveCard']!;
    expect(describeTouch(schema, rules, field)).toContain(
      "all answers with Card: by the mutation's name, others of them may change as well",
    );
  });
});
