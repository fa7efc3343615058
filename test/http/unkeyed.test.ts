/** P34, P53: what is not part of the key cannot change what others are answered. */
import { hash } from 'node:crypto';
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type Answer, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';

const cleanup = cleanupAfterAll();
let origin: Origin;
let gateway: GatewayProcess;
let serial = 0;

const HEADERS = [
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-scheme',
  'forwarded',
  'x-host',
  'x-real-ip',
  'x-original-url',
  'x-rewrite-url',
  'x-original-host',
  'x-http-method-override',
  'true-client-ip',
  'accept-language',
  'accept-charset',
  'user-agent',
  'referer',
  'origin',
  'dnt',
  'via',
  'from',
  'range',
  'if-range',
  'pragma',
  'warning',
  'te',
  'expect-ct',
  'upgrade-insecure-requests',
  'x-requested-with',
  'x-unknown',
  'x-tenant',
  'apollo-require-preflight',
  'apollographql-client-name',
  'x-apollo-operation-name',
  'lastmile-extensions',
  'lastmile-debug',
  'lastmile-purged',
  'sec-fetch-site',
  'sec-fetch-mode',
  'priority',
  'save-data',
  'sec-ch-ua',
  'cdn-loop',
];

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
});

/** A query no other test asks, with an answer that is one entry. */
function fresh(name: string): string {
  return `query Q${++serial} { header(name: "${name}") products { id name } }`;
}

async function clean(query: string): Promise<Answer> {
  const answer = await gateway.query(query);
  expect(answer.status).toBe(200);
  return answer;
}

it.each(HEADERS)('P34 a header that is not listed cannot change a stored answer: %s', async (name) => {
  const query = fresh(name);
  for (const value of ['evil', 'evil.example', 'x'.repeat(2000)]) {
    const poisoning = await gateway.query(query, { headers: { [name]: value } });
    expect(poisoning.text).not.toContain('evil');
  }
  const answer = await clean(query);
  expect(answer.cacheStatus).toMatch(/^hit/);
  expect(answer.data.header).toBeNull();
  expect(answer.data.products).toHaveLength(origin.data.products.length);
});

it.each([
  '&query={serial}',
  '&extensions={"evil":1}',
  '&operationName=',
  '&utm_source=evil',
  '&variables={"evil":1}',
  '#evil',
  '&',
])('P34 what else a URL holds cannot change a stored answer: %s', async (suffix) => {
  const query = fresh('x-unknown');
  const path = `/graphql?query=${encodeURIComponent(query)}`;
  const first = await gateway.send({ method: 'GET', path: path + suffix });
  const answer = await clean(query);
  expect([first.text, answer.cacheStatus.slice(0, 3)]).toEqual([answer.text, 'hit']);
});

it.each(['&x=evil', '&callback=evil', '&x'])(
  'P34 what upstream is sent of a URL is part of the key: %s',
  async (suffix) => {
    const query = fresh('x-unknown');
    const path = `/graphql?query=${encodeURIComponent(query)}`;
    const read = async (url: string) => (await gateway.send({ method: 'GET', path: url })).cacheStatus;
    expect(await read(path + suffix)).toMatch(/^fwd=uri-miss/);
    expect((await clean(query)).cacheStatus).toMatch(/^fwd=uri-miss/);
    expect(await read(path + suffix)).toMatch(/^hit/);
  },
);

it.each([
  '"extensions":{"evil":1}',
  '"variables":{"evil":1}',
  '"evil":1',
  '"query":"{ serial }","query":%',
  '"__proto__":{}',
])('P34 what else a body holds cannot change a stored answer: %s', async (member) => {
  const query = fresh('x-unknown');
  const text = JSON.stringify(query);
  const body = member.includes('%') ? `{${member.replace('%', text)}}` : `{"query":${text},${member}}`;
  const first = await gateway.send({ headers: { 'content-type': 'application/json' }, body });
  const answer = await clean(query);
  expect([first.text, answer.cacheStatus.slice(0, 3)]).toEqual([answer.text, 'hit']);
});

