/** What is written down of requests, and what never is. */
import { cleanupAfterAll } from '../kit/cleanup';
import { freePort } from '../kit/free-port';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { takeDownLog, type LogLine } from '../kit/log';
import { startOrigin, type Origin } from '../kit/origin';
import { startRegions } from '../kit/regions';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();
let origin: Origin;
let gateway: GatewayProcess;
let lines: LogLine[];

beforeAll(async () => {
  const taken = takeDownLog('warn');
  ({ lines } = taken);
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, ACCESS_LOG: '1', REGION: 'syd' }, { log: taken.log }),
  );
});

const written = () => lines.filter(({ msg }) => msg === 'request');
const json = { 'content-type': 'application/json' };

/** The line of the request that was answered last. */
function lastLine(): LogLine {
  return written().at(-1)!;
}

describe('ACCESS_LOG', () => {
  it('writes what became of a miss and of a hit, whatever LOG_LEVEL says', async () => {
    const query = 'query Kettle { product(id: "1") { name } }';
    const miss = await gateway.query(query);
    expect(lastLine()).toEqual({
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      region: 'syd',
      method: 'POST',
      status: 200,
      operation: 'Kettle',
      outcome: 'miss',
      reason: 'absent',
      ms: expect.any(Number),
      bytes: Buffer.byteLength(miss.text),
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      msg: 'request',
    });
    const hit = await gateway.query(query, { method: 'GET' });
    expect(hit.cacheStatus).toMatch(/^hit/);
    expect(lastLine()).toMatchObject({
      method: 'GET',
      outcome: 'hit',
      bytes: Buffer.byteLength(hit.text),
    });
    expect(lastLine()).not.toHaveProperty('reason');
  });

  it('writes one line for a batch, with all that it asks', async () => {
    const before = written().length;
    await gateway.send({
      headers: json,
      body: JSON.stringify([
        { query: 'query Kettle { product(id: "1") { name } }' },
        { query: 'query Fresh { product(id: "2") { name } }' },
      ]),
    });
    expect(written()).toHaveLength(before + 1);
    expect(lastLine()).toMatchObject({ operation: 'Kettle,Fresh', outcome: 'hit,miss', status: 200 });
  });

  it('writes by which error a request was refused, also where it was not even read', async () => {
    await gateway.send({ headers: json, body: '{' });
    expect(lastLine()).toMatchObject({ outcome: 'error', error: 'BAD_JSON', status: 400 });
    await gateway.send({ headers: json, path: '/elsewhere', body: '{}' });
    expect(lastLine()).toMatchObject({ outcome: 'error', error: 'NOT_FOUND', status: 404 });
  });

  it('counts no bytes of a body that is not sent', async () => {
    await gateway.query('query Kettle { product(id: "1") { name } }', { method: 'HEAD' });
    expect(lastLine()).toMatchObject({ method: 'HEAD', bytes: 0 });
  });

  it('writes nothing where it is not asked for', async () => {
    const taken = takeDownLog('trace');
    const silent = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }, { log: taken.log }));
    await silent.query('{ product(id: "1") { name } }');
    expect(taken.lines.filter(({ msg }) => msg === 'request')).toEqual([]);
  });
});

