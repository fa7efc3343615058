import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

async function start(env: Record<string, string> = {}): Promise<{ origin: Origin; gateway: GatewayProcess }> {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }));
  return { origin, gateway };
}

async function purge({ adminUrl }: GatewayProcess, tags: string[]): Promise<void> {
  const body = JSON.stringify({ tags });
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(`${adminUrl}/purge`, { method: 'POST', headers, body })).status).toBe(200);
}

const PRODUCTS = '{ products { name } }';
const KETTLE = '{ product(id: "1") { name } }';
const RENAME = 'mutation { renameProduct(id: "1", name: "Renamed") { id } }';

describe('the way of a request', () => {
  it('misses, hits, and misses again after a mutation', async () => {
    const { origin, gateway } = await start();
    expect((await gateway.query(PRODUCTS)).cacheStatus).toBe('fwd=uri-miss; stored');
    const hit = await gateway.query(PRODUCTS);
    expect(hit.cacheStatus).toMatch(/^hit; ttl=(59|60)$/);
    expect(hit.headers.age).toBe('0');
    await gateway.query(RENAME);
    const miss = await gateway.query(PRODUCTS);
    expect(miss.cacheStatus).toBe('fwd=stale; stored; detail=purged');
    expect(miss.data.products[0].name).toBe('Renamed');
    expect(origin.count('products')).toBe(2);
  });

  it('P01 misses an entry filled before the purge, even when the fill finishes after it', async () => {
    const { origin, gateway } = await start();
    const held = origin.hold('product');
    const slow = gateway.query(KETTLE);
    await held.arrived;
    await gateway.query(RENAME);
    held.release();
    const late = await slow;
    expect(late.data.product.name).toBe('Kettle');
    expect(late.cacheStatus).toBe('fwd=uri-miss; detail=purged');
    expect((await gateway.query(KETTLE)).data.product.name).toBe('Renamed');
  });

  it('P02 does not let a request that begins after a purge join an upstream call that began before it', async () => {
    const { origin, gateway } = await start();
    const held = origin.hold('product');
    const before = gateway.query(KETTLE);
    await held.arrived;
    await gateway.query(RENAME);
    const after = gateway.query(KETTLE);
    // The first call is still held: only a call of its own can get this request an answer.
    await until('the second request has its own call', () => held.count === 2);
    held.release();
    expect((await after).data.product.name).toBe('Renamed');
    expect((await before).data.product.name).toBe('Kettle');
    expect((await gateway.query(KETTLE)).data.product.name).toBe('Renamed');
  });

  it('P42 makes one upstream call for any number of concurrent misses of one key', async () => {
    const { origin, gateway } = await start();
    const held = origin.hold('products');
    const all = Array.from({ length: 50 }, (_, index) =>
      gateway.query(PRODUCTS, {
        headers: { accept: index % 2 ? 'application/json' : 'application/graphql-response+json' },
      }),
    );
    await held.arrived;
    // All have been read once the last of them was: the gateway answers another query after them.
    await gateway.query('{ serial }');
    held.release();
    const answers = await Promise.all(all);
    expect(origin.count('products')).toBe(1);
    expect(answers.filter(({ cacheStatus }) => cacheStatus.includes('collapsed'))).toHaveLength(49);
    expect(answers.map(({ headers }) => headers['content-type']?.split(';')[0])).toEqual(
      all.map((_, index) => (index % 2 ? 'application/json' : 'application/graphql-response+json')),
    );
  });

  it('P42 is one call whatever a request calls its variables, but for an error', async () => {
    const { origin, gateway } = await start();
    const held = origin.hold('product');
    const ask = (name: string) =>
      gateway.query(`query ($${name}: ID!) { product(id: $${name}) { name } }`, {
        variables: { [name]: '1' },
      });
    const all = [ask('id'), ask('id'), ask('product')];
    await held.arrived;
    await gateway.query('{ serial }');
    held.release();
    for (const { data } of await Promise.all(all)) expect(data.product.name).toBe('Kettle');
    expect(origin.count('product')).toBe(1);
    await gateway.query(RENAME);
    origin.shop.failField('product', 'The value of "$id" is wrong.');
    const heldAgain = origin.hold('product');
    const failing = [ask('id'), ask('id'), ask('product')];
    await heldAgain.arrived;
    await gateway.query('{ serial }');
    heldAgain.release();
    const statuses = (await Promise.all(failing)).map(({ cacheStatus }) => cacheStatus);
    expect(statuses.map((status) => status.includes('collapsed'))).toEqual([false, true, false]);
    expect(origin.count('product')).toBe(3);
  });

  it('P48 makes one upstream call of a hundred requests with purges of other things between', async () => {
    const { origin, gateway } = await start();
    const held = origin.hold('product');
    const all: ReturnType<GatewayProcess['query']>[] = [];
    for (let i = 0; i < 100; i++) {
      all.push(gateway.query(KETTLE));
      await held.arrived;
      await purge(gateway, [`Other:${i}`]);
    }
    held.release();
    for (const { data } of await Promise.all(all)) expect(data.product.name).toBe('Kettle');
    expect(origin.count('product')).toBe(1);
  });

  it('P02 gives nobody an earlier call by a tag that upstream gave the answer of its own accord', async () => {
    const { origin, gateway } = await start();
    origin.answerHeaders = { 'cache-tag': 'kitchen' };
    const held = origin.hold('product');
    const before = gateway.query(KETTLE);
    await held.arrived;
    origin.change((data) => void (data.products[0]!.name = 'Renamed'));
    await purge(gateway, ['kitchen']);
    const after = gateway.query(KETTLE);
    await gateway.query('{ serial }');
    held.release();
    expect((await before).data.product.name).toBe('Kettle');
    expect((await after).data.product.name).toBe('Renamed');
  });

  it('P48 collapses requests with a token of a position that nothing has reached', async () => {
    const { origin, gateway } = await start({ TOKEN_WAIT_MS: '0' });
    // Of another epoch it would be unknown, and its client would be given one of this.
    const { token } = await gateway.query('mutation { likeProduct(id: "1") { likes } }');
    const headers = { 'lastmile-token': `${token!.split('-')[0]}-999999` };
    const held = origin.hold('product');
    const began = performance.now();
    const all = Array.from({ length: 200 }, () => gateway.query(KETTLE, { headers }));
    await held.arrived;
    await gateway.query('{ serial }', { headers });
    held.release();
    for (const { cacheStatus } of await Promise.all(all))
      expect(cacheStatus).toMatch(/^fwd=request; (collapsed; )?detail=token$/);
    // However long they took to come: one for each would be 200 at once.
    const windows = Math.ceil((performance.now() - began) / 50) + 1;
    expect(origin.count('product')).toBeLessThanOrEqual(2 * windows);
  });

  it('P33 neither stores nor replays Set-Cookie', async () => {
    const { origin, gateway } = await start();
    origin.answerHeaders = { 'set-cookie': ['sid=1; Path=/', 'b=2'] };
    const first = await gateway.query(PRODUCTS);
    expect(first.cacheStatus).toBe('fwd=uri-miss; detail=set-cookie');
    expect(first.headers['set-cookie']).toEqual(['sid=1; Path=/', 'b=2']);
    origin.answerHeaders = {};
    const second = await gateway.query(PRODUCTS);
    expect(second.cacheStatus).toBe('fwd=uri-miss; stored');
    expect(second.headers['set-cookie']).toBeUndefined();
  });

  it('P35 refuses client aliases that begin with two underscores', async () => {
    const { origin, gateway } = await start();
    for (const alias of ['__typename', '__responseCacheTypeName', '__lm_type', '__x']) {
      const answer = await gateway.query(`{ products { ${alias}: name } }`);
      expect(answer.errors?.[0]?.message).toMatch(/reserved/);
    }
    expect(origin.count('products')).toBe(0);
  });
});

