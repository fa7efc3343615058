import { cleanupAfterEach } from '../kit/cleanup';
import { ShopServer } from './shop-server';

const cleanup = cleanupAfterEach();
const start = (options: ConstructorParameters<typeof ShopServer>[0] = {}) =>
  cleanup.add(new ShopServer(options));

const VIEWER = '{ viewer { name basket { name } } }';
const ALICE = { authorization: 'Bearer alice' };
const BOB = { authorization: 'Bearer bob' };

const session = ({ request }: { request: Request }) => request.headers.get('authorization');

describe('the plugin keeps what is private', () => {
  it.each([
    ['plain', VIEWER],
    ['under an alias', '{ a: viewer { b: name } }'],
    ['in a fragment', '{ ...f } fragment f on Query { viewer { name } }'],
    ['beside what is public', '{ viewer { name } products { name } }'],
    ['behind a directive', '{ viewer @include(if: true) { __typename @skip(if: true) name } }'],
  ])('P30 P31 for the session it was made for: %s', async (_, query) => {
    const server = start({ session });
    const alice = await server.query(query, {}, ALICE);
    const bob = await server.query(query, {}, BOB);
    expect(JSON.stringify(alice.data)).toContain('alice');
    expect(JSON.stringify(bob.data)).not.toContain('alice');
    // What is public was there.
    expect(bob.cacheStatus).toMatch(/^fwd=(uri-miss; stored|partial; stored; detail=absent)$/);
    const again = await server.query(query, {}, ALICE);
    expect(again.cacheStatus).toMatch(/^hit/);
    expect(again.data).toEqual(alice.data);
    expect(JSON.stringify((await server.query(query)).data)).not.toMatch(/alice|bob/);
  });

  it('P30 does not join two sessions that ask at once', async () => {
    const server = start({ session });
    const held = server.shop.hold('viewer');
    const both = [server.query(VIEWER, {}, ALICE), server.query(VIEWER, {}, BOB)];
    await held.arrived;
    held.release();
    const [alice, bob] = await Promise.all(both);
    expect([alice?.data.viewer.name, bob?.data.viewer.name]).toEqual(['alice', 'bob']);
  });

  it('and nothing at all where nobody says what a session is', async () => {
    const server = start();
    expect((await server.query(VIEWER, {}, ALICE)).cacheStatus).toBe('fwd=bypass; detail=private');
    expect((await server.query(VIEWER, {}, BOB)).data.viewer.name).toBe('bob');
  });

  it('P32 shares what is declared, and not what only takes the default, with those who have credentials', async () => {
    const server = start({ defaultMaxAge: 60 });
    await server.query('{ products { name } }');
    expect((await server.query('{ products { name } }', {}, ALICE)).cacheStatus).toMatch(/^hit/);
    const header = '{ serial }';
    await server.query(header);
    expect((await server.query(header)).cacheStatus).toMatch(/^hit/);
    expect((await server.query(header, {}, ALICE)).cacheStatus).toBe('fwd=bypass; detail=credentials');
    expect((await server.query(header, {}, { cookie: 'sid=1' })).cacheStatus).toBe(
      'fwd=bypass; detail=credentials',
    );
  });

  it('P34 apart for each value that is said to vary it', async () => {
    const server = start({ vary: ({ request }) => [request.headers.get('x-lane') ?? ''] });
    const lane = '{ header(name: "x-lane") }';
    expect((await server.query(lane, {}, { 'x-lane': 'left' })).data.header).toBe('left');
    expect((await server.query(lane, {}, { 'x-lane': 'right' })).data.header).toBe('right');
    expect((await server.query(lane, {}, { 'x-lane': 'left' })).cacheStatus).toMatch(/^hit/);
  });

  it('P34 apart from what variables it was not asked with', async () => {
    const server = start();
    const query = 'query($id: ID!) { product(id: $id) { name } }';
    await server.query(query, { id: '1', other: 1 });
    expect((await server.query(query, { other: 2, id: '1' })).cacheStatus).toMatch(/^hit/);
    expect((await server.query(query, { id: '2' })).data.product.name).toBe('Teapot');
  });

  it('P35 refuses aliases that begin with two underscores', async () => {
    const server = start();
    for (const alias of ['__lm_type', '__typename', '__x']) {
      const { errors } = await server.query(`{ products { ${alias}: name } }`);
      expect(errors?.[0]?.message).toMatch(/reserved/);
      expect(errors?.[0]?.extensions?.['code']).toBe('RESERVED_ALIAS');
    }
    expect(server.shop.count('products')).toBe(0);
  });
});

describe('the plugin leaves alone', () => {
  it.each([
    ['what has no maxAge', '{ serial }', 'no-policy'],
    ['what asks about the schema', '{ __schema { queryType { name } } }', 'introspection'],
  ])('%s', async (_, query, detail) => {
    const server = start();
    expect((await server.query(query)).cacheStatus).toBe(`fwd=bypass; detail=${detail}`);
    expect((await server.query(query)).cacheStatus).toBe(`fwd=bypass; detail=${detail}`);
  });

  it('what is too large', async () => {
    const server = start({ regionOptions: { maxEntryBytes: 50 } });
    expect((await server.query('{ products { name } }')).cacheStatus).toBe('fwd=uri-miss; detail=too-large');
  });

  it('errors, with their paths and without what was added', async () => {
    const server = start();
    server.shop.failField('products', 'Broken.');
    const { errors, data } = await server.query('{ all: products { name } }');
    expect(errors).toEqual([expect.objectContaining({ message: 'Broken.', path: ['all'] })]);
    expect(data).toBeNull();
  });
});

describe('P36 the plugin', () => {
  it('P36 purges the private answers of the session that a mutation is made under, and of no other', async () => {
    const server = start({ session });
    const statuses = async () => [
      (await server.query(VIEWER, {}, ALICE)).cacheStatus,
      (await server.query(VIEWER, {}, BOB)).cacheStatus,
    ];
    await statuses();
    await server.query('mutation { touchNothing }', {}, ALICE);
    expect(await statuses()).toEqual([expect.stringMatching(/purged/), expect.stringMatching(/^hit/)]);
    expect(server.silent).toEqual(['touchNothing']);
    expect((await server.query('mutation { touchNothing }')).token).toBeNull();
    expect(await server.region.purgeSessions(['Bearer bob'])).toMatch(/^\d+-\d+$/);
    expect(await statuses()).toEqual([expect.stringMatching(/^hit/), expect.stringMatching(/purged/)]);
  });
});
