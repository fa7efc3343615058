import { gzipSync } from 'node:zlib';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { until } from '../kit/until';
import { connectTo, postOf, type RawSocket } from './raw';

const cleanup = cleanupAfterEach();
const QUERY = JSON.stringify({ query: '{ products { name } }' });

async function start(env: Record<string, string> = {}): Promise<{ origin: Origin; gateway: GatewayProcess }> {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }));
  return { origin, gateway };
}

async function connect(gateway: GatewayProcess): Promise<RawSocket> {
  return cleanup.add(await connectTo(gateway.port));
}

function codeOf(body: string): string {
  return (JSON.parse(body) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code;
}

describe('P51 a body beyond the limit', () => {
  const HEAD = 'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

  it('P51 is answered 413 before it is sent, when its length is declared', async () => {
    const { gateway } = await start();
    const socket = await connect(gateway);
    socket.send(`${HEAD}Content-Length: 10000000000\r\n\r\n`);
    const { status, headers, body } = await socket.answer();
    expect(status).toBe(413);
    expect(codeOf(body)).toBe('BODY_TOO_LARGE');
    expect(headers.get('connection')).toEqual(['close']);
    expect(headers.get('cache-control')).toEqual(['no-store']);
  });

  it('P51 is answered 413 as soon as the limit is passed, when it comes in chunks, and cut off soon after', async () => {
    const { gateway } = await start({ MAX_BODY_BYTES: '64KiB' });
    const socket = await connect(gateway);
    socket.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 'x'), Buffer.from('\r\n')]);
    let sent = 0;
    const before = process.memoryUsage();
    let peak = 0;
    // A client that never stops by itself: only being cut off ends this.
    while (!socket.isClosed && sent < 256 * 2 ** 20) {
      if (!socket.sendNow(chunk))
        await Promise.race([until('it drains', () => !socket.socket.writableNeedDrain), socket.closed]);
      sent += chunk.length;
      const now = process.memoryUsage();
      peak = Math.max(peak, now.arrayBuffers - before.arrayBuffers);
    }
    expect((await socket.answer()).status).toBe(413);
    // The limit, what is read and dropped after it so that the client sees its answer, and what lay in the sockets.
    expect(sent).toBeLessThan(32 * 2 ** 20);
    expect(peak).toBeLessThan(24 * 2 ** 20);
    expect((await gateway.query('{ products { name } }')).status).toBe(200);
  });

  it('P51 is told to a client that reads its answer only after it has sent everything', async () => {
    const { gateway } = await start({ MAX_BODY_BYTES: '1000' });
    const answer = await gateway.send({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ products { name } } # ${'x'.repeat(500_000)}` }),
    });
    expect(answer.status).toBe(413);
    expect(answer.errors?.[0]?.extensions?.['code']).toBe('BODY_TOO_LARGE');
  });

  it('is taken when it is exactly as large as the limit', async () => {
    const { gateway } = await start({ MAX_BODY_BYTES: '1000' });
    const exact = QUERY.padEnd(1000);
    const send = (body: string) => gateway.send({ headers: { 'content-type': 'application/json' }, body });
    expect((await send(exact)).status).toBe(200);
    expect((await send(`${exact} `)).status).toBe(413);
  });

  it('is not asked for when the client waits to be told to send it', async () => {
    const { gateway } = await start({ MAX_BODY_BYTES: '1000' });
    const socket = await connect(gateway);
    socket.send(`${HEAD}Content-Length: 2000\r\nExpect: 100-continue\r\n\r\n`);
    expect((await socket.answer()).status).toBe(413);
    expect(socket.text).not.toContain('100 Continue');
    const patient = await connect(gateway);
    patient.send(`${HEAD}Content-Length: ${QUERY.length}\r\nExpect: 100-continue\r\n\r\n`);
    await until('it is told to go on', () => patient.text === 'HTTP/1.1 100 Continue\r\n\r\n');
    patient.send(QUERY);
    await until('it has its answer', () => patient.text.includes('HTTP/1.1 200 OK'));
  });

  it('P51 cannot hide behind a content coding, which is refused with what would be taken', async () => {
    const { gateway } = await start();
    const bomb = gzipSync(Buffer.alloc(50 * 2 ** 20, ' '));
    const answer = await gateway.send({
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: bomb,
    });
    expect(answer.status).toBe(415);
    expect(answer.headers['accept-encoding']).toBe('identity');
    expect(answer.errors?.[0]?.extensions?.['code']).toBe('UNSUPPORTED_CODING');
    const plain = { 'content-type': 'application/json', 'content-encoding': 'identity' };
    expect((await gateway.send({ headers: plain, body: QUERY })).status).toBe(200);
  });
});

