/** Answers in parts, through a gateway and before a real server. */
import { cleanupAfterEach } from '../../kit/cleanup';
import { startGateway, type Answer } from '../../kit/gateway';
import { startOrigin } from '../../kit/origin';
import { takeDownLog } from '../../kit/log';
import { shopSdl } from '../../kit/shop-schema';
import { until } from '../../kit/until';

const cleanup = cleanupAfterEach();

const ANN = { authorization: 'Bearer ann' };
const BEN = { authorization: 'Bearer ben' };
const PAGE = '{ products { name } viewer { name } }';

async function start(env: Record<string, string> = {}, schema?: string) {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, ...env }, schema === undefined ? {} : { schema }),
  );
  // So that what the gateway asks once by itself has been asked.
  await gateway.query('{ categories { id } }');
  origin.received.length = 0;
  origin.resetCounts();
  const direct = async (query: string, headers: Record<string, string> = {}): Promise<string> => {
    const response = await fetch(origin.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    return response.text();
  };
  return { origin, gateway, direct };
}

const status = ({ cacheStatus }: Answer): string => cacheStatus;

describe('a private part without a session', () => {
  it('P70 keeps no other part out of the cache', async () => {
    const { origin, gateway, direct } = await start();
    const whole = await direct(PAGE, ANN);
    const first = await gateway.query(PAGE, { headers: ANN });
    expect(first.text).toBe(whole);
    expect(status(first)).toBe('fwd=bypass; stored; detail=private');
    origin.resetCounts();
    const second = await gateway.query(PAGE, { headers: ANN });
    expect(second.text).toBe(whole);
    expect(status(second)).toBe('fwd=partial; detail=private');
    expect([origin.count('products'), origin.count('viewer'), origin.count()]).toEqual([0, 1, 1]);
    expect(origin.received.at(-1)!.headers.authorization).toBe(ANN.authorization);
  });

  it('asks for what is shared without credentials, beside the rest', async () => {
    const { origin, gateway } = await start();
    await gateway.query(PAGE, { headers: ANN });
    const asked = origin.received.map(({ headers, body }) => [
      headers.authorization,
      body.includes('products'),
    ]);
    expect(asked.sort()).toEqual(
      [
        [ANN.authorization, false],
        [undefined, true],
      ].sort(),
    );
  });

  it('is found by another operation that has the same part, under whatever alias', async () => {
    const { origin, gateway } = await start();
    await gateway.query('{ products { name } }');
    origin.resetCounts();
    const answer = await gateway.query('{ all: products { name } me: viewer { id } }', { headers: BEN });
    expect(answer.data).toEqual({ all: expect.any(Array), me: { id: expect.any(String) } });
    expect(status(answer)).toBe('fwd=partial; detail=private');
    expect(origin.count('products')).toBe(0);
  });
});

describe('a part with variables', () => {
  const page = (name: string) => `query ($${name}: ID!) { product(id: $${name}) { name } serial }`;
  const of = (name: string) => ({ variables: { [name]: '1' } });

  it('P70 is found by another operation that calls them differently', async () => {
    const { origin, gateway } = await start();
    await gateway.query(page('id'), of('id'));
    const answer = await gateway.query(page('product'), of('product'));
    expect([answer.data.product.name, status(answer)]).toEqual(['Kettle', 'fwd=partial; detail=no-policy']);
    expect(origin.count('product')).toBe(1);
    const alone = await gateway.query('query ($a: ID!) { product(id: $a) { name } }', of('a'));
    expect(status(alone)).toMatch(/^hit/);
  });

  it("is asked for again where an error may name another's variables", async () => {
    const { origin, gateway } = await start();
    origin.shop.failField('product', 'The value of "$id" is wrong.');
    const held = origin.hold('product');
    const all = ['id', 'product'].map((name) => gateway.query(page(name), of(name)));
    await held.arrived;
    await gateway.query('{ categories { id } }');
    held.release();
    for (const { data, errors } of await Promise.all(all))
      expect([data.product, errors?.length]).toEqual([null, 1]);
    expect(origin.count('product')).toBe(2);
  });
});

