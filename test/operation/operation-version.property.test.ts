import { execute, parse, print, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { collect } from '../../src/answer/collect';
import { compileOperation, type Knowledge, type Operation } from '../../src/operation/operation';
import { readRules } from '../../src/policy/rules';
import { buildFullSchema } from '../../src/schema/full-schema';
import { SchemaError } from '../../src/schema/schema-error';
import { WIDE } from '../answer/harness';
import { generateOperations } from '../policy/generate-operations';
import { seededRandom } from '../kit/random';
import { answeringAtRandom } from '../policy/shared-schema';
import { editSchema } from './schema-edits';

const SDL = parse(
  `
  type Query {
    book(id: ID!): Book @cacheControl(maxAge: 80)
    books(genre: Genre, first: Int = 10, where: BookFilter): [Book!]! @cacheControl(maxAge: 60, swr: 30)
    latestBook: Book @cacheControl(maxAge: 60)
    author(filter: AuthorFilter): Author @cacheTag(format: "author-{$args.filter.name}")
    named(name: String): Named @cacheControl(maxAge: 55)
    found(text: String): [Found!]!
    work(id: ID): Work
    page(first: Int = 5): BookPage @cacheControl(maxAge: 30)
    shelves: ShelfConnection
    notes: [Note!]
  }
  enum Genre { NOVEL POEM }
  input BookFilter { title: String author: AuthorFilter shelf: ShelfFilter or: [BookFilter!] }
  input ShelfFilter { label: String }
  input AuthorFilter { name: String born: Int = 1900 genre: Genre and: [AuthorFilter!] }
  interface Named @cacheControl(maxAge: 65) { name: String motto: String @cacheControl(maxAge: 1) }
  interface Work @cacheTag(format: "works") { id: ID! title: String author: Author @cacheTag(format: "by") }
  union Found @cacheControl(maxAge: 35) = Book | Author
  type Book implements Work @cacheControl(maxAge: 120, swr: 60) {
    id: ID! title: String @cacheControl(maxAge: 110) author: Author @cacheControl(inheritMaxAge: true)
    related(first: Int): [Book!] shelf: Shelf draft: String @cacheControl(scope: PRIVATE) note: Note genre: Genre
  }
  type Poem implements Work & Named @key(fields: "title") {
    id: ID! title: String name: String motto: String author: Author lines(first: Int): [String!]
  }
  type Author implements Named @cacheControl(maxAge: 200) @cacheTag(format: "author-{$key.id}") {
    id: ID! name: String motto: String books: [Book!] first: Work found: Found
  }
  type Shelf @cacheControl(inheritMaxAge: true) @key(fields: "label") { label: String books: [Book!] named: Named }
  type ShelfConnection { edges: [ShelfEdge!] total: Int }
  type ShelfEdge { rank: Int node: Shelf }
  type BookPage { total: Int items: [Book!] first: Note }
  type Note { text: String by: Author @cacheControl(maxAge: 12) }
  type Mutation {
    renameBook(id: ID!): Book
    moveBook(id: ID!): Boolean @purges(tags: ["Book:{$args.id}", "[Shelf]"])
    clear(id: ID!): Note @purges(tags: ["author-{$args.id}"], lists: false)
  }
`,
  { noLocation: true },
);

const FILTERS: Readonly<Record<string, string>> = {
  BookFilter: '{author: {name: "a", and: [{born: 1}]}, or: [{shelf: {label: "b"}}]}',
  AuthorFilter: '{name: "a", genre: POEM}',
};

/** Undefined where the change made no valid schema of it. */
function schemaOf(document: typeof SDL): GraphQLSchema | undefined {
  try {
    return buildFullSchema(document, false);
  } catch (error) {
    if (error instanceof SchemaError) return undefined;
    throw error;
  }
}

function knowledgeOf(schema: GraphQLSchema): Knowledge {
  return { schema, rules: readRules(schema, { defaultMaxAge: 20 }), configuration: '' };
}

/** Everything that an entry is made of, besides the bytes that upstream sends. */
function madeOf(operation: Operation, data: object): unknown {
  const copy = JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
  const { tags, entities, limit, untagged } = collect(operation.question, copy, {});
  const { policy, question } = operation;
  return { policy, sent: print(question.document), tags, entities, limit, untagged, copy };
}

it('P16 is the same only where policy, question, tags and answer are, whatever changes in a schema', () => {
  const before = knowledgeOf(answeringAtRandom(schemaOf(SDL)!, 1, 0.2));
  const operations = generateOperations(before.schema, {
    seed: 3,
    count: 25,
    maxDepth: 4,
    directives: false,
    // Filters lead to other types than the one that is listed.
    literal: (_, { type }) => FILTERS[String(type)],
  });
  operations.push(`{ books(where: ${FILTERS['BookFilter']}) { title } }`, '{ latestBook { title } }');
  const answered = operations.map((text) => {
    const operation = compileOperation(before, WIDE, text, undefined) as Operation;
    const { document } = operation.question;
    return { text, operation, result: execute({ schema: before.schema, document }) as ExecutionResult };
  });
  const counts = { same: 0, other: 0, invalid: 0 };
  for (let seed = 0; seed < 120; seed++) {
    const schema = schemaOf(editSchema(SDL, seededRandom(seed)));
    if (!schema) continue;
    const after = knowledgeOf(schema);
    for (const { text, operation, result } of answered) {
      const again = compileOperation(after, WIDE, text, undefined);
      if ('errors' in again) counts.invalid++;
      else if (again.version !== operation.version) counts.other++;
      else {
        counts.same++;
        if (result.data) expect(madeOf(again, result.data)).toEqual(madeOf(operation, result.data));
      }
    }
  }
  // Each of the three has to come up, or this would show nothing.
  expect(counts.same).toBeGreaterThan(300);
  expect(counts.other).toBeGreaterThan(300);
  expect(counts.invalid).toBeGreaterThan(20);
});
