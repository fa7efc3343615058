import { touchedBy } from '../../src/answer/touched';
import { readRules } from '../../src/policy/rules';
import { asking, compiled, knowledgeOf } from './harness';

const SDL = `
  type Query { posts(hasComments: Boolean, pinned: Boolean): [Post!]! post(id: ID!): Post users: [User!]! reply: Reply notes: [Note!]! tags: [Tag!]! stats: Stats shelves(stock: Shelved): [Shelf!]! }
  type Post { id: ID! title: String pinned: Boolean author: User comments: [Comment!]! notes: [Note!]! tags: [Tag!]! likes: Int! }
  type Note { id: ID! text: String post: Post writer: User }
  type Tag { id: ID! label: String }
  type User { id: ID! name: String posts: [Post!]! likesReceived: Int! }
  type Comment { id: ID! text: String author: User }
  type Reply { id: ID! comment: Comment }
  type Shelf { id: ID! stock: Stock }
  type Stock { id: ID! count: Int! }
  enum Shelved { IN_STOCK ANY }
  type Stats { count: Counts }
  type Counts { id: Int! title: Int! _all: Int! }
  input PostInput { title: String authorId: ID author: AuthorInput comments: CommentsInput notes: [NoteInput!] tags: tags_arr_rel_insert_input }
  input NoteInput { text: String writerId: ID writer: AuthorInput }
  input tags_arr_rel_insert_input { data: [tags_insert_input!] connect: [KeyInput!] find: [LabelInput!] }
  input LabelInput { label: String }
  input tags_insert_input { id: ID label: String }
  input PostWhere { title: String author: UserWhere comments: CommentWhere }
  input UserWhere { name: String node: KeyInput }
  input PostChange { where: PostWhere data: PostInput }
  input AuthorInput { create: UserInput connect: WhoInput id: ID name: String }
  input WhoInput { id: ID name: String where: UserWhere }
  input UserInput { name: String }
  input KeyInput { id: ID! }
  input CommentsInput { create: [CommentInput!] connect: [KeyInput!] updateMany: [CommentChange!] deleteMany: [CommentWhere!] }
  input CommentInput { text: String authorId: ID }
  input CommentWhere { text: String }
  input CommentChange { where: CommentWhere data: CommentInput }
  type Mutation {
    createPost(data: PostInput!): Post
    updatePost(id: ID!, data: PostInput!): Post
    updatePosts(where: PostWhere!, data: PostInput!): [Post!]!
    changePosts(updates: [PostChange!]!): [Post!]!
    like(postId: ID!): Int!
    toggleLike(postId: ID!): Boolean
    seen(postId: ID!): User
  }
`;
const knowledge = knowledgeOf(SDL);
const POST = { __lm_type: 'Post', id: '1' };

function tagsOf(text: string, variables: Record<string, unknown> = {}): string[] {
  const operation = compiled(knowledge, text);
  const name = operation.question.root.planFor('Mutation')!.fields[0]!.responseKey;
  const value = /like|Like/.test(name) ? 1 : /Posts/.test(name) ? [POST] : POST;
  return [...touchedBy(operation, { data: { [name]: value } }, variables).tags];
}