/** Requests that are refused, each in front of a good one with the same operation. */
const REFUSED: readonly (readonly [string, (query: string) => Promise<Answer>, number])[] = [
  [
    'a header too large',
    (query) => gateway.query(query, { headers: { 'x-large': 'x'.repeat(20_000) } }),
    431,
  ],
  ['a type nobody has', (query) => gateway.query(query, { headers: { accept: 'image/png' } }), 406],
  [
    'a bad charset',
    (query) => gateway.query(query, { headers: { 'content-type': 'application/json; charset=utf-7' } }),
    400,
  ],
  ['no content type', (query) => gateway.send({ body: JSON.stringify({ query }) }), 415],
  ['a coding', (query) => gateway.query(query, { headers: { 'content-encoding': 'br' } }), 415],
  ['another method', (query) => gateway.send({ method: 'PATCH', body: JSON.stringify({ query }) }), 405],
  [
    'another site',
    (query) => gateway.query(query, { method: 'GET', headers: { 'sec-fetch-site': 'cross-site' } }),
    403,
  ],
  [
    'a bad variable',
    (query) =>
      gateway.send({
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: [] }),
      }),
    400,
  ],
  ['a wrong operation', (query) => gateway.query(query, { operationName: 'Nobody' }), 200],
  [
    'nothing stored',
    (query) => gateway.query(query, { headers: { 'cache-control': 'only-if-cached' } }),
    504,
  ],
];

it.each(REFUSED)('P53 a refusal is stored for nobody: %s', async (_, refuse, status) => {
  const query = fresh('x-unknown');
  for (let times = 0; times < 2; times++) {
    const refusal = await refuse(query);
    expect(refusal.status).toBe(status);
    expect(refusal.headers['cache-control']).toBe('no-store');
  }
  const answer = await clean(query);
  expect([answer.cacheStatus, answer.data.products.length]).toEqual(['fwd=uri-miss; stored', 6]);
  await refuse(query);
  const hit = await clean(query);
  expect([hit.cacheStatus.slice(0, 3), hit.text]).toEqual(['hit', answer.text]);
});

it('P53 a refusal is kept for its own text only, whatever characters are in it', async () => {
  const headers = { 'content-type': 'application/json' };
  for (const separator of ['\0', ':', '-', '\n', '']) {
    const name = `Named${++serial}`;
    const query = `query ${name} { products { id } }`;
    const forged = [
      { query: `${name}${separator}${query}` },
      { query: `${name.length}${separator}${name}${query}` },
      { query, operationName: `${separator}${name}` },
      { query: query.slice(5), operationName: `${name}${separator}query` },
    ];
    for (const body of forged) await gateway.send({ headers, body: JSON.stringify(body) });
    expect((await gateway.query(query, { operationName: name })).data?.products).toHaveLength(6);
    expect((await gateway.query(query)).data?.products).toHaveLength(6);
  }
});

it('P53 a body is not taken for the URL of a GET, nor for the name of a longer body', async () => {
  const search = `query=${encodeURIComponent('{ serial }')}`;
  await gateway.send({ method: 'GET', path: `/graphql?${search}` });
  const long = JSON.stringify({ query: `{ serial } # ${'x'.repeat(5000)}` });
  const headers = { 'content-type': 'application/json' };
  expect((await gateway.send({ headers, body: long })).status).toBe(200);
  for (const body of [`?${search}`, `#${hash('sha256', long, 'base64url')}`]) {
    expect((await gateway.send({ headers, body })).errors?.[0]?.extensions?.['code']).toBe('BAD_JSON');
  }
});

it.each(['errors', '500', 'html', 'truncated', 'destroy'] as const)(
  'P53 a failure of upstream is stored for nobody: %s',
  async (fault) => {
    const query = fresh('x-unknown');
    origin.fail(fault, 2);
    const failed = await gateway.query(query);
    expect(failed.errors?.length).toBeGreaterThan(0);
    origin.recover();
    expect((await clean(query)).cacheStatus).toBe('fwd=uri-miss; stored');
  },
);
