import type { ServerResponse } from 'node:http';
import { cleanupAfterEach } from '../kit/cleanup';
import { startApi, type Api, type Roots } from '../kit/api';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

async function start(sdl: string, roots: Roots, env: Record<string, string> = {}) {
  const api = cleanup.add(await startApi(sdl, roots));
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: api.url, DEFAULT_MAX_AGE: '60', ...env }, { schema: sdl }),
  );
  return { api, gateway };
}

/** Fills the cache with some answers. */
async function keep(gateway: GatewayProcess, queries: readonly string[]): Promise<void> {
  for (const query of queries) await gateway.query(query);
  for (const query of queries) expect((await gateway.query(query)).cacheStatus).toMatch(/^hit/);
}

/** Which of the answers are refused, by their places. */
async function refused(gateway: GatewayProcess, queries: readonly string[]): Promise<number[]> {
  const purged: number[] = [];
  for (const [index, query] of queries.entries()) {
    const { cacheStatus } = await gateway.query(query);
    if (cacheStatus.includes('detail=purged')) purged.push(index);
    else expect(cacheStatus).toMatch(/^hit/);
  }
  return purged;
}

describe('P24 a mutation purges the same however much its caller selected', () => {
  /** @param review how a review refers to others @param finder a root field that finds it */
  const shop = (review: string, finder: string) => `
    type Query { product(id: ID!): Product user(id: ID!): User ${finder} }
    type Product { id: ID! name: String! averageStars: Int! }
    type User { id: ID! name: String! reviewCount: Int! }
    type Review { id: ID! ${review} }
    type Mutation { addReview: Review! }`;
  const reads = [
    '{ product(id: 1) { averageStars } }',
    '{ user(id: 1) { reviewCount } }',
    '{ product(id: 2) { averageStars } }',
    '{ user(id: 2) { reviewCount } }',
  ];
  const mutations = [
    'mutation { addReview { id } }',
    'mutation { addReview { id author { name } product { name } } }',
    'mutation { addReview { author { id } product { id } } }',
  ];
  const roots = () => {
    const count = { reviews: 0 };
    const product = ({ id }: { id: string }) => ({ id, name: 'Chair', averageStars: count.reviews });
    const user = ({ id }: { id: string }) => ({ id, name: 'Ada', reviewCount: count.reviews });
    const review = () => ({ id: '7', product: product({ id: '1' }), author: user({ id: '1' }) });
    return {
      product,
      user,
      review,
      node: () => ({ __typename: 'Review', ...review() }),
      addReview: () => ((count.reviews += 1), review()),
    };
  };

  it.each([
    ['references that may be null', shop('product: Product author: User', '')],
    [
      'references that a field of its type finds',
      shop('product: Product! author: User!', 'review(id: ID!): Review'),
    ],
    [
      'references that `node` finds',
      `${shop('product: Product! author: User!', 'node(id: ID!): Node').replace('type Review', 'type Review implements Node')} interface Node { id: ID! }`,
    ],
  ])('of %s', async (_, sdl) => {
    const { gateway } = await start(sdl, roots());
    for (const mutation of mutations) {
      await keep(gateway, reads);
      expect((await gateway.query(mutation)).errors).toBeUndefined();
      expect([mutation, await refused(gateway, reads)]).toEqual([mutation, [0, 1]]);
    }
  });

  it('purges all of the type of a reference that nothing finds', async () => {
    const { gateway } = await start(shop('product: Product! author: User!', ''), roots());
    await keep(gateway, reads);
    await gateway.query(mutations[0]!);
    expect(await refused(gateway, reads)).toEqual([0, 1, 2, 3]);
  });

  it.each<[string, (api: Api) => void]>([
    [
      'fails',
      (api) =>
        (api.answerInstead = (text, response) =>
          text.startsWith('query ($k0') && !!response.writeHead(500).end()),
    ],
    ['takes too long', (api) => (api.delay = { word: 'query ($k0', milliseconds: 60_000 })],
  ])('purges all of their types where asking for references %s', async (_, spoil) => {
    const { api, gateway } = await start(
      shop('product: Product! author: User!', 'review(id: ID!): Review'),
      roots(),
    );
    await keep(gateway, reads);
    spoil(api);
    expect((await gateway.query(mutations[0]!)).data).toEqual({ addReview: { id: '7' } });
    expect(await refused(gateway, reads)).toEqual([0, 1, 2, 3]);
  });
});

