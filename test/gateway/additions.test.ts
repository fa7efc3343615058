import { graphql } from 'graphql';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { startAnswering } from '../kit/answering';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';

const cleanup = cleanupAfterEach();

/** A gateway in front of graphql-js, which says of its errors what they are about and where. */
async function serving(
  sdl: string,
  resolvers: object,
  spoil = (result: object, _query: string): object => result,
) {
  const schema = makeExecutableSchema({ typeDefs: [DIRECTIVES_SDL, sdl], resolvers: resolvers as never });
  const answer = async (query: string) => {
    const { errors, ...rest } = await graphql({ schema, source: query });
    const said = errors?.map(({ message, path }) => ({ message, ...(path && { path }) }));
    return JSON.stringify(spoil({ ...rest, ...(said && { errors: said }) }, query));
  };
  const upstream = cleanup.add(await startAnswering(({ query }) => answer(query)));
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: upstream.url }, { schema: sdl }));
  return { asked: upstream.asked, gateway, directly: answer };
}

const SHOP = `type Query { product(id: Int): Product @cacheControl(maxAge: 60) }
  type Product { id: ID! name: String stock: Int }`;

/** Its `id` fails for as long as that is said. */
function shopOf(failing: { id: boolean }) {
  return {
    Query: { product: () => ({ name: 'Chair' }) },
    Product: {
      id: () => {
        if (failing.id) throw new Error('id service is down');
        return '1';
      },
      stock: () => {
        throw new Error('no stock');
      },
    },
  };
}

describe('P64 what is added to a query', () => {
  it('does not show where it fails, and takes nothing with it', async () => {
    const failing = { id: true };
    const { asked, gateway, directly } = await serving(SHOP, shopOf(failing));
    const query = '{ product { name } }';
    for (const calls of [2, 3]) {
      const answer = await gateway.query(query);
      expect(answer.text).toBe(await directly(query));
      expect(answer.cacheStatus).toBe('fwd=uri-miss; detail=untagged');
      expect(asked.length).toBe(calls);
    }
    failing.id = false;
    // What failed for one request is asked for with any other.
    expect((await gateway.query('{ product(id: 2) { name } }')).cacheStatus).toBe('fwd=uri-miss; stored');
    expect(asked.length).toBe(4);
  });

  it("does not have a query asked twice for its client's own errors", async () => {
    const { asked, gateway, directly } = await serving(SHOP, shopOf({ id: false }));
    const query = '{ product { name left: stock } }';
    expect((await gateway.query(query)).text).toBe(await directly(query));
    expect(asked.length).toBe(1);
  });

  it('does not show where upstream does not say what its error is about', async () => {
    const { gateway, directly } = await serving(SHOP, shopOf({ id: false }), (result, query) =>
      query.includes('__lm_') ? { data: null, errors: [{ message: 'too complex' }] } : result,
    );
    const answer = await gateway.query('{ product { name } }');
    expect(answer.text).toBe(await directly('{ product { name } }'));
    expect(answer.cacheStatus).toBe('fwd=uri-miss; detail=untagged');
  });

  it("passes on upstream's own words where both ways end with an error", async () => {
    const { asked, gateway } = await serving(SHOP, {}, (_, query) => ({
      errors: [{ message: query.includes('__lm_') ? 'too complex' : 'not today' }],
    }));
    const answer = await gateway.query('{ product { name } }');
    expect(answer.errors).toEqual([{ message: 'not today' }]);
    expect(asked.length).toBe(2);
  });
});

const CONFLICT = `type Query { found: [Found] @cacheControl(maxAge: 60) users: [User] @cacheControl(maxAge: 60) }
  union Found = Post | Page
  type Post { author: User @cacheControl(inheritMaxAge: true) }
  type Page { author: Team @cacheControl(inheritMaxAge: true) }
  type User { id: ID! name: String } type Team { id: Int! title: String }
  union Made = A | A_b
  type A { b_c: [User] } type A_b { c: User }
  type Mutation { make: Made }`;

const FOUND = {
  Query: {
    users: () => [{ id: 'u', name: 'Ann' }],
    found: () => [
      { __typename: 'Post', author: { id: 'u', name: 'Ann' } },
      { __typename: 'Page', author: { id: 5, title: 'Docs' } },
    ],
  },
  Mutation: { make: () => ({ __typename: 'A', b_c: [{ id: 'u', name: 'Ann' }] }) },
};

describe('P64 a valid operation stays valid', () => {
  it('whatever types the keys have that meet below its fragments', async () => {
    const { gateway, directly } = await serving(CONFLICT, FOUND);
    const query = '{ found { __typename ... on Post { author { name } } ... on Page { author { title } } } }';
    for (let times = 0; times < 2; times++)
      expect((await gateway.query(query)).text).toBe(await directly(query));
  });

  it('whatever its mutation returns, and purges the types that it touched', async () => {
    const { gateway, directly } = await serving(CONFLICT, FOUND);
    const users = '{ users { name } }';
    await gateway.query(users);
    expect((await gateway.query(users)).cacheStatus).toContain('hit');
    const mutation = 'mutation { make { __typename } }';
    expect((await gateway.query(mutation)).text).toBe(await directly(mutation));
    expect((await gateway.query(users)).cacheStatus).toContain('fwd=stale');
  });
});
