import { GraphQLError, print, type ExecutionResult } from 'graphql';
import { knowledgeOf, purging } from './harness';

const SDL = `
  type Query {
    post(id: ID!): Post
    posts: [Post!]!
    authors: [Author!]!
    blog: Blog
    rate: Rate
    summary: Summary
    place: Place
  }
  type Post { id: ID! title: String! pinned: Boolean! author: Author blog: Blog! rate: Rate }
  type Author { id: ID! email: String! postCount: Int! posts: [Post!]! home: Place parent: Author }
  type Blog { id: ID! postCount: Int! }
  type Place { id: ID! population: Int! }
  type Rate { stars: Int! }
  type Summary { text: String! author: Author blog: Blog! }
  type Payload { post: Post author: Author note: String }
  type Outer { inner: Payload note: String }
  input PostInput { title: String authorId: ID author: AuthorInput }
  input AuthorInput { create: NewAuthor connect: AuthorWhere }
  input NewAuthor { email: String home: PlaceWhere }
  input PlaceWhere { id: ID }
  input AuthorWhere { email: String }
  type Mutation {
    updatePost(id: ID!): Post @purges(references: SAID)
    updatePostStrictly(id: ID!): Post! @purges(references: SAID)
    createPost(authorId: ID, blogId: ID, input: PostInput): Post @purges(references: SAID)
    likePost(id: ID!): Post @purges(lists: false, references: SAID)
    updatePostInPayload(id: ID!): Payload @purges(references: SAID)
    createPostInPayload(authorId: ID): Payload @purges(references: SAID)
    performDeep: Outer @purges(references: SAID)
    performFor(authorId: ID!): Post @purges(references: SAID)
    updateSummary: Summary @purges(references: SAID)
    updateAuthor(id: ID!, parentId: ID): Author @purges(references: SAID)
    deletePost(id: ID!): Author @purges(references: SAID)
    pinPost(id: ID!): Post @purges(references: SAID)
    tagPost(id: ID!, shelf: String): Post @purges(tags: ["shelf-{$args.shelf}", "Blog:{$args.id}"], lists: false, references: SAID)
    deletePostAlone(id: ID!): Boolean @purges(references: SAID)
    finishPosts(blogId: ID!): Int @purges(references: SAID)
  }
`;

const knowledge = (references: boolean) => knowledgeOf(SDL.replaceAll('SAID', String(references)));
const SPARING = knowledge(false);
const PURGING = knowledge(true);

const place = { id: '3', population: 2 };
const author = { id: '9', email: 'ada@a.example', postCount: 2, posts: [], home: place, parent: null };
const blog = { id: '5', postCount: 1 };
const post = { id: '7', title: 'North', pinned: true, author, blog, rate: { stars: 4 } };
const payload = { post, author, note: 'x' };
const roots = {
  post,
  updatePost: post,
  updatePostStrictly: post,
  createPost: post,
  likePost: post,
  updatePostInPayload: payload,
  createPostInPayload: payload,
  performDeep: { inner: payload },
  performFor: post,
  updateSummary: { text: 'x', author, blog },
  updateAuthor: { ...author, parent: { ...author, id: '8' } },
  deletePost: author,
  pinPost: post,
  tagPost: post,
  deletePostAlone: true,
  finishPosts: 2,
};

/** What a mutation purges, and what upstream was asked for that. */
async function ran(
  { knowledge, answer }: { readonly knowledge: typeof SPARING; readonly answer?: ExecutionResult },
  text: string,
) {
  const { purges, asked, after } = await purging(knowledge, `mutation ${text}`, { roots, answer });
  const tags = purges.map(({ tag }) => tag).sort();
  return { tags: tags.join(' '), asked: print(asked), after };
}

const without = (all: string, left: string): string =>
  all
    .split(' ')
    .filter((tag) => !left.split(' ').includes(tag))
    .join(' ');

