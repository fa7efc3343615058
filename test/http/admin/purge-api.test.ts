import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import pino from 'pino';
import { serve } from '../../../src/server/serve';
import { readConfig } from '../../../src/config/read-config';
import { cleanupAfterAll } from '../../kit/cleanup';
import { GatewayProcess, startGateway } from '../../kit/gateway';
import { startOrigin } from '../../kit/origin';
import { startPrimary } from '../../kit/redis-region';
import type { RedisServer } from '../../kit/redis-server';
import { until } from '../../kit/until';

const cleanup = cleanupAfterAll();
const TOKEN = 'correct-horse-battery-staple';
const MANY = Array.from({ length: 1000 }, (_, index) => `Product:${index}`);

interface Told {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: any; // eslint-disable-line -- tests read answers of every shape
}

async function call(
  gateway: GatewayProcess,
  body: unknown,
  headers: Record<string, string> = {},
  { method = 'POST', path = '/purge' } = {},
): Promise<Told> {
  const request = httpRequest(`${gateway.adminUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
  });
  request.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const answer = await text(response);
  const json: unknown = answer.startsWith('{') ? JSON.parse(answer) : answer;
  return { status: response.statusCode ?? 0, headers: response.headers, body: json };
}

/** How often something was purged by way of the API, by outcome. */
async function counted(gateway: GatewayProcess, outcome: string): Promise<number> {
  const figures = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  const line = figures
    .split('\n')
    .find((each) => each.startsWith(`lastmile_purge_requests_total{outcome="${outcome}"`));
  return Number(line?.split(' ')[1] ?? 0);
}

async function start(env: Record<string, string> = {}): Promise<GatewayProcess> {
  const origin = cleanup.add(await startOrigin());
  return cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }));
}

describe('POST /purge', () => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    gateway = await start();
  });

  it('purges entities, types, lists and declared tags, and answers position and tags', async () => {
    const queries = [
      '{ product(id: "1") { name } }',
      '{ products { name } }',
      '{ products(category: "tools") { id } }',
    ];
    const cases: [string[], RegExp[]][] = [
      [['Product:1'], [/purged/, /purged/, /^hit/]],
      [['[Product]'], [/^hit/, /purged/, /purged/]],
      [['Product'], [/purged/, /purged/, /purged/]],
      [['shelf-tools'], [/^hit/, /purged/, /purged/]],
      [
        ['Product:99', 'unheard-of'],
        [/^hit/, /^hit/, /^hit/],
      ],
    ];
    for (const [tags, wanted] of cases) {
      for (const query of queries) await gateway.query(query);
      const { status, body } = await call(gateway, { tags });
      expect(status).toBe(200);
      expect(body.position).toMatch(/^\d+-\d+$/);
      expect(body.tags).toEqual(expect.arrayContaining(tags));
      for (const [index, query] of queries.entries())
        expect([tags, query, (await gateway.query(query)).cacheStatus]).toEqual([
          tags,
          query,
          expect.stringMatching(wanted[index]!),
        ]);
    }
  });

  it('reaches the lists of a type, the types behind an interface, and says what it purged', async () => {
    expect((await call(gateway, { tags: ['Product'] })).body.tags).toEqual(
      expect.arrayContaining(['Product', '[Product]', '[Sellable]', '[Node]']),
    );
    expect((await call(gateway, { tags: ['Sellable'] })).body.tags).toEqual(
      expect.arrayContaining(['Sellable', 'Product', 'Bundle']),
    );
  });

  it('purges everything', async () => {
    const query = '{ categories { name } }';
    await gateway.query(query);
    expect((await call(gateway, { all: true })).body.tags).toEqual(['*']);
    expect((await gateway.query(query)).cacheStatus).toMatch(/purged/);
  });

  it('lets a soft purge be served stale while it is fetched anew, and a hard one not', async () => {
    const query = '{ products(category: "kitchen") { version } }';
    await gateway.query(query);
    expect((await call(gateway, { tags: ['Product:1'], soft: true })).status).toBe(200);
    expect((await gateway.query(query)).cacheStatus).toMatch(/^hit/);
    await until('it was fetched anew', async () =>
      /^hit; ttl=(59|60)$/.test((await gateway.query(query)).cacheStatus),
    );
    await call(gateway, { tags: ['Product:1'] });
    expect((await gateway.query(query)).cacheStatus).toMatch(/fwd=stale.*purged/);
  });

  it('is counted, and writes a line of audit, with no session in it', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
    const env = { HOST: '127.0.0.1', PORT: '0', ADMIN_PORT: '0' };
    const served = cleanup.add(await serve(readConfig(env), log));
    const own = new GatewayProcess(served, '');
    const { body } = await call(own, { tags: ['Country:PT', 'visits'], sessions: ['secret'], soft: true });
    const line = JSON.parse(lines.find((each) => each.includes('purged from outside'))!) as unknown;
    expect(line).toMatchObject({
      tags: ['Country:PT', 'visits'],
      count: 2,
      sessions: 1,
      soft: true,
      all: false,
      position: body.position,
      remote: '127.0.0.1',
    });
    expect(lines.join('')).not.toContain('secret');
    expect(await counted(own, 'purged')).toBe(1);
  });

  it('says which types the schema does not have, and purges what was asked for', async () => {
    const gateway = await start({});
    const tags = ['Prodct:1', '[Shelv]', '~Nowhere', 'Prodcut', 'featured', 'Product:1'];
    const { status, body } = await call(gateway, { tags });
    expect(status).toBe(200);
    expect(body.tags).toContain('Prodct:1');
    expect(body.warnings).toEqual([
      'The schema has no type Prodct. Did you mean "Product"?',
      expect.stringMatching(/^The schema has no type Shelv\./),
      'The schema has no type Nowhere.',
      'The schema has no type Prodcut. Did you mean "Product"?',
    ]);
    expect((await call(gateway, { tags: ['Product:1'] })).body).not.toHaveProperty('warnings');
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown field', { tags: ['Product:7'], sotf: true }, /sotf/],
    ['a field of the prototype', '{"tags":["Product:7"],"__proto__":{"soft":true}}', /__proto__/],
    ['no field at all', {}, /or else/],
    ['tags and all', { tags: ['Product:7'], all: true }, /or else/],
    ['all that is not true', { all: false }, /all/],
    ['no tags', { tags: [] }, /tags/],
    ['an empty tag', { tags: [''] }, /tags\.0/],
    ['everything as a tag', { tags: ['*'] }, /"all": true/],
    ['a tag that is no text', { tags: [7] }, /tags\.0/],
    ['soft that is no boolean', { tags: ['a'], soft: 'yes' }, /soft/],
    ['a list', ['Product:7'], /object/],
    ['null', 'null', /object/],
    ['more than a thousand tags', { tags: [...MANY, 'Product:1000'] }, /1000/],
    ['no JSON', '{"tags":', /JSON/],
    ['no body', undefined, /JSON/],
  ])('P55 refuses %s, and says what is wrong', async (_, body, wanted) => {
    const { status, body: told } = await call(gateway, body);
    expect(status).toBe(400);
    expect(told.error).toMatchObject({ code: 'BAD_PURGE', message: expect.stringMatching(wanted) });
  });

  it('P55 takes a thousand tags, and no body of more than 50 KB, declared or not', async () => {
    expect((await call(gateway, { tags: MANY })).status).toBe(200);
    const long = JSON.stringify({ tags: ['x'.repeat(51 * 1024)] });
    expect((await call(gateway, long)).status).toBe(413);
    expect((await call(gateway, long, { 'transfer-encoding': 'chunked' })).body.error.code).toBe(
      'PURGE_TOO_LARGE',
    );
  });

  it('P55 answers a declared length beyond the limit before a byte of the body has come', async () => {
    const socket = connect(Number(new URL(gateway.adminUrl).port), '127.0.0.1');
    cleanup.later(() => socket.destroy());
    socket.write(
      'POST /purge HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9999999\r\n\r\n',
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413/);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])(
    'P55 takes nothing that a page of another site could send unasked: %s',
    async (type) => {
      const { status } = await call(gateway, { tags: ['Product:7'] }, { 'content-type': type });
      expect(status).toBe(415);
    },
  );

  it('takes POST only, and leaves the other paths as they are', async () => {
    const got = await call(gateway, undefined, {}, { method: 'GET' });
    expect([got.status, got.headers['allow']]).toEqual([405, 'POST']);
    expect((await call(gateway, { tags: ['a'] }, {}, { path: '/health/live' })).status).toBe(405);
    expect((await call(gateway, undefined, {}, { method: 'GET', path: '/health/ready' })).status).toBe(200);
  });

  it('does once what is sent twice under one idempotency key, at the same time too', async () => {
    const key = { 'idempotency-key': 'order-1' };
    const [first, second] = await Promise.all([
      call(gateway, { tags: ['Product:7'] }, key),
      call(gateway, { tags: ['Product:7'], soft: false }, key),
    ]);
    expect(second.body).toEqual(first.body);
    expect((await call(gateway, { tags: ['Product:7'] }, key)).body).toEqual(first.body);
    const next = await call(gateway, { tags: ['Product:7'] });
    const [at, after] = [first, next].map(({ body }) => Number(body.position.split('-')[1]));
    expect(after! - at!).toBe(1);
    expect(await counted(gateway, 'repeated')).toBe(2);
  });

  it('refuses an idempotency key that was used for another purge, and one that is too long', async () => {
    const key = { 'idempotency-key': 'order-2' };
    await call(gateway, { tags: ['Product:7'] }, key);
    for (const other of [{ tags: ['Product:8'] }, { tags: ['Product:7'], soft: true }, { all: true }])
      expect((await call(gateway, other, key)).status).toBe(409);
    expect((await call(gateway, { all: true }, { 'idempotency-key': 'k'.repeat(256) })).status).toBe(400);
  });
});

describe('who may purge', () => {
  it('P55 lets in whoever has the token, and refuses all others with the same words', async () => {
    const gateway = await start({ ADMIN_TOKEN: TOKEN });
    const refused = await Promise.all(
      [
        undefined,
        '',
        'Bearer',
        'Bearer ',
        `Bearer ${TOKEN.slice(0, -1)}`,
        `Bearer ${TOKEN}x`,
        `Bearer ${TOKEN.toUpperCase()}`,
        `Basic ${TOKEN}`,
        TOKEN,
        `Bearer ${'x'.repeat(4000)}`,
      ].map((authorization) =>
        call(gateway, { tags: ['Product:7'] }, authorization === undefined ? {} : { authorization }),
      ),
    );
    for (const { status, body, headers } of refused) {
      expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
      expect(body).toEqual(refused[0]!.body);
    }
    // Not even that the request is wrong, or that it asks for something else.
    expect((await call(gateway, 'not JSON')).status).toBe(401);
    expect((await call(gateway, undefined, {}, { method: 'GET' })).status).toBe(401);
    expect((await call(gateway, undefined, {}, { method: 'GET', path: '/position' })).status).toBe(401);
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const authorization = `${scheme} ${TOKEN}`;
      expect((await call(gateway, { tags: ['Product:7'] }, { authorization })).status).toBe(200);
    }
    expect(await counted(gateway, 'not-authorised')).toBe(12);
  });

  it('P55 compares digests of one length, in constant time', async () => {
    const crypto = require('node:crypto') as typeof import('node:crypto'); // oxlint-disable-line -- to be spied on
    const compare = jest.spyOn(crypto, 'timingSafeEqual');
    const gateway = await start({ ADMIN_TOKEN: TOKEN });
    for (const token of ['', 'x', TOKEN, 'x'.repeat(4000)])
      await call(gateway, { tags: ['a'] }, { authorization: `Bearer ${token}` });
    expect(compare.mock.calls.map(([a, b]) => [a.byteLength, b.byteLength])).toEqual(
      Array.from({ length: 4 }, () => [32, 32]),
    );
    compare.mockRestore();
  });

  it('P55 without a token lets in this machine, but no proxy on it and no page of another site', async () => {
    const gateway = await start();
    const from = async (headers: Record<string, string>) =>
      (await call(gateway, { tags: ['Product:7'] }, headers)).status;
    expect(await from({})).toBe(200);
    expect(await from({ origin: gateway.adminUrl })).toBe(200);
    expect(await from({ origin: 'http://localhost:4001' })).toBe(200);
    expect(await from({ origin: 'http://evil.example' })).toBe(401);
    expect(await from({ origin: 'http://127.0.0.1.evil.example' })).toBe(401);
    expect(await from({ origin: 'null' })).toBe(401);
    expect(await from({ 'x-forwarded-for': '203.0.113.7' })).toBe(401);
    expect(await from({ forwarded: 'for=203.0.113.7' })).toBe(401);
    for (const name of ['via', 'x-real-ip', 'x-forwarded-host', 'cf-connecting-ip', 'fly-client-ip'])
      expect([name, await from({ [name]: '203.0.113.7' })]).toEqual([name, 401]);
    // What Connection names may have been dropped on the way.
    expect(await from({ connection: 'x-forwarded-for' })).toBe(401);
  });

  it('P55 without a token lets in nothing by a name that may be of another site', async () => {
    const gateway = await start();
    const from = async (host: string) => {
      const answer = await call(
        gateway,
        undefined,
        { host },
        { method: 'GET', path: '/entries?tag=Product' },
      );
      return answer.status;
    };
    // A page may read what is of its own origin, and a browser then sends no Origin: the name is all that tells.
    for (const host of [
      'evil.example',
      'evil.example:4001',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
    ])
      expect([host, await from(host)]).toEqual([host, 401]);
    for (const host of ['localhost:4001', '127.0.0.1', '[::1]:4001'])
      expect([host, await from(host)]).toEqual([host, 200]);
  });

  it('P55 in production without a token lets in nobody, this machine neither', async () => {
    const gateway = await start({ NODE_ENV: 'production' });
    const refused = await call(gateway, { tags: ['Product:7'] });
    expect(refused.status).toBe(401);
    expect(JSON.stringify(refused)).toContain('in production set ADMIN_TOKEN');
    expect((await fetch(`${gateway.adminUrl}/health/live`)).status).toBe(200);
    expect((await fetch(`${gateway.adminUrl}/metrics`)).status).toBe(200);
  });

  it('P55 limits the rate, of those who may ask apart from those who may not', async () => {
    const gateway = await start({ ADMIN_TOKEN: TOKEN });
    // A slow machine sends so few a second that they would all be allowed.
    const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    try {
      const statuses = async (headers: Record<string, string>): Promise<number[]> => {
        const all = Array.from({ length: 200 }, () => call(gateway, { tags: ['a'] }, headers));
        return (await Promise.all(all)).map(({ status }) => status);
      };
      const guessed = await statuses({});
      expect(new Set(guessed)).toEqual(new Set([401, 429]));
      const mine = { authorization: `Bearer ${TOKEN}` };
      const allowed = await statuses(mine);
      expect(new Set(allowed)).toEqual(new Set([200, 429]));
      expect(allowed.filter((status) => status === 200)).toHaveLength(100);
      const limited = await call(gateway, { tags: ['a'] }, mine);
      expect([limited.status, limited.headers['retry-after']]).toEqual([429, '1']);
    } finally {
      clock.mockRestore();
    }
  });
});

describe('a purge that the primary does not acknowledge', () => {
  let redis: RedisServer;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    redis = cleanup.add(await startPrimary());
    gateway = await start({ REDIS_URL: redis.url, FRESHNESS_BOUND_MS: '1000', PROBE_INTERVAL_MS: '100' });
  });

  it('P55 is never answered 200; it holds here, is retried, and its key can be used again', async () => {
    const query = '{ product(id: "2") { name } }';
    const key = { 'idempotency-key': 'again' };
    await gateway.query(query);
    await redis.kill();
    const { status, body } = await call(gateway, { tags: ['Product:2'] }, key);
    expect([status, body.error.code]).toEqual([503, 'PURGE_NOT_ACKNOWLEDGED']);
    expect(JSON.stringify(body)).not.toMatch(/redis|ECONN|127\.0|:\d{4}/i);
    expect((await gateway.query(query)).cacheStatus).toMatch(/purged|unproven/);
    expect(await counted(gateway, 'purge-not-acknowledged')).toBe(1);
    await redis.restart();
    await until(
      'it is acknowledged under the same key',
      async () => (await call(gateway, { tags: ['Product:2'] }, key)).status === 200,
    );
  });

  it('GET /position tells when a position is reached, and when it is not in time', async () => {
    const { body } = await call(gateway, { tags: ['Product:3'] });
    const ask = (search: string) =>
      call(gateway, undefined, {}, { method: 'GET', path: `/position${search}` });
    // The primary came back a moment ago: the region proves its freshness anew before it vouches for anything.
    await until('the region is proven again', async () => (await ask('')).body.state !== 'unproven');
    const reached = await ask(`?reached=${body.position}&within=5000`);
    expect(reached.body).toEqual({
      region: 'local',
      position: expect.stringMatching(/^\d+-\d+$/),
      state: expect.stringMatching(/^(proven|cold)$/),
      reached: true,
      waitedMs: expect.any(Number),
    });
    expect((await ask('')).body.reached).toBe(true);
    const [epoch, seq] = body.position.split('-');
    const never = await ask(`?reached=${epoch}-${Number(seq) + 1000}&within=30`);
    expect(never.body).toMatchObject({ reached: false });
    expect(never.body.waitedMs).toBeGreaterThanOrEqual(28);
    for (const wrong of ['?reached=x', '?reached=', `?reached=${body.position}&within=60001`, '?within=-1'])
      expect((await ask(wrong)).status).toBe(400);
  });
});

it('cannot tell types from tags before the schema was read, and says so', async () => {
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: 'http://127.0.0.1:9/graphql' }, { schema: null, awaitReady: false }),
  );
  const { status, body } = await call(gateway, { tags: ['Product:7'] });
  expect([status, body.error.code]).toEqual([503, 'NOT_READY']);
});
