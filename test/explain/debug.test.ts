import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type AskOptions } from '../kit/gateway';
import { startNginxWith } from '../kit/nginx';
import { startOrigin } from '../kit/origin';

const cleanup = cleanupAfterEach();

const PRODUCT = 'query Product($id: ID!) { product(id: $id) { name } }';
const KETTLE = { variables: { id: '1' } };
const DEBUG = { 'lastmile-debug': '1' };

const start = async (env: Record<string, string> = {}) => {
  const origin = cleanup.add(await startOrigin());
  return { origin, gateway: cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env })) };
};

describe('Lastmile-Debug', () => {
  it('explains a miss, a hit and a mutation, with what each took', async () => {
    const { gateway } = await start();
    const ask = (options: AskOptions = {}) =>
      gateway.query(PRODUCT, { ...KETTLE, headers: DEBUG, ...options });
    const miss = await ask();
    expect(miss.data).toEqual({ product: { name: 'Kettle' } });
    expect(miss.extensions.lastmile.explain).toMatchObject({
      operation: { kind: 'query', name: 'Product' },
      kept: 'for all clients',
      maxAge: { most: 60, decidedBy: 'Query.product' },
      key: { variables: { id: '1' }, value: expect.stringMatching(/^[\w-]{43}$/) },
      tags: { entities: ['Product:<id>'], ifMissing: ['Product:1', '[Product]'] },
      obstacles: [],
      answered: {
        cacheStatus: 'lastmile-local; fwd=uri-miss; stored',
        meaning: 'no entry for this request yet',
        entry: { maxAge: 60, swr: 0, tags: ['Product', 'Product:1'] },
      },
    });
    expect(miss.headers['server-timing']).toMatch(/^cache;dur=\d+\.\d, upstream;dur=\d+\.\d$/);
    const hit = await ask();
    expect(hit.extensions.lastmile.explain.answered).toMatchObject({
      cacheStatus: expect.stringMatching(/^lastmile-local; hit; ttl=\d+$/),
      entry: { maxAge: 60 },
    });
    expect(hit.headers['server-timing']).toMatch(/^cache;dur=\d+\.\d$/);
    const mutation = await gateway.query('mutation { likeProduct(id: "1") { likes } }', {
      headers: { ...DEBUG, 'lastmile-extensions': '1' },
    });
    expect(mutation.extensions.lastmile).toMatchObject({
      token: mutation.token,
      explain: {
        purges: { entities: ['Category:<id>', 'Product:1', 'Product:<id>'], lists: [], silent: [] },
      },
    });
  });

  it.each([
    ['this machine', {}, true],
    ['a proxy on this machine that names itself by x-real-ip', { 'x-real-ip': '203.0.113.7' }, false],
    ['one that has Connection drop what names it', { connection: 'x-forwarded-for' }, false],
  ])('is answered to %s: %#', async (_, headers, isAnswered) => {
    const { gateway } = await start();
    const { extensions } = await gateway.query(PRODUCT, { ...KETTLE, headers: { ...DEBUG, ...headers } });
    expect(extensions !== undefined).toBe(isAnswered);
  });

  it('is not answered to an nginx on this machine that says nothing of itself', async () => {
    const { gateway } = await start();
    const nginx = cleanup.add(
      await startNginxWith(
        (port) => `
events {}
http {
  access_log off;
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${gateway.port}; } }
}`,
      ),
    );
    const ask = async (port: number) => {
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { ...DEBUG, 'content-type': 'application/json' },
        body: JSON.stringify({ query: PRODUCT, ...KETTLE }),
      });
      return (await response.json()) as { extensions?: unknown };
    };
    expect(await ask(gateway.port)).toMatchObject({ extensions: { lastmile: {} } });
    expect(await ask(nginx.port)).toEqual({ data: { product: { name: 'Kettle' } } });
  });

  it.each([
    ['nobody in production', {}, false],
    ['who asks for it there', { DEBUG_HEADERS: '1' }, true],
    ['this machine where there is a token', { ADMIN_TOKEN: 'a-token-of-some-length' }, true],
  ])('is for %s: %#', async (_, env, isAnswered) => {
    const { gateway } = await start({ NODE_ENV: 'production', ...env });
    const { extensions } = await gateway.query(PRODUCT, { ...KETTLE, headers: DEBUG });
    expect(extensions !== undefined).toBe(isAnswered);
  });

  it('gives each bypass its reason and its remedy', async () => {
    const { gateway } = await start();
    const { extensions } = await gateway.query('{ viewer { name } }', { headers: DEBUG });
    expect(extensions.lastmile.explain).toMatchObject({
      kept: 'never',
      obstacles: [{ reason: 'private', field: 'Query.viewer' }],
      answered: { cacheStatus: 'lastmile-local; fwd=bypass; detail=private', remedy: expect.any(String) },
    });
  });

  it('shows what an answer is cut into, and that of its parts', async () => {
    const { gateway } = await start();
    const { extensions } = await gateway.query('{ products { name } viewer { name } }', { headers: DEBUG });
    expect(extensions.lastmile.explain).toMatchObject({
      kept: 'never',
      parts: [
        {
          requests: 'all',
          slots: [
            { asks: expect.stringContaining('products'), kept: 'for all clients', maxAge: 60 },
            { asks: expect.stringContaining('viewer'), kept: 'never', because: expect.any(String) },
          ],
        },
      ],
    });
  });

  it('changes nothing for anybody else: neither bytes nor entries', async () => {
    const { gateway } = await start();
    const plain = await gateway.query(PRODUCT, KETTLE);
    await gateway.query(PRODUCT, { ...KETTLE, headers: DEBUG });
    const again = await gateway.query(PRODUCT, KETTLE);
    expect(again.text).toBe(plain.text);
    expect(again.cacheStatus).toMatch(/^hit/);
    expect(again.headers).not.toHaveProperty('server-timing');
    for (const value of ['0', 'true', ''])
      expect((await gateway.query(PRODUCT, { ...KETTLE, headers: { 'lastmile-debug': value } })).text).toBe(
        plain.text,
      );
  });

  it('explains a GET without an ETag, since its bytes are no entry, and leaves a 304 without a body', async () => {
    const { gateway } = await start();
    const plain = await gateway.query(PRODUCT, { ...KETTLE, method: 'GET' });
    const explained = await gateway.query(PRODUCT, { ...KETTLE, method: 'GET', headers: DEBUG });
    expect(explained.extensions.lastmile.explain.kept).toBe('for all clients');
    expect(explained.headers).not.toHaveProperty('etag');
    const headers = { ...DEBUG, 'if-none-match': plain.headers.etag! };
    const notModified = await gateway.query(PRODUCT, { ...KETTLE, method: 'GET', headers });
    expect(notModified).toMatchObject({ status: 304, text: '' });
    expect(notModified.headers['server-timing']).toMatch(/^cache/);
  });

  it('explains errors beside what they say', async () => {
    const { origin, gateway } = await start();
    origin.fail('errors');
    const { errors, extensions } = await gateway.query(PRODUCT, { ...KETTLE, headers: DEBUG });
    expect(errors?.length).toBe(1);
    expect(extensions.lastmile.explain.answered.cacheStatus).toBe(
      'lastmile-local; fwd=uri-miss; detail=error',
    );
  });

  it('explains each operation of a batch', async () => {
    const { gateway } = await start();
    const body = JSON.stringify([{ query: '{ serial }' }, { query: '{ categories { name } }' }]);
    const { text } = await gateway.send({ headers: { 'content-type': 'application/json', ...DEBUG }, body });
    const kept = (JSON.parse(text) as { extensions: { lastmile: { explain: { kept: string } } } }[]).map(
      ({ extensions }) => extensions.lastmile.explain.kept,
    );
    expect(kept).toEqual(['never', 'for all clients']);
  });

  it('is heard from this machine itself only, unless DEBUG_HEADERS says otherwise', async () => {
    const passedOn = { ...DEBUG, 'x-forwarded-for': '203.0.113.7' };
    const { gateway } = await start();
    const refused = await gateway.query(PRODUCT, { ...KETTLE, headers: passedOn });
    expect(refused.extensions).toBeUndefined();
    expect(refused.headers).not.toHaveProperty('server-timing');
    const open = await start({ DEBUG_HEADERS: '1' });
    const heard = await open.gateway.query(PRODUCT, { ...KETTLE, headers: passedOn });
    expect(heard.extensions.lastmile.explain.kept).toBe('for all clients');
  });
});