describe('what a mutation only refers to, left alone', () => {
  it.each<[string, string, string, string]>([
    ['of an entity', '{ updatePost(id: "7") { title } }', 'Post:7 [Post]', 'Author:9 Blog:5 Rate [Rate]'],
    [
      'of one that may not be null, however far its client looks',
      '{ updatePostStrictly(id: "7") { author { id home { id } } blog { id } } }',
      'Post:7 [Post]',
      'Author:9 Blog:5 Rate [Rate]',
    ],
    [
      'where arguments name it',
      '{ createPost(authorId: "9", blogId: "5", input: { authorId: "8" }) { title } }',
      'Post:7 [Post]',
      'Author:8 Author:9 Blog:5 Rate [Rate]',
    ],
    ['with lists', '{ likePost(id: "7") { title } }', 'Post:7', 'Author:9 Blog:5 Rate [Rate]'],
    [
      'but for what stands beside what was changed, which keeps its lists',
      '{ updatePostInPayload(id: "7") { note } }',
      'Author:9 Post:7 [Post]',
      'Blog:5 Rate [Rate]',
    ],
    [
      'but for what stands beside what is new, and is named',
      '{ createPostInPayload(authorId: "9") { note } }',
      'Author:9 Post:7 [Post]',
      'Blog:5 Rate [Rate]',
    ],
    [
      'but for what stands beside what is new, and may be new',
      '{ createPostInPayload { note } }',
      'Author:9 Post:7 [Author] [Post]',
      'Blog:5 Place:3 Rate [Rate]',
    ],
    [
      'in a payload within another',
      '{ performDeep { note } }',
      'Author:9 Post:7 [Author] [Post]',
      'Blog:5 Place:3 Rate [Rate]',
    ],
    [
      'but for what arguments name where the name is about nothing',
      '{ performFor(authorId: "6") { title } }',
      'Author:6 Post:7 [Post]',
      'Author:9 Blog:5 Rate [Rate]',
    ],
    ['of what has no key', '{ updateSummary { text } }', 'Summary [Summary]', 'Author:9 Blog [Blog]'],
    [
      'but for what is of the same type, and is named',
      '{ updateAuthor(id: "9", parentId: "8") { email } }',
      'Author:8 Author:9 [Author]',
      'Place:3',
    ],
    [
      'of what its name is about beside what it returns',
      '{ deletePost(id: "7") { email } }',
      'Author:9 Post:7 [Author] [Post]',
      'Author Blog Place:3 Rate [Blog] [Rate]',
    ],
    [
      'but for others of the type, which change along',
      '{ pinPost(id: "7") { title } }',
      'Post Post:7 [Post]',
      'Author:9 Blog:5 Rate [Rate]',
    ],
    [
      'but for what is made within',
      '{ createPost(input: { author: { create: { email: "x@a.example", home: { id: "4" } } } }) { title } }',
      'Author:x@a.example Post:7 [Author] [Place] [Post]',
      'Author:9 Blog:5 Place:4 Rate [Rate]',
    ],
    [
      'where it is found by another value',
      '{ createPost(input: { author: { connect: { email: "x@a.example" } } }) { title } }',
      'Author:x@a.example Post:7 [Author] [Post]',
      'Author Author:9 Blog:5 Place Rate [Place] [Rate]',
    ],
  ])('is not purged %s', async (_, text, kept, left) => {
    const purging = await ran({ knowledge: PURGING }, text);
    const sparing = await ran({ knowledge: SPARING }, text);
    expect(sparing.tags).toBe(kept);
    // Or the case would show nothing.
    expect(without(purging.tags, left)).toBe(kept);
    expect(left.split(' ').filter((tag) => !purging.tags.split(' ').includes(tag))).toEqual([]);
  });

  it.each<[string, string, ExecutionResult]>([
    ['what it returns', '{ updatePost(id: "7") { title } }', failed(['updatePost'])],
    ['all of its answer', '{ updatePost(id: "7") { title } }', {}],
    [
      'a reference',
      '{ updatePost(id: "7") { title author { id } } }',
      { ...failed(['updatePost', 'author']), data: { updatePost: { ...post, author: null } } },
    ],
    ['what stands in a payload', '{ createPostInPayload { note } }', failed(['createPostInPayload', 'post'])],
  ])('is not purged where %s failed, as its types else are', async (_, text, answer) => {
    const purging = await ran({ knowledge: PURGING, answer }, text);
    const sparing = await ran({ knowledge: SPARING, answer }, text);
    expect(purging.tags).toMatch(/Blog/);
    expect(sparing.tags).not.toMatch(/Blog|Rate|Place/);
    expect(sparing.tags).toMatch(/Post/);
    expect(without(sparing.tags, purging.tags)).toBe('');
  });

  it('is purged all the same where a value of what is declared is missing', async () => {
    const text = '{ tagPost(id: "7") { title } }';
    const { tags } = await ran({ knowledge: SPARING }, text);
    expect(tags).toBe((await ran({ knowledge: PURGING }, text)).tags);
    expect(tags).toMatch(/Author:9.*\[Post\]/);
    const { tags: told } = await ran({ knowledge: SPARING }, '{ tagPost(id: "7", shelf: "a") { title } }');
    expect(told).toBe('#shelf-a Blog:7 Post:7');
  });

  it.each(['{ deletePostAlone(id: "7") }', '{ finishPosts(blogId: "5") }'])(
    'is purged as ever by what returns nothing of what it changes: %s',
    async (text) => {
      const { tags } = await ran({ knowledge: SPARING }, text);
      expect(tags).toBe((await ran({ knowledge: PURGING }, text)).tags);
      expect(tags).toContain('Blog');
    },
  );

  it('is not asked for, neither within the mutation nor after it', async () => {
    const text = '{ updatePostStrictly(id: "7") { title } }';
    const purging = await ran({ knowledge: PURGING }, text);
    expect([purging.asked.includes('author'), purging.after]).toEqual([true, 1]);
    const sparing = await ran({ knowledge: SPARING }, text);
    expect([sparing.asked.includes('author'), sparing.after]).toEqual([false, 0]);
    // What may stand beside it is: its key tells whether it was there before.
    const beside = await ran({ knowledge: SPARING }, '{ updatePostInPayload(id: "7") { note } }');
    expect(beside.asked).toMatch(/__lm_payload_Post_author/);
    expect(beside.asked).not.toMatch(/__lm_payload_Post_blog/);
  });
});

function failed(path: readonly string[]): ExecutionResult {
  return { data: { [path[0]!]: null }, errors: [new GraphQLError('no', { path })] };
}
