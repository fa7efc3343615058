import { parsePosition } from '../../src/purge/position';
import { cleanupAfterEach } from '../kit/cleanup';
import { startPrimary, startReplica } from '../kit/redis-region';
import { startLink } from '../kit/link';
import { PATIENCE, until } from '../kit/until';
import { ShopServer } from './shop-server';

const cleanup = cleanupAfterEach();

const PRODUCTS = '{ products { name } }';
const KETTLE = '{ product(id: "1") { name } }';
const RENAME = 'mutation { renameProduct(id: "1", name: "Renamed") { id } }';

const start = (options: ConstructorParameters<typeof ShopServer>[0] = {}) =>
  cleanup.add(new ShopServer(options));

describe('the plugin tells the truth', () => {
  it('P01 misses an entry filled before the purge, even when the fill finishes after it', async () => {
    const server = start();
    const held = server.shop.hold('product');
    const slow = server.query(KETTLE);
    await held.arrived;
    await server.query(RENAME);
    held.release();
    const late = await slow;
    expect(late.data.product.name).toBe('Kettle');
    expect(late.cacheStatus).toBe('fwd=uri-miss; detail=purged');
    expect((await server.query(KETTLE)).data.product.name).toBe('Renamed');
  });

  it('P02 does not let a request that begins after a purge join a call that began before it', async () => {
    const server = start();
    const held = server.shop.hold('product');
    const before = server.query(KETTLE);
    await held.arrived;
    await server.query(RENAME);
    const after = server.query(KETTLE);
    // The first call is still held: only a call of its own can get this request an answer.
    await until('the second request has its own call', () => held.count === 2);
    held.release();
    expect((await after).data.product.name).toBe('Renamed');
    expect((await before).data.product.name).toBe('Kettle');
  });

  it('P91 goes past the cache while it is switched off', async () => {
    const server = start();
    await server.query(KETTLE);
    const { cacheSwitch } = server.region.purges;
    await cacheSwitch.change({ serve: false });
    expect((await server.query(KETTLE)).cacheStatus).toBe('fwd=bypass; detail=off');
    await cacheSwitch.change({ serve: true });
    expect((await server.query(KETTLE)).cacheStatus).toMatch(/^hit/);
  });

  it('P06 purges although a mutation failed', async () => {
    const server = start();
    await server.query(KETTLE);
    await server.query(PRODUCTS);
    server.shop.failField('renameProduct', 'It did not work.');
    const answer = await server.query(RENAME);
    expect(answer.errors?.[0]?.message).toBe('It did not work.');
    expect(answer.token).not.toBeNull();
    expect((await server.query(KETTLE)).data.product.name).toBe('Renamed');
    expect((await server.query(PRODUCTS)).data.products[0].name).toBe('Renamed');
  });

  it('P17 P18 purges nulls and lists when what was missing is created, or moves', async () => {
    const server = start();
    const lists = [
      '{ product(id: "new") { name } }',
      '{ products(category: "garden") { name } }',
      '{ search(text: "Mug") { __typename } }',
      '{ sellables { name } }',
      '{ productConnection { edges { node { name } } } }',
    ];
    for (const list of lists) await server.query(list);
    for (const list of lists) expect((await server.query(list)).cacheStatus).toMatch(/^hit/);
    await server.query(
      'mutation { createProduct(id: "new", name: "Mug", category: "garden") { __typename } }',
    );
    for (const list of lists) expect((await server.query(list)).cacheStatus).toMatch(/detail=purged/);
  });

  it('P19 tags entities whose id nobody selected, and shows nothing of how', async () => {
    const server = start();
    const { data } = await server.query('{ a: search(text: "e") { ... on Product { n: name } } }');
    expect(Object.keys(data.a[0])).toEqual(['n']);
    await server.query('mutation { likeProduct(id: "1") { likes } }');
    const again = await server.query('{ a: search(text: "e") { ... on Product { n: name } } }');
    expect(again.cacheStatus).toMatch(/detail=purged/);
  });

  it('P21 tells of a mutation that ran and yielded nothing to purge', async () => {
    const server = start();
    await server.query('mutation { touchNothing }');
    expect(server.silent).toEqual(['touchNothing']);
  });

  it('P42 executes once for any number of equal misses, and gives each a result of its own', async () => {
    const server = start();
    const held = server.shop.hold('products');
    const all = Array.from({ length: 20 }, () => server.query(PRODUCTS));
    await held.arrived;
    // All have come as far once a later one is answered.
    await server.query('{ serial }');
    held.release();
    const answers = await Promise.all(all);
    expect(server.shop.count('products')).toBe(1);
    expect(answers.filter(({ cacheStatus }) => cacheStatus.includes('collapsed'))).toHaveLength(19);
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  });

  it('never shares an error: it may be about somebody else', async () => {
    const server = start();
    server.shop.failField('products', 'Not for you.');
    const held = server.shop.hold('products');
    const both = [server.query(PRODUCTS), server.query(PRODUCTS)];
    await held.arrived;
    held.release();
    for (const answer of await Promise.all(both)) {
      expect(answer.errors?.[0]?.message).toBe('Not for you.');
      expect(answer.cacheStatus).not.toContain('stored');
    }
    expect(server.shop.count('products')).toBe(2);
    server.shop.failField('products', undefined);
    expect((await server.query(PRODUCTS)).cacheStatus).toBe('fwd=uri-miss; stored');
  });

  it.each([
    ['status', { status: 503 }],
    ['set-cookie', { headers: { 'Set-Cookie': 'sid=1' } }],
  ])('P33 keeps nothing whose response is to have a %s of its own', async (why, http) => {
    const server = cleanup.add(new ShopServer({ http }));
    for (let calls = 1; calls <= 2; calls++) {
      expect((await server.query(PRODUCTS)).cacheStatus).toBe(`fwd=uri-miss; detail=${why}`);
      expect(server.shop.count('products')).toBe(calls);
    }
  });

  it('purges by hand what `purge` is told', async () => {
    const server = start();
    await server.query(KETTLE);
    expect(await server.region.purge(['Product:1'])).toMatch(/^\d+-\d+$/);
    expect((await server.query(KETTLE)).cacheStatus).toMatch(/detail=purged/);
    await server.query(PRODUCTS);
    // A bare name that is a type of the schema, and with it the lists it can be in.
    await server.region.purge(['Product']);
    expect((await server.query(PRODUCTS)).cacheStatus).toMatch(/detail=purged/);
  });
});

