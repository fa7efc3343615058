import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { cleanupAfterAll, cleanupAfterEach } from '../../kit/cleanup';
import { startGateway, type GatewayProcess } from '../../kit/gateway';
import { startOrigin, type Origin } from '../../kit/origin';
import { openSocket } from '../../kit/socket';
import { until } from '../../kit/until';
import { startFront } from '../bare-front';
import type { Reply } from '../../../src/gateway/request';
import { drain, listen } from '../../../src/http/listen';
import { Sockets, socketsOf } from '../../../src/http/socket/sockets';

const cleanup = cleanupAfterAll();
const each = cleanupAfterEach();
let origin: Origin;
let gateway: GatewayProcess;

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, MAX_BODY_BYTES: '2000' }));
});

const open = async (settings = {}) => each.add(await openSocket(gateway, settings));
/** Whether anything listens at a port. */
function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

const SUBSCRIBE = { id: '1', type: 'subscribe', payload: { query: '{ serial }' } };

describe('a message', () => {
  it.each([
    ['that is no JSON', 'hello', 4400],
    ['that is no object', '[]', 4400],
    ['whose members are no JSON', '{"type":connection_init}', 4400],
    ['without a type', '{"id":"1"}', 4400],
    ['with two types', '{"type":"ping","type":"connection_init"}', 4400],
    ['of a type that is not known', '{"type":"start","id":"1"}', 4400],
    ['of a type from a prototype', '{"type":"constructor"}', 4400],
    ['with parameters that are no object', '{"type":"connection_init","payload":[]}', 4400],
    [
      'with a header that cannot be one',
      '{"type":"connection_init","payload":{"authorization":"a\\nb"}}',
      4400,
    ],
    [
      'with parameters of more levels than can be written',
      `{"type":"connection_init","payload":{"a":${'['.repeat(500)}${']'.repeat(500)}}}`,
      4400,
    ],
    ['longer than MAX_BODY_BYTES', `{"type":"ping","payload":{"a":"${'x'.repeat(4000)}"}}`, 1009],
  ])('%s ends the connection with its code', async (_, text, code) => {
    const socket = await open();
    socket.send(text);
    expect(await socket.closed).toMatchObject({ code });
  });

  it('of bytes ends the connection', async () => {
    const socket = await open();
    socket.ws.send(Buffer.from('{"type":"ping"}'), { binary: true });
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  it.each([
    ['an operation before connection_init', [SUBSCRIBE], 4401],
    ['a second connection_init', [{ type: 'connection_init' }, { type: 'connection_init' }], 4429],
    ['an operation without an id', [{ type: 'connection_init' }, { ...SUBSCRIBE, id: undefined }], 4400],
    [
      'an operation that is a batch',
      [{ type: 'connection_init' }, { ...SUBSCRIBE, payload: [SUBSCRIBE.payload] }],
      4400,
    ],
    ['an operation without a payload', [{ type: 'connection_init' }, { id: '1', type: 'subscribe' }], 4400],
  ])('%s ends the connection with its code', async (_, messages, code) => {
    const asked = origin.count();
    const socket = await open();
    for (const message of messages) socket.send(message);
    expect(await socket.closed).toMatchObject({ code });
    expect(origin.count()).toBe(asked);
  });

  it('with an id that is in use ends the connection', async () => {
    const held = origin.hold('product');
    each.later(() => held.release());
    const socket = await open();
    await socket.init();
    socket.subscribe('{ product(id: "1") { name } }', {}, 'a');
    await held.arrived;
    socket.subscribe('{ serial }', {}, 'a');
    expect(await socket.closed).toMatchObject({ code: 4409 });
  });

  it('with an id that is in use ends the connection, whatever a reason can hold', async () => {
    const held = origin.hold('product');
    each.later(() => held.release());
    const socket = await open();
    await socket.init();
    const id = 'ü'.repeat(200);
    socket.subscribe('{ product(id: "1") { name } }', {}, id);
    await held.arrived;
    socket.subscribe('{ serial }', {}, id);
    const { code, reason } = await socket.closed;
    expect(code).toBe(4409);
    expect(reason).toMatch(/^Subscriber for ü+$/);
  });

  it('that meets a fault ends its own connection, and is told of', async () => {
    const server = createServer();
    const port = await listen(server, 0, '127.0.0.1');
    each.later(() => drain(server, 0));
    const faults: unknown[] = [];
    const failure = new Error('a fault');
    new Sockets(
      server,
      { parameters: [], maxSockets: 2, maxOperations: 1 },
      {
        path: '/graphql',
        maxBodyBytes: 1000,
        cors: undefined,
        refuse: () => ({ status: 500, headers: [], body: '' }),
        answer: () => {
          throw failure;
        },
        fault: (error) => faults.push(error),
      },
    );
    const [socket, other] = [each.add(await openSocket({ port })), each.add(await openSocket({ port }))];
    await Promise.all([socket.init(), other.init()]);
    socket.send(SUBSCRIBE);
    expect(await socket.closed).toMatchObject({ code: 1011 });
    expect(faults).toEqual([failure]);
    other.send({ type: 'ping' });
    await until('the other is answered', () => other.received.some(({ type }) => type === 'pong'));
  });

  it('ping is answered with what it holds, before and after connection_init', async () => {
    const socket = await open();
    socket.send('{"type":"ping","payload":{"n":1.10}}');
    await socket.init();
    socket.send({ type: 'ping' });
    await until('both are answered', () => socket.texts.length === 3);
    expect(socket.texts).toEqual([
      '{"type":"pong","payload":{"n":1.10}}',
      '{"type":"connection_ack"}',
      '{"type":"pong"}',
    ]);
  });
});

describe('an operation', () => {
  it.each([
    ['that does not fit the schema', { query: '{ nothing }' }, /Cannot query field "nothing"/],
    ['without a query', { query: null }, /There is no `query`/],
    ['whose query is none', { query: 7 }, /`query` is a string/],
    ['beyond a limit', { query: `{ ${'a {'.repeat(100)}` }, /Syntax Error|levels|deep/],
  ])('%s is told what is wrong, and the connection goes on', async (_, payload, message) => {
    const socket = await open();
    await socket.init();
    const id = socket.subscribe('', payload, 'bad');
    const [said] = await socket.over(id);
    expect(said).toEqual({ id: 'bad', type: 'error', payload: [expect.objectContaining({})] });
    expect(said!.payload[0].message).toMatch(message);
    expect(await socket.ask('{ serial }')).toEqual({ data: { serial: expect.any(Number) } });
  });

  it('whose JSON is none is told so', async () => {
    const socket = await open();
    await socket.init();
    socket.send('{"id":"1","type":"subscribe","payload":{"query":"{ serial }",}}');
    const [said] = await socket.over('1');
    expect(said?.payload[0].extensions.code).toBe('BAD_JSON');
  });

  it('beyond MAX_SOCKET_OPERATIONS is refused, and the others are answered', async () => {
    const small = each.add(await startGateway({ UPSTREAM_URL: origin.url, MAX_SOCKET_OPERATIONS: '2' }));
    const held = origin.hold('serial');
    each.later(() => held.release());
    const socket = each.add(await openSocket(small));
    await socket.init();
    const [a, b] = [socket.subscribe('{ serial }'), socket.subscribe('{ serial }')];
    const [refused] = await socket.over(socket.subscribe('{ serial }'));
    expect(refused).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'TOO_MANY_OPERATIONS' } }],
    });
    held.release();
    for (const id of [a, b])
      expect((await socket.over(id)).map(({ type }) => type)).toEqual(['next', 'complete']);
    expect(await socket.ask('{ serial }')).toMatchObject({ data: {} });
  });

  it('that its client gives up is given up upstream, and leaves no message', async () => {
    const held = origin.hold('serial');
    const socket = await open();
    await socket.init();
    socket.subscribe('{ serial }', {}, 'a');
    await held.arrived;
    socket.send({ id: 'a', type: 'complete' });
    socket.send({ type: 'ping' });
    await until('that was read', () => socket.received.some(({ type }) => type === 'pong'));
    held.release();
    origin.hold('serial').release();
    await socket.ask('{ serial }');
    expect(socket.received.filter(({ id }) => id === 'a')).toEqual([]);
  });
});

