/** How a mutation reaches the region where mutations run: sent on by the gateway, or replayed by Fly's proxy. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { formatForwarded } from '../../src/gateway/forward-mutation';
import { cleanupAfterAll, cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startLocalServer } from '../kit/local-server';
import { startOrigin, type Origin } from '../kit/origin';
import { startPrimary } from '../kit/redis-region';
import type { RedisServer } from '../kit/redis-server';
import { PATIENCE, until, within } from '../kit/until';

const servers = cleanupAfterAll();
const cleanup = cleanupAfterEach();
const RENAME = 'mutation { renameProduct(id: "1", name: "Renamed") { id } }';
const KETTLE = '{ product(id: "1") { name } }';

let origin: Origin;
let iad: GatewayProcess;
let redis: RedisServer;
beforeAll(async () => {
  redis = servers.add(await startPrimary());
  origin = servers.add(await startOrigin());
  iad = servers.add(await startGateway({ UPSTREAM_URL: origin.url, REGION: 'iad', REDIS_URL: redis.url }));
});

const startSyd = async (env: Record<string, string> = {}): Promise<GatewayProcess> =>
  cleanup.add(
    await startGateway({
      UPSTREAM_URL: origin.url,
      REGION: 'syd',
      PRIMARY_REGION: 'iad',
      REDIS_URL: redis.url,
      PRIMARY_URL: iad.url,
      UPSTREAM_TIMEOUT_MS: '60000',
      ...env,
    }),
  );

/** Something else in the place of the primary region's gateway. */
async function startPrimaryStandIn(
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void,
): Promise<string> {
  const server = await startLocalServer((request, response) =>
    buffer(request).then((body) => answer(request, response, body)),
  );
  return cleanup.add(server).url;
}

const json = { 'content-type': 'application/json' };

describe('a mutation sent on to the primary region', () => {
  it('is answered on for nobody once its client has gone', async () => {
    const client = new AbortController();
    let closed: Promise<unknown> | undefined;
    const url = await startPrimaryStandIn((_request, response) => {
      closed = once(response, 'close');
      client.abort();
      // By the time it has answered another it has noticed.
      void syd.query('{ serial }').then(() => {
        response.writeHead(200, json);
        response.write(Buffer.alloc(32 * 2 ** 20, ' '));
      });
    });
    const syd = await startSyd({ PRIMARY_URL: url });
    await expect(syd.query(RENAME, { signal: client.signal })).rejects.toThrow();
    await within(PATIENCE, 'its connection was given back', closed!);
  });

  it('is refused where it came by QUERY, alone or in a batch', async () => {
    const syd = await startSyd();
    const before = origin.count('renameProduct');
    for (const body of [{ query: RENAME }, [{ query: KETTLE }, { query: RENAME }]]) {
      const answer = await syd.send({ method: 'QUERY', headers: json, body: JSON.stringify(body) });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
    }
    expect(origin.count('renameProduct')).toBe(before);
  });

  it('runs there, and carries what the operator lists, credentials and cookies, and nothing else', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const url = await startPrimaryStandIn((request, response) => {
      seen.push(request.headers);
      response.writeHead(200, { ...json, 'set-cookie': ['a=1; Path=/', 'b=2'], 'x-secret': '1' });
      response.end('{"data":{"renameProduct":{"id":"1"}}}');
    });
    const syd = await startSyd({ PRIMARY_URL: url, FORWARD_HEADERS: 'x-tenant', VARY: 'accept-language' });
    const { headers, data } = await syd.query(RENAME, {
      headers: {
        authorization: 'Bearer alice',
        cookie: 'sid=7',
        'x-tenant': 'acme',
        'accept-language': 'pt',
        'x-other': 'no',
        'lastmile-token': '1-1',
      },
    });
    expect(data.renameProduct.id).toBe('1');
    expect(seen[0]).toMatchObject({
      authorization: 'Bearer alice',
      cookie: 'sid=7',
      'x-tenant': 'acme',
      'accept-language': 'pt',
      'lastmile-forwarded': 'syd',
    });
    expect(seen[0]).not.toHaveProperty('x-other');
    expect(headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2']);
    expect(headers).not.toHaveProperty('x-secret');
  });

  it('goes as a whole in a batch, in which queries alone stay here', async () => {
    const syd = await startSyd();
    const send = (queries: string[]) =>
      syd.send({ headers: json, body: JSON.stringify(queries.map((query) => ({ query }))) });
    const mixed = await send([RENAME, KETTLE]);
    expect(JSON.parse(mixed.text)).toMatchObject([
      { data: { renameProduct: { id: '1' } } },
      { data: { product: { name: 'Renamed' } } },
    ]);
    expect(mixed.headers['cache-status']).toMatch(/lastmile-iad.*lastmile-syd; fwd=method/);
    expect((await send([KETTLE])).headers['cache-status']).not.toMatch(/lastmile-iad/);
  });

  it('is chosen by the operation that is named, not by the others beside it', async () => {
    const syd = await startSyd();
    const both = `query Read ${KETTLE} mutation Write { renameProduct(id: "1", name: "Renamed") { id } }`;
    const read = await syd.query(both, { operationName: 'Read' });
    expect(read.headers['cache-status']).not.toMatch(/iad/);
    const write = await syd.query(both, { operationName: 'Write' });
    expect(write.headers['cache-status']).toMatch(/iad/);
    expect((await syd.query(RENAME, { method: 'GET' })).status).toBe(405);
  });

  it('is refused where it comes from a gateway already: a loop', async () => {
    const syd: GatewayProcess = await startSyd();
    for (const forwarded of ['lhr', '', 'lhr forged']) {
      const looped = await syd.query(RENAME, { headers: { 'lastmile-forwarded': forwarded } });
      expect([looped.status, looped.errors?.[0]?.extensions?.['code']]).toEqual([508, 'MUTATION_MISROUTED']);
    }
    const first = await startSyd({ PRIMARY_URL: syd.url });
    const second = await first.query(RENAME);
    expect([second.status, second.errors?.[0]?.extensions?.['code']]).toEqual([508, 'MUTATION_MISROUTED']);
  });

  it('is streamed back: its beginning is here before its end was written there', async () => {
    let finish = (): void => {};
    const url = await startPrimaryStandIn((_, response) => {
      response.writeHead(200, json);
      response.write('{"data":{"renameProduct":');
      finish = () => void response.end('{"id":"1"}}}');
    });
    const syd = await startSyd({ PRIMARY_URL: url });
    const response = await fetch(syd.url, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ query: RENAME }),
    });
    const reader = response.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('{"data":{"renameProduct":');
    finish();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('{"id":"1"}}}');
  });

  it('ends with an error that names nobody, when the primary region is silent, gone or talks nonsense', async () => {
    const silent = await startPrimaryStandIn(() => {});
    const broken = await startPrimaryStandIn((request) => request.socket.destroy());
    for (const url of [silent, broken, 'http://127.0.0.1:9/graphql']) {
      const syd = await startSyd({ PRIMARY_URL: url, UPSTREAM_TIMEOUT_MS: '200' });
      const { status, errors, text } = await syd.query(RENAME);
      expect([status, errors?.[0]?.extensions?.['code']]).toEqual([502, 'PRIMARY_GATEWAY_UNREACHABLE']);
      expect(text).not.toMatch(/127\.0|:\d{4}|ECONN|undici/);
    }
  });
});

