import { buildSchema } from 'graphql';
import { readRules } from '../../src/policy/rules';
import { touchesOf } from '../../src/policy/touched-types';
import { DIRECTIVES_SDL } from '../../src/schema/directives';

const SDL = `
  interface Node { id: ID! }
  type Post implements Node { id: ID! title: String! author: User tags: [Tag!]! owner: User reviewer: Team }
  type User implements Node { id: ID! name: String! posts: [Post!]! }
  type Team { id: Int! name: String! }
  type Tag @key(fields: "name") { name: String! }
  type Product @key(fields: "upc") { upc: String! }
  type Shelf @key(fields: "aisle level") { aisle: String! level: Int! }
  type PollOption { id: ID! }
  type Desk @key(fields: "rowId") { rowId: Int! }
  type File @key(fields: "nodeId") { nodeId: ID! }
  type Settings { theme: String }
  type Photo implements Node { id: ID! databaseId: Int! }
  type Query { post: Post user: User team: Team line: Line tag: Tag product: Product shelf: Shelf option: PollOption settings: Settings desk: Desk file: File node: Node }
  input PostInput { title: String authorId: ID author: UserRef tags: TagRefs id: ID published: Boolean }
  input UserRef { connect: ById create: UserInput id: ID }
  input UserInput { name: String }
  input TagRefs { connect: [ByName!] set: [ByName!] }
  input ById { id: ID }
  input ByName { name: String }
  input PostWhere { id: IdIs author_id: IdIs _and: [PostWhere!] }
  input IdIs { _eq: ID _in: [ID!] }
  input ShelfInput { aisle: String level: Int }
  type Done { ok: Boolean id: ID deletedPostId: ID deletedId: ID ids: [ID!] clientMutationId: String count: Int }
  type Removal { deletedId: ID strictId: ID! removedIds: [ID!] viewer: User team: Team line: Line product: Product }
  type Line { id: String! upc: String! }
  type Mutation {
    updatePost(id: ID!, input: PostInput): Boolean
    deletePhoto(id: ID!): Boolean
    createPost(post: PostInput, newOwnerId: ID, author: ID, teamId: ID): Boolean
    update_post(where: PostWhere, _set: PostInput): Boolean
    deletePosts(ids: [ID!]!): Done
    moveThings(postIds: [ID!], upc: String, upcs: [String!], tagName: String, optionId: ID, number: Int): Boolean
    setShelf(aisle: String, level: Int): Boolean
    moveToShelf(shelf: ShelfInput, postId: Int): Boolean
    renameTag(name: String!, to: String): Boolean
    renameUser(id: ID!, name: String!): Boolean
    setTagsOnPost(id: ID!, relationIds: [ID!]!): Post
    addUserToTeam(id: ID!): Boolean
    removePost(nodeId: ID!): Boolean
    removeFile(nodeId: ID!): Boolean
    remove(id: ID!, upc: String): Removal
    createFor(id: ID!): Boolean
    assignUser(id: ID!, deskId: Int): Boolean
  }
`;
const schema = buildSchema(DIRECTIVES_SDL + SDL);
const touches = touchesOf(schema, readRules(schema, { defaultMaxAge: 0 }));
const namesOf = (field: string) => touches.of(schema.getMutationType()!.getFields()[field]!).names;

