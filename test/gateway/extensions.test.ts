/** What upstream says beside an answer, of its cost or its trace, is about one call: it is for the client that caused it. */
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { startOrigin } from '../kit/origin';

const cleanup = cleanupAfterEach();

const PRODUCTS = '{ products { name } }';

/** An upstream that numbers its calls, and a gateway in front of it. */
async function start(env: Record<string, string> = {}) {
  const origin = cleanup.add(await startOrigin());
  let calls = 0;
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }));
  const spoil = (more: object = {}) =>
    origin.lie((truth) => ({ ...truth, ...more, extensions: { requestId: ++calls, cost: { left: 7 } } }));
  spoil();
  return { origin, gateway, spoil };
}

const OF_CALL = { requestId: 1, cost: { left: 7 } };

describe("upstream's extensions", () => {
  it('are all for the client that caused the call, and for none that is answered from the cache', async () => {
    const { gateway } = await start();
    const first = await gateway.query(PRODUCTS, { method: 'GET' });
    expect([first.extensions, first.cacheStatus]).toEqual([OF_CALL, 'fwd=uri-miss; stored']);
    const hit = await gateway.query(PRODUCTS, { method: 'GET' });
    expect(hit.cacheStatus).toMatch(/^hit/);
    expect(Object.keys(JSON.parse(hit.text) as object)).toEqual(['data']);
    expect(hit.data).toEqual(first.data);
    // A strong ETag is of certain bytes (RFC 9110 8.8.1), and those of the first answer are nobody else's.
    expect(first.headers.etag).toBeUndefined();
    expect(hit.headers.etag).toMatch(/^"/);
  });

  it('come again with the call that a client causes, whatever copy it has', async () => {
    const { gateway } = await start();
    await gateway.query(PRODUCTS);
    const { headers } = await gateway.query(PRODUCTS, { method: 'GET' });
    await gateway.query('mutation { renameProduct(id: "1", name: "Kettle") { id } }');
    const again = await gateway.query(PRODUCTS, {
      method: 'GET',
      headers: { 'if-none-match': headers.etag! },
    });
    expect([again.status, again.extensions?.requestId]).toEqual([200, 3]);
  });

  it('are kept by name with STORE_EXTENSIONS', async () => {
    const { gateway } = await start({ STORE_EXTENSIONS: 'cost, other' });
    expect((await gateway.query(PRODUCTS)).extensions).toEqual(OF_CALL);
    const hit = await gateway.query(PRODUCTS);
    expect([hit.cacheStatus.slice(0, 3), hit.extensions]).toEqual(['hit', { cost: { left: 7 } }]);
    const all = await start({ STORE_EXTENSIONS: 'cost,requestId' });
    const first = await all.gateway.query(PRODUCTS, { method: 'GET' });
    const next = await all.gateway.query(PRODUCTS, { method: 'GET' });
    expect([next.text, next.headers.etag]).toEqual([first.text, first.headers.etag]);
  });

  it.each([
    ['a stored answer', {}, {}],
    ['one that is not stored', { MAX_ENTRY_BYTES: '20' }, {}],
    ['an error', {}, { data: undefined, errors: [{ message: 'No.' }] }],
  ])('are for one alone of those who wait for a call together: %s', async (_name, env, more) => {
    const { origin, gateway, spoil } = await start(env);
    spoil(more);
    const held = origin.hold('products');
    const all = [1, 2, 3].map(() => gateway.query(PRODUCTS));
    await held.arrived;
    await gateway.query('{ serial }');
    held.release();
    const answers = await Promise.all(all);
    expect(answers.filter(({ cacheStatus }) => cacheStatus.includes('collapsed'))).toHaveLength(2);
    for (const { cacheStatus, extensions } of answers) {
      const isCollapsed = cacheStatus.includes('collapsed');
      expect(extensions).toEqual(
        isCollapsed ? undefined : (expect.objectContaining({ cost: { left: 7 } }) as object),
      );
    }
  });

  it('shorten what is kept of an answer, though they are not kept', async () => {
    const { origin, gateway } = await start();
    const cacheControl = { hints: [{ path: ['products'], maxAge: 7 }] };
    origin.lie((truth) => ({ ...truth, extensions: { cacheControl } }));
    await gateway.query(PRODUCTS);
    expect((await gateway.query(PRODUCTS)).cacheStatus).toMatch(/^hit; ttl=[67]$/);
  });
});