describe('what was purged', () => {
  const SECRET = { ADMIN_TOKEN: 'known-to-gateways' };
  const PURGED = 'lastmile-purged';

  /** Sends a mutation as a gateway, or as whoever says that it is one. @returns whether it was told what was purged */
  async function isTold(forwarded: string, env: Record<string, string> = SECRET): Promise<boolean> {
    const region = { UPSTREAM_URL: origin.url, REGION: 'iad', REDIS_URL: redis.url };
    const gateway = cleanup.add(await startGateway({ ...region, ...env }));
    const { headers, data } = await gateway.query(RENAME, { headers: { 'lastmile-forwarded': forwarded } });
    expect([data.renameProduct.id, headers]).toEqual([
      '1',
      expect.objectContaining({ 'lastmile-token': expect.any(String) }),
    ]);
    return PURGED in headers;
  }
  const body = (query: string) => Buffer.from(JSON.stringify({ query }));
  const sealed = (secret: string, query = RENAME) => formatForwarded('syd', secret, body(query));

  it('is told to a gateway that proves to be one', async () => {
    expect(await isTold(sealed(SECRET.ADMIN_TOKEN))).toBe(true);
    const password = { PRIMARY_REDIS_URL: redis.url.replace('//', '//:secret@') };
    expect(await isTold(sealed('secret'), { ...SECRET, ...password })).toBe(true);
  });

  it.each([
    ['the name of a region alone', 'syd'],
    ['nothing', ''],
    ['a seal that was made up', `syd ${'A'.repeat(43)}`],
    ['a seal that is too short', 'syd A'],
    ['a seal made with another secret', sealed('guessed')],
    ['a seal made for another mutation', sealed(SECRET.ADMIN_TOKEN, KETTLE)],
    ['the seal of another region', sealed(SECRET.ADMIN_TOKEN).replace('syd', 'lhr')],
    ['an empty secret', sealed('')],
  ])('P55 is not told to a client that forges the header: %s', async (_, forwarded) => {
    expect(await isTold(forwarded)).toBe(false);
  });

  it('is told to nobody where the gateways share no secret', async () => {
    for (const forwarded of ['syd', sealed(''), sealed('undefined')])
      expect(await isTold(forwarded, {})).toBe(false);
  });

  it.each([
    ['is not told', ''],
    // It tells less than it purges: protocol 1 of the log, which says it nowhere.
    ['is told by one of an earlier version', ` ${Buffer.from('["Product:99"]').toString('base64url')}`],
  ])('P92 is waited for by a gateway that %s: until it comes nothing is served', async (_, tags) => {
    const last = await redis.command('XREVRANGE', 'purges', '+', '-', 'COUNT', '1');
    const [[id]] = last as [[string]];
    const [epoch, seq] = id.split('-').map(Number);
    const position = `${epoch}-${seq! + 1}`;
    const url = await startPrimaryStandIn((__, response) => {
      const told = tags === '' ? {} : { [PURGED]: `${position}${tags}` };
      response.writeHead(200, { ...json, 'lastmile-token': position, ...told });
      response.end('{"data":{"renameProduct":{"id":"1"}}}');
    });
    // Proven once and for all: no later question to the primary says that there is no such purge.
    const once = { PROBE_INTERVAL_MS: '600000', FRESHNESS_BOUND_MS: '1200000' };
    const syd = await startSyd({ PRIMARY_URL: url, TOKEN_WAIT_MS: '50', ...once });
    await until('it has the entry', async () => (await syd.query(KETTLE)).cacheStatus.startsWith('hit'));
    await syd.query(RENAME);
    expect((await syd.query(KETTLE)).cacheStatus).toBe('fwd=stale; detail=distrusted');
    await redis.command('XADD', 'purges', `${epoch}-*`, 'h', '=2', 'h', 'Product:99');
    await until('it came', async () => (await syd.query(KETTLE)).cacheStatus.startsWith('hit'));
  });
});

