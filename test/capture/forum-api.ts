/** A forum whose database does much by itself, and a small API over it that asks the database for everything. */
import { makeExecutableSchema } from '@graphql-tools/schema';
import { createYoga } from 'graphql-yoga';
import { Pool } from 'pg';
import { LocalServer } from '../kit/local-server';

/** Cascades, triggers, a view, a function that merges, a key that means something and changes. */
export const LIVELY_SQL = `
  create table person(handle text primary key, name text not null);
  create table post(id int primary key, author text not null references person on update cascade on delete cascade,
    title text not null, votes int not null default 0);
  create table comment(id int primary key, post_id int not null references post on delete cascade,
    author text references person on update cascade on delete set null, text text not null);
  create table vote(post_id int references post on delete cascade, person text references person on update cascade on delete cascade,
    primary key (post_id, person));
  create table motto(text text not null);
  create view popular as select id, title, votes from post where votes >= 2;
  create function count_vote() returns trigger language plpgsql as $$ begin
    update post set votes = votes + case tg_op when 'INSERT' then 1 else -1 end
      where id = case tg_op when 'INSERT' then new.post_id else old.post_id end;
    return null;
  end $$;
  create trigger counted after insert or delete on vote for each row execute function count_vote();
  create function merge_people(kept text, gone text) returns void language sql as $$
    update post set author = kept where author = gone;
    update comment set author = kept where author = gone;
    delete from person where handle = gone;
  $$;
  insert into person values ('ann', 'Ann'), ('bob', 'Bob'), ('cid', 'Cid'), ('dee', 'Dee');
  insert into post select n, (array['ann', 'bob', 'cid'])[n % 3 + 1], 'Post ' || n from generate_series(1, 6) n;
  insert into comment select n, n % 6 + 1, (array['ann', 'bob', 'cid', 'dee'])[n % 4 + 1], 'Text ' || n from generate_series(1, 12) n;
  insert into vote values (1, 'ann'), (1, 'bob'), (2, 'cid');
  insert into motto values ('first');
  alter table motto replica identity full;
  create publication lastmile for table person, post, comment, vote, motto with (publish_via_partition_root = true);`;

const SDL = `
  type Query {
    person(handle: ID!): Person  people: [Person!]!
    post(id: ID!): Post  posts(author: ID): [Post!]!  popular: [PopularPost!]!
    comment(id: ID!): Comment  motto: String @cacheTag(format: "motto")
  }
  type Person { handle: ID! name: String! posts: [Post!]! postCount: Int! commentCount: Int! }
  type Post { id: ID! title: String! votes: Int! author: Person! comments: [Comment!]! commentCount: Int! voters: [Person!]! }
  type Comment { id: ID! text: String! author: Person post: Post! }
  type PopularPost { id: ID! title: String! votes: Int! }`;

/** The directives of its operator. */
export const FORUM_OVERLAY = `
  extend type Query { motto: String @cacheControl(maxAge: 600) @cacheTag(format: "motto") }
  extend type Person @cacheControl(maxAge: 600) @key(fields: "handle") @table(name: "person")
  extend type Post @cacheControl(maxAge: 600) @table(name: "post")
  extend type Comment @cacheControl(maxAge: 600) @table(name: "comment")
  extend type PopularPost @cacheControl(maxAge: 600) @table(name: "post") @table(name: "motto", key: "", tags: ["motto"])`;

/** What a page of the forum asks for. */
export const QUESTIONS: readonly string[] = [
  ...['ann', 'bob', 'cid', 'dee', 'anna', 'eve'].map(
    (handle) => `{ person(handle: "${handle}") { handle name postCount commentCount posts { id title } } }`,
  ),
  '{ people { handle name postCount } }',
  ...[1, 2, 3, 7].map(
    (id) =>
      `{ post(id: ${id}) { id title votes commentCount author { handle name } comments { id text author { name } } voters { handle } } }`,
  ),
  '{ posts { id title votes author { handle } } }',
  '{ posts(author: "ann") { id title commentCount } }',
  '{ popular { id title votes } }',
  ...[1, 5, 99].map((id) => `{ comment(id: ${id}) { id text author { handle } post { id commentCount } } }`),
  '{ motto }',
];

