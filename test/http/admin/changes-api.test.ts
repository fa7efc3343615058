import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import * as fc from 'fast-check';
import pino from 'pino';
import type { PurgeView, View } from '../../../src/dashboard/view';
import { BESIDE, cloudEvent, mongo, mysql, postgres, sqlServer, type Parts } from '../../capture/envelopes';
import { cleanupAfterAll } from '../../kit/cleanup';
import { openEvents } from '../../kit/events';
import { startGateway, type GatewayProcess } from '../../kit/gateway';
import { startOrigin, type Origin } from '../../kit/origin';
import { startPrimary } from '../../kit/redis-region';
import type { RedisServer } from '../../kit/redis-server';
import { shopTypes } from '../../kit/shop-schema';
import { until } from '../../kit/until';

const cleanup = cleanupAfterAll();
const TOKEN = 'correct-horse-battery-staple';
const SHOP = `${shopTypes}
  extend type Product @table(name: "product", key: "id", lists: ["price"]) @table(name: "shop.goods", key: "_id") @table(name: "outbox", key: "", tags: ["Product:{$row.aggregate_id}"])
  extend type Category @table(name: "category", key: "id")`;
const ONE = '{ product(id: "1") { name } }';
const TWO = '{ product(id: "2") { name } }';
const ALL = '{ products { name } }';
const PRODUCT = { id: 1, name: 'Kettle', price: 100 };

let origin: Origin;
let redis: RedisServer;
let gateway: GatewayProcess;
const said: string[] = [];

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  redis = cleanup.add(await startPrimary({ appendfsync: 'always' }));
  const log = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });
  gateway = cleanup.add(
    await startGateway(
      { UPSTREAM_URL: origin.url, REDIS_URL: redis.url, ADMIN_TOKEN: TOKEN, FRESHNESS_BOUND_MS: '30000' },
      { schema: SHOP, log },
    ),
  );
});

interface Told {
  readonly status: number;
  readonly text: string;
}

async function post(
  record: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` },
  { adminUrl }: Pick<GatewayProcess, 'adminUrl'> = gateway,
): Promise<Told> {
  const response = await fetch(`${adminUrl}/changes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof record === 'string' ? record : JSON.stringify(record),
  });
  return { status: response.status, text: await response.text() };
}

async function fill(...queries: string[]): Promise<void> {
  for (const query of queries)
    await until(`${query} is a hit`, async () => (await gateway.query(query)).cacheStatus.startsWith('hit'));
}

async function verdicts(...queries: string[]): Promise<string[]> {
  const answers = await Promise.all(queries.map((query) => gateway.query(query)));
  return answers.map(({ cacheStatus }) =>
    cacheStatus.startsWith('hit') ? 'hit' : (/purged/.exec(cacheStatus)?.[0] ?? cacheStatus),
  );
}

/** How many there are that purge something. */
async function records(): Promise<number> {
  return (await redis.client().xrange('purges', '-', '+')).filter(([, fields]) => fields[0] === 'h').length;
}

let lsn = 1;
/** A change of a product, at a place in the log of its own. */
const changed = (op: string, parts: Parts): Parts => postgres(op, parts, { table: 'product', lsn: ++lsn });