describe('a mutation replayed by Fly', () => {
  const startOnFly = () => startSyd({ MUTATIONS: 'fly-replay', FLY_REGION: 'syd', FLY_APP_NAME: 'app' });

  it('is answered with the header that replays it in the primary region, and does not run here', async () => {
    const syd = await startOnFly();
    const made = origin.count('renameProduct');
    const { headers, status } = await syd.query(RENAME);
    expect([status, headers['fly-replay']]).toEqual([409, 'region=iad;state=mutation']);
    expect(origin.count('renameProduct')).toBe(made);
  });

  it('is told from a query by its operation: a POST of a query stays, a batch with a mutation in it goes', async () => {
    const syd = await startOnFly();
    expect((await syd.query(KETTLE)).headers).not.toHaveProperty('fly-replay');
    const batch = await syd.send({
      headers: json,
      body: JSON.stringify([{ query: KETTLE }, { query: RENAME }]),
    });
    expect(batch.headers['fly-replay']).toBeDefined();
    const reads = await syd.send({ headers: json, body: JSON.stringify([{ query: KETTLE }]) });
    expect(reads.headers).not.toHaveProperty('fly-replay');
  });

  it('is sent on by the gateway where Fly cannot: beyond 1 MB, and after a replay that failed', async () => {
    const syd = await startSyd({ MUTATIONS: 'fly-replay', MAX_BODY_BYTES: '4MiB' });
    const big = await startPrimaryStandIn((_, response, body) => {
      response.writeHead(200, json).end(JSON.stringify({ data: { length: body.length } }));
    });
    const large = await startSyd({ MUTATIONS: 'fly-replay', MAX_BODY_BYTES: '4MiB', PRIMARY_URL: big });
    const body = JSON.stringify({ query: RENAME, extensions: { padding: 'x'.repeat(1_100_000) } });
    const sent = await large.send({ headers: json, body });
    expect([sent.headers['fly-replay'], sent.data]).toEqual([undefined, { length: body.length }]);
    for (const name of ['fly-replay-failed', 'fly-replay-src']) {
      const { headers, data } = await syd.query(RENAME, { headers: { [name]: 'instance=1;reason=timeout' } });
      expect([headers['fly-replay'], data.renameProduct.id]).toEqual([undefined, '1']);
    }
  });

  it('runs where it is replayed to, and purges there', async () => {
    await iad.query(KETTLE);
    const { token } = await iad.query(RENAME, { headers: { 'fly-replay-src': 'region=syd;state=mutation' } });
    expect(token).toBeDefined();
    await until('it is purged', async () => (await iad.query(KETTLE)).data.product.name === 'Renamed');
  });
});
