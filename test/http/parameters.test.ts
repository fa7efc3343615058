/** Parameters of the URL that are not GraphQL's own: many APIs take a language, a shop or a currency there. */
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import pino from 'pino';
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type Answer, type GatewayProcess } from '../kit/gateway';
import { startPrimary } from '../kit/redis-region';
import { startStorefront, storefrontTypes, type Storefront } from '../kit/storefront';

const cleanup = cleanupAfterAll();
let shop: Storefront;
let gateway: GatewayProcess;
const schema = storefrontTypes;
const json = { 'content-type': 'application/json' };

beforeAll(async () => {
  shop = cleanup.add(await startStorefront());
  gateway = cleanup.add(await startGateway({ UPSTREAM_URL: shop.url, DEBUG_HEADERS: '1' }, { schema }));
});

let serial = 0;
/** A question that was not asked before. */
const fresh = (): string => `{ product(id: "${++serial}") { name } }`;
const post = (query: string, search: string, to = gateway, headers: Record<string, string> = {}) =>
  to.send({
    path: `/graphql${search}`,
    headers: { ...json, ...headers },
    body: JSON.stringify({ query }),
  });
const get = (query: string, search = '') =>
  gateway.send({ method: 'GET', path: `/graphql?query=${encodeURIComponent(query)}${search}` });
const lastUrl = () => shop.received.at(-1)!.url;