describe('P51 headers beyond the limit', () => {
  it('P51 are answered 431, which nobody may store, and the next request is answered', async () => {
    const { origin, gateway } = await start();
    const socket = await connect(gateway);
    socket.send(`GET /graphql HTTP/1.1\r\nHost: a\r\nX-Large: ${'x'.repeat(200_000)}\r\n\r\n`);
    const { status, headers, body } = await socket.answer();
    expect(status).toBe(431);
    expect(codeOf(body)).toBe('HEADERS_TOO_LARGE');
    expect(headers.get('cache-control')).toEqual(['no-store']);
    await socket.closed;
    expect(origin.count('products')).toBe(0);
    expect((await gateway.query('{ products { name } }')).cacheStatus).toBe('fwd=uri-miss; stored');
  });

  it('P51 are answered 431 although they are many small ones, and a URL although it is the only one', async () => {
    const { gateway } = await start();
    const many = await connect(gateway);
    many.send(`GET /graphql HTTP/1.1\r\nHost: a\r\n${'x-small: 1\r\n'.repeat(3000)}\r\n`);
    expect((await many.answer()).status).toBe(431);
    const long = await connect(gateway);
    long.send(`GET /graphql?query=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect((await long.answer()).status).toBe(431);
  });

  it('loses none of those within the limit, however many', async () => {
    const { gateway } = await start({ VARY: 'x-last' });
    const socket = await connect(gateway);
    const query = JSON.stringify({ query: '{ header(name: "x-last") }' });
    // A proxy adds its own behind the client's.
    socket.send(postOf(query, [...Array.from({ length: 2500 }, () => 'a:1'), 'X-Last: seen']));
    expect((await socket.answer()).body).toBe('{"data":{"header":"seen"}}');
  });
});

describe('P47 variables of more values than the limit', () => {
  const ASK = 'query ($id: ID!) { product(id: $id) { name } }';
  const post = (gateway: GatewayProcess, body: unknown) =>
    gateway.send({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const objects = (count: number) => ({ id: '1', unused: Array.from({ length: count / 2 - 1 }, () => [0]) });

  it('P47 are refused with 400 and the name of the limit, before upstream is asked', async () => {
    const { gateway, origin } = await start({ MAX_VALUES: '100' });
    const asked = (variables: object) => post(gateway, { query: ASK, variables });
    expect((await asked(objects(100))).status).toBe(200);
    origin.resetCounts();
    for (const refused of [
      await asked(objects(102)),
      await post(gateway, { query: ASK, variables: { id: '1' }, extensions: objects(102) }),
      await gateway.query(ASK, { variables: objects(102), method: 'GET' }),
    ]) {
      expect([refused.status, codeOf(refused.text)]).toEqual([400, 'TOO_MANY_VALUES']);
      expect(refused.errors![0]!.message).toMatch(/at most 100 values.*MAX_VALUES/);
    }
    expect(origin.count()).toBe(0);
  });

  it('P47 are those of all members of a batch together', async () => {
    const { gateway } = await start({ MAX_VALUES: '100' });
    const batch = (count: number) => [0, 1].map(() => ({ query: ASK, variables: objects(count) }));
    expect((await post(gateway, batch(50))).status).toBe(200);
    const refused = await post(gateway, batch(52));
    expect([refused.status, codeOf(refused.text)]).toEqual([400, 'TOO_MANY_VALUES']);
  });
});