describe('what is added to a mutation', () => {
  const sdl = `
    type Query { product(id: ID!): Product products: [Product!]! }
    type Product { id: ID! name: String maker: Maker }
    type Maker { id: ID! }
    type Invoice { id: ID! }
    type Payload { product: Product invoice: Invoice! note: String }
    type Mutation { buy: Payload buyStrictly: Payload! rename: Product renameAll: [Product!]! }`;
  const fail = (message: string) => () => {
    throw new Error(message);
  };
  const product = { id: '1', name: 'Chair' };
  const payload = { product, note: 'thanks', invoice: fail('not yours to see') };

  it.each([
    ['mutation { buy { product { name } } }', { buy: { product: { name: 'Chair' } } }],
    ['mutation { buyStrictly { product { name } } }', { buyStrictly: { product: { name: 'Chair' } } }],
    ['mutation { buy { note } }', { buy: { note: 'thanks' } }],
    ['mutation { rename { name } }', { rename: { name: 'Chair' } }],
  ])('takes nothing of its client with it: %s', async (text, data) => {
    const rename = { ...product, maker: fail('no maker today') };
    const { gateway } = await start(sdl, { buy: payload, buyStrictly: payload, rename, product });
    const reads = ['{ product(id: 1) { name } }'];
    await keep(gateway, reads);
    const answer = await gateway.query(text);
    expect({ data: answer.data, errors: answer.errors }).toEqual({ data, errors: undefined });
    expect(await refused(gateway, reads)).toEqual([0]);
  });

  it('says of an object whose key failed that it failed, and purges all of its type', async () => {
    const broken = { name: 'Chair', id: fail('the ids are down') };
    const { gateway } = await start(sdl, {
      rename: broken,
      renameAll: [product, broken],
      product: ({ id }: { id: string }) => ({ id, name: 'Desk' }),
    });
    const reads = ['{ product(id: 1) { name } }', '{ product(id: 2) { name } }'];
    await keep(gateway, reads);
    const one = await gateway.query('mutation { rename { name } }');
    expect(one.data).toEqual({ rename: null });
    expect(one.errors).toEqual([{ message: 'the ids are down', path: ['rename'] }]);
    expect(await refused(gateway, reads)).toEqual([0, 1]);
    const many = await gateway.query('mutation { renameAll { name } }');
    expect(many.errors).toEqual([{ message: 'the ids are down', path: ['renameAll', 1] }]);
  });
});

it('P06 purges for each of many mutations at once, whatever a purge API would allow', async () => {
  const sdl = `
    type Query { thing(id: ID!): Thing }
    type Thing { id: ID! value: Int }
    type Mutation { setThing(id: ID!): Thing }`;
  const thing = ({ id }: { id: string }) => ({ id, value: 1 });
  const { gateway } = await start(sdl, { thing, setThing: thing });
  const ids = Array.from({ length: 150 }, (_, id) => id);
  const reads = ids.map((id) => `{ thing(id: ${id}) { value } }`);
  await keep(gateway, reads);
  const mutations = ids.map((id) => gateway.query(`mutation { setThing(id: ${id}) { value } }`));
  for (const { token } of await Promise.all(mutations)) expect(token).toBeDefined();
  expect(await refused(gateway, reads)).toEqual(ids);
});

describe('P06 a mutation that failed in part', () => {
  const sdl = `
    type Query { user(id: ID!): User users: [User!]! }
    type User { id: ID! name: String }
    type Payload { user: User errors: [String!] }
    type Deleted { deletedId: ID viewer: User }
    type Mutation { renameUser(by: String): Payload! renameAll: [User]! raw(by: String): User deleteUser(by: String): Deleted }`;
  const reads = ['{ user(id: 1) { name } }', '{ users { name } }'];

  it.each<[string, string, unknown]>([
    [
      'below its root field',
      'mutation { renameUser { user { name } } }',
      { data: { renameUser: { user: null } }, errors: [{ message: 'no', path: ['renameUser', 'user'] }] },
    ],
    [
      'in one item of a list',
      'mutation { renameAll { name } }',
      {
        data: { renameAll: [null, { name: 'x', __lm_key_4_User_id: '2' }] },
        errors: [{ message: 'no', path: ['renameAll', 0] }],
      },
    ],
    ['and lost its field', 'mutation { raw { id } }', { data: {} }],
    [
      'and tells only what it deleted',
      'mutation { deleteUser { viewer { name } } }',
      {
        data: {
          deleteUser: {
            viewer: null,
            __lm_key_7_Deleted_deletedId: '1',
            __lm_payload_Deleted_viewer: { __lm_key_4_User_id: '2' },
          },
        },
      },
    ],
  ])('purges what it may have changed: %s', async (_, text, answer) => {
    const { api, gateway } = await start(sdl, {
      user: { id: '1', name: 'Ann' },
      users: [{ id: '1', name: 'Ann' }],
    });
    await keep(gateway, reads);
    api.answerInstead = (asked, response) =>
      asked.startsWith('mutation') &&
      !!response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    await gateway.query(text);
    expect(await refused(gateway, reads)).toEqual([0, 1]);
  });
});