describe('a mutation', () => {
  it('P05 is not answered before its purge is acknowledged, and carries its position', async () => {
    const { gateway } = await start();
    await gateway.query(KETTLE);
    const { token } = await gateway.query(RENAME);
    expect(token).toMatch(/^\d+-1$/);
    expect((await gateway.query(KETTLE)).data.product.name).toBe('Renamed');
  });

  it.each(['errors', '500', 'html', 'truncated', 'destroy'] as const)(
    'P06 purges although upstream answers with: %s',
    async (fault) => {
      const { origin, gateway } = await start();
      await gateway.query(KETTLE);
      await gateway.query(PRODUCTS);
      origin.fail(fault, 1);
      const answer = await gateway.query(RENAME);
      expect(answer.errors).toBeDefined();
      expect(answer.token).toMatch(/-1$/);
      expect((await gateway.query(KETTLE)).data.product.name).toBe('Renamed');
      expect((await gateway.query(PRODUCTS)).data.products[0].name).toBe('Renamed');
    },
  );

  it('purges all of a type when one of it comes without its key', async () => {
    const { origin, gateway } = await start();
    await gateway.query(KETTLE);
    origin.lie(({ data, ...rest }) => {
      const [field, product] = Object.entries(data ?? {})[0] as [string, Record<string, unknown>];
      const keyless = Object.entries(product).map(([name, value]) => [name, value === '1' ? null : value]);
      return { ...rest, data: { [field]: Object.fromEntries(keyless) as unknown } };
    });
    await gateway.query('mutation { likeProduct(id: "1") { name } }');
    origin.lie((truth) => truth);
    expect((await gateway.query(KETTLE)).cacheStatus).toBe('fwd=stale; stored; detail=purged');
  });

  it('P06 purges although upstream does not answer in time', async () => {
    const { origin, gateway } = await start({ UPSTREAM_TIMEOUT_MS: '1500' });
    await gateway.query(KETTLE);
    origin.fail('hang', 1);
    const answer = await gateway.query(RENAME);
    expect(answer.errors?.[0]?.extensions?.['code']).toBe('UPSTREAM_TIMEOUT');
    expect((await gateway.query(KETTLE)).data.product.name).toBe('Renamed');
  });

  it('P06 purges although its client went away', async () => {
    const { origin, gateway } = await start();
    await gateway.query(KETTLE);
    const held = origin.hold('renameProduct');
    const client = new AbortController();
    const gone = gateway.query(RENAME, { signal: client.signal });
    await held.arrived;
    client.abort();
    await expect(gone).rejects.toThrow();
    held.release();
    await until(
      'the purge was made',
      async () => (await gateway.query(KETTLE)).data.product.name === 'Renamed',
    );
  });

  it('P17 purges null answers and empty lists when the missing entity is created', async () => {
    const { gateway } = await start();
    const missing = '{ product(id: "new") { name } }';
    const none = '{ products(category: "empty") { name } }';
    expect((await gateway.query(missing)).data.product).toBeNull();
    expect((await gateway.query(none)).data.products).toEqual([]);
    expect((await gateway.query(missing)).cacheStatus).toMatch(/^hit/);
    await gateway.query('mutation { createProduct(id: "new", name: "Mug", category: "c1") { id } }');
    expect((await gateway.query(missing)).data.product.name).toBe('Mug');
    expect((await gateway.query(none)).cacheStatus).toMatch(/detail=purged/);
  });

  it('P18 purges the lists an entity enters or leaves, with no declaration', async () => {
    const { origin, gateway } = await start();
    const [from, to] = origin.data.categories.map(({ id }) => id);
    const lists = [
      `{ category(id: "${from}") { products { name } } }`,
      `{ category(id: "${to}") { products { name } } }`,
      PRODUCTS,
      '{ search(text: "e") { __typename } }',
      '{ sellables { name } }',
      '{ productConnection { edges { node { name } } } }',
    ];
    for (const list of lists) await gateway.query(list);
    for (const list of lists) expect((await gateway.query(list)).cacheStatus).toMatch(/^hit/);
    await gateway.query(`mutation { moveProduct(id: "1", category: "${to}") { product { version } } }`);
    for (const list of lists) expect((await gateway.query(list)).cacheStatus).toMatch(/detail=purged/);
  });
});

describe('an upstream that misbehaves', () => {
  it.each(['errors', '500', 'html', 'truncated', 'destroy'] as const)('is not cached: %s', async (fault) => {
    const { origin, gateway } = await start({ UPSTREAM_RETRIES: '0' });
    // What it says of no place is asked about once more.
    origin.fail(fault, fault === 'errors' ? 2 : 1);
    const first = await gateway.query(PRODUCTS);
    expect(first.errors?.length).toBeGreaterThan(0);
    expect(first.cacheStatus).toBe('fwd=uri-miss; detail=error');
    const second = await gateway.query(PRODUCTS);
    expect(second.errors).toBeUndefined();
    expect(second.cacheStatus).toBe('fwd=uri-miss; stored');
  });
});
