import { describeTouch } from '../../src/policy/describe-touch';
import { touchedBy } from '../../src/answer/touched';
import { compiled, knowledgeOf } from './harness';

/** A tag has a key, and rows that name it by another value of its own, as a database does that cascades. */
const knowledge = knowledgeOf(`
  type Query { tag(name: String!): Tag tags: [Tag!]! links: [Link!]! link(id: ID!): Link user(id: ID!): User rank(id: ID!): Rank }
  type Tag { id: ID! name: String! colour: String parentName: String parent: Tag }
  type Link { id: ID! tagName: String! tagByTagName: Tag ownerLogin: String owner: User weight: Int }
  type User { id: ID! login: String! name: String }
  type Rank { id: ID! userId: ID! user: User }
  input TagPatch { name: String colour: String }
  input UpdateTagInput { clientMutationId: String id: ID! tagPatch: TagPatch! }
  input UpdateTagByNameInput { clientMutationId: String name: String! tagPatch: TagPatch! }
  input TagInput { clientMutationId: String tag: TagPatch! }
  input TagWhere { name: String }
  input Set { name: Text }
  input Text { set: String }
  input UserPatch { id: ID login: String name: String }
  type Mutation {
    updateTag(input: UpdateTagInput!): Tag
    updateTagByName(input: UpdateTagByNameInput!): Tag
    updateOneTag(where: TagWhere!, data: TagPatch!): Tag
    updateTagOf(input: TagInput!): Tag
    renameTag(name: String!, newName: String!): Boolean!
    setTag(id: ID!, name: String): Boolean!
    updateTags(tags: [TagPatch!]!): Int!
    createTag(tag: TagPatch!): Tag
    updateTagByPk(pk_columns: TagWhere!, _set: TagPatch!): Tag
    patchTag(id: ID!, data: Set!): Boolean!
    changeUser(input: UserPatch!, notify: Boolean): User
    deleteTag(id: ID!, name: String): Boolean!
    updateUser(id: ID!, patch: UserPatch!): User
  }
`);

function purged(call: string): string {
  const operation = compiled(knowledge, `mutation { done: ${call} }`);
  const data = { done: call.includes('{ id }') ? { id: '7', __lm_key_3_Tag_id: '7' } : true };
  const { tags } = touchedBy(operation, { data }, {});
  return [...tags]
    .filter((tag) => /^[A-Z]\w*$/.test(tag))
    .sort()
    .join(' ');
}

/** A tag has no key but its name, and what it is of shows nothing but the tag. */
const named = knowledgeOf(`
  type Query { tag(name: String!): Tag tags: [Tag!]! posts(tagName: String): [Post!]! }
  type Tag @key(fields: "name") { name: String! colour: String note: String }
  type Post { id: ID! tag: Tag }
  input TagPatch { name: String colour: String }
  input FromTo { from: String! to: String! }
  input TagWhere { name: String }
  type Mutation {
    renameTag(from: String!, to: String!): Tag
    renameTagOf(input: FromTo!): Tag
    rename(name: String!, to: String!): Tag
    renameIt(tag: String!, name: String!): Tag
    updateIt(where: TagWhere!, data: TagPatch!): Tag
    updateNow(currentName: String!, name: String): Tag
    setColour(name: String!, colour: String!): Tag
    renameTagTo(name: String!, to: String!): Tag
    renameTagFrom(oldName: String!, newName: String!): Tag
    setTagName(tag: String!, name: String!): Tag
    changeTagName(tagName: String!, newTagName: String!): Tag
    updateTag(name: String!, patch: TagPatch!): Tag
    updateTagBy(where: TagWhere!, data: TagPatch!): Tag
    updateTagNow(currentName: String!, name: String): Tag
    paintTag(name: String!, colour: String!, clientMutationId: String): Tag
    showTag(tag: String!): Tag
    hideTag(tag: String!, note: String!, loudly: Boolean): Tag
    createTag(name: String!, label: String): Tag
    addTag(name: String!, postId: ID!): Tag
  }
`);

function renames(call: string): string {
  const operation = compiled(named, `mutation { done: ${call} { colour } }`);
  const { tags } = touchedBy(operation, { data: { done: { colour: 'red', __lm_key_3_Tag_name: 'b' } } }, {});
  return [...tags]
    .filter((tag) => /^[A-Z]\w*$/.test(tag))
    .sort()
    .join(' ');
}

