import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Reply } from '../../src/gateway/request';
import { drain, listen } from '../../src/http/listen';
import { shortcutOf } from '../../src/http/shortcut/shortcut';
import { Cleanup, cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { until } from '../kit/until';
import { GET, startFront, WHOLE } from './bare-front';
import { connectTo } from './raw';

/** Longer than any test. */
const NEVER_MS = 2 ** 30;

it('P44 does not wait for connections on which nothing was ever sent, and answers what is still being sent', async () => {
  const server = createServer((_, response) => response.end('answered'));
  const port = await listen(server, 0, '127.0.0.1');
  const [spare, slow] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  const accepted: Socket[] = [];
  server.on('connection', (socket) => accepted.push(socket));
  await Promise.all([once(spare, 'connect'), once(slow, 'connect')]);
  const said = text(slow);
  slow.write('GET / HTTP/1.1\r\nHost: x\r\n');
  await until(
    'half of a request is there',
    () => accepted.length === 2 && accepted.some(({ bytesRead }) => bytesRead > 0),
  );
  let ended = false;
  const drained = drain(server, NEVER_MS).then(() => (ended = true));
  // Read, so that its end shows.
  await once(spare.resume(), 'close');
  expect(ended).toBe(false);
  slow.end('Connection: close\r\n\r\n');
  expect(await said).toMatch(/^HTTP\/1.1 200 OK.*answered$/s);
  await drained;
});

describe('a server that winds down', () => {
  const cleanup = cleanupAfterEach();
  /** Longer than any answer here takes; what is kept from closing for so long is kept by the delay. */
  const DELAY_MS = 2500;

  it.each([
    ['of the usual form', GET, 'whole'],
    ['of another form', GET.replace('Host', 'X-Twice: 1\r\nX-Twice: 2\r\nHost'), 'whole'],
    ['refused', GET.replace('/graphql', '/nowhere'), 'NOT_FOUND'],
  ])('P44 says on a kept connection that its next answer is the last: %s', async (_, request, body) => {
    const front = await startFront(cleanup, { handle: () => WHOLE });
    const socket = cleanup.add(await connectTo(front.port));
    // Twice: the first request of a connection is always read by node:http.
    for (const count of [1, 2]) {
      socket.send(GET);
      await until('it is answered', () => socket.text.split('whole').length > count);
    }
    expect(socket.text).not.toMatch(/connection: close/i);
    const before = socket.text.length;
    void shortcutOf(front.server)!.end();
    socket.send(request);
    await socket.closed;
    expect(socket.text.slice(before)).toMatch(/\r\nconnection: close\r\n/i);
    expect(socket.text.slice(before)).toMatch(new RegExp(`${body}.*$`, 's'));
    expect(socket.text.slice(before)).not.toMatch(/keep-alive/i);
  });

  it.each([
    ['whole', WHOLE],
    [
      'in parts',
      {
        ...WHOLE,
        body: (async function* () {
          yield 'who';
          yield 'le';
        })(),
      } as Reply,
    ],
  ])('P44 says it of an answer that was under way, %s', async (_, reply) => {
    let answer: (reply: Reply) => void = () => {};
    let count = 0;
    const handle = () => (++count === 1 ? WHOLE : new Promise<Reply>((resolve) => (answer = resolve)));
    const front = await startFront(cleanup, { handle });
    const socket = cleanup.add(await connectTo(front.port));
    socket.send(GET);
    await socket.answer();
    const before = socket.text.length;
    socket.send(GET);
    await until('it is under way', () => count === 2);
    void shortcutOf(front.server)!.end();
    answer(reply);
    await socket.closed;
    expect(socket.text.slice(before)).toMatch(/\r\nconnection: close\r\n.*who.*le/is);
  });

  it.each([
    ['of the usual form', GET],
    ['of another form', GET.replace('Host', 'X-Twice: 1\r\nX-Twice: 2\r\nHost')],
  ])('P44 answers what was on its way on a kept connection when it ended: %s', async (_, request) => {
    const front = await startFront(cleanup, { handle: () => WHOLE });
    const sockets = [cleanup.add(await connectTo(front.port)), cleanup.add(await connectTo(front.port))];
    for (const socket of sockets) {
      socket.send(GET);
      await socket.answer();
    }
    const drained = drain(front.server, NEVER_MS);
    await until('it takes no connection any more', () => !front.server.listening);
    const before = sockets.map(({ text }) => text.length);
    // Both at once: what comes later than a moment after that is not waited for.
    for (const socket of sockets) socket.send(request);
    for (const [index, socket] of sockets.entries()) {
      await socket.closed;
      expect(socket.text.slice(before[index])).toMatch(/ 200 OK\r\n.*\r\nconnection: close\r\n.*whole$/is);
    }
    await drained;
  });

  it('P44 closes kept connections on which nothing comes any more', async () => {
    const front = await startFront(cleanup, { handle: () => WHOLE });
    const socket = cleanup.add(await connectTo(front.port));
    socket.send(GET);
    await socket.answer();
    await Promise.all([drain(front.server, NEVER_MS), socket.closed]);
  });

  it('P44 is not ready at once, takes requests for DRAIN_DELAY_MS, and closes no idle connection before', async () => {
    const gateway = await startGateway({ DRAIN_DELAY_MS: `${DELAY_MS}` });
    const [idle, used] = [await connectTo(gateway.port), await connectTo(gateway.port)];
    const ask = 'GET /graphql?query={__typename} HTTP/1.1\r\nHost: a\r\n\r\n';
    idle.send(ask);
    await idle.answer();
    const stopped = gateway.stop();
    expect((await fetch(`${gateway.adminUrl}/health/ready`)).status).toBe(503);
    used.send(ask);
    await used.closed;
    const late = await connectTo(gateway.port);
    late.send(ask);
    await late.closed;
    for (const { text } of [used, late])
      expect(text).toMatch(/ 200 OK\r\n.*\r\nconnection: close\r\n.*Query/is);
    expect(idle.isClosed).toBe(false);
    await Promise.all([stopped, idle.closed]);
  });
});

it('keeps connections for as long as KEEP_ALIVE_MS says, and tells their clients', async () => {
  const cleanup = new Cleanup();
  try {
    const gateway = cleanup.add(await startGateway({ KEEP_ALIVE_MS: '1000' }));
    const socket = cleanup.add(await connectTo(gateway.port));
    const ask = 'GET /graphql?query={__typename} HTTP/1.1\r\nHost: a\r\n\r\n';
    socket.send(ask);
    await socket.answer();
    socket.send(ask);
    await socket.closed;
    expect(socket.text.match(/keep-alive: timeout=1\r\n/gi)).toHaveLength(2);
  } finally {
    await cleanup.run();
  }
});
