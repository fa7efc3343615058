/** Some objects of one operation are for some clients only. What is asked of the others is cached for all meanwhile. */
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startLocalServer } from '../kit/local-server';
import { startPrimary } from '../kit/redis-region';

const cleanup = cleanupAfterAll();

const SDL = `
  type Query { product(id: ID!): Product @cacheControl(maxAge: 600) }
  type Product { id: ID! name: String }`;
const ONE = 'query One($id: ID!) { product(id: $id) { name } }';
const TWO = 'query Two($id: ID!) { open: product(id: "open") { name } other: product(id: $id) { name } }';

/** More than are remembered of one operation. */
const RESTRICTED = Array.from({ length: 40 }, (_, index) => `restricted-${index}`);

let gateways: [GatewayProcess, GatewayProcess];

beforeAll(async () => {
  const schema = makeExecutableSchema({
    typeDefs: [DIRECTIVES_SDL, SDL],
    resolvers: {
      Query: {
        product: (_: unknown, { id }: { id: string }, { user }: { user: string | undefined }) => {
          if (id.startsWith('restricted') && user !== 'Bearer admin') throw new GraphQLError('not for you');
          return { id, name: `Product ${id}` };
        },
      },
    },
  });
  const handle = createHandler({ schema, context: ({ raw }) => ({ user: raw.headers.authorization }) });
  const { url } = cleanup.add(await startLocalServer(handle));
  const redis = cleanup.add(await startPrimary());
  const start = async () =>
    cleanup.add(await startGateway({ UPSTREAM_URL: url, REDIS_URL: redis.url }, { schema: SDL }));
  gateways = [await start(), await start()];
});

const ask = (query: string, id: string, user?: string, gateway = gateways[0]) =>
  gateway.query(query, {
    variables: { id },
    headers: user === undefined ? {} : { authorization: `Bearer ${user}` },
  });

it.each([
  ['an operation', ONE, 'product'],
  ['a part of one', TWO, 'other'],
])('P48 sends past the cache nobody who asks for what else there is of %s', async (_, query, field) => {
  expect((await ask(query, 'a', 'ada')).cacheStatus).toMatch(/stored/);
  for (const id of RESTRICTED) {
    expect((await ask(query, id, 'admin')).data[field].name).toBe(`Product ${id}`);
    for (const user of ['ada', 'admin', undefined])
      expect((await ask(query, 'a', user)).cacheStatus).toMatch(/^hit/);
  }
  // Nor who asks for the first time, nor at another gateway of the region.
  const fresh = await ask(query, 'b', 'ada');
  expect([fresh.data[field].name, fresh.cacheStatus]).toEqual([
    'Product b',
    expect.stringMatching(/stored$/),
  ]);
  for (const gateway of gateways) expect((await ask(query, 'b', 'bob', gateway)).cacheStatus).toMatch(/^hit/);
  // And what is restricted stays so.
  const refused = await ask(query, RESTRICTED[0]!, 'ada');
  expect([refused.data[field], refused.errors?.[0]?.message]).toEqual([null, 'not for you']);
});
