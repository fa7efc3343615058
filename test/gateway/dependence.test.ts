import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { createHandler } from 'graphql-http/lib/use/http';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';

const cleanup = cleanupAfterEach();

const SDL = (key: string) => `
  type Author ${key} { code: String! name: String! }
  type Post { id: ID! title: String! author: Author! score: Int! }
  type Country { id: ID! name: String! }
  input AuthorFilter { name: String }
  input PostFilter { author: AuthorFilter }
  enum PostOrder { AUTHOR__NAME_ASC TITLE_ASC }
  type Query {
    posts(filter: PostFilter, orderBy: PostOrder): [Post!]!
    bestPost: Post
    averageScore(filter: PostFilter): Float!
  }
  type Mutation { renameAuthor(code: String!, name: String!): Author! likePost(id: ID!): Post! @purges(lists: false) }
`;
const DIRECTIVES = `
  directive @key(fields: String!) on OBJECT
  directive @purges(lists: Boolean) on FIELD_DEFINITION
`;

/** A little API with two authors and a post of each, and a gateway before it. */
async function start(key: string): Promise<GatewayProcess> {
  const authors = [
    { code: 'a', name: 'Ada' },
    { code: 'b', name: 'Bob' },
  ];
  const posts = authors.map((author, index) => ({
    id: index + 1,
    title: `Post ${index + 1}`,
    author,
    score: 1,
  }));
  const chosen = (filter?: { author?: { name?: string } }) =>
    posts.filter(({ author }) => !filter?.author?.name || author.name === filter.author.name);
  const schema = makeExecutableSchema({
    typeDefs: [DIRECTIVES, SDL(key)],
    resolvers: {
      Query: {
        posts: (_: unknown, { filter, orderBy }: { filter?: object; orderBy?: string }) =>
          chosen(filter).toSorted((one, other) =>
            orderBy === 'AUTHOR__NAME_ASC'
              ? one.author.name.localeCompare(other.author.name)
              : one.id - other.id,
          ),
        bestPost: () => posts.toSorted((one, other) => other.score - one.score)[0],
        averageScore: (_: unknown, { filter }: { filter?: object }) => {
          const scores = chosen(filter).map(({ score }) => score);
          return scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length);
        },
      },
      Mutation: {
        renameAuthor: (_: unknown, { code, name }: { code: string; name: string }) =>
          Object.assign(
            authors.find((author) => author.code === code)!,
            { name },
          ),
        likePost: (_: unknown, { id }: { id: string }) => {
          const post = posts.find((one) => String(one.id) === id)!;
          post.score += 5;
          return post;
        },
      },
    },
  });
  const handle = createHandler({ schema });
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.add({ stop: () => new Promise<void>((resolve) => server.close(() => resolve())) });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const env = { UPSTREAM_URL: url, DEFAULT_MAX_AGE: '600', ADMIN_TOKEN: 'test' };
  return cleanup.add(await startGateway(env, { schema: SDL(key) }));
}

async function purge(gateway: GatewayProcess, ...tags: string[]): Promise<void> {
  const response = await fetch(`${gateway.adminUrl}/purge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer test' },
    body: JSON.stringify({ tags }),
  });
  expect(response.status).toBe(200);
}

const FILTERED = '{ posts(filter: { author: { name: "Ada" } }) { title } }';
const ORDERED = '{ posts(orderBy: AUTHOR__NAME_ASC) { title } }';
const FIGURE = '{ averageScore(filter: { author: { name: "Ada" } }) }';

describe.each([
  ['declared', '@key(fields: "code")'],
  ['not declared', ''],
])('P25 an answer that depends on more than it shows, where keys are %s', (_, key) => {
  it.each([
    ['a list filtered through it', FILTERED, { posts: [] }],
    ['a list ordered through it', ORDERED, { posts: [{ title: 'Post 2' }, { title: 'Post 1' }] }],
    ['a figure filtered through it', FIGURE, { averageScore: 0 }],
  ])('is asked for again after a mutation of another type: %s', async (__, query, after) => {
    const gateway = await start(key);
    await gateway.query(query);
    expect((await gateway.query(query)).cacheStatus).toMatch(/^hit/);
    await gateway.query('mutation { renameAuthor(code: "a", name: "Zed") { name } }');
    const { cacheStatus, data } = await gateway.query(query);
    expect(cacheStatus).toContain('detail=purged');
    expect(data).toEqual(after);
  });
});

describe('P25 an answer that depends on any change of a type', () => {
  it.each(['Author:b', '[Author]', 'Author'])('is refused by a purge of %s from outside', async (tag) => {
    const gateway = await start('@key(fields: "code")');
    const queries = [FILTERED, ORDERED, FIGURE];
    for (const query of queries) await gateway.query(query);
    await purge(gateway, 'Country:1', '[Country]', 'author');
    for (const query of queries) expect((await gateway.query(query)).cacheStatus).toMatch(/^hit/);
    await purge(gateway, tag);
    for (const query of queries) expect((await gateway.query(query)).cacheStatus).toContain('detail=purged');
  });

  it('is refused by a mutation that leaves lists alone, where it is a figure', async () => {
    const gateway = await start('');
    const [figure, list] = ['{ averageScore }', '{ posts(filter: { author: { name: "Nobody" } }) { id } }'];
    for (const query of [figure, list]) await gateway.query(query);
    await gateway.query('mutation { likePost(id: 1) { score } }');
    expect((await gateway.query(list)).cacheStatus).toMatch(/^hit/);
    expect((await gateway.query(figure)).data).toEqual({ averageScore: 3.5 });
  });

  it('is refused when another object may have taken the place of the one that it shows', async () => {
    const gateway = await start('');
    const query = '{ bestPost { title } }';
    await gateway.query(query);
    expect((await gateway.query(query)).cacheStatus).toMatch(/^hit/);
    await purge(gateway, '[Post]');
    expect((await gateway.query(query)).cacheStatus).toContain('detail=purged');
  });
});
