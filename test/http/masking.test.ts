import { cleanupAfterEach } from '../kit/cleanup';
import { freePort } from '../kit/free-port';
import { startGateway, type Answer } from '../kit/gateway';
import { startOrigin } from '../kit/origin';
import { connectTo, postOf } from './raw';

const cleanup = cleanupAfterEach();

/** What tells a client how the gateway is made and what it talks to. */
const INTERNAL = [
  /127\.0\.0\.1|localhost|::1/,
  /ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|UND_ERR|HPE_|ERR_/,
  /redis|ioredis|undici|yoga|envelop|graphql-js/i,
  /\bat .+:\d+:\d+|node_modules|\.ts\b|\.js\b|\/work|node:/,
  /stack|originalError/i,
];

function expectMasked({ text, headers }: Pick<Answer, 'text' | 'headers'>): void {
  const all = `${text}\n${JSON.stringify(headers)}`;
  for (const pattern of INTERNAL) expect(all).not.toMatch(pattern);
}

const OPERATIONS = [
  '{ products { name } }',
  '{ serial }',
  'mutation { renameProduct(id: "1", name: "x") { id } }',
];

it('P57 says of an upstream that cannot be reached only that', async () => {
  const port = await freePort();
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: `http://127.0.0.1:${port}/secret/graphql` }),
  );
  for (const query of OPERATIONS) {
    const answer = await gateway.query(query);
    expect(answer.errors).toEqual([
      {
        message: 'The GraphQL API behind the gateway could not be reached.',
        extensions: { code: 'UPSTREAM_UNREACHABLE' },
      },
    ]);
    expectMasked(answer);
  }
});

it.each([
  ['500', 'UPSTREAM_BAD_ANSWER'],
  ['html', 'UPSTREAM_BAD_ANSWER'],
  ['truncated', 'UPSTREAM_BAD_ANSWER'],
  ['destroy', 'UPSTREAM_UNREACHABLE'],
  ['hang', 'UPSTREAM_TIMEOUT'],
] as const)('P57 says of an upstream that fails nothing of how: %s', async (fault, code) => {
  const origin = cleanup.add(await startOrigin());
  const timeout = fault === 'hang' ? '300' : '30000';
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, UPSTREAM_TIMEOUT_MS: timeout }));
  origin.fail(fault);
  for (const query of OPERATIONS) {
    const answer = await gateway.query(query, { headers: { accept: 'application/graphql-response+json' } });
    expect(answer.errors?.[0]?.extensions).toEqual({ code });
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expectMasked(answer);
  }
});

it('P57 says nothing of a Redis that cannot be reached', async () => {
  const origin = cleanup.add(await startOrigin());
  const port = await freePort();
  const gateway = cleanup.add(
    await startGateway(
      { UPSTREAM_URL: origin.url, REDIS_URL: `redis://user:secret@127.0.0.1:${port}` },
      { awaitReady: false },
    ),
  );
  for (const query of OPERATIONS) {
    const answer = await gateway.query(query);
    expect(answer.data).toBeDefined();
    expect(answer.errors).toBeUndefined();
    expectMasked(answer);
    expect(answer.text).not.toMatch(/secret/);
  }
});

it('P57 says of what is wrong with a request nothing of who found it', async () => {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
  const headers = { 'content-type': 'application/json' };
  const refusals = [
    await gateway.send({ headers, body: '{"query":' }),
    await gateway.send({ headers, body: '[]' }),
    await gateway.send({ headers, body: 'x'.repeat(300_000) }),
    await gateway.send({ headers: { 'content-type': 'text/xml' }, body: '<a/>' }),
    await gateway.send({ method: 'PATCH', headers, body: '{}' }),
    await gateway.send({ path: '/etc/passwd', method: 'GET' }),
    await gateway.send({ path: '/graphql?query=%', method: 'GET' }),
    await gateway.query('{'),
    await gateway.query(`{ ${'a {'.repeat(100_000)}`),
    await gateway.query('{ nothing }'),
    await gateway.query('{ product(id: {}) { name } }'),
    await gateway.query('query ($id: ID!) { product(id: $id) { name } }', { variables: { id: {} } }),
    await gateway.query('query A { serial } query B { serial }'),
    await gateway.query('mutation { touchNothing }', { method: 'GET' }),
    await gateway.query('{ serial }', { headers: { accept: 'image/png' } }),
    await gateway.query('{ serial }', { headers: { 'cache-control': 'only-if-cached' } }),
    await gateway.query('subscription { nothing }'),
  ];
  for (const refusal of refusals) {
    expect(refusal.errors?.length).toBeGreaterThan(0);
    expectMasked(refusal);
  }
  const socket = cleanup.add(await connectTo(gateway.port));
  socket.send(postOf('{}', ['Content-Length: 7']));
  const { body } = await socket.answer();
  expectMasked({ text: body, headers: {} });
});