describe('what is made or changed within the input of another', () => {
  it.each([
    ['an object', '{ author: { create: { name: "Ada" } } }', ['[User]'], ['User']],
    ['an object without a word for it', '{ author: { name: "Ada" } }', ['[User]', 'User'], []],
    ['a list', '{ comments: { create: [{ text: "a" }] } }', ['[Comment]'], []],
    [
      'made beside what is referred to',
      '{ comments: { connect: [{ id: 3 }], create: [{ text: "a" }] } }',
      ['[Comment]', 'Comment:3'],
      [],
    ],
    [
      'many that are changed',
      '{ comments: { updateMany: [{ where: { text: "a" }, data: { text: "b" } }] } }',
      ['Comment', '[Comment]'],
      [],
    ],
    ['many that are deleted', '{ comments: { deleteMany: [{ text: "a" }] } }', ['Comment', '[Comment]'], []],
    [
      'what hangs on what is deleted',
      '{ comments: { deleteMany: [{ text: "a" }] } }',
      ['Comment', 'Reply', '[Reply]'],
      [],
    ],
    ['what has its own key', '{ tags: { data: [{ id: 5 }] } }', ['[Tag]', 'Tag:5'], ['Tag']],
    ['a key among other values', '{ author: { id: 9, name: "Ada" } }', ['[User]', 'User:9'], ['User']],
    ['what that refers to by its key', '{ notes: [{ writerId: 9 }] }', ['[Note]', 'User:9'], ['User']],
    [
      'what that refers to further down',
      '{ notes: [{ writer: { connect: { id: 9 } } }] }',
      ['User:9'],
      ['User'],
    ],
    [
      'what that may refer to, where it has figures',
      '{ notes: [{ text: "a" }] }',
      ['[Note]', 'User'],
      ['Post'],
    ],
    ['what is found by another value', '{ author: { connect: { name: "Ada" } } }', ['[User]', 'User'], []],
    ['what a filter finds', '{ author: { connect: { where: { name: "Ada" } } } }', ['[User]', 'User'], []],
    [
      'one that a filter finds by its key',
      '{ author: { connect: { where: { node: { id: 9 } } } } }',
      ['User:9'],
      ['User'],
    ],
    ['what is found and has no figures', '{ tags: { find: [{ label: "a" }] } }', ['[Tag]'], ['Tag']],
    ['many that are referred to', '{ tags: { connect: [{ id: 5 }] } }', ['Tag:5'], ['[Tag]', 'Tag']],
    ['a reference alone', '{ author: { connect: { id: 9 } } }', ['User:9'], ['[User]', 'User']],
    ['a key alone', '{ authorId: 9 }', ['User:9'], ['[User]', 'User']],
    ['nothing of it', '{ title: "x" }', ['[Post]'], ['[User]', '[Comment]', 'User', 'Comment']],
  ])('is purged: %s', (_, data, purged, kept) => {
    for (const text of [
      `mutation { createPost(data: ${data}) { id } }`,
      `mutation { updatePost(id: 1, data: ${data}) { id } }`,
    ]) {
      const tags = tagsOf(text);
      expect(tags).toEqual(expect.arrayContaining(purged));
      for (const tag of kept) expect(tags).not.toContain(tag);
    }
  });

  it('says nothing of what it is made within', () => {
    const operation = compiled(
      knowledge,
      'mutation { createPost(data: { comments: { create: [{ authorId: 9 }] } }) { id } }',
    );
    const { wanted } = touchedBy(operation, { data: { createPost: POST } }, {});
    expect(wanted.flatMap(({ references }) => references.map(({ name }) => name))).toEqual(['author']);
  });

  it.each([
    'updatePosts(where: { author: { name: "A" }, comments: { text: "b" } }, data: { title: "x" }) { id }',
    'changePosts(updates: [{ where: { author: { name: "A" } }, data: { title: "x" } }]) { id }',
  ])('is nothing that a filter chooses by: %s', (call) => {
    const kinds = tagsOf(`mutation { ${call} }`).filter((tag) => /User|Comment/.test(tag));
    expect(kinds).toEqual([]);
  });

  it('is purged whole where there is more than is looked at', () => {
    const create = Array.from({ length: 6000 }, () => ({ text: 'a' }));
    const text = 'mutation ($data: PostInput!) { createPost(data: $data) { id } }';
    expect(tagsOf(text, { data: { comments: { create } } })).toContain('Comment');
  });

  it('P47 is purged whole where all fields together are given more than is looked at', () => {
    const create = Array.from({ length: 300 }, () => ({ text: 'a' }));
    const text = (fields: number) =>
      `mutation ($data: PostInput!) { ${Array.from({ length: fields }, (_, at) => `a${at}: createPost(data: $data) { id }`).join(' ')} }`;
    const variables = { data: { comments: { create } } };
    const tags = (fields: number) =>
      touchedBy(compiled(knowledge, text(fields)), { data: { a0: POST } }, variables).tags;
    expect(tags(1)).not.toContain('Comment');
    expect(tags(20)).toContain('Comment');
  });

  it('is known where the answer tells it, and it is no other', () => {
    const answer = { ...POST, __lm_payload_Post_author: { __lm_key_4_User_id: '9' } };
    const text = 'mutation { createPost(data: { author: { connect: { name: "Ada" } } }) { id } }';
    const tags = [...touchedBy(compiled(knowledge, text), { data: { createPost: answer } }, {}).tags];
    expect(tags).toEqual(expect.arrayContaining(['User:9', '[User]']));
    expect(tags).not.toContain('User');
    const both = text.replace('} }) {', '} comments: { create: [{ text: "a" }] } }) {');
    expect([...touchedBy(compiled(knowledge, both), { data: { createPost: answer } }, {}).tags]).toContain(
      'User',
    );
  });

  it('is purged where variables hold it', () => {
    const tags = tagsOf('mutation ($data: PostInput!) { createPost(data: $data) { id } }', {
      data: { author: { create: { name: 'Ada' } } },
    });
    expect(tags).toContain('[User]');
  });
});

it.each(['like', 'toggleLike'])(
  'takes what an argument names for what a mutation is about that returns nothing of it: %s',
  (name) => {
    expect(tagsOf(`mutation { ${name}(postId: 1) }`)).toEqual(expect.arrayContaining(['Post:1', '[Post]']));
  },
);

it('takes what it is given beside what it returns for no more than that', () => {
  expect(tagsOf('mutation { seen(postId: 1) { id } }')).not.toContain('[Post]');
});

it('knows no key in numbers that count the fields of others', () => {
  const { schema } = knowledge;
  const rules = readRules(schema, { defaultMaxAge: 0 });
  expect(rules.keyFields('Counts')).toBeUndefined();
  expect(rules.keyFields('Stock')).toEqual(['id']);
});

describe('a list that is asked for by whether there is something', () => {
  const tags = (text: string, data: object) => [...asking(knowledge, text, {}, data).collected.tags];

  it.each([
    ['{ posts(hasComments: true) { __typename } }', { posts: [] }, '~Comment'],
    ['{ shelves(stock: IN_STOCK) { __typename } }', { shelves: [] }, '~Stock'],
  ])('is refused by any change of that: %s', (text, data, tag) => {
    expect(tags(text, data)).toContain(tag);
  });

  it('is not where it is a field of its own', () => {
    expect(
      tags('{ posts(pinned: true) { __typename } }', { posts: [] }).filter((tag) => tag.startsWith('~')),
    ).toEqual([]);
  });
});
