import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { array, assert, asyncProperty, boolean, constantFrom, integer, record } from 'fast-check';
import { drain } from '../../../src/http/listen';
import { LONGEST_HEAD } from '../../../src/http/shortcut/read-message';
import { MOST_IN_TURN, MOST_UNANSWERED } from '../../../src/http/shortcut/connection';
import { ShortExchange } from '../../../src/http/shortcut/short-exchange';
import type { GatewayRequest, Reply } from '../../../src/gateway/request';
import { Cleanup } from '../../kit/cleanup';
import { Hold } from '../../kit/hold';
import { until } from '../../kit/until';
import { startFront, type BareFront } from '../bare-front';
import { connectTo, type RawSocket } from '../raw';
import { answersIn } from './answers-in';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const USUAL = 'GET /graphql HTTP/1.1\r\nHost: a\r\n\r\n';

/** Says back what it was asked, in the way that the request wants it. */
function echo(request: GatewayRequest): Reply | Promise<Reply> {
  const said = JSON.stringify({
    method: request.method,
    search: request.search,
    body: request.body.toString('latin1'),
    id: request.headers['x-id'],
  });
  const headers = ['Content-Type', 'text/plain'];
  switch (request.headers['x-way']) {
    case 'text':
      return { status: 200, headers, body: said, encoding: 'latin1' };
    case 'buffer':
      return { status: 200, headers, body: Buffer.from(said) };
    case 'large':
      return { status: 200, headers, body: Buffer.from(said.padEnd(100_000)) };
    case 'later':
      return new Promise((resolve) => setImmediate(resolve, { status: 200, headers, body: said }));
    case 'parts':
      return { status: 200, headers, body: partsOf(said) };
    case 'broken':
      throw new Error('on purpose');
    default:
      return { status: 200, headers, body: said };
  }
}

async function* partsOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text.slice(0, 5));
  await new Promise((resolve) => setImmediate(resolve));
  yield Buffer.from(text.slice(5));
}

interface Started extends BareFront {
  /** of each request: whether it came past node:http */
  readonly short: boolean[];
}

async function start(handle: (request: GatewayRequest) => Reply | Promise<Reply> = echo): Promise<Started> {
  const short: boolean[] = [];
  const front = await startFront(cleanup, {
    maxBodyBytes: 50_000,
    handle(request) {
      short.push(request instanceof ShortExchange);
      return handle(request);
    },
  });
  return { ...front, short };
}

/** A connection of which node:http has read the first request. */
async function startedConnection(port: number): Promise<RawSocket> {
  const client = cleanup.add(await connectTo(port));
  client.send(USUAL);
  await answers(client, 1);
  return client;
}

async function answers(
  client: RawSocket,
  count: number,
): ReturnType<typeof answersIn> extends infer T ? Promise<T> : never {
  return until(`${count} answers came`, () => {
    const found = answersIn(client.text);
    return found.length >= count ? found : undefined;
  });
}

describe('one request after another', () => {
  it.each(['plain', 'large', 'parts'])(
    'reads the first with node:http, and those after it past it, with the same reply (%s)',
    async (way) => {
      const { port, short } = await start();
      const client = cleanup.add(await connectTo(port));
      const asked = USUAL.replace('\r\n\r\n', `\r\nX-Way: ${way}\r\n\r\n`);
      client.send(asked);
      await answers(client, 1);
      client.send(asked);
      const [first, second] = await answers(client, 2);
      expect(short).toEqual([false, true]);
      const withoutDate = (head: string) => head.split('\r\n').filter((line) => !line.startsWith('Date: '));
      expect(withoutDate(second!.head).sort()).toEqual(withoutDate(first!.head).sort());
      expect(second!.head).toMatch(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/m);
      expect(second!.body).toBe(first!.body);
    },
  );

  it('goes past node:http again after a request that node:http had to read', async () => {
    const { server, port, short } = await start();
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = await startedConnection(port);
    const [connection] = await accepted;
    const read = connection.bytesRead;
    // In three pieces: its end is known all the same.
    client.send('POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Len');
    await until('a piece was read', () => connection.bytesRead > read);
    client.send('gth: 2\r\n\r\n{');
    await until('all but the end was read', () => connection.bytesRead > read + 50);
    client.send('}');
    await answers(client, 2);
    client.send(USUAL);
    await answers(client, 3);
    expect(short.at(-1)).toBe(true);
  });

  it('keeps a connection as long as node:http does', async () => {
    const { server, port } = await start();
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = await startedConnection(port);
    client.send(USUAL);
    await answers(client, 2);
    expect((await accepted)[0].timeout).toBeGreaterThanOrEqual(65_000);
  });
});

