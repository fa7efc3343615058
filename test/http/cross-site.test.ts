import type { IncomingHttpHeaders } from 'node:http';
import { createCors, hasForeignType, isCrossSite } from '../../src/http/cross-origin';
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';

const cleanup = cleanupAfterAll();
let origin: Origin;
let gateway: GatewayProcess;
const PRODUCTS = '{ products { name } }';
const MUTATION = 'mutation { renameProduct(id: "1", name: "Forged") { id } }';

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, CORS_ORIGINS: 'https://app.example' }),
  );
});

/** What a form, an image, a script or a fetch that does not ask can make a browser send as a POST. */
const SIMPLE: readonly (readonly [string, Record<string, string>, string])[] = [
  ['no content type', {}, JSON.stringify({ query: MUTATION })],
  ['text/plain', { 'content-type': 'text/plain' }, JSON.stringify({ query: MUTATION })],
  [
    'text/plain with JSON in a parameter',
    { 'content-type': 'text/plain; application/json' },
    JSON.stringify({ query: MUTATION }),
  ],
  [
    'text/plain and JSON',
    { 'content-type': 'text/plain, application/json' },
    JSON.stringify({ query: MUTATION }),
  ],
  [
    'a form',
    { 'content-type': 'application/x-www-form-urlencoded' },
    new URLSearchParams({ query: MUTATION }).toString(),
  ],
  ['an empty content type', { 'content-type': '' }, JSON.stringify({ query: MUTATION })],
  ['a longer name', { 'content-type': 'application/jsonp' }, JSON.stringify({ query: MUTATION })],
  ['another kind of JSON', { 'content-type': 'application/csp-report' }, JSON.stringify({ query: MUTATION })],
];

it.each(SIMPLE)('P52 refuses a POST that needs no preflight: %s', async (_, headers, body) => {
  for (const further of [
    {},
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { cookie: 'sid=1' },
  ]) {
    const answer = await gateway.send({
      headers: { ...headers, ...further } as Record<string, string>,
      body,
    });
    expect([answer.status, answer.errors?.[0]?.extensions?.['code']]).toEqual([
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ]);
  }
  expect(origin.count('renameProduct')).toBe(0);
});

it('P52 executes no mutation by GET or HEAD, nor one hidden in the URL of a POST', async () => {
  for (const method of ['GET', 'HEAD'] as const) {
    for (const headers of [{}, { 'apollo-require-preflight': '1' }] as Record<string, string>[]) {
      const answer = await gateway.query(MUTATION, { method, headers });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
    }
  }
  const both = `/graphql?query=${encodeURIComponent(MUTATION)}`;
  expect((await gateway.send({ path: both, headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  expect((await gateway.send({ path: both, headers: { 'content-type': 'application/json' } })).status).toBe(
    400,
  );
  const named = `query A { serial } ${MUTATION.replace('mutation', 'mutation B')}`;
  expect((await gateway.query(named, { method: 'GET', operationName: 'B' })).status).toBe(405);
  expect(origin.count('renameProduct')).toBe(0);
});

/** Headers of a GET, and whether it may have come across sites without a preflight. */
const GETS: readonly (readonly [string, Record<string, string>, boolean])[] = [
  ['a program', {}, false],
  ['a program that says what it takes', { accept: 'application/json', 'user-agent': 'x' }, false],
  ['fetch of Node', { 'sec-fetch-mode': 'cors', accept: '*/*' }, false],
  ['a page of the same origin', { 'sec-fetch-site': 'same-origin' }, false],
  ['a person who typed the address', { 'sec-fetch-site': 'none' }, false],
  ['an image of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, true],
  ['a link of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, true],
  ['a page of a sister domain', { 'sec-fetch-site': 'same-site' }, true],
  ['a fetch of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, true],
  ['the same from an old browser', { origin: 'https://evil.example' }, true],
  ['a sandboxed frame', { 'sec-fetch-site': 'cross-site', origin: 'null' }, true],
  ['a value nobody knows yet', { 'sec-fetch-site': 'something-new' }, true],
  ['a page that is listed', { 'sec-fetch-site': 'cross-site', origin: 'https://app.example' }, false],
  ['the same from an old browser, listed', { origin: 'https://app.example' }, false],
  ['Apollo Client', { 'sec-fetch-site': 'cross-site', 'apollo-require-preflight': 'true' }, false],
  [
    'Apollo Client, by another header',
    { 'sec-fetch-site': 'cross-site', 'x-apollo-operation-name': 'A' },
    false,
  ],
  ['a header without a value', { 'sec-fetch-site': 'cross-site', 'x-apollo-operation-name': '' }, true],
  [
    'JSON as a content type',
    { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json; charset=utf-8' },
    false,
  ],
];

it.each(GETS)('P52 a GET of %s', async (_, headers, isForged) => {
  expect(isCrossSite(headers, createCors(['https://app.example']))).toBe(isForged);
  // Both when it is a miss and when it is a hit.
  await gateway.query(PRODUCTS, { method: 'GET' });
  for (const query of [PRODUCTS, `{ products { name } } # ${JSON.stringify(headers)}`]) {
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await gateway.query(query, { method, headers });
      expect(answer.status).toBe(isForged ? 403 : 200);
      if (isForged && method === 'GET')
        expect(answer.errors?.[0]?.extensions?.['code']).toBe('CROSS_SITE_REQUEST');
    }
  }
});

it.each<[IncomingHttpHeaders['content-type'], boolean]>([
  [undefined, false],
  ['application/json', false],
  ['Application/JSON ; charset=utf-8', false],
  ['message/rfc822', true],
  ['text/plain', true],
  ['application/x-www-form-urlencoded', true],
  ['', true],
])('P52 a GET with the content type %j', async (type, isForeign) => {
  expect(hasForeignType({ 'content-type': type })).toBe(isForeign);
  const answer = await gateway.query(PRODUCTS, {
    method: 'GET',
    headers: type === undefined ? {} : { 'content-type': type },
  });
  expect(answer.status).toBe(isForeign ? 415 : 200);
});

it('shows its page to whoever follows a link to it', async () => {
  const headers = {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    accept: 'text/html,*/*;q=0.8',
  };
  const answer = await gateway.send({ method: 'GET', headers });
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(answer.headers['cache-control']).toBe('no-store');
});
