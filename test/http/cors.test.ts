import { createCors } from '../../src/http/cross-origin';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type Answer, type GatewayProcess } from '../kit/gateway';
import { startOrigin } from '../kit/origin';

const cleanup = cleanupAfterEach();
const APP = 'https://app.example';
const EXPOSED = 'Lastmile-Token, Cache-Status, Age, ETag';
const PRODUCTS = '{ products { name } }';

async function start(origins?: string): Promise<GatewayProcess> {
  const origin = cleanup.add(await startOrigin());
  return cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, ...(origins !== undefined && { CORS_ORIGINS: origins }) }),
  );
}

/** What an answer says to browsers, by the end of the headers' names. */
function said({ headers }: Answer): Record<string, unknown> {
  const prefix = 'access-control-';
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );
}

function preflight(
  gateway: GatewayProcess,
  origin: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return gateway.send({
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', ...headers },
  });
}

it('says nothing to any origin unless told to, and refuses to be asked', async () => {
  const gateway = await start();
  const answer = await preflight(gateway, APP);
  expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, POST, QUERY']);
  for (let times = 0; times < 2; times++) {
    const asked = await gateway.query(PRODUCTS, { headers: { origin: APP } });
    expect([asked.status, said(asked)]).toEqual([200, {}]);
    expect(asked.headers.vary).not.toMatch(/Origin/);
  }
});

it('lets the pages of listed origins read answers, miss, hit, 304 and error, with cookies', async () => {
  const gateway = await start(`https://other.example, ${APP}`);
  const allowed = { 'allow-origin': APP, 'allow-credentials': 'true', 'expose-headers': EXPOSED };
  const headers = { origin: APP };
  const answers = [
    await gateway.query(PRODUCTS, { headers }),
    await gateway.query(PRODUCTS, { headers }),
    await gateway.query(PRODUCTS, { headers: { ...headers, 'if-none-match': '*' }, method: 'GET' }),
    await gateway.query('{ nothing }', { headers }),
    await gateway.query('mutation { likeProduct(id: "1") { likes } }', { headers }),
    await gateway.send({ path: '/graphql', headers, body: '{"query"' }),
    await gateway.send({
      headers: { ...headers, 'content-type': 'application/json' },
      body: 'x'.repeat(300_000),
    }),
    await gateway.send({ path: '/nowhere', headers, method: 'GET' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 304, 200, 200, 415, 413, 404]);
  expect(answers[1]!.cacheStatus).toMatch(/^hit/);
  for (const answer of answers) {
    expect(said(answer)).toEqual(allowed);
    expect(answer.headers.vary).toMatch(/^Accept, Accept-Encoding, Origin$/);
  }
});

it('tells an origin that is not listed nothing but that it matters', async () => {
  const gateway = await start(APP);
  await gateway.query(PRODUCTS, { headers: { origin: APP } });
  const others = ['https://evil.example', 'null', `${APP}.evil.example`, 'http://app.example', `${APP}:443`];
  for (const origin of [undefined, ...others, APP.toUpperCase()]) {
    const answer = await gateway.query(PRODUCTS, { headers: origin === undefined ? {} : { origin } });
    expect(answer.cacheStatus).toMatch(/^hit/);
    expect([origin, said(answer)]).toEqual([origin, {}]);
    expect(answer.headers.vary).toMatch(/, Origin$/);
    const refused = await preflight(gateway, origin ?? '');
    expect([origin, refused.status, said(refused)]).toEqual([origin, 403, {}]);
  }
});

it('lets the pages of any origin read answers, without cookies, when told `*`', async () => {
  const gateway = await start('*');
  for (const headers of [{}, { origin: APP }, { origin: 'null' }] as Record<string, string>[]) {
    const answer = await gateway.query(PRODUCTS, { headers });
    expect(said(answer)).toEqual({ 'allow-origin': '*', 'expose-headers': EXPOSED });
    expect(answer.headers.vary).not.toMatch(/Origin/);
  }
});

it.each([APP, '*'])('tells a browser before it sends what it may send: %s', async (origins) => {
  const gateway = await start(origins);
  const asked = 'authorization,content-type,lastmile-token';
  const answer = await preflight(gateway, APP, { 'access-control-request-headers': asked });
  expect([answer.status, answer.text]).toEqual([204, '']);
  expect(answer.headers['content-length']).toBeUndefined();
  expect(said(answer)).toMatchObject({
    'allow-origin': origins,
    'allow-methods': 'GET, HEAD, POST, QUERY, PUT, DELETE',
    'allow-headers': asked,
    'max-age': '7200',
  });
  expect(answer.headers.vary).toMatch(/Access-Control-Request-Headers$/);
  // Without headers to ask for there are none to allow.
  expect(said(await preflight(gateway, APP))['allow-headers']).toBeUndefined();
});

it('says back only what can be names of headers', () => {
  const cors = createCors('*')!;
  const allowed = (names: string): boolean =>
    cors
      .preflight({ origin: APP, 'access-control-request-headers': names })!
      .includes('Access-Control-Allow-Headers');
  expect(allowed('x-a, x-b')).toBe(true);
  for (const names of ['x:a', 'a\u00e9', '<a>', '', 'a'.repeat(2001)]) expect(allowed(names)).toBe(false);
});
