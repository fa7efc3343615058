import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { startLocalServer, startSaying } from '../kit/local-server';
import { startOrigin } from '../kit/origin';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

/** Private, and asked for without a session: nobody's to store. */
const MINE = '{ viewer { name basket { name } } }';
const VIEWER = { data: { viewer: { name: 'Ada', basket: [{ name: 'A' }, { name: 'B' }] } } };

it('asks upstream for no more than the client did, where nobody can use more', async () => {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
  expect((await gateway.query(MINE)).cacheStatus).toBe('fwd=bypass; detail=private');
  expect(origin.received.at(-1)!.body).not.toContain('__');
  await gateway.query('{ products { name } }');
  expect(origin.received.at(-1)!.body).toContain('__lm_key_7_Product_id');
});

it('passes on the bytes that upstream wrote', async () => {
  const text =
    '{"data" : {"viewer":{"name":"\\u0041da \u00e9\u{1f600}","basket":[ ]}},"extensions":{"cost":1.0e2}}';
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: cleanup.add(await startSaying(text)).url }));
  const answer = await gateway.query(MINE);
  expect(answer.text).toBe(text);
  expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(text)));
  const other = { headers: { accept: 'application/graphql-response+json' } };
  expect((await gateway.query(MINE, other)).text).toBe(text);
});

it('stores the bytes that upstream wrote, where nothing in them was only for the gateway', async () => {
  const text = '{"data": {"products": [ {"id":"1","name":"A"} ]}}';
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: cleanup.add(await startSaying(text)).url }));
  for (const status of ['fwd=uri-miss; stored', 'hit; ttl=']) {
    const answer = await gateway.query('{ products { id name } }');
    expect(answer.cacheStatus).toContain(status);
    expect(answer.text).toBe(text);
  }
});

it('stores nothing that was only for the gateway', async () => {
  const text = '{"data": {"products": [ {"name":"A","__lm_key_7_Product_id":"1"} ]}}';
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: cleanup.add(await startSaying(text)).url }));
  for (const status of ['fwd=uri-miss; stored', 'hit; ttl=']) {
    const answer = await gateway.query('{ products { name } }');
    expect(answer.cacheStatus).toContain(status);
    expect(answer.text).toBe('{"data": {"products": [ {"name":"A"} ]}}');
  }
});

it('writes an answer of several lines on one, which an event of a stream has to be', async () => {
  const text = `\r\n${JSON.stringify(VIEWER, undefined, 2)}\r\n`;
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: cleanup.add(await startSaying(text)).url }));
  expect((await gateway.query(MINE)).text).toBe(JSON.stringify(VIEWER));
  const events = await gateway.query(MINE, { headers: { accept: 'text/event-stream' } });
  expect(events.text).toContain(`data: ${JSON.stringify(VIEWER)}\n\n`);
});

it('takes out of an answer what must not reach a client, whatever else is in it', async () => {
  const error = { message: 'no basket', path: ['viewer', 'basket'], locations: [{ line: 1, column: 2 }] };
  const said = { ...VIEWER, errors: [error], extensions: { http: { status: 500 }, cost: 1 } };
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: cleanup.add(await startSaying(JSON.stringify(said))).url }),
  );
  const answer = await gateway.query(MINE);
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.text)).toEqual({
    ...VIEWER,
    errors: [{ message: 'no basket', path: ['viewer', 'basket'] }],
    extensions: { cost: 1 },
  });
});

it('P64 stores nothing of an answer some of whose characters are lost', async () => {
  const text = Buffer.from(
    '{"data":{"products":[{"name":"Zo\u00eb","__lm_key_7_Product_id":"x"}]}}',
    'latin1',
  );
  let type = 'application/json';
  const { url } = cleanup.add(
    await startLocalServer((_, response) => response.writeHead(200, { 'content-type': type }).end(text)),
  );
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: url }));
  for (let times = 0; times < 2; times++) {
    const answer = await gateway.query('{ products { name } }');
    expect(answer.cacheStatus).toBe('fwd=uri-miss; detail=untagged');
    expect(answer.text).toBe('{"data":{"products":[{"name":"Zo\ufffd"}]}}');
  }
  type = 'application/json; charset=iso-8859-1';
  for (const status of ['fwd=uri-miss; stored', 'hit; ttl='])
    expect(await gateway.query('{ products { name } }')).toMatchObject({
      cacheStatus: expect.stringContaining(status) as string,
      text: '{"data":{"products":[{"name":"Zo\u00eb"}]}}',
    });
});

it.each([
  ['half an answer', JSON.stringify(VIEWER).slice(0, -5)],
  ['two answers', `${JSON.stringify(VIEWER)}${JSON.stringify(VIEWER)}`],
  ['no answer', '[]'],
])('passes on nothing that is %s', async (_, text) => {
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: cleanup.add(await startSaying(text)).url }));
  const answer = await gateway.query(MINE);
  expect(answer.status).toBe(502);
  expect(answer.errors?.[0]?.extensions).toEqual({ code: 'UPSTREAM_BAD_ANSWER' });
});

it('tells the operation log what such an answer holds', async () => {
  const folder = cleanup.folder('log');
  const path = join(folder, 'operations.jsonl');
  const origin = cleanup.add(await startOrigin());
  const env = { UPSTREAM_URL: origin.url, OPERATION_LOG: path, OPERATION_LOG_SAMPLE: '1' };
  const gateway = cleanup.add(await startGateway(env));
  await gateway.query(MINE, { headers: { authorization: 'Bearer ada' } });
  const lines = async () => (await readFile(path, 'utf8').catch(() => '')).split('\n').filter(Boolean);
  await until('the query is written down', async () =>
    (await lines()).some((line) => line.includes('"why"')),
  );
  const query = (await lines()).map((line) => JSON.parse(line)).find(({ why }) => why !== undefined);
  expect(query.tags).toContain('Viewer');
  expect(query.tags).toContain('[Product]');
});
