import { makeExecutableSchema } from '@graphql-tools/schema';
import { executeSync, print } from 'graphql';
import { touchedBy } from '../../src/answer/touched';
import { mutationsThatPurgeNothing } from '../../src/policy/touched-types';
import { compiled, knowledgeOf } from './harness';

const SDL = `
  type Query { post(id: ID!): Post posts: [Post!]! order(id: ID!): Order cart: Cart }
  type Post { id: ID! text: String author: User }
  type User { id: ID! name: String }
  type Order { id: ID! note: String }
  type Cart { items: Int! }
  type CheckoutPayload { cart: Cart order: Order }
  type CartMutations { addItem(name: String!): Cart clear: Cart checkout: CheckoutPayload }
  type PostMutations {
    delete(id: ID!): Boolean!
    update(id: ID!, text: String!): Post
    create(text: String!): Post
    archive: Post
    comments: CommentMutations!
    ping: Boolean
  }
  type CommentMutations { add(postId: ID!, text: String!): Post }
  type OrderEditor { cancel: Order refund(amount: Int): Order note(text: String!): Order }
  type Auth { ping: Boolean refresh: Token logoutEverywhere: Token }
  type Token { id: ID! user: User }
  type Admit { ok: Boolean user: User }
  type Session { token: String user: User }
  type Mutation {
    cart: CartMutations!
    post: PostMutations!
    order(id: ID!): OrderEditor
    auth: Auth
    session(name: String!): Session
    admit(name: String!): Admit
    renamePost(id: ID!): RenamePostPayload
  }
  type RenamePostPayload { post: Post }
`;

/** What upstream runs of each mutation, and what is purged. */
function run(text: string) {
  const ran: string[] = [];
  const note = (name: string, value: unknown) => (_: unknown, args: object) => {
    ran.push(Object.keys(args).length > 0 ? `${name} ${JSON.stringify(args)}` : name);
    return value;
  };
  const post = { id: '3', text: 'x', author: { id: '9', name: 'Ada' } };
  const order = { id: '1', note: 'x' };
  const knowledge = knowledgeOf(SDL);
  const schema = makeExecutableSchema({
    typeDefs: SDL,
    resolvers: {
      CartMutations: {
        addItem: note('addItem', { items: 1 }),
        clear: note('clear', { items: 0 }),
        checkout: note('checkout', { cart: { items: 0 }, order }),
      },
      PostMutations: {
        delete: note('delete', true),
        update: note('update', post),
        create: note('create', post),
        archive: note('archive', post),
        comments: () => ({}),
      },
      CommentMutations: { add: note('add', post) },
      OrderEditor: {
        cancel: note('cancel', order),
        refund: note('refund', order),
        note: note('note', order),
      },
      Auth: {
        ping: note('ping', true),
        refresh: note('refresh', { id: 't', user: { id: '9' } }),
        logoutEverywhere: note('logoutEverywhere', { id: 't', user: { id: '9' } }),
      },
      Mutation: {
        cart: () => ({}),
        post: () => ({}),
        order: () => ({}),
        auth: () => ({}),
        admit: note('admit', { ok: true, user: { id: '9', name: 'Ada' } }),
        session: note('session', { token: 's', user: { id: '9', name: 'Ada' } }),
        renamePost: note('renamePost', { post }),
      },
    },
  });
  const operation = compiled(knowledge, text);
  const answer = executeSync({ schema, document: operation.question.document });
  expect(answer.errors).toBeUndefined();
  const { tags, silentFields } = touchedBy(operation, answer, {});
  return { ran, tags: [...tags].sort(), silentFields, sent: print(operation.question.document) };
}

describe('a mutation within another, as APIs have that group them', () => {
  it.each([
    ['mutation { cart { addItem(name: "x") { items } } }', ['addItem {"name":"x"}']],
    ['mutation { cart { __typename } }', []],
    ['mutation { post { __typename } }', []],
    [
      'mutation { post { comments { add(postId: 3, text: "x") { id } } } }',
      ['add {"postId":"3","text":"x"}'],
    ],
    ['mutation { order(id: 1) { note(text: "hi") { id } } }', ['note {"text":"hi"}']],
    ['mutation { auth { ping } }', ['ping']],
    ['mutation { auth { refresh { id } } }', ['refresh']],
    [
      'mutation { ...F } fragment F on Mutation { post { ...G } } fragment G on PostMutations { archive { text } }',
      ['archive'],
    ],
  ])('is the only one that upstream runs: %s', (text, ran) => {
    expect(run(text).ran).toEqual(ran);
  });

  it.each([
    [
      'what it returns',
      'mutation { post { update(id: 3, text: "x") { text } } }',
      ['Post:3', 'User:9', '[Post]'],
    ],
    ['what it is about', 'mutation { post { delete(id: 3) } }', ['Post:3', '[Post]']],
    ['what is new', 'mutation { post { create(text: "x") { text } } }', ['Post:3', '[Post]']],
    [
      'two of them',
      'mutation { post { a: delete(id: 1) b: delete(id: 2) } }',
      ['Post:1', 'Post:2', '[Post]'],
    ],
    ['what the way to it names', 'mutation { order(id: 1) { cancel { note } } }', ['Order:1', '[Order]']],
    [
      'two levels down',
      'mutation { post { comments { add(postId: 3, text: "x") { text } } } }',
      ['Post:3', '[Post]'],
    ],
    [
      'behind a fragment',
      'mutation { post { ... on PostMutations { update(id: 3, text: "x") { text } } } }',
      ['Post:3', '[Post]'],
    ],
  ])('purges %s', (_, text, tags) => {
    expect(run(text).tags).toEqual(expect.arrayContaining(tags));
  });

  it('purges by itself what has no key', () => {
    expect(run('mutation { cart { addItem(name: "x") { items } } }').tags).toEqual(['Cart', '[Cart]']);
  });

  it('purges all of what it might have changed, where its answer did not come', () => {
    const operation = compiled(knowledgeOf(SDL), 'mutation { post { update(id: 3, text: "x") { text } } }');
    const { tags } = touchedBy(operation, {}, {});
    expect([...tags]).toEqual(expect.arrayContaining(['Post', '[Post]']));
  });

  it('P21 is reported by itself, where nothing tells what it changes', () => {
    const { schema, rules } = knowledgeOf(SDL);
    const silent = mutationsThatPurgeNothing(schema, rules).map(({ path }) => path.join('.'));
    expect(silent).toEqual(['post.ping']);
  });
});

it('is not asked for more than its client selects, where no verb says that it is no namespace', () => {
  const { ran, tags } = run('mutation { session(name: "a") { token } }');
  expect(ran).toEqual(['session {"name":"a"}']);
  // So all of what it may carry is purged.
  expect(tags).toEqual(expect.arrayContaining(['User', '[User]']));
});

it('P24 is asked for what it carries that says how it went, whatever its verb', () => {
  const { ran, tags } = run('mutation { admit(name: "a") { ok } }');
  expect(ran).toEqual(['admit {"name":"a"}']);
  expect(tags).toEqual(['User:9', '[User]']);
});

it('is asked for what a payload carries, where its name says what is done', () => {
  expect(run('mutation { renamePost(id: 3) { __typename } }').tags).toEqual(['Post:3', 'User:9', '[Post]']);
});
