import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { NAUGHTY } from './naughty-strings';
import { connectTo, postOf } from './raw';

const cleanup = cleanupAfterAll();
let origin: Origin;
let gateway: GatewayProcess;

const PRODUCT = 'query ($id: ID!) { product(id: $id) { id name } }';

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, VARY: 'x-tenant', FORWARD_HEADERS: 'x-trace' }),
  );
  // Every text is the id and the name of a product, and the category it is in.
  origin.change((data) => {
    for (const [, text] of NAUGHTY) {
      data.products.push({ id: text, name: text, price: 1, version: 1, likes: 0, category: text });
    }
  });
});

/** What survives UTF-8: all but lone surrogates, which JSON can only say as escapes. */
function isWellFormed([, text]: (typeof NAUGHTY)[number]): boolean {
  return text.isWellFormed();
}

it('has texts that differ from each other', () => {
  expect(new Set(NAUGHTY.map(([, text]) => text)).size).toBe(NAUGHTY.length);
});

it.each(NAUGHTY)(
  'P20 returns what a variable and an answer hold, unchanged, miss and hit: %s',
  async (_, text) => {
    for (const status of [/^fwd=uri-miss; stored$/, /^hit/]) {
      const answer = await gateway.query(PRODUCT, { variables: { id: text } });
      expect(answer.cacheStatus).toMatch(status);
      expect(answer.data).toEqual({ product: { id: text, name: text } });
    }
    // By GET as far as a URL can say it: it is the same entry.
    if (!text.isWellFormed()) return;
    const get = await gateway.query(PRODUCT, { variables: { id: text }, method: 'GET' });
    if (get.status === 431) expect(text.length).toBeGreaterThan(4000);
    else
      expect([get.cacheStatus.slice(0, 3), get.data]).toEqual(['hit', { product: { id: text, name: text } }]);
  },
);

it.each(NAUGHTY.filter(isWellFormed))(
  'returns what a query holds as a string, unchanged: %s',
  async (_, text) => {
    const answer = await gateway.query(`{ product(id: ${JSON.stringify(text)}) { id name } }`);
    expect(answer.data).toEqual({ product: { id: text, name: text } });
  },
);

it.each(NAUGHTY)('P20 purges the entity of that id, and no other: %s', async (_, text) => {
  const place = NAUGHTY.findIndex(([, other]) => other === text);
  const others = [1, 2, 3, 23, 47].map((step) => NAUGHTY[(place + step) % NAUGHTY.length]!);
  const read = (id: string) => gateway.query(PRODUCT, { variables: { id } });
  for (const [, id] of [['', text] as const, ...others]) await read(id);
  const like = 'mutation ($id: ID!) { likeProduct(id: $id) { id } }';
  expect((await gateway.query(like, { variables: { id: text } })).data.likeProduct.id).toBe(text);
  expect((await read(text)).cacheStatus).toBe('fwd=stale; stored; detail=purged');
  for (const [why, id] of others)
    expect([why, (await read(id)).cacheStatus.slice(0, 3)]).toEqual([why, 'hit']);
});

it.each(NAUGHTY)(
  'answers a query, a name or a header that is nothing but that, without a fault: %s',
  async (_, text) => {
    for (const body of [
      { query: text },
      { query: `{ ${text} }` },
      { query: '{ serial }', operationName: text },
    ]) {
      const answer = await gateway.query(
        body.query,
        body.operationName ? { operationName: body.operationName } : {},
      );
      expect(answer.status).toBeLessThan(500);
      expect(answer.text).toBe(JSON.stringify(JSON.parse(answer.text)));
    }
    const socket = cleanup.add(await connectTo(gateway.port));
    const query = JSON.stringify({ query: '{ header(name: "x-tenant") }' });
    const value = Buffer.from(text).toString('latin1');
    socket.send(Buffer.from(postOf(query, [`X-Tenant: ${value}`, `X-Trace: ${value}`]), 'latin1'));
    const { status, headers } = await socket.answer();
    expect([200, 400, 431]).toContain(status);
    expect(headers.has('x-injected')).toBe(false);
    socket.close();
  },
);

it('P34 keeps headers apart byte for byte', async () => {
  const values = ['a', 'A', 'a b', 'a,b', 'a, b', '%61', '\xe9', '\xc3\xa9', '"', '[]', '-', '+a', 'null'];
  const query = JSON.stringify({ query: '{ header(name: "x-tenant") }' });
  for (let times = 0; times < 2; times++) {
    for (const value of values) {
      const socket = cleanup.add(await connectTo(gateway.port));
      socket.send(Buffer.from(postOf(query, [`X-Tenant: ${value}`]), 'latin1'));
      const { body, headers } = await socket.answer();
      const { data } = JSON.parse(Buffer.from(body, 'latin1').toString()) as { data: { header: string } };
      expect(data.header).toBe(value);
      expect(headers.get('cache-status')?.[0]).toMatch(times === 0 ? /uri-miss; stored$/ : /hit/);
      socket.close();
    }
  }
});