it.each([
  [
    'chunks',
    'POST /graphql HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    200,
  ],
  ['its path', 'GET /other HTTP/1.1\r\nHost: a\r\n\r\n', 404],
  ['its method', 'PUT /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n', 200],
  [
    'its coding',
    'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nxx',
    415,
  ],
  [
    'its size',
    `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 50001\r\n\r\n${'x'.repeat(50_001)}`,
    413,
  ],
  [
    'the site it comes from',
    'GET /graphql?query={a} HTTP/1.1\r\nHost: a\r\nOrigin: http://evil\r\n\r\n',
    403,
  ],
  ['its syntax', 'GET /graphql HTTP/1.1\r\nHost : a\r\n\r\n', 400],
])('leaves to node:http a request that is not usual by %s', async (_, sent, status) => {
  const { port, short } = await start();
  const client = await startedConnection(port);
  client.send(sent);
  const [, answer] = await answers(client, 2);
  expect(answer!.status).toBe(status);
  expect(short).not.toContain(true);
});

// What is counted otherwise than node:http counts it makes a request of a body (RFC 9112 11.2).
it('never reads a body as a request after a head of more than the longest in two pieces', async () => {
  const { server, port } = await start();
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = cleanup.add(await connectTo(port));
  const [connection] = await accepted;
  const send = async (piece: string) => {
    const { bytesRead } = connection;
    client.send(piece);
    await until('the piece was read', () => connection.bytesRead === bytesRead + piece.length);
  };
  const body = 'GET /graphql HTTP/1.1\r\nHost: a\r\nX-Id: body\r\n\r\n';
  const top = `GET /graphql HTTP/1.1\r\nHost: a\r\nX-Id: whole\r\nContent-Length: ${body.length}\r\nX-Fill: `;
  // Were the end of the first piece left out, the second would end the head, and the message lie in both, body and all.
  await send(`${top.padEnd(LONGEST_HEAD - 2, 'a')}\r\n${'X-Pad: '.padEnd(body.length - 2, 'b')}`);
  await send('\r\n\r\n');
  await send(body);
  await send('GET /graphql HTTP/1.1\r\nHost: a\r\nX-Id: next\r\n\r\n');
  const all = await answers(client, 2);
  expect(all.map(({ body: said }) => (JSON.parse(said) as { id: string }).id)).toEqual(['whole', 'next']);
});

it('answers requests in their order, however they come', async () => {
  const { port, short } = await start();
  const request = record({
    way: constantFrom('text', 'buffer', 'large', 'later', 'parts', 'plain'),
    isPost: boolean(),
    bodyBytes: integer({ min: 0, max: 30 }),
    isChunked: integer({ min: 0, max: 9 }).map((dice) => dice === 0),
    waits: integer({ min: 0, max: 3 }).map((dice) => dice > 0),
    cuts: array(integer({ min: 1, max: 200 }), { maxLength: 3 }),
  });
  await assert(
    asyncProperty(array(request, { minLength: 1, maxLength: 8 }), async (requests) => {
      const client = await connectTo(port);
      let sent = 0;
      for (const [id, { way, isPost, bodyBytes, isChunked, waits, cuts }] of requests.entries()) {
        const body = isPost ? 'b'.repeat(bodyBytes) : '';
        const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
        const framed = isChunked
          ? (body && `${body.length.toString(16)}\r\n${body}\r\n`) + '0\r\n\r\n'
          : body;
        const text =
          `${isPost ? 'POST /graphql?s' : 'GET /graphql'} HTTP/1.1\r\nHost: a\r\n` +
          `X-Id: ${id}\r\nX-Way: ${way}\r\n${isPost ? `${framing}\r\n` : ''}\r\n${isPost ? framed : ''}`;
        let at = 0;
        for (const cut of [...cuts].sort((a, b) => a - b)) {
          client.send(text.slice(at, Math.max(at, cut)));
          at = Math.max(at, cut);
          await new Promise((resolve) => setImmediate(resolve));
        }
        client.send(text.slice(at));
        sent++;
        if (waits) await answers(client, sent);
      }
      const all = await answers(client, sent);
      client.close();
      expect(all.map(({ status }) => status)).toEqual(requests.map(() => 200));
      expect(all.map(({ body }) => JSON.parse(body) as unknown)).toEqual(
        requests.map(({ isPost, bodyBytes }, id) => ({
          method: isPost ? 'POST' : 'GET',
          search: isPost ? 's' : '',
          body: isPost ? 'b'.repeat(bodyBytes) : '',
          id: String(id),
        })),
      );
    }),
    { numRuns: 150 },
  );
  expect(short.filter(Boolean).length).toBeGreaterThan(100);
});