describe('what leads to an object by the key that a mutation changes', () => {
  it.each([
    'renameTag(from: "a", to: "b")',
    'renameTagOf(input: { from: "a", to: "b" })',
    'renameTagTo(name: "a", to: "b")',
    'rename(name: "a", to: "b")',
    'renameIt(tag: "a", name: "b")',
    'updateIt(where: { name: "a" }, data: { name: "b" })',
    'updateNow(currentName: "a", name: "b")',
    'renameTagFrom(oldName: "a", newName: "b")',
    'setTagName(tag: "a", name: "b")',
    'changeTagName(tagName: "a", newTagName: "b")',
    'updateTag(name: "a", patch: { name: "b" })',
    'updateTagBy(where: { name: "a" }, data: { name: "b" })',
    'updateTagNow(currentName: "a", name: "b")',
  ])('P24 is purged with all of its type: %s', (call) => {
    expect(renames(call)).toBe('Post Tag');
  });

  it.each([
    'paintTag(name: "b", colour: "red", clientMutationId: "7")',
    'showTag(tag: "b")',
    'setColour(name: "b", colour: "red")',
    'hideTag(tag: "b", note: "x", loudly: true)',
    'updateTag(name: "b", patch: { colour: "red" })',
    'updateTag(name: "b", patch: { name: "b" })',
    'updateTagNow(currentName: "b")',
    'createTag(name: "b", label: "x")',
    'addTag(name: "b", postId: "7")',
  ])('stays where it is the same: %s', (call) => {
    expect(renames(call)).toBe('');
  });
});

describe('what refers to an object by a value that a mutation changes', () => {
  it.each([
    ['in a patch', 'updateTag(input: { id: 7, tagPatch: { name: "b" } }) { id }', 'Link Tag'],
    [
      'that it is found by',
      'updateTagByName(input: { name: "a", tagPatch: { name: "b" } }) { id }',
      'Link Tag',
    ],
    ['beside a condition', 'updateOneTag(where: { name: "a" }, data: { name: "b" }) { id }', 'Link Tag'],
    ['beside columns', 'updateTagByPk(pk_columns: { name: "a" }, _set: { name: "b" }) { id }', 'Link Tag'],
    ['by an operator', 'patchTag(id: 7, data: { name: { set: "b" } })', 'Link Tag'],
    ['called a new one', 'renameTag(name: "a", newName: "b")', 'Link Tag'],
    ['beside its key', 'setTag(id: 7, name: "b")', 'Link Tag'],
    ['beside its key in an input', 'changeUser(input: { id: 1, login: "a" }) { id }', 'Link'],
    ['that is its key', 'updateUser(id: 1, patch: { id: 2 }) { id }', 'Rank'],
    ['under the name of the reference', 'updateUser(id: 1, patch: { login: "b" }) { id }', 'Link'],
  ])('P24 is purged: %s', (_, call, types) => {
    expect(purged(call)).toBe(types);
  });

  it.each([
    ['another value is set', 'updateTag(input: { id: 7, tagPatch: { colour: "b" } }) { id }', ''],
    ['it is found by it', 'updateTagByName(input: { name: "a", tagPatch: { colour: "b" } }) { id }', ''],
    ['it stays the same', 'updateTagByName(input: { name: "a", tagPatch: { name: "a" } }) { id }', ''],
    [
      'it is all that says which',
      'updateTagOf(input: { clientMutationId: "1", tag: { name: "a" } }) { id }',
      '',
    ],
    ['many are told apart by it', 'updateTags(tags: [{ name: "a", colour: "b" }])', 'Tag'],
    [
      'what stands beside says nothing',
      'changeUser(input: { id: 1, login: "a" }, notify: true) { id }',
      'Link',
    ],
    ['its key alone is told', 'changeUser(input: { id: 1 }, notify: true) { id }', ''],
    ['it is new', 'createTag(tag: { name: "a" }) { id }', ''],
    ['it is deleted', 'deleteTag(id: 7, name: "a")', ''],
    ['nothing refers to it so', 'updateUser(id: 1, patch: { name: "b" }) { id }', ''],
    ['its key stays the same', 'updateUser(id: 1, patch: { id: 1, name: "b" }) { id }', ''],
  ])('stays where %s', (_, call, types) => {
    expect(purged(call)).toBe(types);
  });

  it.each([
    ['renameTag', 'to'],
    ['renameTagOf', 'input.to'],
    ['renameTagTo', 'to'],
    ['setTagName', 'tag'],
    ['updateTag', 'patch.name'],
  ])('is told of beforehand, of its own key: %s', (name, path) => {
    const { schema, rules } = named;
    const field = schema.getMutationType()!.getFields()[name]!;
    expect(describeTouch(schema, rules, field)).toContain(
      `all answers with Tag and Post, which refer to a Tag by name, where ${path} changes that`,
    );
  });

  it.each(['paintTag', 'showTag', 'createTag'])('is not told of where it cannot be: %s', (name) => {
    const { schema, rules } = named;
    const field = schema.getMutationType()!.getFields()[name]!;
    expect(describeTouch(schema, rules, field).join()).not.toContain('changes that');
  });

  it('is told of beforehand', () => {
    const { schema, rules } = knowledge;
    const field = schema.getMutationType()!.getFields()['updateTag']!;
    expect(describeTouch(schema, rules, field)).toContain(
      'all answers with Link and Tag, which refer to a Tag by name, where input.tagPatch.name changes that',
    );
  });
});
