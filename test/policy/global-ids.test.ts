import { buildSchema, isObjectType, type GraphQLObjectType } from 'graphql';
import { globalIds, plainId } from '../../src/policy/global-ids';

const schema = buildSchema(`
  interface Node { id: ID! }
  type Query { post: Post tag: Tag }
  type Post implements Node { id: ID! databaseId: Int! }
  type Tag implements Node { id: ID! name: String }
`);
const typeNamed = (name: string): GraphQLObjectType => {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(name);
  return type;
};

describe('the global ids that a plain one may stand for', () => {
  it.each(['7', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'])('P24 are those of its type: %s', (id) => {
    const ids = globalIds(typeNamed('Post'), id);
    expect(ids).toEqual([btoa(`Post:${id}`), btoa(`post:${id}`)]);
    for (const one of ids) expect(plainId(typeNamed('Post'), one)).toBe(id);
  });

  it.each([
    ['of a type that has but one id', 'Tag', '7'],
    ['of a text that is no plain id', 'Post', 'hello'],
    ['of a global id', 'Post', btoa('Post:7')],
  ])('are none %s', (_, type, id) => {
    expect(globalIds(typeNamed(type), id)).toEqual([]);
  });
});
