import { touchedBy } from '../../src/answer/touched';
import { compiled, knowledgeOf } from './harness';

const knowledge = knowledgeOf(`
  type Query { user(id: ID!): User users: [User!]! comment(id: ID!): Comment comments: [Comment!]! }
  type User { id: ID! name: String comments: [Comment!]! }
  type Comment { id: ID! text: String user: User parent: Comment }
  input IdIs { equals: ID in: [ID!] not: ID }
  input UserWhere { id: IdIs comments: CommentList AND: [UserWhere!] OR: [UserWhere!] NOT: [UserWhere!] }
  input CommentList { some: CommentWhere }
  input CommentWhere { id: IdIs userId: IdIs OR: [CommentWhere!] }
  input UserData { name: String }
  input CommentData { text: String parentId: ID }
  type Count { count: Int! }
  type Mutation {
    updateManyUser(where: UserWhere, data: UserData!): Count
    updateManyComment(where: CommentWhere, data: CommentData!): Count
    updateComment(commentId: ID!, data: CommentData!): Boolean
  }
`);

function purged(call: string): string {
  const operation = compiled(knowledge, `mutation { done: ${call} }`);
  const { tags } = touchedBy(operation, { data: { done: { count: 1 } } }, {});
  return [...tags]
    .filter((tag) => /^[A-Z]\w*$/.test(tag))
    .sort()
    .join(' ');
}

describe('a bulk change', () => {
  it.each([
    [
      'by a condition through something else',
      'updateManyUser(where: { comments: { some: { userId: { equals: 7 } } } }, data: { name: "b" }) { count }',
      'User',
    ],
    [
      'by one of several',
      'updateManyUser(where: { OR: [{ id: { equals: 7 } }, { comments: {} }] }, data: { name: "b" }) { count }',
      'User',
    ],
    [
      'by what is not to be met',
      'updateManyUser(where: { NOT: [{ id: { equals: 7 } }] }, data: { name: "b" }) { count }',
      'User',
    ],
    [
      'of what is given another',
      'updateManyComment(where: { userId: { equals: 7 } }, data: { parentId: 8 }) { count }',
      'Comment',
    ],
  ])('P24 purges all of the type: %s', (_, call, types) => {
    expect(purged(call)).toBe(types);
  });

  it.each([
    ['by its key', 'updateManyUser(where: { id: { equals: 7 } }, data: { name: "b" }) { count }'],
    ['by several keys', 'updateManyUser(where: { id: { in: [7, 8] } }, data: { name: "b" }) { count }'],
    [
      'by its key among others',
      'updateManyUser(where: { AND: [{ id: { equals: 7 } }, { comments: {} }] }, data: { name: "b" }) { count }',
    ],
    ['by the key of one alone', 'updateComment(commentId: 7, data: { parentId: 8 })'],
  ])('does not: %s', (_, call) => {
    expect(purged(call)).toBe('');
  });
});