describe('P38 a mutation that upstream refused before it ran', () => {
  const sdl = `
    type Query { user(id: ID!): User }
    type User { id: ID! name: String }
    type Mutation { rename(name: String): User }`;
  const reads = ['{ user(id: 1) { name } }'];
  const answered = (status: number, answer: unknown) => (api: Api) => {
    api.answerInstead = (text, response) =>
      text.startsWith('mutation') &&
      !!response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };
  const error = (code?: string, path?: string[]) => ({
    message: 'no',
    ...(path && { path }),
    ...(code !== undefined && { extensions: { code } }),
  });

  it.each<[string, (api: Api) => void]>([
    ...[400, 401, 403, 404, 405, 413, 415, 422, 429].map((status): [string, (api: Api) => void] => [
      `with ${status}`,
      answered(status, { errors: [error()] }),
    ]),
    ['with 401 in HTML', answered(401, '<h1>Log in</h1>')],
    ['with 200 and a code', answered(200, { errors: [error('UNAUTHENTICATED'), error('FORBIDDEN')] })],
  ])('purges nothing and gives no token: %s', async (_, spoil) => {
    const { api, gateway } = await start(sdl, { user: { id: '1', name: 'Ann' } });
    await keep(gateway, reads);
    spoil(api);
    const answer = await gateway.query('mutation { rename { name } }');
    expect(answer.token).toBeUndefined();
    expect(answer.errors).toBeDefined();
    expect(await refused(gateway, reads)).toEqual([]);
  });

  it.each<[string, (api: Api) => void]>([
    ['a status that says nothing', answered(500, { errors: [error('FORBIDDEN')] })],
    ['data that is null', answered(401, { data: null, errors: [error('FORBIDDEN')] })],
    ['an error with a path', answered(200, { errors: [error('FORBIDDEN', ['rename'])] })],
    ['one code of two that says nothing', answered(200, { errors: [error('FORBIDDEN'), error('OOPS')] })],
    ['no code', answered(200, { errors: [error()] })],
    ['data', answered(403, { data: { rename: null }, errors: [error('FORBIDDEN')] })],
    ['no GraphQL', answered(200, 'true')],
  ])('is no such mutation where there is %s', async (_, spoil) => {
    const { api, gateway } = await start(sdl, { user: { id: '1', name: 'Ann' } });
    await keep(gateway, reads);
    spoil(api);
    const answer = await gateway.query('mutation { rename { name } }');
    expect(answer.token).toBeDefined();
    expect(await refused(gateway, reads)).toEqual([0]);
  });

  it('is one whose variables are no values of their types, whatever is said of it', async () => {
    const { api, gateway } = await start(sdl, { user: { id: '1', name: 'Ann' } });
    await keep(gateway, reads);
    answered(200, { errors: [error()] })(api);
    const text = 'mutation M($name: String) { rename(name: $name) { name } }';
    expect((await gateway.query(text, { variables: { name: { no: 'text' } } })).token).toBeUndefined();
    expect(await refused(gateway, reads)).toEqual([]);
    expect((await gateway.query(text, { variables: { name: 'x' } })).token).toBeDefined();
  });

  it.each(['127.0.0.1', 'localhost'])('is one that it never received at %s', async (host) => {
    const api = cleanup.add(await startApi(sdl, { user: { id: '1', name: 'Ann' } }));
    const env = { UPSTREAM_URL: api.url.replace('127.0.0.1', host), DEFAULT_MAX_AGE: '60' };
    const gateway = cleanup.add(await startGateway(env, { schema: sdl }));
    await keep(gateway, reads);
    await api.close();
    const answer = await gateway.query('mutation { rename { name } }');
    expect([answer.status, answer.token]).toEqual([502, undefined]);
    expect(await refused(gateway, reads)).toEqual([]);
  });

  it('is known by the codes that REFUSED_CODES names', async () => {
    const env = { REFUSED_CODES: 'NOT_ALLOWED' };
    const { api, gateway } = await start(sdl, { user: { id: '1', name: 'Ann' } }, env);
    await keep(gateway, reads);
    answered(200, { errors: [error('NOT_ALLOWED')] })(api);
    expect((await gateway.query('mutation { rename { name } }')).token).toBeUndefined();
    answered(200, { errors: [error('FORBIDDEN')] })(api);
    expect((await gateway.query('mutation { rename { name } }')).token).toBeDefined();
  });
});

