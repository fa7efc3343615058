/** drizzle-graphql over the bookshop: an API generated from tables, one row under several type names. */
import { createServer } from 'node:http';
import { buildSchema } from 'drizzle-graphql';
import { relations } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { boolean, integer, numeric, pgTable, primaryKey, serial, text } from 'drizzle-orm/pg-core';
import { createYoga } from 'graphql-yoga';

const authors = pgTable('authors', {
  id: serial('id').primaryKey(),
  name: text('name').notNull(),
  country: text('country'),
  born: integer('born'),
});
const books = pgTable('books', {
  id: serial('id').primaryKey(),
  authorId: integer('author_id').references(() => authors.id),
  title: text('title').notNull(),
  pages: integer('pages').notNull().default(100),
  price: numeric('price').notNull().default('9.99'),
  inPrint: boolean('in_print').notNull().default(true),
});
const reviews = pgTable('reviews', {
  id: serial('id').primaryKey(),
  bookId: integer('book_id')
    .notNull()
    .references(() => books.id),
  reviewer: text('reviewer').notNull(),
  stars: integer('stars').notNull(),
  body: text('body'),
});
const tags = pgTable('tags', { id: serial('id').primaryKey(), label: text('label').notNull() });
const booksTags = pgTable(
  'books_tags',
  {
    bookId: integer('book_id').references(() => books.id),
    tagId: integer('tag_id').references(() => tags.id),
  },
  (table) => [primaryKey({ columns: [table.bookId, table.tagId] })],
);

const tables = {
  authors,
  books,
  reviews,
  tags,
  booksTags,
  authorsRelations: relations(authors, ({ many }) => ({ books: many(books) })),
  booksRelations: relations(books, ({ one, many }) => ({
    author: one(authors, { fields: [books.authorId], references: [authors.id] }),
    reviews: many(reviews),
    tagging: many(booksTags),
  })),
  reviewsRelations: relations(reviews, ({ one }) => ({
    book: one(books, { fields: [reviews.bookId], references: [books.id] }),
  })),
  tagsRelations: relations(tags, ({ many }) => ({ tagged: many(booksTags) })),
  booksTagsRelations: relations(booksTags, ({ one }) => ({
    book: one(books, { fields: [booksTags.bookId], references: [books.id] }),
    tag: one(tags, { fields: [booksTags.tagId], references: [tags.id] }),
  })),
};

const { schema } = buildSchema(drizzle(process.env.DATABASE_URL, { schema: tables }));
const server = createServer(createYoga({ schema, logging: false, maskedErrors: false }));
server.listen(Number(process.env.PORT), '127.0.0.1', () =>
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/graphql` })}\n`),
);
