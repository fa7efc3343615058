import { touchedBy } from '../../src/answer/touched';
import { asking, compiled, knowledgeOf } from './harness';

const knowledge = knowledgeOf(`
  type Query {
    postBySlug(slug: String!): Post
    user(email: String): User
    post(id: ID!, slug: String): Post
    postByTitle(title: String): Post
    product(sku: ID!): Product
  }
  type Post { id: ID! slug: String! title: String author: User }
  type User { id: ID! email: String name: String }
  type Product @key(fields: "sku") { sku: ID! name: String }
  input PostInput { slug: String title: String author: UserInput }
  input UserInput { email: String }
  input Set { slug: Text }
  input Text { set: String }
  type Mutation {
    updatePost(id: ID!, input: PostInput): Post
    patchPost(id: ID!, data: Set): Boolean
    setUser(id: ID!, email: String): Boolean
    createUsers(inputs: [UserInput!]!): Int
    checkUser(email: String): Boolean
  }
`);
const post = { id: 7, slug: 'Hello', title: 't' };
const found = {
  postBySlug: post,
  post,
  postByTitle: post,
  user: { id: 1, email: 'a@b' },
  product: { sku: 's' },
};

const carried = (query: string) => asking(knowledge, query, {}, found).tags;
const purged = (call: string) => [
  ...touchedBy(compiled(knowledge, `mutation { done: ${call} }`), { data: { done: null } }, {}).tags,
];

describe('a value that should be one object’s alone', () => {
  it.each([
    ['P18 a slug', '{ postBySlug(slug: "Hello") { slug } }', 'Post:hello'],
    ['P18 the same without its name', '{ user(email: "a@b") { email } }', 'User:a@b'],
  ])('is carried by what is found by it: %s', (_, query, tag) => {
    expect(carried(query)).toContain(tag);
  });

  it('is not where the key says which it is, or its lists may change it', () => {
    expect(carried('{ post(id: 7, slug: "Hello") { slug } }')).toEqual(['Post', 'Post:7']);
    expect(carried('{ postByTitle(title: "t") { slug title } }')).toEqual(['Post', 'Post:7', '[Post]']);
    expect(carried('{ product(sku: "s") { sku } }')).toEqual(['Product', 'Product:s']);
  });

  it.each([
    ['P24 in an input', 'updatePost(id: 8, input: { slug: "hello" }) { id }', 'Post:hello'],
    ['P24 by an operator', 'patchPost(id: 8, data: { slug: { set: "HELLO" } })', 'Post:hello'],
    ['P24 as an argument', 'setUser(id: 2, email: "a@b")', 'User:a@b'],
    [
      'P24 of what is made within',
      'updatePost(id: 8, input: { author: { email: "a@b" } }) { id }',
      'User:a@b',
    ],
    ['P24 of many', 'createUsers(inputs: [{ email: "c@d" }, { email: "a@b" }])', 'User:a@b'],
  ])('is purged by what gives it to another: %s', (_, call, tag) => {
    expect(purged(call)).toContain(tag);
  });

  it('says nothing of what a mutation is about', () => {
    expect(purged('checkUser(email: "a@b")')).not.toContain('User');
  });

  it('is purged with all of the type where there are too many', () => {
    const inputs = Array.from({ length: 600 }, (_, index) => `{ email: "${index}@b" }`);
    expect(purged(`createUsers(inputs: [${inputs.join()}])`)).toContain('User');
  });
});
