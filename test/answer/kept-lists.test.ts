import { GraphQLError, type ExecutionResult } from 'graphql';
import { describeTouch } from '../../src/policy/describe-touch';
import { knowledgeOf, purging } from './harness';

const knowledge = knowledgeOf(`
  type Query { post(id: ID!): Post posts: [Post!]! blog(id: ID!): Blog }
  type Post { id: ID! likes: Int! blog: Blog }
  type Blog { id: ID! postCount: Int! }
  type Payload { post: Post blog: Blog }
  type Mutation {
    renamePost(id: ID!): Post
    likePost(id: ID!): Post @purges(lists: false)
    likePostAlone(id: ID!): Post @purges(lists: false, references: false)
    likeInPayload(id: ID!): Payload @purges(lists: false)
    createPost(blogId: ID, on_conflict: String): Post @purges(tags: ["posts-of-{$args.blogId}"], lists: false)
    movePost(id: ID!, blogId: ID!): Post @purges(tags: ["posts-of-{$args.blogId}"], lists: false)
    deletePost(id: ID!): Post @purges(lists: false)
    countPost(id: ID!): Int! @purges(tags: ["Post:{$args.id}"], lists: false)
  }
`);

const blog = { id: '5', postCount: 1 };
const post = { id: '7', likes: 1, blog };
const roots = {
  post,
  blog,
  renamePost: post,
  likePost: post,
  likePostAlone: post,
  likeInPayload: { post, blog },
  createPost: post,
  movePost: post,
  deletePost: post,
  countPost: 1,
};

/** What a mutation purges, that which keeps lists as they are in brackets. */
async function purged(text: string, answer?: ExecutionResult): Promise<string> {
  const { purges } = await purging(knowledge, `mutation ${text}`, { roots, answer });
  return purges
    .map(({ tag, keepsLists }) => (keepsLists ? `(${tag})` : tag))
    .sort()
    .join(' ');
}

const REFUSED = {
  errors: [new GraphQLError('x', { path: ['likePostAlone'] })],
  data: { likePostAlone: null },
};

describe('what stays in its lists', () => {
  it.each([
    ['nothing, where no operator says so', '{ renamePost(id: 7) { id } }', 'Blog:5 Post:7 [Post]'],
    ['what is returned, where one does', '{ likePostAlone(id: 7) { likes } }', '(Post:7)'],
    ['not what it refers to, which may follow', '{ likePost(id: 7) { likes } }', '(Post:7) Blog:5'],
    [
      'nor beside it in a payload',
      '{ likeInPayload(id: 7) { post { id } blog { id } } }',
      '(Post:7) Blog:5 Blog:7',
    ],
    [
      'what is new, in the lists that are not named',
      '{ createPost(blogId: 5) { id } }',
      '#posts-of-5 (Post:7) Blog:5',
    ],
    [
      'nothing that may have been there',
      '{ createPost(blogId: 5, on_conflict: "x") { id } }',
      '#posts-of-5 Blog:5 Post:7',
    ],
    [
      'nothing, where a list that is named has no name',
      '{ createPost { id } }',
      '#posts-of-{} Blog:5 Post:7 [Post]',
    ],
    [
      'nothing that enters a list and may leave another',
      '{ movePost(id: 7, blogId: 5) { id } }',
      '#posts-of-5 Blog:5 Post:7',
    ],
    ['nothing that is gone', '{ deletePost(id: 7) { id } }', 'Blog:5 Post:7'],
    ['nothing that is named by itself', '{ countPost(id: 7) }', 'Post:7'],
    [
      'nothing that another field moves',
      '{ likePostAlone(id: 7) { id } renamePost(id: 7) { id } }',
      'Blog:5 Post:7 [Post]',
    ],
  ])('is %s', async (_, text, tags) => {
    expect(await purged(text)).toBe(tags);
  });

  it('is nothing where the answer failed, or none came', async () => {
    const text = '{ likePostAlone(id: 7) { likes } }';
    for (const answer of [REFUSED, {}]) expect(await purged(text, answer)).not.toContain('(');
  });

  it('is said of each mutation beforehand', () => {
    const { schema, rules } = knowledge;
    const said = (name: string) =>
      describeTouch(schema, rules, schema.getMutationType()!.getFields()[name]!).some((sentence) =>
        sentence.includes('no count of those that a filter lets through'),
      );
    const names = [
      'renamePost',
      'likePost',
      'likePostAlone',
      'createPost',
      'movePost',
      'deletePost',
      'countPost',
    ];
    expect(names.filter(said)).toEqual(['likePost', 'likePostAlone', 'createPost']);
  });
});