describe('a client', () => {
  const reply: Reply = { status: 200, headers: [], body: '{"data":{}}' };
  const start = (sockets: object, handle: () => Reply | Promise<Reply> = () => reply) =>
    startFront(each, {
      handle,
      sockets: { parameters: [], maxSockets: 100, maxOperations: 100, ...sockets },
    });

  it('that says nothing is given up after a while', async () => {
    const front = await start({ initMs: 50 });
    const socket = each.add(await openSocket(front));
    expect(await socket.closed).toMatchObject({ code: 4408 });
  });

  it('that gives no sign of life is given up, and one that does is not', async () => {
    const front = await start({ pingMs: 1000 });
    const [alive, dead] = [
      each.add(await openSocket(front)),
      each.add(await openSocket(front, { autoPong: false })),
    ];
    await alive.init();
    await dead.init();
    await dead.closed;
    expect(alive.ws.readyState).toBe(alive.ws.OPEN);
    await until('it is gone', () => socketsOf(front.server)!.size === 1);
  });

  it('that takes nothing is read no further, and loses nothing', async () => {
    const long = 'x'.repeat(200_000);
    let asked = 0;
    const front = await start({}, () => {
      asked++;
      return { ...reply, body: `{"data":"${long}"}` };
    });
    const socket = each.add(await openSocket(front));
    await socket.init();
    socket.ws.pause();
    const MANY = 400;
    for (let count = 0; count < MANY; count++) socket.subscribe('{ a }');
    let last = -1;
    await until(
      'nothing more is read',
      () => {
        const isSame = asked > 0 && asked === last;
        last = asked;
        return isSame;
      },
      { every: 200 },
    );
    expect(asked).toBeLessThan(MANY);
    socket.ws.resume();
    await until(
      'all is there',
      () => socket.received.filter(({ type }) => type === 'complete').length === MANY,
    );
    expect(asked).toBe(MANY);
  });
});

