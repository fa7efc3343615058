import { asking, knowledgeOf } from './harness';

/** As APIs are generated that give the rows of one table a type for each way to them. */
const knowledge = knowledgeOf(`
  type Book { id: Int! tagging: [BookTagging!]! size: Size shape: Shape }
  type Tag { id: Int! tagged: [TagTagged!]! }
  type BooksTagsSelectItem { bookId: Int tagId: Int book: Book tag: Tag }
  type BookTagging { bookId: Int tagId: Int book: Book tag: Tag }
  type TagTagged { bookId: Int tagId: Int book: Book tag: Tag }
  type Loan { bookId: Int tagId: Int book: Book }
  type Size { width: Int height: Int }
  type Shape { width: Int height: Int }
  type Query { books: [Book!]! tags: [Tag!]! booksTags: [BooksTagsSelectItem!]! loans: [Loan!]! }
  type BooksTagsItem { bookId: Int tagId: Int }
  type Mutation { deleteFromBooksTags(bookId: Int): [BooksTagsItem!]! resize: Size }`);

function touched(text: string, answer: unknown): readonly string[] {
  return asking(knowledge, text, {}, answer as Record<string, unknown>).touched;
}

describe('rows without a key that have several types', () => {
  it('are purged under all of them by a mutation of one', () => {
    const tags = touched('mutation { deleteFromBooksTags { bookId } }', {
      deleteFromBooksTags: [{ bookId: 1 }],
    });
    expect(tags).toEqual(expect.arrayContaining(['BooksTagsSelectItem', 'BookTagging', 'TagTagged']));
    expect(tags).not.toContain('Loan');
  });

  it('are none that are only made of the same plain values', () => {
    expect(touched('mutation { resize { width } }', { resize: { width: 1 } })).not.toContain('Shape');
  });
});
