import { print } from 'graphql';
import { touchedBy } from '../../src/answer/touched';
import { touchesOf } from '../../src/policy/touched-types';
import { compiled, knowledgeOf } from './harness';

/** As APIs have it that are generated from a graph: what a mutation returns of its objects can be filtered and ordered. */
const knowledge = knowledgeOf(`
  type Query { getPost(id: ID!): Post queryPost(filter: PostFilter): [Post] queryAuthor: [Author] getAuthor(id: ID!): Author }
  type Post { id: ID! title: String! author(filter: AuthorFilter): Author tags: [Tag!] }
  type Author { id: ID! name: String! postCount: Int! }
  type Tag { id: ID! name: String! }
  input PostFilter { id: [ID!] title: String }
  input AuthorFilter { name: String }
  input AuthorRef { id: ID name: String }
  input AddPost { title: String! author: AuthorRef }
  input UpdatePost { filter: PostFilter! set: AddPost }
  type AddPostPayload { post(filter: PostFilter, order: String, first: Int): [Post] numUids: Int }
  type DeletePostPayload { post(filter: PostFilter): [Post] msg: String numUids: Int }
  type PostOps { remove(id: ID!): Int }
  type AuthResult { login(name: String): Author }
  type Mutation {
    addPost(input: [AddPost!]!): AddPostPayload
    updatePost(input: UpdatePost!): AddPostPayload
    deletePost(filter: PostFilter!): DeletePostPayload
    post: PostOps
    auth: AuthResult
  }
`);
const { schema, rules } = knowledge;
const fieldOf = (name: string) => schema.getMutationType()!.getFields()[name]!;

function purged(text: string, data: Record<string, unknown>): string[] {
  return [...touchedBy(compiled(knowledge, text), { data }, {}).tags];
}

describe('a payload whose objects can be filtered', () => {
  it('P24 is asked for all of them, whatever the client wants to see', () => {
    const { question } = compiled(
      knowledge,
      'mutation { addPost(input: []) { post(filter: { title: "x" }) { title } numUids } }',
    );
    const text = print(question.document);
    expect(text).toMatch(/__lm_\w+: post {/);
    expect(text).toContain('post(filter: {title: "x"}) {');
  });

  it('P24 says what was touched', () => {
    const own = (data: object) => ({ numUids: 1, __lm_payload_AddPostPayload_post: [data] });
    const tags = purged(
      'mutation { addPost(input: [{ title: "a", author: { name: "Ada" } }]) { numUids } }',
      {
        addPost: own({ __lm_key_4_Post_id: '1' }),
      },
    );
    expect(tags).toEqual(expect.arrayContaining(['Post:1', '[Post]', '[Author]']));
  });

  it('is no mutation by itself', () => {
    expect(touchesOf(schema, rules).leadsToMutations(fieldOf('addPost'))).toBe(false);
    expect(touchesOf(schema, rules).leadsToMutations(fieldOf('deletePost'))).toBe(false);
  });

  it.each(['post', 'auth'])('is not what is called otherwise, or is under no verb: %s', (name) => {
    expect(touchesOf(schema, rules).leadsToMutations(fieldOf(name))).toBe(true);
  });
});
