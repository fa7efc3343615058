import { createYoga, type Plugin } from 'graphql-yoga';
import { isAbstractType, isObjectType, parse, type GraphQLSchema } from 'graphql';
import { Plans } from '../../src/gateway/parts/plan';
import { bind } from '../../src/operation/bound-operation';
import { analyseOperation } from '../../src/operation/operation';
import { openRegion, useLastmile, type Region } from '../../src/index';
import { readRules } from '../../src/policy/rules';
import { makeOperation } from '../gateway/parts/oracle/operations';
import { resolversOf } from '../gateway/parts/oracle/resolve';
import { makeWorld, type OracleWorld } from '../gateway/parts/oracle/world';
import { knowledgeOf } from '../gateway/parts/parts-of';
import { cleanupAfterEach } from '../kit/cleanup';
import { seededRandom } from '../kit/random';
import { ShopServer } from './shop-server';

const cleanup = cleanupAfterEach();
const start = (options: ConstructorParameters<typeof ShopServer>[0] = {}) =>
  cleanup.add(new ShopServer(options));

const PAGE = '{ products { name } viewer { name } }';
const ALICE = { authorization: 'Bearer alice' };
const BOB = { authorization: 'Bearer bob' };
const session = ({ request }: { request: Request }) => request.headers.get('authorization');

describe('the plugin answers in parts', () => {
  it('P70 takes what is shared from the cache, and runs what is private', async () => {
    const server = start();
    const first = await server.query(PAGE, {}, ALICE);
    expect(first.cacheStatus).toBe('fwd=bypass; stored; detail=private');
    const bob = await server.query(PAGE, {}, BOB);
    expect(bob.cacheStatus).toBe('fwd=partial; detail=private');
    expect([first.data.viewer.name, bob.data.viewer.name]).toEqual(['alice', 'bob']);
    expect(bob.data.products).toEqual(first.data.products);
    expect([server.shop.count('products'), server.shop.count('viewer')]).toEqual([1, 2]);
    expect((await server.query('{ products { name } }')).cacheStatus).toMatch(/^hit/);
  });

  it('P70 hits where all parts are there, and purges each by what is in it', async () => {
    const server = start({ session });
    await server.query(PAGE, {}, ALICE);
    expect((await server.query(PAGE, {}, ALICE)).cacheStatus).toMatch(/^hit/);
    await server.query('mutation { renameProduct(id: "1", name: "Pot") { id } }', {}, BOB);
    const after = await server.query(PAGE, {}, ALICE);
    expect(after.cacheStatus).toBe('fwd=partial; stored; detail=purged');
    expect(after.data.products[0].name).toBe('Pot');
    expect(server.shop.count('viewer')).toBe(1);
    await server.region.purge(['Viewer']);
    expect((await server.query(PAGE, {}, ALICE)).cacheStatus).toBe('fwd=partial; stored; detail=purged');
    expect(server.shop.count('viewer')).toBe(2);
  });

  it('P08 hands whoever presents a token one that covers what was run', async () => {
    const server = start({ session });
    await server.query(PAGE, {}, ALICE);
    const { token } = await server.query('mutation { renameProduct(id: "1", name: "Pot") { id } }');
    const partial = await server.query(PAGE, {}, { ...BOB, 'lastmile-token': token! });
    expect(partial.token).not.toBeNull();
    const hit = await server.query(PAGE, {}, { ...BOB, 'lastmile-token': partial.token! });
    expect(hit.cacheStatus).toMatch(/^hit/);
    expect(hit.token).not.toBeNull();
  });

  it('P71 never shows two values of one field: what does not fit is run whole', async () => {
    const server = start();
    const text = '{ products { id name } viewer { basket { id name } } }';
    await server.query(text, {}, ALICE);
    // Nothing purges that.
    server.shop.data.products.find(({ id }) => id === '1')!.name = 'Silently renamed';
    const { data, cacheStatus } = await server.query(text, {}, ALICE);
    expect(cacheStatus).toBe('fwd=bypass; detail=parts');
    expect(data.products[0].name).toBe('Silently renamed');
    expect(data.viewer.basket[0].name).toBe('Silently renamed');
  });

  it('P72 keeps no byte of one session for another, whatever is beside it', async () => {
    const server = start({ session });
    const random = seededRandom(72);
    const parts = [
      'products { name }',
      'viewer { name }',
      'v: viewer { id basket { name } }',
      'categories { name }',
      'serial',
    ];
    for (let at = 0; at < 60; at++) {
      const who = random.pick(['alice', 'bob', undefined]);
      const text = `{ ${parts.filter(() => random.chance(0.5)).join(' ') || 'serial'} }`;
      const { data, errors } = await server.query(text, {}, who ? { authorization: `Bearer ${who}` } : {});
      expect(errors).toBeUndefined();
      const other = who === 'alice' ? /bob/ : who === 'bob' ? /alice/ : /alice|bob/;
      expect(JSON.stringify(data)).not.toMatch(other);
    }
  });

  it('cuts nothing where it is told so', async () => {
    const server = start({ maxParts: 0 });
    await server.query(PAGE, {}, ALICE);
    expect((await server.query(PAGE, {}, ALICE)).cacheStatus).toBe('fwd=bypass; detail=private');
  });

  it('masks what a resolver threw, as a server without it does', async () => {
    const [plain, cut] = [yogaOf(throwing(), []), yogaOf(throwing(), [lastmileOf(region())])];
    const text = '{ shared own }';
    expect(await textOf(plain, text)).toContain('Unexpected error.');
    expect(await textOf(cut, text)).toBe(await textOf(plain, text));
  });
});