describe('what the arguments of a mutation name', () => {
  it.each<[string, string, Record<string, unknown>, string[], string[]]>([
    ['the key of its subject', 'updatePost', { id: '7' }, ['Post:7'], ['Post']],
    [
      'a global id, and the key that it is made of',
      'updatePost',
      { id: 'gid://forum/Post/7' },
      ['Post:7', 'Post:gid://forum/Post/7'],
      ['Post'],
    ],
    [
      'the same in base64',
      'updatePost',
      { id: btoa('Post:7'), input: { authorId: btoa('["users",9]') } },
      ['Post:7', `Post:${btoa('Post:7')}`, 'User:9', `User:${btoa('["users",9]')}`],
      ['Post', 'User'],
    ],
    [
      'P24 a plain id, and the global ones that it may stand for',
      'deletePhoto',
      { id: '7' },
      ['Photo:7', `Photo:${btoa('Photo:7')}`, `Photo:${btoa('photo:7')}`],
      ['Photo'],
    ],
    [
      'no global id of another type',
      'updatePost',
      { id: btoa('User:7') },
      [`Post:${btoa('User:7')}`],
      ['Post'],
    ],
    [
      'a reference by its key',
      'updatePost',
      { id: '7', input: { authorId: '9' } },
      ['Post:7', 'User:9'],
      ['Post', 'User'],
    ],
    [
      'a reference to connect',
      'updatePost',
      { id: '7', input: { author: { connect: { id: '9' } } } },
      ['Post:7', 'User:9'],
      ['Post', 'User'],
    ],
    [
      'an object with its key',
      'updatePost',
      { id: '7', input: { author: { id: '9' } } },
      ['Post:7', 'User:9'],
      ['Post', 'User'],
    ],
    [
      'many of a list',
      'updatePost',
      { id: '7', input: { tags: { set: [{ name: 'a' }, { name: 'b' }] } } },
      ['Post:7', 'Tag:a', 'Tag:b'],
      ['Post', 'Tag'],
    ],
    ['its own key in an input', 'updatePost', { input: { id: '7' } }, ['Post:7'], ['Post']],
    ['a relation with a word before it', 'createPost', { newOwnerId: '3' }, ['User:3'], ['User']],
    ['a relation alone', 'createPost', { author: '3' }, ['User:3'], ['User']],
    ['a type and its key, a text for a number', 'createPost', { teamId: '3' }, ['Team:3'], ['Team']],
    ['an operator of a filter', 'update_post', { where: { id: { _eq: '7' } } }, ['Post:7'], ['Post']],
    [
      'a list of a filter',
      'update_post',
      { where: { _and: [{ id: { _in: ['7', '8'] } }] } },
      ['Post:7', 'Post:8'],
      ['Post'],
    ],
    ['a reference in a filter', 'update_post', { where: { author_id: { _eq: '9' } } }, ['User:9'], ['User']],
    ['many keys', 'deletePosts', { ids: ['7', '8'] }, ['Post:7', 'Post:8'], ['Post']],
    ['many keys of a type', 'moveThings', { postIds: ['7', '8'] }, ['Post:7', 'Post:8'], ['Post']],
    ['a key that no other type has', 'moveThings', { upc: 'p' }, ['Product:p'], ['Product']],
    ['many of such', 'moveThings', { upcs: ['p', 'q'] }, ['Product:p', 'Product:q'], ['Product']],
    ['a type and a key that is no id', 'moveThings', { tagName: 'a' }, ['Tag:a'], ['Tag']],
    ['the end of the name of a type', 'moveThings', { optionId: '1' }, ['PollOption:1'], ['PollOption']],
    ['a key of two parts', 'setShelf', { aisle: 'a:b', level: 2 }, ['Shelf:a%3Ab:2'], ['Shelf']],
    [
      'a key of two parts in an object',
      'moveToShelf',
      { shelf: { aisle: 'a', level: 2 } },
      ['Shelf:a:2'],
      ['Shelf'],
    ],
    ['a key that is a name', 'renameTag', { name: 'a', to: 'b' }, ['Tag:a'], ['Tag']],
    ['nothing but what is sent', 'updatePost', { id: null, input: {} }, [], []],
    ['no part of a key', 'setShelf', { aisle: 'a' }, [], []],
    ['no name of something else', 'renameUser', { id: '9', name: 'Ada' }, ['User:9'], ['User']],
    ['no number alone', 'moveThings', { number: 7 }, [], []],
    [
      'of several the one that it returns',
      'setTagsOnPost',
      { id: '7', relationIds: ['a'] },
      ['Post:7'],
      ['Post'],
    ],
    ['nothing by an id that may be of any', 'addUserToTeam', { id: '7' }, [], []],
    ['no node by its id', 'removePost', { nodeId: '7' }, [], []],
    ['what is known by its node id', 'removeFile', { nodeId: '7' }, ['File:7'], ['File']],
    // Global ids are no numbers.
    ['without certainty, a number where the key is an ID', 'moveToShelf', { postId: 7 }, ['Post:7'], []],
    [
      'without certainty, what has a key of another name',
      'assignUser',
      { id: '9', deskId: 7 },
      ['Desk:7', `Desk:${btoa('Desk:7')}`, `Desk:${btoa('desk:7')}`, 'User:9'],
      ['User'],
    ],
  ])('names %s', (_, field, args, tags, types) => {
    const named = namesOf(field).in(args);
    expect([...named.tags].sort()).toEqual(tags);
    expect([...new Set(named.entities.map(({ type }) => type.name))].sort()).toEqual(types);
  });

  it('names all of their types instead of more than a few hundred', () => {
    const ids = Array.from({ length: 501 }, (_, index) => String(index));
    expect([...namesOf('deletePosts').in({ ids }).tags]).toEqual(['Post']);
    const named = namesOf('moveThings').in({ postIds: Array.from({ length: 5001 }, () => '7') });
    expect([...named.tags].sort()).toEqual(['PollOption', 'Post', 'Product', 'Tag']);
  });

  it('says beforehand what can be named', () => {
    const possible = namesOf('updatePost').possible.map(({ path, types }) => `${path}: ${types.join(' ')}`);
    expect(possible).toEqual([
      'id: Post',
      'input.authorId: User',
      'input.author.connect.id: User',
      'input.author.id: User',
      'input.tags.connect.name: Tag',
      'input.tags.set.name: Tag',
      'input.id: Post',
    ]);
    expect(namesOf('setShelf').possible).toEqual([
      { path: 'aisle and level', types: ['Shelf'], isMany: false, isCertain: true },
    ]);
  });

  it('guesses what is meant by a mere key, by what is returned, where no name says', () => {
    const named = namesOf('remove').in({ id: '7' });
    expect([...named.tags].sort()).toEqual(['Line:7', 'Team:7', 'User:7']);
    expect(named.entities).toEqual([]);
    // What is certain stays so.
    expect(
      namesOf('remove')
        .in({ upc: '7' })
        .entities.map(({ type }) => type.name),
    ).toEqual(['Product']);
    const possible = namesOf('remove').possible.filter(({ path }) => path === 'id');
    expect(possible).toEqual([
      { path: 'id', types: ['Line', 'Team', 'User'], isMany: false, isCertain: false },
    ]);
    expect([...namesOf('createFor').in({ id: '7' }).tags]).toEqual([]);
    const keys = namesOf('remove').inPayload(schema.getType('Removal') as never);
    expect(keys.map(({ field, types }) => [field, types.map(({ name }) => name)])).toEqual([
      ['deletedId', ['Line', 'Team', 'User']],
      ['removedIds', ['Line', 'Team', 'User']],
    ]);
  });

  it('finds the keys of its subject in a payload', () => {
    const done = schema.getType('Done') as never;
    expect(
      namesOf('deletePosts')
        .inPayload(done)
        .map(({ field }) => field),
    ).toEqual(['id', 'deletedPostId', 'deletedId', 'ids']);
    expect(
      namesOf('setShelf')
        .inPayload(done)
        .map(({ field }) => field),
    ).toEqual(['deletedPostId']);
  });
});
