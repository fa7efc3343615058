import { crc32 } from 'node:zlib';
import { makeExecutableSchema } from '@graphql-tools/schema';
import {
  getNamedType,
  isAbstractType,
  isEnumType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  responsePathAsArray,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { seededRandom, type Random } from '../kit/random';

/** Every way of saying something with `@cacheControl`, on fields and types, concrete and abstract. */
const SDL = `
type Query {
  plain: String
  cached: String @cacheControl(maxAge: 90)
  hidden: String @cacheControl(maxAge: 40, scope: PRIVATE)
  never: Int @cacheControl(maxAge: 0)
  inheriting: Book @cacheControl(inheritMaxAge: true)
  book(id: ID!): Book @cacheControl(maxAge: 80)
  books(genre: Genre, first: Int): [Book!]! @cacheControl(maxAge: 60, swr: 30)
  silentBook: Book
  publicBook: Book @cacheControl(scope: PUBLIC)
  author(filter: AuthorFilter!): Author
  authors: [Author]
  warmAuthor: Author! @cacheControl(maxAge: 300)
  privateAuthor: Author @cacheControl(maxAge: 20, scope: PRIVATE)
  reader: Reader @cacheControl(maxAge: 50)
  openReader: Reader @cacheControl(maxAge: 50, scope: PUBLIC)
  shelf: Shelf
  shelves: [[Shelf!]!] @cacheControl(maxAge: 70)
  named(name: String): Named @cacheControl(maxAge: 55)
  silentNamed: [Named!]
  found(text: String!): [Found!]! @cacheControl(maxAge: 45)
  silentFound: Found
  work: Work
  works: [Work!]! @cacheControl(inheritMaxAge: true)
}

enum Genre { NOVEL POEM }

input AuthorFilter { name: String! born: Int tags: [String!]! }

interface Named @cacheControl(maxAge: 65) { name: String! motto: String @cacheControl(maxAge: 1) }

interface Work { title: String! author: Author }

union Found @cacheControl(maxAge: 35) = Book | Author | Reader

type Book implements Work @cacheControl(maxAge: 120, swr: 60) {
  id: ID!
  title: String! @cacheControl(maxAge: 110)
  price: Float @cacheControl(maxAge: 5)
  pages: Int!
  author: Author @cacheControl(inheritMaxAge: true)
  authors: [Author!]! @cacheControl(maxAge: 100)
  related: [Book!] @cacheControl(inheritMaxAge: true)
  shelf: Shelf!
  notes: [Note!]! @cacheControl(inheritMaxAge: true)
  draft: String @cacheControl(scope: PRIVATE)
  note: Note
  work: Work
}

type Poem implements Work & Named @cacheControl(inheritMaxAge: true) {
  title: String!
  name: String! @cacheControl(scope: PRIVATE, inheritMaxAge: true)
  motto: String
  lines: [String!]!
  author: Author @cacheControl(maxAge: 15)
}

type Author implements Named @cacheControl(maxAge: 200) {
  id: ID!
  name: String!
  motto: String @cacheControl(maxAge: 25)
  books: [Book!]! @cacheControl(maxAge: 10)
  first: Book
  shelf: Shelf @cacheControl(scope: PRIVATE)
}

type Reader implements Named @cacheControl(scope: PRIVATE) {
  name: String!
  motto: String
  books: [Book!]
}

type Shelf @cacheControl(inheritMaxAge: true) {
  label: String
  books: [Book!]! @cacheControl(inheritMaxAge: true)
  found: [Found] @cacheControl(maxAge: 33)
  named: Named
  note: Note
}

type Note { text: String by: Author @cacheControl(maxAge: 12) }
`;

/**
 * An executable schema whose answers vary with the seed. Not random for its own sake: nulls and empty lists decide
 * which fields an answer has, and the type behind an interface decides which definitions count.
 *
 * @param gaps how often a nullable value is null and a list is empty, 0 to 1
 */
export function createSharedSchema(seed: number, gaps: number): GraphQLSchema {
  return answeringAtRandom(makeExecutableSchema({ typeDefs: [DIRECTIVES_SDL, SDL] }), seed, gaps);
}

/** The same for any schema, which is changed. */
export function answeringAtRandom(schema: GraphQLSchema, seed: number, gaps: number): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      field.resolve = (_source, _arguments, _context, { path }) => {
        // By the place in the answer, so that whoever executes the operation gets the same answer.
        const place = responsePathAsArray(path).join('.');
        return valueOf(schema, field.type, seededRandom(seed + crc32(place)), gaps);
      };
    }
  }
  return schema;
}

function valueOf(schema: GraphQLSchema, type: GraphQLOutputType, random: Random, gaps: number): unknown {
  if (isNonNullType(type)) return valueOf(schema, type.ofType, random, 0);
  if (random.chance(gaps)) return null;
  if (isListType(type)) {
    const count = random.chance(gaps) ? 0 : 1 + random.below(2);
    return Array.from({ length: count }, () => valueOf(schema, type.ofType, random, gaps));
  }
  const named = getNamedType(type);
  if (isAbstractType(named)) return { __typename: random.pick(schema.getPossibleTypes(named)).name };
  if (isObjectType(named)) return {};
  if (isEnumType(named)) return random.pick(named.getValues()).value;
  return named.name === 'Boolean' ? true : 7;
}
