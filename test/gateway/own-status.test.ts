/** The status that upstream gives its answer is its client's: many refresh their token when it is 401. */
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startLocalServer, type LocalServer } from '../kit/local-server';
import { startOrigin, type Origin } from '../kit/origin';
import { openSocket } from '../kit/socket';

const cleanup = cleanupAfterAll();

const FORMS = {
  'a question that is kept': '{ product(id: "1") { name } }',
  'a question that never is': '{ viewer { name } }',
  'a mutation': 'mutation { renameProduct(id: "1", name: "Kettle") { name } }',
  'a question in parts': '{ product(id: "1") { name } viewer { name } }',
} as const;
const KEPT = FORMS['a question that is kept'];
const UNCACHED = FORMS['a question that never is'];
const MUTATION = FORMS['a mutation'];

const NULL = '{"errors":[{"message":"No"}],"data":null}';
const PARTIAL = '{"errors":[{"message":"No","path":["viewer"]}],"data":{"viewer":null}}';
const ERRORS = '{"errors":[{"message":"No"}]}';
const HELP = { 'retry-after': '7', 'www-authenticate': 'Bearer realm="shop"' };
const NEW_TYPE = 'application/graphql-response+json';

let origin: Origin;
let shop: GatewayProcess;
let server: LocalServer;
let gateway: GatewayProcess;
let said: { status: number; body: string; headers?: Record<string, string> };

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  shop = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, UPSTREAM_RETRIES: '0' }));
  server = cleanup.add(
    await startLocalServer((request, response) => {
      const { status, body, headers } = said;
      request
        .resume()
        .on('end', () =>
          response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body),
        );
    }),
  );
  said = { status: 200, body: '{"data":{"__typename":"Query"}}' };
  gateway = cleanup.add(await startGateway({ UPSTREAM_URL: server.url, UPSTREAM_RETRIES: '0' }));
});
afterEach(() => void (origin.answerStatus = undefined));

describe.each(Object.entries(FORMS))('%s', (_form, document) => {
  it.each([201, 400, 401, 429, 503, 599])('P64 keeps status %i beside data', async (status) => {
    origin.answerStatus = status;
    for (let times = 0; times < 2; times++) {
      const answer = await shop.query(document, { headers: { authorization: 'Bearer ann' } });
      expect([answer.status, answer.data?.product?.name ?? answer.data?.viewer?.name ?? 'Kettle']).toEqual([
        status,
        expect.any(String),
      ]);
      // What it holds is named as its client asked for it, whoever else was asked for what.
      expect(Object.keys(answer.data)).not.toContain('p0');
      expect(answer.cacheStatus).not.toMatch(/hit|stored/);
    }
  });

  it.each([
    [401, 'data that are null', NULL],
    [401, 'some data', PARTIAL],
    [503, 'data that are null', NULL],
    [400, 'no data', ERRORS],
    [202, 'data that are null', NULL],
  ])('P64 keeps status %i beside errors and %s, and what helps its client', async (status, _, body) => {
    said = { status, body, headers: HELP };
    for (const accept of ['application/json', NEW_TYPE]) {
      const answer = await gateway.query(document, { headers: { accept } });
      expect([answer.status, answer.text]).toEqual([status, body]);
      expect(answer.headers['content-type']).toContain(accept);
      expect(answer.headers).toMatchObject(HELP);
      expect(answer.cacheStatus).not.toMatch(/hit|stored/);
    }
  });
});

