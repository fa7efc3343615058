/** The servers that the oracle asks, none of them ours. */
export interface Subject {
  readonly name: string;
  /** its folder below `servers/`; default: its name */
  readonly folder?: string;
  readonly file: string;
  /** how it comes by its data: a file of SQL beside the folders, or its own seeding at its first start; none: in memory */
  readonly database?: { readonly sql: string } | 'seeds';
  /** a major version of Node, for a server that does not run on the one that the project supports */
  readonly node?: number;
  /** SDL laid over its schema besides what makes all of it cacheable: the keys that `lastmile check` asks for */
  readonly overlay?: string;
  /** what its database does besides, where its own log is read; and for each type that there may be what `@table` says of it */
  readonly captured?: { readonly sql: string; readonly tables: Readonly<Record<string, string>> };
  /** mutations that are never sent: they end the oracle's own session, or reach for the network */
  readonly avoided?: RegExp;
  /** what the table says of it */
  readonly title: string;
}

/** The forum, with a database that does much by itself. A view has no rows of its own. */
const LIVELY_FORUM: Subject['captured'] = {
  sql: 'forum-lively.sql',
  tables: {
    Author: '"app.author"',
    Post: '"app.post"',
    Comment: '"app.comment"',
    Tag: '"app.tag"',
    PostTag: '"app.post_tag"',
    Profile: '"app.profile"',
    LogEntry: '"app.log_entry"',
    Visit: '"app.visit"',
    TopPost: '"app.post", key: ""',
    Draft: '"app.draft"',
    AuthorRank: '"app.author_rank"',
  },
};

export const SUBJECTS: readonly Subject[] = [
  {
    name: 'postgraphile4',
    file: 'server.cjs',
    database: { sql: 'forum.sql' },
    captured: LIVELY_FORUM,
    title: 'PostGraphile 4, filters through relations, aggregates',
  },
  {
    name: 'postgraphile5',
    file: 'server.mjs',
    database: { sql: 'forum.sql' },
    node: 24,
    captured: LIVELY_FORUM,
    title: 'PostGraphile 5, Amber preset, the same',
  },
  {
    name: 'drizzle',
    file: 'server.mjs',
    database: { sql: 'bookshop.sql' },
    title: 'drizzle-graphql on Yoga',
  },
  {
    name: 'nestjs-query',
    file: 'server.cjs',
    database: 'seeds',
    title: 'NestJS, nestjs-query over TypeORM',
  },
  { name: 'json-server', file: 'server.cjs', title: 'json-graphql-server' },
  { name: 'federation', file: 'server.mjs', title: 'Apollo Gateway, three subgraphs' },
  { name: 'yoga', file: 'server.mjs', title: 'Yoga, written by hand' },
  {
    name: 'postgraphile4-keys',
    folder: 'postgraphile4',
    file: 'server.cjs',
    database: { sql: 'forum.sql' },
    overlay: `
      extend type Tag @key(fields: "name")
      extend type PostTag @key(fields: "postId tagName")
      extend type Profile @key(fields: "authorId")`,
    captured: LIVELY_FORUM,
    title: 'PostGraphile 4 with keys declared',
  },
  {
    name: 'postgraphile5-keys',
    folder: 'postgraphile5',
    file: 'server.mjs',
    database: { sql: 'forum.sql' },
    node: 24,
    overlay: `
      extend type Author @key(fields: "rowId")
      extend type Post @key(fields: "rowId")
      extend type Comment @key(fields: "rowId")
      extend type Tag @key(fields: "name")
      extend type PostTag @key(fields: "postId tagName")
      extend type Profile @key(fields: "authorId")`,
    captured: LIVELY_FORUM,
    title: 'PostGraphile 5 with keys declared',
  },
  {
    name: 'federation-keys',
    folder: 'federation',
    file: 'server.mjs',
    overlay: 'extend type Product @key(fields: "upc")',
    title: 'Apollo Gateway with a key declared',
  },
  {
    name: 'yoga-keys',
    folder: 'yoga',
    file: 'server.mjs',
    overlay: 'extend type Product @key(fields: "sku")',
    title: 'Yoga with a key declared',
  },
  {
    name: 'vendure',
    file: 'server.cjs',
    database: 'seeds',
    avoided: /log(in|out)|authenticate|administrator|settings|reindex|job|import|password|cache|activeAdmin/i,
    title: 'Vendure, admin API',
  },
  {
    name: 'hasura',
    folder: 'styles',
    file: 'hasura.mjs',
    title: 'by hand, in the manner of Hasura',
  },
  {
    name: 'prisma',
    folder: 'styles',
    file: 'prisma.mjs',
    title: 'by hand, in the manner of Prisma',
  },
  {
    name: 'cms',
    folder: 'styles',
    file: 'cms.mjs',
    title: 'by hand, in the manner of Strapi, Payload and Directus',
  },
  {
    name: 'hub',
    folder: 'styles',
    file: 'hub.mjs',
    title: 'by hand, in the manner of GitHub',
  },
  {
    name: 'commerce',
    folder: 'styles',
    file: 'commerce.mjs',
    title: 'by hand, in the manner of Shopify and Saleor',
  },
  {
    name: 'timeline',
    folder: 'styles',
    file: 'timeline.mjs',
    title: 'by hand, a feed and boards',
  },
];

/** @throws RangeError for a name that no server has */
export function subjectNamed(name: string): Subject {
  const subject = SUBJECTS.find((one) => one.name === name);
  if (subject) return subject;
  throw new RangeError(
    `There is no server ${name}; there are ${SUBJECTS.map((one) => one.name).join(', ')}.`,
  );
}