it.each(['node:http reads', 'is read past it'])('keeps the order when the one before %s', async (which) => {
  const hold = new Hold();
  cleanup.later(() => hold.release());
  const { server, port } = await start(async (request) => {
    if (request.headers['x-id'] === 'slow') await hold.pass();
    return echo(request);
  });
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client =
    which === 'is read past it' ? await startedConnection(port) : cleanup.add(await connectTo(port));
  const before = answersIn(client.text).length;
  client.send('GET /graphql HTTP/1.1\r\nHost: a\r\nX-Id: slow\r\n\r\n');
  await hold.arrived;
  const [connection] = await accepted;
  const { bytesRead } = connection;
  client.send('GET /graphql HTTP/1.1\r\nHost: a\r\nX-Id: quick\r\n\r\n');
  await until('the second was read', () => connection.bytesRead > bytesRead);
  hold.release();
  const all = await answers(client, before + 2);
  expect(all.slice(before).map(({ body }) => (JSON.parse(body) as { id: string }).id)).toEqual([
    'slow',
    'quick',
  ]);
});

it('P44 finishes an answer that is under way past node:http, and closes the connection after it', async () => {
  const hold = new Hold();
  cleanup.later(() => hold.release());
  let calls = 0;
  const { server, port } = await start(async (request) => {
    if (++calls > 1) await hold.pass();
    return echo(request);
  });
  const client = await startedConnection(port);
  client.send(USUAL);
  await until('it is under way', () => calls === 2);
  const drained = drain(server, 2 ** 30);
  await until('no new connection is taken', () => !server.listening);
  hold.release();
  expect((await answers(client, 2))[1]!.status).toBe(200);
  await client.closed;
  await drained;
});

it('tells whoever answers that the client is gone', async () => {
  let calls = 0;
  let gone = 0;
  const { port } = await start((request) => {
    if (++calls === 1) return echo(request);
    return new Promise((resolve) =>
      request.onAbort?.(() => {
        gone++;
        resolve({ status: 200, headers: [], body: 'too late' });
      }),
    );
  });
  const client = await startedConnection(port);
  client.send(USUAL);
  await until('it is under way', () => calls === 2);
  client.close();
  await until('it was told', () => gone === 1);
});

it('P57 answers a fault of ours with an error that says nothing of it', async () => {
  const { port, faults } = await start();
  const client = await startedConnection(port);
  client.send('GET /graphql HTTP/1.1\r\nHost: a\r\nX-Way: broken\r\n\r\n');
  const [, answer] = await answers(client, 2);
  expect(answer!.status).toBe(500);
  expect(answer!.body).not.toContain('on purpose');
  expect(faults).toHaveLength(1);
});

it('never writes a header whose value would end it', async () => {
  let calls = 0;
  const { port, faults } = await start((request) =>
    ++calls === 1 ? echo(request) : { status: 200, headers: ['X-Said', 'a\r\nX-Evil: 1'], body: '' },
  );
  const client = await startedConnection(port);
  client.send(USUAL);
  const [, answer] = await answers(client, 2);
  expect(answer!.status).toBe(500);
  expect(client.text).not.toContain('X-Evil');
  expect(faults).toHaveLength(1);
});

