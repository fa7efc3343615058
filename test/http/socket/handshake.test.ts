import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { cleanupAfterAll } from '../../kit/cleanup';
import { startGateway, type GatewayProcess } from '../../kit/gateway';
import { startOrigin, type Origin } from '../../kit/origin';
import { takeDownLog } from '../../kit/log';
import { openSocket, refusedHandshake } from '../../kit/socket';
import { until } from '../../kit/until';
import { connectTo, postOf } from '../raw';
import { answersIn } from '../shortcut/answers-in';

const cleanup = cleanupAfterAll();
let origin: Origin;
let gateway: GatewayProcess;

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
});

const HANDSHAKE = [
  'GET /graphql HTTP/1.1',
  'Host: a',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Protocol: graphql-transport-ws',
  `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
];
const ask = (field: string) => postOf(JSON.stringify({ query: `{ ${field} { name } }` }));

describe('what a WebSocket says', () => {
  it('P30 runs on nobody else’s connection, and is answered on none', async () => {
    const attacker = cleanup.add(await connectTo(gateway.port));
    attacker.send(ask('categories'));
    await attacker.answer();
    attacker.send(`${HANDSHAKE.join('\r\n')}\r\n\r\n`);
    await until('it is a WebSocket', () => attacker.text.includes(' 101 '));
    const victim = cleanup.add(await connectTo(gateway.port));
    victim.send(ask('products'));
    await until('the victim was answered', () => answersIn(victim.text).length === 1);
    const before = origin.count('renameProduct');
    attacker.send(
      postOf(JSON.stringify({ query: 'mutation { renameProduct(id: "1", name: "mine") { id } }' })),
    );
    await attacker.closed;
    victim.send(ask('sellables'));
    await until('the victim was answered again', () => answersIn(victim.text).length === 2);
    const [first, second] = answersIn(victim.text).map(({ body }) => JSON.parse(body) as { data: object });
    expect([first, second].map((answer) => Object.keys(answer!.data))).toEqual([['products'], ['sellables']]);
    expect(origin.count('renameProduct')).toBe(before);
  });
});

describe('a handshake', () => {
  it.each([
    ['of no subprotocol', { protocol: '' }, 400, 'SUBPROTOCOL_UNKNOWN'],
    ['of the subprotocol of older clients', { protocol: 'graphql-ws' }, 400, 'SUBPROTOCOL_UNKNOWN'],
    ['at another path', { path: '/other' }, 404, 'NOT_FOUND'],
    [
      'of a page of another site with cookies',
      { origin: 'https://evil.example', headers: { cookie: 'sid=1' } },
      403,
      'CROSS_SITE_SOCKET',
    ],
    ['of a page of another site without', { origin: 'https://evil.example' }, 403, 'CROSS_SITE_SOCKET'],
    ['of a page without an origin', { origin: 'null' }, 403, 'CROSS_SITE_SOCKET'],
  ])('P52 is refused by a status that says why: %s', async (_, settings, status, code) => {
    const refused = await refusedHandshake(gateway, settings);
    expect(refused).toMatchObject({ status, code });
    expect(refused.text).not.toMatch(/127\.0\.0\.1|node|ws@/);
  });

  it('of a page of this origin is taken, cookies and all', async () => {
    const { port } = gateway;
    const socket = cleanup.add(
      await openSocket(gateway, { origin: `http://127.0.0.1:${port}`, headers: { cookie: 'sid=1' } }),
    );
    await socket.init();
    expect(await socket.ask('{ serial }')).toEqual({ data: { serial: expect.any(Number) } });
  });

  it.each([
    ['https://app.example', { cookie: 'sid=1' }, true],
    ['https://app.example', {}, true],
    ['*', {}, true],
    ['*', { cookie: 'sid=1' }, false],
    ['*', { authorization: 'Basic YTpi' }, false],
  ])('P52 of a page that CORS_ORIGINS=%s lets read, with %j: %s', async (CORS_ORIGINS, headers, isTaken) => {
    const open = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, CORS_ORIGINS }));
    const settings = { origin: 'https://app.example', headers };
    if (isTaken) cleanup.add(await openSocket(open, settings));
    else expect(await refusedHandshake(open, settings)).toMatchObject({ code: 'CROSS_SITE_SOCKET' });
  });

  it('is refused where MAX_SOCKETS are open, and taken when one has closed', async () => {
    const { log, lines } = takeDownLog();
    const env = { UPSTREAM_URL: origin.url, MAX_SOCKETS: '1' };
    const small = cleanup.add(await startGateway(env, { log }));
    const first = await openSocket(small);
    for (let times = 0; times < 2; times++)
      expect(await refusedHandshake(small)).toMatchObject({ status: 503, code: 'TOO_MANY_SOCKETS' });
    const told = lines.filter(({ variable }) => variable === 'MAX_SOCKETS');
    expect(told).toEqual([expect.objectContaining({ level: 40, remedy: expect.any(String) })]);
    const metrics = await (await fetch(`${small.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/^lastmile_sockets\{.*\} 1$/m);
    first.close();
    const next = await until('another is taken', () => openSocket(small).catch(() => undefined));
    next.close();
  });
});

describe('behind a request that is not answered yet', () => {
  it.each([
    ['a WebSocket is opened', HANDSHAKE.slice(1), 101],
    ['one for another protocol is answered', ['Host: a', 'Connection: Upgrade', 'Upgrade: h2c'], 200],
  ])('%s in its turn', async (_, headers, status) => {
    const held = origin.hold('serial');
    cleanup.later(() => held.release());
    const client = cleanup.add(await connectTo(gateway.port));
    client.send(postOf(JSON.stringify({ query: '{ serial }' })));
    await held.arrived;
    const asked = `GET /graphql${status === 200 ? '?query={__typename}' : ''} HTTP/1.1`;
    client.send(`${asked}\r\n${headers.join('\r\n')}\r\n\r\n`);
    // Read meanwhile, on another connection.
    await gateway.query('{ __typename }');
    held.release();
    await until('both are answered', () => client.text.split('HTTP/1.1 ').length === 3);
    const [, first, second] = client.text.split('HTTP/1.1 ');
    expect([first!.slice(0, 3), second!.slice(0, 3)]).toEqual(['200', String(status)]);
    expect(first).toContain('"serial"');
    client.close();
  });
});

describe('a request for another protocol', () => {
  const OTHER = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQC'];

  it.each([
    ['in a piece', 0, 1],
    ['in a long piece', 3000, 1],
    ['in two pieces', 0, 2],
  ])('is answered in the one that it came in: %s', async (_, comment, pieces) => {
    const socket = cleanup.add(await connectTo(gateway.port));
    const body = JSON.stringify({ query: `{ categories { name } } #${'x'.repeat(comment)}` });
    const text = postOf(body, OTHER);
    const half = pieces === 1 ? text.length : text.indexOf('\r\n\r\n') + 8;
    socket.send(text.slice(0, half));
    if (pieces > 1) {
      await until('the head was read', () => socket.socket.bytesWritten >= half);
      socket.send(text.slice(half));
    }
    await until('it is answered', () => answersIn(socket.text).length === 1);
    socket.send(ask('products'));
    await until('the next is answered', () => answersIn(socket.text).length === 2);
    const statuses = answersIn(socket.text).map(({ head }) => head.split('\r\n')[0]);
    expect(statuses).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK']);
  });

  it('P47 leaves nothing behind on its connection, however many come', async () => {
    const accepted: Socket[] = [];
    const note = (message: unknown) => void accepted.push((message as { socket: Socket }).socket);
    subscribe('net.server.socket', note);
    cleanup.later(() => void unsubscribe('net.server.socket', note));
    const client = cleanup.add(await connectTo(gateway.port));
    const listeners: number[] = [];
    for (let count = 1; count <= 10; count++) {
      client.send(postOf(JSON.stringify({ query: '{ categories { name } }' }), OTHER));
      await until('it is answered', () => answersIn(client.text).length === count);
      const own = accepted.find(({ remotePort }) => remotePort === client.socket.localPort)!;
      listeners.push(own.listenerCount('close'));
    }
    expect(listeners.at(-1)).toBe(listeners[0]);
  });
});