describe('the id of a request', () => {
  const sent = () => origin.received.at(-1)!.headers['x-request-id'];
  const ask = (id?: string) =>
    gateway.query(`{ product(id: "${Math.random()}") { name } }`, {
      ...(id !== undefined && { headers: { 'x-request-id': id } }),
    });

  it('is the one that it comes with, in the log and upstream', async () => {
    await ask('abc-123');
    expect(lastLine()['requestId']).toBe('abc-123');
    expect(sent()).toBe('abc-123');
  });

  it('is drawn where it comes with none, or with what cannot be one', async () => {
    const drawn = new Set<unknown>();
    for (const id of [undefined, 'a b', 'x'.repeat(129), '{"a":1}']) {
      await ask(id);
      expect(lastLine()['requestId']).toMatch(/^[0-9a-f-]{36}$/);
      expect(sent()).toBe(lastLine()['requestId']);
      drawn.add(sent());
    }
    expect(drawn.size).toBe(4);
  });

  it('is not sent upstream where PASS_HEADERS does not name it', async () => {
    const own = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, PASS_HEADERS: 'traceparent' }));
    await own.query('{ product(id: "9") { name } }', { headers: { 'x-request-id': 'abc' } });
    expect(sent()).toBeUndefined();
  });

  it('is the same in the region that a mutation is sent on to', async () => {
    const world = cleanup.add(await startRegions<'iad' | 'syd'>({ regions: ['iad', 'syd'] }));
    await world.syd.change('1');
    const first = world.origin.received.at(-1)!.headers['x-request-id'];
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    await world.syd.change('1', { 'x-request-id': 'from-syd' });
    expect(world.origin.received.at(-1)!.headers['x-request-id']).toBe('from-syd');
  });
});

it('holds no token, value of a variable or of the text, cookie, password or parameter, at any level', async () => {
  const canary = 'CANARY';
  const taken = takeDownLog('trace');
  const shop = cleanup.add(await startOrigin());
  const closed = await freePort();
  const watched = cleanup.add(
    await startGateway(
      {
        UPSTREAM_URL: `${shop.url}?key=${canary}-url`,
        ACCESS_LOG: '1',
        ADMIN_TOKEN: `${canary}-admin`,
        SESSION: 'header:authorization',
        FORWARD_HEADERS: 'x-secret',
        UPSTREAM_HEADERS: JSON.stringify({ 'x-key': `${canary}-upstream` }),
        REDIS_URL: `redis://user:${canary}-password@127.0.0.1:${closed}`,
        UPSTREAM_TIMEOUT_MS: '500',
      },
      { log: taken.log, awaitReady: false },
    ),
  );
  await until(
    'the schema is read',
    async () => (await watched.query('{ categories { id } }')).status === 200,
  );
  const headers = {
    authorization: `Bearer ${canary}-token`,
    cookie: `sid=${canary}-cookie`,
    'x-secret': `${canary}-header`,
    'lastmile-token': `${canary}-position`,
    'x-request-id': `${canary} not an id`,
  };
  const variables = { id: `${canary}-variable` };
  const show = 'query Show($id: ID!) { product(id: $id) { name } }';
  const change = 'mutation Change($id: ID!) { likeProduct(id: $id) { version } }';
  const everything = async () => {
    await watched.query(show, { variables, headers });
    await watched.query(show, { variables, headers, method: 'GET' });
    await watched.query(`{ product(id: "${canary}-literal") { name } }`, { headers });
    await watched.query(change, { variables, headers });
    await watched.query(`{ nothing(a: "${canary}") }`, { headers });
    await watched.send({ path: `/graphql?token=${canary}-parameter`, headers: json, body: '{' });
    await watched.send({ path: `/${canary}-path`, headers: json, body: '{}' });
    await watched.send({ headers: json, body: `{"query": "${canary}` });
  };
  await everything();
  for (const fault of ['500', 'html', 'truncated', 'destroy', 'errors'] as const) {
    shop.fail(fault);
    await everything();
  }
  shop.fail('hang');
  await watched.query(change, { variables, headers });
  shop.recover();
  await fetch(`${watched.adminUrl}/purge`, {
    method: 'POST',
    headers: { authorization: `Bearer ${canary}` },
  });
  // What was looked for would have been found.
  expect(taken.lines.filter(({ msg }) => msg === 'request').length).toBeGreaterThan(40);
  expect(taken.lines.some(({ level }) => level === 40)).toBe(true);
  expect(taken.lines.filter((line) => JSON.stringify(line).includes(canary))).toEqual([]);
});