describe('over regions', () => {
  /** @param freshnessBoundMs default: longer than a test */
  async function regions(freshnessBoundMs = 600_000) {
    const primary = cleanup.add(await startPrimary());
    const link = cleanup.add(await startLink(primary.port));
    const replica = cleanup.add(await startReplica(link));
    await replica.inSync();
    const servers = [primary, replica].map((redis) =>
      start({
        regionOptions: {
          redisUrl: redis.url,
          primaryRedisUrl: primary.url,
          freshnessBoundMs,
          probeIntervalMs: 50,
        },
      }),
    );
    const [near, far] = servers as [ShopServer, ShopServer];
    await until('both are proven', () => near.region.isProven && far.region.isProven);
    await until('the far region hits', async () => (await far.query(KETTLE)).cacheStatus.startsWith('hit'));
    return { near, far, link, replica };
  }

  it('P07 P08 shows who presents a token no older answer than that', async () => {
    const { near, far, link } = await regions();
    link.blackHole();
    const { token } = await near.query(RENAME);
    expect(token).toMatch(/^\d+-\d+$/);
    // Not told of it yet, and so not answered from what it has.
    const seen = await far.query(KETTLE, {}, { 'lastmile-token': token! });
    expect(seen.cacheStatus).toBe('fwd=request; detail=token');
    await link.restore();
    await until('the far region was told', async () => /purged/.test((await far.query(KETTLE)).cacheStatus));
    expect((await far.query(KETTLE, {}, { 'lastmile-token': token! })).cacheStatus).toMatch(/^hit/);
  });

  it('P08 hands whoever presents a token the next one: after hits, misses and what is never kept', async () => {
    const { near, far } = await regions();
    const { token } = await near.query(RENAME);
    expect(await far.region.purges.reached(parsePosition(token!)!, PATIENCE)).toBe(true);
    await far.query(KETTLE);
    for (const [query, how] of [
      [KETTLE, /^hit/],
      ['{ product(id: "2") { name } }', /stored/],
      ['{ serial }', /^fwd=bypass/],
    ] as const) {
      const answer = await far.query(query, {}, { 'lastmile-token': token! });
      expect(answer.cacheStatus).toMatch(how);
      expect(Number(answer.token?.split('-')[1])).toBeGreaterThanOrEqual(Number(token!.split('-')[1]));
    }
    expect((await far.query(KETTLE)).token).toBeNull();
  });

  it.each([-1000, 1000])(
    'P27 replaces a token of another epoch, by %i, and hits from then on',
    async (by) => {
      const { far } = await regions();
      const { epoch } = far.region.purges.table.position;
      const answer = await far.query(KETTLE, {}, { 'lastmile-token': `${epoch + by}-7` });
      expect(answer.token).toMatch(new RegExp(`^${epoch}-\\d+$`));
      expect((await far.query(KETTLE, {}, { 'lastmile-token': answer.token! })).cacheStatus).toMatch(/^hit/);
    },
  );

  it('P05 answers a mutation once the primary has its purge, or says that it has not', async () => {
    const primary = cleanup.add(await startPrimary());
    const way = cleanup.add(await startLink(primary.port));
    const redisUrl = `redis://127.0.0.1:${way.port}`;
    const server = start({ regionOptions: { redisUrl } });
    await until('it is proven', () => server.region.isProven);
    way.blackHole();
    let isAnswered = false;
    const answer = server.query(RENAME).finally(() => (isAnswered = true));
    await until('it ran', () => server.shop.count('renameProduct') === 1);
    await server.query('{ serial }');
    expect(isAnswered).toBe(false);
    await way.restore();
    expect((await answer).token).toMatch(/^\d+-\d+$/);
    way.cut();
    const told = await server.query(RENAME);
    expect(told.data.renameProduct.id).toBe('1');
    expect(told.extensions?.['lastmile'].warning).toMatch(/is being retried/);
    expect(told.token).toBeNull();
  });

  it('P09 asks resolvers while the region cannot prove that it is fresh, and recovers', async () => {
    const { far, link } = await regions(1000);
    const before = far.shop.count('product');
    link.cut();
    // The primary itself still answers: it is the copy that cannot be shown to have everything.
    await far.region.purge(['Product:2']);
    await until('the far region is not proven any more', () => !far.region.isProven);
    expect((await far.query(KETTLE)).cacheStatus).toBe('fwd=bypass; detail=unproven');
    expect(far.shop.count('product')).toBe(before + 1);
    await link.restore();
    await until('the far region is proven again', () => far.region.isProven);
  });

  it('P40 goes on without Redis, and says what happened to who wants to know', async () => {
    const { far, replica } = await regions();
    await replica.stop();
    await until('it was told', () => far.faults.length > 0);
    // What it has in memory is still known to be fresh: the primary has nothing that it has not applied.
    expect((await far.query(KETTLE)).cacheStatus).toMatch(/^hit/);
    expect((await far.query(PRODUCTS)).data.products).toHaveLength(6);
  });
});