describe('POST /changes', () => {
  it.each<[string, Parts, Record<string, string>]>([
    ['PostgreSQL', postgres('u', { after: PRODUCT }, { table: 'product', lsn: 9 }), {}],
    ['MySQL', mysql('d', { before: PRODUCT }, { table: 'product' }), {}],
    ['SQL Server', sqlServer('u', { before: PRODUCT, after: PRODUCT }, { table: 'product' }), {}],
    ['an outbox', postgres('c', { after: { id: 5, aggregate_id: '1' } }, { table: 'outbox' }), {}],
    [
      'MongoDB',
      {
        ...mongo('c', { after: { _id: 1 } }),
        source: { ...(mongo('c')['source'] as Parts), collection: 'goods' },
      },
      {},
    ],
    [
      'a CloudEvent',
      cloudEvent(postgres('d', { before: { id: 1 } }, { table: 'product', lsn: 10 })),
      { 'content-type': 'application/cloudevents+json' },
    ],
  ])('purges what a record of %s changes, and that alone', async (_, record, headers) => {
    await fill(ONE, TWO);
    expect(await post(record, { authorization: `Bearer ${TOKEN}`, ...headers })).toEqual({
      status: 204,
      text: '',
    });
    expect(await verdicts(ONE, TWO)).toEqual(['purged', 'hit']);
  });

  it('purges lists where a column that decides them has changed, and only there', async () => {
    await fill(ALL);
    const of = (price: number, pos: number) =>
      mysql('u', { before: { id: 99, price: 1 }, after: { id: 99, price } }, { table: 'product', pos });
    await post(of(1, 20));
    expect(await verdicts(ALL)).toEqual(['hit']);
    await post(of(2, 21));
    expect(await verdicts(ALL)).toEqual(['purged']);
  });

  it('appends nothing twice for a change that is sent again', async () => {
    const record = changed('u', { after: PRODUCT });
    await post(record);
    const before = await records();
    await fill(ONE);
    expect(await post({ ...record, ts_ms: 5 })).toMatchObject({ status: 204 });
    expect(await records()).toBe(before);
    expect(await verdicts(ONE)).toEqual(['hit']);
    // The same values at another place are another change.
    await post(changed('u', { after: PRODUCT }));
    expect(await verdicts(ONE)).toEqual(['purged']);
  });

  it.each(Object.entries(BESIDE))('answers 204 to %s, and appends nothing', async (_, body) => {
    const before = await records();
    expect(await post(body)).toEqual({ status: 204, text: '' });
    expect(await records()).toBe(before);
  });

  it('counts a table that no type is of, and names it once', async () => {
    for (const at of [1, 2, 3])
      expect(await post(postgres('c', { after: { id: at } }, { table: 'audit', lsn: at }))).toMatchObject({
        status: 204,
      });
    const lines = said.filter((line) => line.includes('public.audit'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      table: 'public.audit',
      remedy: expect.stringContaining('@table(name: "public.audit")'),
    });
    const figures = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    expect(figures).toMatch(/lastmile_changes_total\{outcome="unmapped",[^}]*\} 3\n/);
  });

  it('refuses what is no record of Debezium, with a sentence and a remedy', async () => {
    const { status, text } = await post({ id: 7, name: 'Kettle' });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toEqual({
      error: {
        code: 'BAD_CHANGE',
        message: 'It has no `op`.',
        remedy: expect.stringContaining('ExtractNewRecordState'),
      },
    });
    expect(
      (await post('{}', { authorization: `Bearer ${TOKEN}`, 'content-type': 'text/plain' })).status,
    ).toBe(415);
    expect((await post(`"${'x'.repeat(9 * 2 ** 20)}"`)).status).toBe(413);
  });

  it('takes no record from those without the token', async () => {
    const before = await records();
    const record = changed('u', { after: PRODUCT });
    expect((await post(record, {})).status).toBe(401);
    expect((await post(record, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect(await records()).toBe(before);
    const production = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, NODE_ENV: 'production' }));
    expect((await post(record, {}, production)).status).toBe(401);
  });

  const sign = (body: string, secret = TOKEN, at = Date.now()): Record<string, string> => {
    const [id, timestamp] = ['msg_1', String(Math.floor(at / 1000))];
    const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
  };

  it('takes what is signed with the token, as Debezium signs, and nothing else', async () => {
    const body = JSON.stringify(changed('u', { after: PRODUCT }));
    await fill(ONE);
    for (const headers of [
      sign(body, 'another'),
      sign(`${body} `),
      sign(body, TOKEN, Date.now() - 600_000),
      { ...sign(body), 'webhook-signature': 'v1,' },
    ])
      expect((await post(body, headers)).status).toBe(401);
    expect(await verdicts(ONE)).toEqual(['hit']);
    expect((await post(body, sign(body))).status).toBe(204);
    expect(await verdicts(ONE)).toEqual(['purged']);
  });

  it('takes what is signed while others without the token send slowly', async () => {
    const slow = Array.from({ length: 8 }, () => {
      const request = httpRequest(`${gateway.adminUrl}/changes`, {
        method: 'POST',
        headers: { ...sign('{', 'another'), 'content-type': 'application/json', 'content-length': '100' },
      });
      request.on('error', () => {}).write('{');
      return request;
    });
    try {
      await Promise.all(slow.map((request) => until('it is on its way', () => request.socket?.bytesWritten)));
      const body = JSON.stringify(changed('u', { after: PRODUCT }));
      for (let count = 0; count < 20; count++) expect((await post(body, sign(body))).status).toBe(204);
    } finally {
      for (const request of slow) request.destroy();
    }
  });

  it('takes a request that offers to go on in HTTP/2, as that of Java does', async () => {
    const request = httpRequest(`${gateway.adminUrl}/changes`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${TOKEN}`,
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
        'content-type': 'application/json',
      },
    });
    request.end(JSON.stringify(changed('u', { after: PRODUCT })));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(204);
  });

  it('is not held up, however many records come', async () => {
    const sent = Array.from({ length: 150 }, () => post(changed('c', { after: { ...PRODUCT, id: 3 } })));
    expect((await Promise.all(sent)).map(({ status }) => status)).not.toContain(429);
  });

  it('tells those who look that the database caused it', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const events = cleanup.add(await openEvents(gateway.adminUrl, { headers }));
    await events.next<View>('view', () => true);
    await post(changed('u', { after: { ...PRODUCT, id: 77 } }));
    const purge = await events.next<PurgeView>('purge', ({ tags }) => tags.includes('Product:77'));
    expect(purge).toMatchObject({ cause: 'database' });
  });

  it('never answers 500, whatever comes', async () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const part = fc.record(
      { before: value, after: value, source: value, op: fc.constantFrom('c', 'u', 'd') },
      { requiredKeys: [] },
    );
    const body = fc.oneof(
      fc
        .tuple(fc.constantFrom('c', 'u', 'd', 't'), part)
        .map(([op, parts]) => JSON.stringify(changed(op, parts))),
      fc.json(),
    );
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        expect([204, 400, 503]).toContain((await post(text)).status);
      }),
      { numRuns: 100 },
    );
  });

  it('P80 answers 503 while the log cannot be appended to, and 204 once it is', async () => {
    await fill(TWO);
    const record = changed('u', { after: { ...PRODUCT, id: 2 } });
    await redis.kill();
    const { status, text } = await post(record);
    expect([status, text]).toEqual([503, expect.stringContaining('PURGE_NOT_ACKNOWLEDGED')]);
    await redis.restart();
    await until('it is taken', async () => (await post(record)).status === 204);
    const log = JSON.stringify(await redis.client().xrange('purges', '-', '+'));
    expect(log).toContain('Product:2');
    await until('it is served again', async () => (await verdicts(TWO))[0] === 'hit');
  });
});