describe('with a session', () => {
  const SESSION = { SESSION: 'header:authorization' };

  it('is a hit when all of its parts are there, each from who may see it', async () => {
    const { origin, gateway, direct } = await start(SESSION);
    await gateway.query(PAGE, { headers: ANN });
    const hit = await gateway.query(PAGE, { headers: ANN });
    expect(status(hit)).toMatch(/^hit; ttl=\d+$/);
    expect(hit.text).toBe(await direct(PAGE, ANN));
    origin.resetCounts();
    const other = await gateway.query(PAGE, { headers: BEN });
    expect(other.text).toBe(await direct(PAGE, BEN));
    expect(status(other)).toBe('fwd=partial; stored; detail=absent');
    expect(await gateway.query(PAGE, { headers: BEN })).toMatchObject({ text: other.text });
  });

  it('answers 304 to the ETag of what its parts make', async () => {
    const { gateway } = await start(SESSION);
    const ask = (headers: Record<string, string>) =>
      gateway.query(PAGE, { method: 'GET', headers: { ...ANN, ...headers } });
    const first = await ask({});
    const etag = first.headers['etag'] as string;
    const second = await ask({ 'if-none-match': etag });
    expect([second.status, second.text, second.headers['etag']]).toEqual([304, '', etag]);
  });

  it('refuses the part that a purge is about, and no other', async () => {
    const { origin, gateway } = await start(SESSION);
    await gateway.query(PAGE, { headers: ANN });
    await gateway.query('mutation { renameProduct(id: "1", name: "Pot") { name } }');
    origin.resetCounts();
    const answer = await gateway.query(PAGE, { headers: ANN });
    expect(answer.text).toContain('"Pot"');
    expect(status(answer)).toBe('fwd=partial; stored; detail=purged');
    expect([origin.count('products'), origin.count('viewer')]).toEqual([1, 0]);
  });
});

describe('what changes with every request', () => {
  it('is asked for, in one call with what else is not there', async () => {
    const { origin, gateway } = await start();
    const query = '{ serial products { name } category(id: "1") { name } }';
    const first = await gateway.query(query);
    expect(Object.keys(first.data)).toEqual(['serial', 'products', 'category']);
    expect([status(first), origin.count()]).toEqual(['fwd=bypass; stored; detail=no-policy', 1]);
    origin.resetCounts();
    const second = await gateway.query(query);
    expect([status(second), origin.count(), origin.count('products')]).toEqual([
      'fwd=partial; detail=no-policy',
      1,
      0,
    ]);
    expect(second.data).toEqual({ ...first.data, serial: expect.any(Number) });
    expect(second.data.serial).not.toBe(first.data.serial);
  });
});

describe('below the root', () => {
  const DEEP = '{ products { name version } }';
  const SCHEMA = shopSdl.replace('version: Int!', 'version: Int! @cacheControl(maxAge: 0)');

  it('P70 keeps what may be kept, and asks for the rest with the keys to match it by', async () => {
    const { origin, gateway, direct } = await start({}, SCHEMA);
    const first = await gateway.query(DEEP);
    expect(first.text).toBe(await direct(DEEP));
    origin.received.length = 0;
    const second = await gateway.query(DEEP);
    expect(second.text).toBe(await direct(DEEP));
    expect(status(second)).toBe('fwd=partial; detail=no-policy');
    expect(origin.received[0]!.body).not.toMatch(/\bname\b/);
  });

  it('fetches what is kept again where its objects are not those of now, and shows no mixture', async () => {
    const { origin, gateway, direct } = await start({}, SCHEMA);
    await gateway.query(DEEP);
    // Nobody tells the gateway.
    origin.change((data) => data.products.splice(0, 1));
    const answer = await gateway.query(DEEP);
    expect(answer.text).toBe(await direct(DEEP));
    expect(status(answer)).toBe('fwd=bypass; stored; detail=parts');
  });
});