/** Operations that are cut, asked three times each. */
const OPERATIONS = 40;

it('P70 the plugin answers in parts what a server without it answers, over made-up schemas', async () => {
  let cuts = 0;
  let partial = 0;
  let failed = 0;
  for (let seed = 1; cuts < OPERATIONS; seed++) {
    const world = { ...makeWorld(seed), failing: 50 };
    const schema = resolving(world);
    const { defaultMaxAge } = world;
    const rules = readRules(schema, { defaultMaxAge });
    const knowledge = { schema, rules, configuration: '' };
    const plans = new Plans(knowledge, 16);
    const statuses: string[] = [];
    const lastmile = lastmileOf(region(), {
      defaultMaxAge,
      observe: ({ kind, ...status }) => {
        statuses.push('fwd' in status ? status.fwd : kind);
      },
    });
    const [plain, cut] = [yogaOf(schema, []), yogaOf(schema, [lastmile])];
    const random = seededRandom(seed);
    for (let at = 0; at < 20; at++) {
      const { text, variables, mayConflict } = makeOperation(schema, random);
      const operation = mayConflict ? undefined : analyseOperation(knowledge, parse(text), undefined);
      if (!operation || 'errors' in operation) continue;
      const headers: Record<string, string> = random.chance(0.5) ? ALICE : {};
      if (plans.planOf(bind(operation, variables), headers === ALICE).kind !== 'cut') continue;
      cuts++;
      const expected = await textOf(plain, text, variables, headers);
      if (expected.startsWith('{"errors"')) failed++;
      for (let time = 0; time < 3; time++) expect(await textOf(cut, text, variables, headers)).toBe(expected);
    }
    partial += statuses.filter((status) => status === 'partial').length;
  }
  expect(partial).toBeGreaterThan(OPERATIONS / 4);
  expect(failed).toBeGreaterThan(0);
}, 600_000);

function region(): Region {
  const opened = openRegion({});
  cleanup.later(() => opened.close());
  return opened;
}

function lastmileOf(of: Region, options: Partial<Parameters<typeof useLastmile>[0]> = {}): Plugin {
  return useLastmile({ session: () => undefined, ...options, region: of });
}

function yogaOf(schema: GraphQLSchema, plugins: Plugin[]) {
  return createYoga({ schema, plugins, logging: false });
}

/** What a server answers, without locations, which the plugin leaves out. */
async function textOf(
  yoga: ReturnType<typeof yogaOf>,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  headers: Record<string, string> = {},
): Promise<string> {
  const response = await yoga.fetch('http://server/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  return text.replaceAll(/,"locations":\[[^\]]*\]/g, '');
}

function throwing(): GraphQLSchema {
  const { schema } = knowledgeOf(`type Query {
    shared: String @cacheControl(maxAge: 60)
    own: String @cacheControl(maxAge: 60, scope: PRIVATE)
  }`);
  const { shared, own } = schema.getQueryType()!.getFields();
  shared!.resolve = () => 'for all';
  own!.resolve = () => {
    throw new Error('a secret of the server');
  };
  return schema;
}

/** A made-up world's schema, with its resolvers on its fields. */
function resolving(world: OracleWorld): GraphQLSchema {
  const { fieldResolver, typeResolver } = resolversOf(world, { versionOf: () => 0 });
  for (const type of Object.values(world.schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isAbstractType(type)) type.resolveType = typeResolver;
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields()))
      field.resolve = (source, ...rest) => fieldResolver(source ?? { type: 'Query', number: 0 }, ...rest);
  }
  return world.schema;
}