describe('P34 P66 a parameter of the URL', () => {
  it('P34 chooses the answer, and is part of its key, by POST and GET alike', async () => {
    const query = fresh();
    const name = async (answer: Promise<Answer>) => {
      const { data, cacheStatus, headers } = await answer;
      return [data.product.name.split(' ')[0], cacheStatus.split(';')[0], headers['content-language']];
    };
    expect(await name(post(query, ''))).toEqual(['Product', 'fwd=uri-miss', 'en']);
    expect(await name(post(query, '?lang=de'))).toEqual(['Produkt', 'fwd=uri-miss', 'de']);
    expect(await name(post(query, '?lang=de'))).toEqual(['Produkt', 'hit', 'de']);
    expect(await name(get(query, '&lang=de'))).toEqual(['Produkt', 'hit', 'de']);
    expect(await name(get(query, '&lang=fr'))).toEqual(['Produit', 'fwd=uri-miss', 'fr']);
    expect(await name(post(query, '?lang=fr'))).toEqual(['Produit', 'hit', 'fr']);
    expect(await name(post(query, ''))).toEqual(['Product', 'hit', 'en']);
    expect(await name(get(query))).toEqual(['Product', 'hit', 'en']);
  });

  it.each(['?a=1&b=2', '?b=2&a=1', '?a=1&a=2', '?a=2&a=1', '?a', '?a=', '?a=%201', '?a=+1', '?%61=1'])(
    'P66 reaches upstream as it was written: %s',
    async (search) => {
      await post(fresh(), search);
      expect(lastUrl()).toBe(`/graphql${search}`);
    },
  );

  it.each([
    '?query=%7Buncached%7D',
    '?variables=%7B%7D&operationName=x&extensions=%7B%7D&documentId=1&doc_id=1',
    '?%71uery=1',
    '?QUERY=1',
    '?query[]=1',
    '?+query=1',
  ])('is not passed where a server may take it for one of GraphQL’s own: %s', async (search) => {
    await post(fresh(), search);
    expect(lastUrl()).toBe('/graphql');
    await post(fresh(), `${search}&lang=de`);
    expect(lastUrl()).toBe('/graphql?lang=de');
  });

  it('is passed under the name `id` where it names no document', async () => {
    await post(fresh(), '?id=7');
    expect(lastUrl()).toBe('/graphql?id=7');
    await get(fresh(), '&id=7');
    expect(lastUrl()).toBe('/graphql?id=7');
  });

  it('is neither passed nor part of the key where IGNORE_PARAMS names it', async () => {
    const query = fresh();
    await post(query, '?utm_source=a&lang=de&fbclid=b');
    expect(lastUrl()).toBe('/graphql?lang=de');
    const again = await post(query, '?lang=de&gclid=c&msclkid=d&utm_campaign=e');
    expect(again.cacheStatus).toMatch(/^hit/);
    const to = cleanup.add(
      await startGateway({ UPSTREAM_URL: shop.url, IGNORE_PARAMS: 'cache*, v' }, { schema }),
    );
    await post(fresh(), '?cachebuster=1&v=2&vv=3&utm_source=4', to);
    expect(lastUrl()).toBe('/graphql?vv=3&utm_source=4');
  });

  it('does not replace one of UPSTREAM_URL', async () => {
    const to = cleanup.add(await startGateway({ UPSTREAM_URL: `${shop.url}?lang=fr&shop=1` }, { schema }));
    const query = fresh();
    const first = await post(query, '?lang=de&shop=2&Shop=3&shop[]=4&currency=EUR', to);
    expect(lastUrl()).toBe('/graphql?lang=fr&shop=1&currency=EUR');
    expect(first.headers['content-language']).toBe('fr');
    // What is not passed is no part of the key.
    expect((await post(query, '?currency=EUR&lang=en', to)).cacheStatus).toMatch(/^hit/);
  });

  it.each([
    ['16 of them', `?${Array.from({ length: 16 }, (_, at) => `p${at}=1`).join('&')}`, 200],
    ['17 of them', `?${Array.from({ length: 17 }, (_, at) => `p${at}=1`).join('&')}`, 414],
    ['17 with the same name', `?${Array.from({ length: 17 }, () => 'p=1').join('&')}`, 414],
    ['2 KiB of them', `?p=${'x'.repeat(2046)}`, 200],
    ['a byte more', `?p=${'x'.repeat(2047)}`, 414],
    ['any number that is ignored', `?${Array.from({ length: 40 }, (_, at) => `utm_${at}=1`).join('&')}`, 200],
  ])('is one of few: %s', async (_, search, status) => {
    const before = shop.received.length;
    const answer = await post(fresh(), search);
    expect(answer.status).toBe(status);
    expect(shop.received.length - before).toBe(status === 200 ? 1 : 0);
    if (status === 414) expect(answer.errors?.[0]?.extensions?.['code']).toBe('URI_TOO_LONG');
    expect((await get(fresh(), search.replace('?', '&'))).status).toBe(status);
  });

  it('goes along with what passes the cache: a bypass, a mutation, each of a batch', async () => {
    await post('{ uncached }', '?lang=de&a=1');
    expect(lastUrl()).toBe('/graphql?lang=de&a=1');
    const { data, headers } = await post('mutation { rename(id: "1") { name } }', '?lang=de&a=1');
    expect(lastUrl()).toBe('/graphql?lang=de&a=1');
    expect([data.rename.name, headers['content-language']]).toEqual(['Produkt 1', 'de']);
    const asked = shop.received.length;
    await post('mutation { addReview { id } }', '?lang=de');
    // What it refers to is asked for in the same words: in another language, or shop, it may be another.
    expect(shop.received.slice(asked).map(({ url }) => url)).toEqual([
      '/graphql?lang=de',
      '/graphql?lang=de',
    ]);
    const [one, other] = [fresh(), fresh()];
    const batch = (search: string) =>
      gateway.send({
        path: `/graphql${search}`,
        headers: json,
        body: JSON.stringify([{ query: one }, { query: other }]),
      });
    const before = shop.received.length;
    expect((await batch('?lang=de')).text).toMatch(/Produkt.*Produkt/);
    expect(shop.received.slice(before).map(({ url }) => url)).toEqual([
      '/graphql?lang=de',
      '/graphql?lang=de',
    ]);
    expect((await batch('')).text).not.toMatch(/Produkt/);
    const again = await batch('?lang=de');
    expect(again.text).toMatch(/Produkt.*Produkt/);
    expect(again.headers['content-language']).toBe('de');
    expect(shop.received.length - before).toBe(4);
  });

  it('goes along with a persisted query', async () => {
    const query = fresh();
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = encodeURIComponent(JSON.stringify({ persistedQuery: { version: 1, sha256Hash } }));
    await get(query, `&extensions=${extensions}`);
    const byHash = (search: string) =>
      gateway.send({ method: 'GET', path: `/graphql?extensions=${extensions}${search}` });
    expect((await byHash('&lang=de')).data.product.name).toMatch(/^Produkt/);
    expect((await byHash('&lang=de')).cacheStatus).toMatch(/^hit/);
    expect((await byHash('')).data.product.name).toMatch(/^Product/);
  });

  it('goes along with a mutation that is sent on to another region', async () => {
    const redis = cleanup.add(await startPrimary());
    const common = { UPSTREAM_URL: shop.url, REDIS_URL: redis.url };
    const iad = cleanup.add(await startGateway({ ...common, REGION: 'iad' }, { schema }));
    const syd = cleanup.add(
      await startGateway(
        { ...common, REGION: 'syd', PRIMARY_REGION: 'iad', PRIMARY_URL: iad.url },
        { schema },
      ),
    );
    const answer = await post('mutation { rename(id: "1") { name } }', '?lang=de&utm_x=1&a=1', syd);
    expect(lastUrl()).toBe('/graphql?lang=de&a=1');
    expect([answer.data.rename.name, answer.headers['content-language']]).toEqual(['Produkt 1', 'de']);
    expect(answer.headers['cache-status']).toMatch(/lastmile-iad.*lastmile-syd/);
  });

  it('is named in what the debug header says of the key', async () => {
    const debug = { 'lastmile-debug': '1' };
    const { extensions } = await post(fresh(), '?lang=de&utm_x=1&a=1', gateway, debug);
    expect(extensions.lastmile.explain.key.parameters).toEqual(['lang', 'a']);
    const without = await post(fresh(), '', gateway, debug);
    expect(without.extensions.lastmile.explain.key.parameters).toEqual([]);
  });

  it('leaves no value in the log, whatever becomes of the request', async () => {
    let lines = '';
    const stream = new Writable({
      write(chunk, _, done) {
        lines += String(chunk);
        done();
      },
    });
    const to = cleanup.add(
      await startGateway({ UPSTREAM_URL: shop.url }, { schema, log: pino({ level: 'trace' }, stream) }),
    );
    const search = '?key=s3cret-of-the-url';
    await post(fresh(), search, to);
    await post(fresh(), `${search}&${'x&'.repeat(20)}`, to);
    shop.answerStatus = 302;
    await post(fresh(), search, to);
    shop.answerStatus = 200;
    shop.answerHeaders = { 'content-encoding': 'unknown' };
    await post('mutation { rename(id: "1") { name } }', search, to);
    shop.answerHeaders = {};
    expect(lines).not.toBe('');
    expect(lines).not.toContain('s3cret');
  });
});