describe('an entity that several parts show', () => {
  const BASKET = '{ products { name } viewer { basket { name } } }';
  const begin = async (env: Record<string, string> = {}) => {
    const world = await start(env);
    world.origin.change((data) => (data.baskets['ann'] = ['1', '4']));
    return world;
  };

  it('P71 is shown as it is, from parts that agree', async () => {
    const { origin, gateway, direct } = await begin();
    const whole = await direct(BASKET, ANN);
    expect((await gateway.query(BASKET, { headers: ANN })).text).toBe(whole);
    origin.resetCounts();
    const second = await gateway.query(BASKET, { headers: ANN });
    expect([second.text, status(second)]).toEqual([whole, 'fwd=partial; detail=private']);
    expect(origin.count('products')).toBe(0);
  });

  it('P71 never has two values of one field in one answer', async () => {
    const { origin, gateway, direct } = await begin();
    await gateway.query(BASKET, { headers: ANN });
    // Nobody tells the gateway.
    origin.change((data) => data.products.forEach((product) => (product.name = `New ${product.name}`)));
    const answer = await gateway.query(BASKET, { headers: ANN });
    expect(answer.text).toBe(await direct(BASKET, ANN));
    expect(status(answer)).toBe('fwd=bypass; stored; detail=parts');
    expect(status(await gateway.query(BASKET, { headers: ANN }))).toBe('fwd=partial; detail=private');
  });

  it('P71 never has two values of one field where both parts are kept', async () => {
    const { origin, gateway, direct } = await begin({ SESSION: 'header:authorization' });
    await gateway.query(BASKET, { headers: ANN });
    origin.change((data) => data.products.forEach((product) => (product.name = `New ${product.name}`)));
    await fetch(`${gateway.adminUrl}/purge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tags: ['Viewer'] }),
    });
    const answer = await gateway.query(BASKET, { headers: ANN });
    expect(answer.text).toBe(await direct(BASKET, ANN));
    expect(status(await gateway.query(BASKET, { headers: ANN }))).toMatch(/^hit/);
  });
});

describe('where nothing of it may be kept', () => {
  it.each([
    ['its client wants it stored nowhere', { 'cache-control': 'no-store' }, {}],
    ['upstream sets a cookie', {}, { 'set-cookie': 'a=b' }],
  ])('says what upstream says when %s', async (_, headers, answerHeaders) => {
    const { origin, gateway, direct } = await start({ SESSION: 'header:authorization' });
    origin.answerHeaders = answerHeaders;
    const answer = await gateway.query(PAGE, { headers: { ...ANN, ...headers } });
    expect([answer.status, answer.text]).toEqual([200, await direct(PAGE, ANN)]);
    expect(answer.headers).not.toHaveProperty('etag');
  });
});

it.each(['{ products { name } viewer { name } }', '{ viewer { name } products { name } }'])(
  'has the headers of the call with its own credentials: %s',
  async (query) => {
    const { origin, gateway } = await start({ RESPONSE_HEADERS: 'x-for' });
    origin.answerHeaders = ({ authorization = 'anybody' }) => ({ 'x-for': authorization });
    const { headers } = await gateway.query(query, { headers: ANN });
    expect(headers['x-for']).toBe(ANN.authorization);
  },
);

describe('each part by itself', () => {
  const KEPT = { SESSION: 'header:authorization' };
  const rename = (origin: Awaited<ReturnType<typeof start>>['origin'], name: string): void =>
    origin.change((data) => void (data.products[0]!.name = name));
  const purge = (adminUrl: string, body: object) =>
    fetch(`${adminUrl}/purge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('is served stale after a soft purge, and refreshed', async () => {
    const { origin, gateway } = await start(KEPT);
    await gateway.query(PAGE, { headers: ANN });
    rename(origin, 'Renamed');
    await purge(gateway.adminUrl, { tags: ['Product:1'], soft: true });
    origin.resetCounts();
    const stale = await gateway.query(PAGE, { headers: ANN });
    expect([status(stale), stale.text.includes('Renamed')]).toEqual([
      expect.stringMatching(/^hit; ttl=-?\d+; detail=purged$/),
      false,
    ]);
    await until('the refresh is shown', async () =>
      (await gateway.query(PAGE, { headers: ANN })).text.includes('Renamed'),
    );
    expect([origin.count('products'), origin.count('viewer')]).toEqual([1, 0]);
  });

  it('is served stale past its maxAge where its swr allows it, and refreshed', async () => {
    const short = shopSdl.replace(
      '@cacheControl(maxAge: 60, swr: 30)',
      '@cacheControl(maxAge: 1, swr: 3600)',
    );
    const { origin, gateway } = await start(KEPT, short);
    await gateway.query(PAGE, { headers: ANN });
    rename(origin, 'Renamed');
    const held = origin.hold('products');
    await until('it is served stale', async () =>
      /^hit; ttl=-?\d+; detail=expired/.test(status(await gateway.query(PAGE, { headers: ANN }))),
    );
    held.release();
    await until('the refresh is shown', async () =>
      (await gateway.query(PAGE, { headers: ANN })).text.includes('Renamed'),
    );
  });

  it('stands in for an upstream that fails', async () => {
    const short = shopSdl.replace('@cacheControl(maxAge: 60, swr: 30)', '@cacheControl(maxAge: 1)');
    const env = { ...KEPT, STALE_IF_ERROR: '600', UPSTREAM_RETRIES: '0' };
    const { origin, gateway } = await start(env, short);
    const first = await gateway.query(PAGE, { headers: ANN });
    origin.fail('500');
    await until('it has expired', async () =>
      status(await gateway.query(PAGE, { headers: ANN })).includes('detail=error'),
    );
    const answer = await gateway.query(PAGE, { headers: ANN });
    expect([answer.text, status(answer)]).toEqual([
      first.text,
      expect.stringMatching(/^hit; ttl=-\d+; detail=error$/),
    ]);
  });

  it('is compared with upstream where VERIFY_SAMPLE says so', async () => {
    const { log, lines } = takeDownLog();
    const origin = cleanup.add(await startOrigin());
    const env = { UPSTREAM_URL: origin.url, VERIFY_SAMPLE: '1', ...KEPT };
    const gateway = cleanup.add(await startGateway(env, { log }));
    await gateway.query(PAGE, { headers: ANN });
    const differing = () => lines.filter(({ msg }) => msg.includes('what upstream says now'));
    const asked = origin.count();
    await gateway.query(PAGE, { headers: ANN });
    await until('one part was asked for again', () => Promise.resolve(origin.count() === asked + 1));
    rename(origin, 'Renamed');
    await until('the part that differs was compared', async () => {
      expect(status(await gateway.query(PAGE, { headers: ANN }))).toMatch(/^hit/);
      return differing().length > 0;
    });
    expect(differing()[0]).toMatchObject({ at: 'data.products[0].name' });
  });

  it('is kept unless it is itself too large', async () => {
    const { origin, gateway } = await start({ ...KEPT, MAX_ENTRY_BYTES: '1KiB' });
    origin.change((data) => void (data.products[0]!.name = 'x'.repeat(2000)));
    await gateway.query(PAGE, { headers: ANN });
    origin.resetCounts();
    expect(status(await gateway.query(PAGE, { headers: ANN }))).toMatch(/^fwd=partial/);
    expect([origin.count('products'), origin.count('viewer')]).toEqual([1, 0]);
  });
});

it('P47 is asked whole where its parts are too long to be put together at once', async () => {
  const { origin, gateway, direct } = await start();
  origin.change((data) => void (data.products[0]!.name = 'x'.repeat(700_000)));
  const query = '{ serial a: product(id: "1") { name } products { name } sellables { name } }';
  const { text, cacheStatus } = await gateway.query(query);
  expect(cacheStatus).toBe('fwd=bypass; detail=parts');
  const withoutSerial = (answer: string): string => answer.replace(/"serial":\d+/, '');
  expect(withoutSerial(text)).toBe(withoutSerial(await direct(query)));
});

it('is asked whole where it has more parts than MAX_PARTS', async () => {
  const { origin, gateway } = await start({ MAX_PARTS: '2' });
  const three = '{ serial products { name } categories { name } }';
  for (let round = 0; round < 2; round++)
    expect(status(await gateway.query(three))).toBe('fwd=bypass; detail=no-policy');
  expect(origin.count('products')).toBe(2);
  await gateway.query('{ serial products { name } }');
  expect(status(await gateway.query('{ serial products { name } }'))).toBe('fwd=partial; detail=no-policy');
});

it('is not cut with PARTS=0', async () => {
  const { gateway } = await start({ PARTS: '0' });
  await gateway.query(PAGE, { headers: ANN });
  expect(status(await gateway.query(PAGE, { headers: ANN }))).toBe('fwd=bypass; detail=private');
});