it('reads no further while a client does not take its answer', async () => {
  const large = Buffer.alloc(12 * 2 ** 20, 'x');
  let calls = 0;
  const { server, port, short } = await start((request) =>
    ++calls === 2 ? { status: 200, headers: [], body: large } : echo(request),
  );
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect(port, '127.0.0.1');
  cleanup.later(() => client.destroy());
  client.write(USUAL);
  await once(client, 'data');
  const [connection] = await accepted;
  client.pause();
  client.write(USUAL);
  await until('the large one is under way', () => calls === 2);
  const { bytesRead } = connection;
  client.write(USUAL);
  await until('the next request has arrived', () => connection.bytesRead > bytesRead);
  expect(short).toHaveLength(2);
  client.resume();
  await until('it was answered', () => short.length === 3);
});

describe('a client that does not wait for its answers', () => {
  it.each(['node:http reads', 'is read past it'])(
    'is not read on while many are owed, the first of which %s',
    async (which) => {
      const hold = new Hold();
      cleanup.later(() => hold.release());
      const { server, port, short } = await start(async (request) => {
        if (request.headers['x-id']) await hold.pass();
        return echo(request);
      });
      const accepted = once(server, 'connection') as Promise<[Socket]>;
      const client = cleanup.add(await connectTo(port));
      const [connection] = await accepted;
      let before = 0;
      if (which === 'is read past it') {
        client.send(USUAL);
        await answers(client, ++before);
      }
      const fill = 'a'.repeat(8000);
      const inOnePiece = Math.ceil(65_536 / fill.length);
      const all = 2000;
      for (let id = 1; id <= all; id++)
        client.send(`GET /graphql HTTP/1.1\r\nHost: a\r\nX-Fill: ${fill}\r\nX-Id: ${id}\r\n\r\n`);
      await hold.arrived;
      await until('it is not read on', () => connection.isPaused());
      for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(short.length).toBeLessThan(MOST_UNANSWERED + 2 * inOnePiece);
      hold.release();
      const found = (await answers(client, before + all)).slice(before);
      expect(found.map(({ body }) => Number((JSON.parse(body) as { id: string }).id))).toEqual(
        Array.from({ length: all }, (__, index) => index + 1),
      );
    },
  );

  it.each(['node:http reads', 'is read past it'])(
    'P47 has few of its requests read in one turn of the event loop, the first of which %s',
    async (which) => {
      let turn = 0;
      let isOver = false;
      cleanup.later(() => (isOver = true));
      setImmediate(function next() {
        turn++;
        if (!isOver) setImmediate(next);
      });
      const inTurn = new Map<number, number>();
      const { port } = await start((request) => {
        inTurn.set(turn, (inTurn.get(turn) ?? 0) + 1);
        return echo(request);
      });
      const client = cleanup.add(await connectTo(port));
      let before = 0;
      if (which === 'is read past it') {
        client.send(USUAL);
        await answers(client, ++before);
      }
      const all = 3000;
      const requests = Array.from(
        { length: all },
        (__, id) => `GET /graphql HTTP/1.1\r\nHost: a\r\nX-Id: ${id}\r\n\r\n`,
      );
      client.send(requests.join(''));
      const found = (await answers(client, before + all)).slice(before);
      expect(found.map(({ body }) => Number((JSON.parse(body) as { id: string }).id))).toEqual(
        Array.from({ length: all }, (__, id) => id),
      );
      // A piece that node:http is given is read to its end.
      expect(Math.max(...inTurn.values())).toBeLessThan(4 * MOST_IN_TURN);
    },
  );

  it('is answered what it asked before it said that it asks no more', async () => {
    const large = Buffer.alloc(12 * 2 ** 20, 'x');
    const { server, port } = await start((request) =>
      request.headers['x-id'] === 'large' ? { status: 200, headers: [], body: large } : echo(request),
    );
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = await startedConnection(port);
    const [connection] = await accepted;
    client.socket.pause();
    client.send('GET /graphql HTTP/1.1\r\nHost: a\r\nX-Id: large\r\n\r\n');
    await until('the large one is under way', () => connection.writableNeedDrain);
    client.socket.end('GET /graphql HTTP/1.1\r\nHost: a\r\nX-Id: last\r\n\r\n');
    await until('all was read', () => connection.readableLength > 0);
    client.socket.resume();
    await client.closed;
    const all = answersIn(client.text);
    expect((JSON.parse(all[2]!.body) as { id: string }).id).toBe('last');
  });
});