/** What happens behind the gateway's back. */
export const HAPPENINGS: readonly (readonly [what: string, sql: string])[] = [
  ['an administrator corrects a name', `update person set name = 'Anna' where handle = 'ann'`],
  ['a trigger counts votes', `insert into vote values (2, 'ann'), (2, 'bob')`],
  ['a vote is taken back', `delete from vote where post_id = 1 and person = 'ann'`],
  ['a comment is moved', 'update comment set post_id = 2 where id = 5'],
  ['a key changes, and cascades', `update person set handle = 'anna' where handle = 'ann'`],
  ['two people are merged', `select merge_people('bob', 'dee')`],
  ['a post goes, with all that hangs on it', 'delete from post where id = 3'],
  ['a person goes, with all posts', `delete from person where handle = 'cid'`],
  [
    'a file is imported',
    `insert into person values ('eve', 'Eve'); insert into post values (7, 'eve', 'Post 7'); insert into comment select 99 + n, 7, 'eve', 'Import' from generate_series(0, 300) n`,
  ],
  [
    'a row is written over',
    `insert into post values (7, 'eve', 'Again') on conflict (id) do update set title = excluded.title`,
  ],
  ['a table without a key changes', `update motto set text = 'second'`],
  ['a table is emptied', 'truncate comment'],
];

/**
 * @param url of the database
 * @param positionOf what it writes into the header `replica-position`, asked before anything is read; undefined: it writes none
 */
export async function startForumApi(
  url: string,
  positionOf?: (ask: (sql: string) => Promise<string | null>) => Promise<string | null>,
): Promise<LocalServer> {
  const pool = new Pool({ connectionString: url, max: 4 });
  pool.on('error', () => {});
  const rows = async (text: string, ...values: unknown[]): Promise<Record<string, unknown>[]> =>
    (await pool.query(text, values)).rows;
  const row = async (text: string, ...values: unknown[]) => (await rows(text, ...values))[0] ?? null;
  const count = async (text: string, ...values: unknown[]) => Number((await row(text, ...values))?.['count']);
  const schema = makeExecutableSchema({
    typeDefs: `directive @cacheTag(format: String!) repeatable on FIELD_DEFINITION ${SDL}`,
    resolvers: {
      Query: {
        person: (_: unknown, { handle }: { handle: string }) =>
          row('select * from person where handle = $1', handle),
        people: () => rows('select * from person order by handle'),
        post: (_: unknown, { id }: { id: string }) => row('select * from post where id = $1', id),
        posts: (_: unknown, { author }: { author?: string }) =>
          author === undefined
            ? rows('select * from post order by id')
            : rows('select * from post where author = $1 order by id', author),
        popular: () => rows('select * from popular order by id'),
        comment: (_: unknown, { id }: { id: string }) => row('select * from comment where id = $1', id),
        motto: async () => (await row('select text from motto'))?.['text'],
      },
      Person: {
        posts: ({ handle }: { handle: string }) =>
          rows('select * from post where author = $1 order by id', handle),
        postCount: ({ handle }: { handle: string }) =>
          count('select count(*) from post where author = $1', handle),
        commentCount: ({ handle }: { handle: string }) =>
          count('select count(*) from comment where author = $1', handle),
      },
      Post: {
        author: ({ author }: { author: string }) => row('select * from person where handle = $1', author),
        comments: ({ id }: { id: number }) =>
          rows('select * from comment where post_id = $1 order by id limit 20', id),
        commentCount: ({ id }: { id: number }) =>
          count('select count(*) from comment where post_id = $1', id),
        voters: ({ id }: { id: number }) =>
          rows(
            'select person.* from vote join person on handle = person where post_id = $1 order by handle',
            id,
          ),
      },
      Comment: {
        author: ({ author }: { author: string | null }) =>
          author && row('select * from person where handle = $1', author),
        post: ({ post_id: post }: { post_id: number }) => row('select * from post where id = $1', post),
      },
    },
  });
  const yoga = createYoga({ schema, graphiql: false, logging: false, maskedErrors: false });
  const ask = async (sql: string): Promise<string | null> => {
    const [found] = await rows(sql);
    return (Object.values(found ?? {})[0] ?? null) as string | null;
  };
  const server = new LocalServer(async (request, response) => {
    const position = await positionOf?.(ask);
    if (position) response.setHeader('replica-position', position);
    await yoga(request, response);
  });
  const close = server.close.bind(server);
  server.close = async () => {
    await close();
    await pool.end();
  };
  return server.listen();
}
