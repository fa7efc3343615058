import { expandTags, readTags } from '../../src/answer/expand-tags';
import { entityTag, listTag, typeTag } from '../../src/purge/tag';
import { asking, knowledgeOf } from './harness';

/** One row under several names, as APIs have it that are generated from tables: what a query selects, a relation, what a mutation returns. */
const SDL = (entity: string) => `
  type BooksSelectItem @key(fields: "id"${entity}) { id: Int! title: String! author: BooksAuthorRelation }
  type AuthorsBooksRelation @key(fields: "id"${entity}) { id: Int! title: String! }
  type BooksItem @key(fields: "id"${entity}) { id: Int! title: String! }
  type BooksAuthorRelation { id: Int! name: String! }
  type AuthorsSelectItem { id: Int! books: [AuthorsBooksRelation!]! }
  input BooksFilters { title: String }
  type Query {
    books(where: BooksFilters): [BooksSelectItem!]!
    book(id: Int!): BooksSelectItem
    bookTitles(where: BooksFilters): [String!]!
    authors: [AuthorsSelectItem!]!
  }
  type Mutation { insertIntoBooks(title: String!): [BooksItem!]! deleteBook(id: Int!): Boolean @purges(tags: ["Book:{$args.id}", "Book"]) }
`;

const roots = {
  books: [{ id: 7, title: 'A', author: null }],
  book: ({ id }: { id: number }) => (id === 7 ? { id, title: 'A' } : null),
  bookTitles: [],
  authors: [{ id: 1, books: [{ id: 7, title: 'A' }] }],
  insertIntoBooks: [{ id: 9, title: 'B' }],
  deleteBook: true,
};

describe('one entity under the names of several types', () => {
  const knowledge = knowledgeOf(SDL(', entity: "Book"'));
  const { schema, rules } = knowledge;

  it.each([
    ['an object and a list', '{ books { title } }', ['Book', 'Book:7', '[Book]']],
    [
      'an object under another name',
      '{ authors { books { title } } }',
      ['AuthorsSelectItem', 'AuthorsSelectItem:1', 'Book', 'Book:7', '[AuthorsSelectItem]', '[Book]'],
    ],
    ['one that is missing', '{ book(id: 8) { title } }', ['Book:8', '[Book]']],
    ['a figure about them', '{ bookTitles }', ['[Book]', '~Book']],
  ])('has that name in the tags of %s', (_, text, tags) => {
    expect(asking(knowledge, text, {}, roots).tags).toEqual(tags);
  });

  it('is purged by a mutation that returns it under a name that no query does', () => {
    const { touched, silent } = asking(
      knowledge,
      'mutation { insertIntoBooks(title: "B") { title } }',
      {},
      roots,
    );
    expect(touched).toEqual(expect.arrayContaining(['Book:9', '[Book]']));
    expect(silent).toEqual([]);
  });

  it('is purged by the name that @purges gives it', () => {
    const { touched } = asking(knowledge, 'mutation { deleteBook(id: 7) }', {}, roots);
    expect(touched).toEqual(expect.arrayContaining(['Book', 'Book:7', '[Book]']));
  });

  it.each([
    ['an entity by the name of one of its types', [entityTag('BooksItem', 7)], ['Book:7']],
    ['the lists of one of its types', [listTag('AuthorsBooksRelation')], ['[Book]']],
    ['one of its types', [typeTag('BooksSelectItem')], ['Book', '[Book]']],
    ['its own name', [typeTag('Book')], ['Book', '[Book]']],
    ['its own lists', [listTag('Book')], ['[Book]']],
  ])('is purged from outside by %s', (_, tags, purged) => {
    expect([...expandTags(schema, rules, tags)]).toEqual(expect.arrayContaining(purged));
  });

  it('is a type to whoever purges it from outside, though the schema has none of that name', () => {
    const tags = [...readTags(['Book'], knowledge)];
    expect(tags).toEqual(expect.arrayContaining(['Book', '[Book]']));
  });

  it('is as many entities as types without that name', () => {
    const apart = knowledgeOf(SDL(''));
    expect(asking(apart, '{ books { title } }', {}, roots).tags).toEqual([
      'BooksSelectItem',
      'BooksSelectItem:7',
      '[BooksSelectItem]',
    ]);
  });
});