describe('P26 a change that upstream makes after it was given up', () => {
  const sdl = `
    type Query { thing(id: ID!): Thing }
    type Thing { id: ID! value: Int! }
    type Mutation { setThing(id: ID!, value: Int!): Thing }`;
  const read = '{ thing(id: 1) { value } }';

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['its answer timed out', () => {}],
    ['its connection broke', (response) => response.socket?.destroy()],
    ...[502, 503, 504].map((status): [string, (response: ServerResponse) => unknown] => [
      `a proxy said ${status}`,
      (response) => response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>'),
    ]),
  ])('is seen within seconds where %s', async (_, answer) => {
    let value = 0;
    const env = { UPSTREAM_TIMEOUT_MS: '1000', UPSTREAM_RETRIES: '0' };
    const { api, gateway } = await start(sdl, { thing: () => ({ id: '1', value }) }, env);
    api.answerInstead = (text, response) => {
      if (!text.startsWith('mutation')) return false;
      answer(response);
      return true;
    };
    await gateway.query('mutation { setThing(id: 1, value: 1) { value } }');
    // Who reads now stores what was true before the change.
    expect((await gateway.query(read)).data).toEqual({ thing: { value: 0 } });
    value = 1;
    await until('the change is seen', async () => (await gateway.query(read)).data.thing.value === 1);
  });
});

describe('what the operator says', () => {
  const sdl = `
    type Query { settings: Settings orders(status: String!): [Order!]! @cacheTag(format: "orders-{$args.status}") }
    type Settings @cacheTag(format: "settings") { theme: String }
    type Order { id: ID! }
    input Close { status: String! = "OPEN" }
    type Mutation {
      closeAll(input: Close!): Boolean @purges(tags: ["orders-{$args.input.status}"])
      look(orderId: ID!): Boolean @purges
      puzzle: Boolean
    }`;
  const roots = {
    settings: { theme: 'dark' },
    orders: [{ id: '1' }],
    closeAll: true,
    look: true,
    puzzle: true,
  };
  const reads = [
    '{ settings { theme } }',
    '{ orders(status: "OPEN") { id } }',
    '{ orders(status: "SHUT") { id } }',
  ];

  it('sees the defaults of input objects in variables', async () => {
    const { gateway } = await start(sdl, roots);
    await keep(gateway, reads);
    await gateway.query('mutation M($i: Close!) { closeAll(input: $i) }', { variables: { i: {} } });
    expect(await refused(gateway, reads)).toEqual([1]);
  });

  it('purges by the tag of a type without a key', async () => {
    const { gateway } = await start(sdl, roots, { ADMIN_TOKEN: 'secret' });
    await keep(gateway, reads);
    await fetch(`${gateway.adminUrl}/purge`, {
      method: 'POST',
      headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
      body: '{"tags":["settings"]}',
    });
    expect(await refused(gateway, reads)).toEqual([0]);
  });

  it('lets a mutation purge nothing that changes nothing', async () => {
    const { gateway } = await start(sdl, roots);
    await keep(gateway, reads);
    expect((await gateway.query('mutation { look(orderId: 1) }')).token).toBeUndefined();
    expect(await refused(gateway, reads)).toEqual([]);
  });

  it.each<[Record<string, string>, number[]]>([
    [{}, []],
    [{ UNKNOWN_MUTATIONS: 'all' }, [0, 1, 2]],
  ])('decides what becomes of a mutation of which nothing is known: %j', async (env, expected) => {
    const { gateway } = await start(sdl, roots, env);
    await keep(gateway, reads);
    await gateway.query('mutation { puzzle }');
    expect(await refused(gateway, reads)).toEqual(expected);
  });
});

describe('a declared tag with a long value', () => {
  const sdl = `
    type Query { orders(status: String): [Order!]! @cacheTag(format: "orders-{$args.status}") }
    type Order { id: ID! }
    type Mutation { close(status: String!): Boolean @purges(tags: ["orders-{$args.status}"]) }`;

  it.each([10, 200, 5000])(
    'of %i characters is that of what was asked for with it, or with none',
    async (length) => {
      const status = 'x'.repeat(length);
      const { gateway } = await start(sdl, { orders: [{ id: '1' }], close: true });
      const reads = [
        `{ orders(status: "${status}") { id } }`,
        '{ orders { id } }',
        '{ orders(status: "y") { id } }',
      ];
      await keep(gateway, reads);
      await gateway.query(`mutation { close(status: "${status}") }`);
      expect(await refused(gateway, reads)).toEqual([0, 1]);
      const purged = await fetch(`${gateway.adminUrl}/purge`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ tags: [`orders-${status}`] }),
      });
      expect(purged.status).toBe(200);
      expect(await refused(gateway, reads)).toEqual([0, 1]);
    },
  );
});
