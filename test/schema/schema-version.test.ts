import { buildSchema } from 'graphql';
import { schemaVersion } from '../../src/schema/schema-keeper';
import { cleanupAfterEach } from '../kit/cleanup';
import { load } from './sdl';

const cleanup = cleanupAfterEach();

const SDL = 'type Query { b(c: Int = 1): B a: Int } type B { id: ID! } union U = B enum E { X }';

describe('schemaVersion', () => {
  it('is the same for the same schema, also after a restart', () => {
    const version = schemaVersion(buildSchema(SDL));
    expect(schemaVersion(buildSchema(SDL))).toBe(version);
    // From another process.
    expect(version).toBe('LsPK8_WGfItiQGNKvSrIEu');
  });

  it('does not depend on the order in which an upstream lists its types and their members', () => {
    const one =
      'type Query { b(c: Int, d: Int): B e: U } type B { id: ID! } type A { id: ID! } union U = A | B';
    const other =
      'type A { id: ID! } union U = B | A type Query { e: U b(d: Int, c: Int): B } type B { id: ID! }';
    const versions = [one, other].map((sdl) => schemaVersion(buildSchema(sdl)));
    expect(versions[0]).toBe(versions[1]);
  });

  it.each([
    ['another type', `${SDL} type C { id: ID! }`],
    ['another default', SDL.replace('= 1', '= 2')],
    ['another nullability', SDL.replace('ID!', 'ID')],
    ['another description', SDL.replace('a: Int', '"About it." a: Int')],
    ['another member', SDL.replace('X', 'X Y')],
    ['a directive on a type', SDL.replace('type B', 'type B @cacheControl(maxAge: 1)')],
    ['a directive on a field', SDL.replace('a: Int', 'a: Int @cacheControl(maxAge: 1)')],
    ['a directive on a union', SDL.replace('U =', 'U @cacheControl(maxAge: 1) =')],
    ['another directive', `${SDL} directive @lang(code: String) on FIELD`],
    ['a mutation type', `${SDL} type Mutation { a: Int }`],
    ['a type in the role of a root', `${SDL} schema { query: Query mutation: B }`],
    ['a directive in an extension', `${SDL} extend type B @cacheControl(maxAge: 1)`],
    ['a directive on a field declared again', `${SDL} extend type B { id: ID! @cacheControl(maxAge: 1) }`],
  ])('differs for %s', async (_name, changed) => {
    const [before, after] = await Promise.all([load(cleanup, [SDL]), load(cleanup, [changed])]);
    expect(schemaVersion(after.schema)).not.toBe(schemaVersion(before.schema));
  });

  it('differs for another value of a directive', async () => {
    const versions = await Promise.all(
      [1, 2].map(async (maxAge) => {
        const overlay = `extend type Query { a: Int @cacheControl(maxAge: ${maxAge}) }`;
        return schemaVersion((await load(cleanup, [overlay], SDL)).schema);
      }),
    );
    expect(versions[0]).not.toBe(versions[1]);
  });
});
