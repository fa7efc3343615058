import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type AskOptions, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';

const cleanup = cleanupAfterEach();
const PRODUCTS = '{ products { name } }';
const MUTATION = 'mutation { renameProduct(id: "1", name: "Other") { id } }';
const QUERY: AskOptions = { method: 'QUERY' };
const TYPES = 'application/json, application/graphql+json';

async function start(env: Record<string, string> = {}): Promise<{ origin: Origin; gateway: GatewayProcess }> {
  const origin = cleanup.add(await startOrigin());
  return { origin, gateway: cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env })) };
}

describe('QUERY (RFC 10008)', () => {
  it('shares entries with POST and GET, and may be kept downstream as a GET may', async () => {
    const { origin, gateway } = await start();
    expect((await gateway.query(PRODUCTS)).cacheStatus).toBe('fwd=uri-miss; stored');
    const get = await gateway.query(PRODUCTS, { method: 'GET' });
    // The first and the second on one connection are read by different readers.
    for (let times = 0; times < 3; times++) {
      const answer = await gateway.query(PRODUCTS, QUERY);
      expect([answer.status, answer.cacheStatus.slice(0, 3), answer.text]).toEqual([200, 'hit', get.text]);
      for (const name of ['etag', 'cache-control', 'vary', 'content-type'])
        expect(answer.headers[name]).toBe(get.headers[name]);
    }
    expect(origin.count('products')).toBe(1);
  });

  it('stores what it missed', async () => {
    const { gateway } = await start();
    const miss = await gateway.query(PRODUCTS, QUERY);
    expect([miss.cacheStatus, miss.headers['cache-control']]).toEqual([
      'fwd=uri-miss; stored',
      'private, no-cache',
    ]);
    expect((await gateway.query(PRODUCTS)).cacheStatus).toMatch(/^hit/);
  });

  it('is told that nothing has changed', async () => {
    const { gateway } = await start();
    const { etag } = (await gateway.query(PRODUCTS, QUERY)).headers;
    for (let times = 0; times < 3; times++) {
      const same = await gateway.query(PRODUCTS, { ...QUERY, headers: { 'if-none-match': etag! } });
      expect([same.status, same.text, same.headers.etag]).toEqual([304, '', etag]);
      const other = await gateway.query(PRODUCTS, { ...QUERY, headers: { 'if-none-match': '"other"' } });
      expect(other.status).toBe(200);
    }
    await gateway.query(MUTATION);
    const changed = await gateway.query(PRODUCTS, { ...QUERY, headers: { 'if-none-match': etag! } });
    expect([changed.status, changed.data.products[0].name]).toEqual([200, 'Other']);
  });

  it('never runs a mutation, known or unknown, alone or in a batch', async () => {
    const { origin, gateway } = await start();
    const batch = JSON.stringify([{ query: PRODUCTS }, { query: MUTATION }]);
    const send = () =>
      gateway.send({ method: 'QUERY', headers: { 'content-type': 'application/json' }, body: batch });
    for (let times = 0; times < 3; times++) {
      for (const answer of [await gateway.query(MUTATION, QUERY), await send()]) {
        expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
        expect(answer.errors?.[0]?.extensions?.['code']).toBe('METHOD_NOT_ALLOWED');
      }
    }
    expect(origin.count('renameProduct')).toBe(0);
    // Remembered by the very same bytes.
    await gateway.query(MUTATION);
    for (let times = 0; times < 3; times++) expect((await gateway.query(MUTATION, QUERY)).status).toBe(405);
    expect(origin.count('renameProduct')).toBe(1);
  });

  it('answers a batch of queries', async () => {
    const { gateway } = await start();
    const answer = await gateway.send({
      method: 'QUERY',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ query: PRODUCTS }, { query: '{ serial }' }]),
    });
    expect([answer.status, JSON.parse(answer.text).length]).toEqual([200, 2]);
  });

  it('is refused without a content type, or with one that nothing here reads', async () => {
    const { gateway } = await start();
    const body = JSON.stringify({ query: PRODUCTS });
    for (let times = 0; times < 3; times++) {
      const without = await gateway.send({ method: 'QUERY', body });
      expect([without.status, without.errors?.[0]?.message]).toEqual([
        400,
        'A QUERY says of what type its content is. Send `content-type: application/json`.',
      ]);
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=b',
      ]) {
        const answer = await gateway.send({ method: 'QUERY', headers: { 'content-type': type }, body });
        expect([answer.status, answer.headers['accept-query']]).toEqual([415, TYPES]);
      }
    }
    const notJson = await gateway.send({
      method: 'QUERY',
      headers: { 'content-type': 'application/json' },
      body: 'query=%7Bserial%7D',
    });
    expect(notJson.status).toBe(400);
  });

  it('asks by its content, whatever its URL holds', async () => {
    const { origin, gateway } = await start();
    const send = (path: string, query: string) =>
      gateway.send({
        method: 'QUERY',
        path,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
    const both = `/graphql?query=${encodeURIComponent(MUTATION)}`;
    expect((await send(both, PRODUCTS)).data.products).toBeDefined();
    const without = await gateway.send({
      method: 'QUERY',
      path: both,
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(without.status).toBe(400);
    expect(origin.count('renameProduct')).toBe(0);
    // An `id` names no document here: upstream may go by it.
    await send('/graphql?id=1', PRODUCTS);
    expect((await send('/graphql?id=2', PRODUCTS)).cacheStatus).toMatch(/^fwd=uri-miss/);
  });

  it('is listed where a method is refused, and may be sent by pages of listed origins', async () => {
    const { gateway } = await start({ CORS_ORIGINS: 'https://app.example' });
    const refused = await gateway.send({ method: 'PATCH', headers: { 'content-type': 'application/json' } });
    expect([refused.status, refused.headers.allow, refused.headers['accept-query']]).toEqual([
      405,
      'GET, HEAD, POST, QUERY',
      TYPES,
    ]);
    const asked = await gateway.send({
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'QUERY' },
    });
    expect([asked.status, asked.headers['access-control-allow-methods']]).toEqual([
      204,
      'GET, HEAD, POST, QUERY, PUT, DELETE',
    ]);
    const foreign = await gateway.send({ method: 'query', body: '{}' }).catch((error: Error) => error);
    expect(foreign).toMatchObject({ status: 400 });
  });
});