describe('what upstream says is wrong', () => {
  let asked = 0;
  // A mutation that a proxy gave up is purged for again and again: the other gateway's are.
  let quiet: GatewayProcess;
  beforeAll(async () => {
    said = { status: 200, body: '{"data":{"__typename":"Query"}}' };
    quiet = cleanup.add(await startGateway({ UPSTREAM_URL: server.url }));
  });
  const ask = async (errors: string) => {
    const body = `{"data":{"product":{"id":"1","name":"A"}},"errors":${errors}}`;
    said = { status: 200, body };
    const query = `{ product(id: "${++asked}") { id name } }`;
    const answers = [await quiet.query(query), await quiet.query(query)];
    for (const { text } of answers) expect(text).toBe(body);
    return answers.map(({ cacheStatus }) => cacheStatus.replace(/ttl=.*/, 'ttl'));
  };

  it.each([
    '"no"',
    '{"message":"no"}',
    'true',
    '["no"]',
    '[null]',
    '[{"type":"GONE","message":"n\\u006f","path":null,"extensions":{"2":1.10,"1":{}}}]',
  ])('P64 is passed on as it is written, and nothing is stored: %s', async (errors) => {
    expect(await ask(errors)).toEqual(['fwd=uri-miss; detail=error', 'fwd=uri-miss; detail=error']);
  });

  it.each(['[]', 'null', '""'])('is nothing, and stays as it is written: %s', async (errors) => {
    expect(await ask(errors)).toEqual(['fwd=uri-miss; stored', 'hit; ttl']);
  });

  it('P64 is passed on in the very members that it came with', async () => {
    said = { status: 200, body: '{"data":{"viewer":null},"then":1,"stringify":{"a":1},"2":1,"1":2}' };
    expect((await quiet.query(UNCACHED)).text).toBe(said.body);
  });
});

it('says the same by GET and by QUERY', async () => {
  said = { status: 401, body: NULL, headers: HELP };
  for (const method of ['GET', 'QUERY'] as const) {
    const answer = await gateway.query(KEPT, { method });
    expect([answer.status, answer.headers['etag']]).toEqual([401, undefined]);
    expect(answer.headers).toMatchObject(HELP);
  }
});

it('says it before the events of a client that takes nothing else', async () => {
  said = { status: 401, body: PARTIAL };
  const { status, text } = await gateway.query(UNCACHED, { headers: { accept: 'text/event-stream' } });
  expect([status, text]).toEqual([401, expect.stringContaining(PARTIAL)]);
});

it('says it to all who waited for one call', async () => {
  origin.answerStatus = 403;
  const held = origin.hold('product');
  const all = [1, 2, 3].map(() => shop.query(KEPT));
  await held.arrived;
  held.release();
  for (const { status, data } of await Promise.all(all))
    expect([status, data.product.name]).toEqual([403, 'Kettle']);
});

describe('a status that its media type has no room for', () => {
  it('is 400 of an answer without data that upstream calls 200, in the newer media type alone', async () => {
    said = { status: 200, body: ERRORS };
    for (const document of [KEPT, MUTATION]) {
      expect((await gateway.query(document)).status).toBe(200);
      expect((await gateway.query(document, { headers: { accept: NEW_TYPE } })).status).toBe(400);
    }
  });

  it('is 200 in application/json of what upstream calls 400 for the newer media type', async () => {
    said = { status: 400, body: ERRORS, headers: { 'content-type': `${NEW_TYPE}; charset=utf-8` } };
    for (const document of [KEPT, MUTATION]) {
      expect((await gateway.query(document)).status).toBe(200);
      expect((await gateway.query(document, { headers: { accept: NEW_TYPE } })).status).toBe(400);
    }
  });

  it.each([
    [205, 200],
    [600, 500],
    [999, 500],
  ])('is one that an answer can have: %i is %i', async (status, shown) => {
    origin.answerStatus = status;
    const answer = await shop.query(KEPT);
    expect([answer.status, answer.data.product.name]).toEqual([shown, 'Kettle']);
    expect(answer.cacheStatus).not.toMatch(/hit|stored/);
  });

  it('is nowhere in a batch or a WebSocket, whose answers are whole all the same', async () => {
    said = { status: 401, body: PARTIAL };
    const body = JSON.stringify([{ query: UNCACHED }, { query: UNCACHED }]);
    const headers = { 'content-type': 'application/json' };
    const batch = await gateway.send({ headers, body });
    expect([batch.status, batch.text]).toEqual([200, `[${PARTIAL},${PARTIAL}]`]);
    const socket = cleanup.add(await openSocket(gateway));
    await socket.init();
    expect(await socket.ask(UNCACHED)).toEqual(JSON.parse(PARTIAL));
    said = { status: 401, body: ERRORS };
    expect(await socket.ask(UNCACHED)).toEqual(JSON.parse(ERRORS));
    // A client that is sent an error message with anything but a list of errors closes its connection.
    for (const errors of ['"No"', '{"message":"No"}', '["No"]']) {
      said = { status: 401, body: `{"errors":${errors}}` };
      expect(await socket.ask(UNCACHED)).toEqual({ errors: [{ message: 'No' }] });
    }
  });
});