describe('a gateway that ends', () => {
  it('P44 closes its WebSockets with 1001, at once where nothing is owed', async () => {
    const other = await startGateway({ UPSTREAM_URL: origin.url, DRAIN_MS: '1000000' });
    const sockets = await Promise.all([openSocket(other), openSocket(other)]);
    await sockets[0].init();
    const stopped = other.stop();
    for (const socket of sockets) expect(await socket.closed).toMatchObject({ code: 1001 });
    await stopped;
  });

  it('P44 answers what is under way, and takes nothing new meanwhile', async () => {
    const other = await startGateway({ UPSTREAM_URL: origin.url, DRAIN_MS: '1000000' });
    const held = origin.hold('renameProduct');
    const socket = await openSocket(other);
    await socket.init();
    const id = socket.subscribe('mutation { renameProduct(id: "2", name: "Late") { name } }');
    await held.arrived;
    const stopped = other.stop();
    await until('no connection is taken any more', async () => !(await takesConnections(other.port)));
    socket.subscribe('{ serial }', {}, 'new');
    held.release();
    expect((await socket.over(id))[0]).toMatchObject({
      payload: { data: { renameProduct: { name: 'Late' } } },
    });
    expect(await socket.closed).toMatchObject({ code: 1001 });
    await stopped;
    expect(socket.received.filter((message) => message.id === 'new')).toEqual([]);
  });

  it('P44 does not wait for a client that does not say goodbye', async () => {
    const other = await startGateway({ UPSTREAM_URL: origin.url, DRAIN_MS: '1000000' });
    const socket = await openSocket(other);
    socket.ws.pause();
    await other.stop();
    socket.ws.resume();
    if (socket.ws.readyState !== socket.ws.CLOSED) await once(socket.ws, 'close');
  });
});
