/** P54: names that mean something to JavaScript's objects, wherever a client can put a name. */
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { connectTo, postOf } from './raw';

const cleanup = cleanupAfterAll();
let origin: Origin;
let gateway: GatewayProcess;

const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'];
const ALIASES = NAMES.filter((name) => !name.startsWith('__'));

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, VARY: 'x-tenant', FORWARD_HEADERS: 'x-forwarded' }),
  );
});

afterEach(() => {
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(12);
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
});

function post(body: string): ReturnType<GatewayProcess['send']> {
  return gateway.send({ headers: { 'content-type': 'application/json' }, body });
}

it.each(ALIASES)('P54 answers under the alias %s, miss and hit', async (alias) => {
  const query = `{ ${alias}: product(id: "1") { ${alias}: name id } list: products { ${alias}: id } }`;
  for (const status of [/stored$/, /^hit/]) {
    const answer = await gateway.query(query);
    expect(answer.cacheStatus).toMatch(status);
    const data = JSON.parse(answer.text).data as Record<string, Record<string, unknown>>;
    expect(Object.hasOwn(data, alias)).toBe(true);
    expect(Object.entries(data[alias]!)).toEqual([
      [alias, 'Kettle'],
      ['id', '1'],
    ]);
  }
  await gateway.query(`mutation { ${alias}: renameProduct(id: "1", name: "Kettle") { ${alias}: id } }`);
  expect((await gateway.query(query)).cacheStatus).toBe('fwd=stale; stored; detail=purged');
});

it('P54 refuses the aliases among them that begin with two underscores', async () => {
  for (const alias of NAMES.filter((name) => name.startsWith('__'))) {
    const answer = await gateway.query(`{ ${alias}: product(id: "1") { name } }`);
    expect(answer.errors?.[0]?.message).toMatch(/reserved/);
  }
});

it.each(NAMES)(
  'P54 takes %s as the name of an operation, a fragment, a type, a field and a variable',
  async (name) => {
    const named = `query ${name}($${name}: ID!) { product(id: $${name}) { ...${name} } } fragment ${name} on Product { name }`;
    const answer = await post(
      `{"query":${JSON.stringify(named)},"operationName":"${name}","variables":{"${name}":"2"}}`,
    );
    expect(answer.text).toBe('{"data":{"product":{"name":"Teapot"}}}');
    const without = await gateway.query(named, { variables: {} });
    expect(without.errors?.length).toBeGreaterThan(0);
    const optional = await gateway.query(`query ($${name}: ID) { products(category: $${name}) { id } }`);
    expect(optional.data?.products.length).toBeGreaterThan(3);
    const nobody = await gateway.query('query A { serial }', { operationName: name });
    expect(nobody.errors?.[0]?.message).toContain('no operation named');
    expect((await gateway.query(`{ ${name} }`)).errors?.length).toBeGreaterThan(0);
    expect((await gateway.query(`{ products { ... on ${name} { id } } }`)).errors?.length).toBeGreaterThan(0);
    expect((await gateway.query(`{ ...${name} }`)).errors?.length).toBeGreaterThan(0);
    expect((await gateway.query(`{ products @${name} { id } }`)).errors?.length).toBeGreaterThan(0);
  },
);

it.each(NAMES)('P54 keeps an entity of the id %s and a search for it apart from others', async (id) => {
  const read =
    'query ($id: ID!) { product(id: $id) { id name } node(id: $id) { id } products(category: $id) { id } }';
  const missing = await gateway.query(read, { variables: { id } });
  expect(missing.data).toEqual({ product: null, node: null, products: [] });
  const create = 'mutation ($id: ID!) { createProduct(id: $id, name: "Odd", category: $id) { id } }';
  expect((await gateway.query(create, { variables: { id } })).data.createProduct.id).toBe(id);
  const found = await gateway.query(read, { variables: { id } });
  expect(found.cacheStatus).toBe('fwd=stale; stored; detail=purged');
  expect(found.data).toEqual({ product: { id, name: 'Odd' }, node: { id }, products: [{ id }] });
});

/** Bodies that would set a property of every object if they were merged or copied carelessly. */
const BODIES = [
  '{"__proto__":{"polluted":1},"query":"{ serial }"}',
  '{"constructor":{"prototype":{"polluted":1}},"query":"{ serial }"}',
  '{"query":"{ serial }","variables":{"__proto__":{"polluted":1}}}',
  '{"query":"{ serial }","variables":{"constructor":{"prototype":{"polluted":1}}}}',
  '{"query":"{ serial }","extensions":{"__proto__":{"polluted":1}}}',
  '{"query":"query ($a: ID) { product(id: \\"1\\") { name } products(category: $a) { id } }","variables":{"__proto__":{"a":"tools","polluted":1}}}',
];

it.each(BODIES)('P54 is not polluted by %s', async (body) => {
  const answer = await post(body);
  expect(answer.errors).toBeUndefined();
  expect(answer.data).toBeDefined();
});

it('P54 takes no parameter from a prototype', async () => {
  const hidden = await post('{"__proto__":{"query":"{ serial }"}}');
  expect([hidden.status, hidden.errors?.[0]?.message]).toEqual([400, 'There is no `query`.']);
  const query = 'query ($category: ID) { products(category: $category) { id } }';
  const all = await gateway.query(query);
  const inherited = await post(
    `{"query":${JSON.stringify(query)},"variables":{"__proto__":{"category":"kitchen"}}}`,
  );
  expect(inherited.text).toBe(all.text);
  expect(all.data.products.length).toBeGreaterThan(3);
});

it('P54 keeps a list of input that holds such names as it is', async () => {
  // The gateway passes on what a variable holds; upstream says what is wrong with it.
  const body =
    '{"query":"query ($id: ID!) { product(id: $id) { id } }","variables":{"id":{"__proto__":{"polluted":1},"constructor":1}}}';
  expect((await post(body)).errors?.length).toBeGreaterThan(0);
  const sent = origin.received.at(-1)!.body;
  expect(sent).toContain('"id":{"__proto__":{"polluted":1},"constructor":1}');
});

it('P54 is not polluted by headers and parameters of the URL', async () => {
  const socket = cleanup.add(await connectTo(gateway.port));
  const headers = NAMES.flatMap((name) => [`${name}: polluted`, `X-${name}: 1`]);
  headers.push(
    'Connection: __proto__, constructor',
    'Cookie: __proto__=1; constructor=2',
    'X-Tenant: __proto__',
  );
  socket.send(postOf('{"query":"{ header(name: \\"x-tenant\\") }"}', headers));
  expect((await socket.answer()).body).toBe('{"data":{"header":"__proto__"}}');
  const search = NAMES.map((name) => `${name}=polluted&${name}[polluted]=1`).join('&');
  const answer = await gateway.send({ method: 'GET', path: `/graphql?query={serial}&${search}` });
  expect(answer.data.serial).toBeGreaterThan(0);
});
