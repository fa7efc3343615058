import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { drain } from '../../../src/http/listen';
import type { Reply } from '../../../src/gateway/request';
import { cleanupAfterEach } from '../../kit/cleanup';
import { Hold } from '../../kit/hold';
import { until } from '../../kit/until';
import { GET, startFront, type BareFront } from '../bare-front';
import { connectTo, type RawSocket } from '../raw';
import { answersIn } from './answers-in';

const cleanup = cleanupAfterEach();

const UPGRADE = 'GET /graphql HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
const CONNECT = 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n';
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\n\r\n';

interface Started extends BareFront {
  /** `X-Id` of each request that was answered, in their order */
  readonly asked: (string | undefined)[];
  /** what was said to whom a connection was handed on to */
  readonly heard: () => string;
  readonly hold: Hold;
}

/** A front whose connections can be handed on, by an upgrade or CONNECT, to one who listens to what they say. */
async function start(): Promise<Started> {
  const asked: (string | undefined)[] = [];
  const hold = new Hold();
  const front = await startFront(cleanup, {
    async handle({ headers }): Promise<Reply> {
      asked.push(headers['x-id'] as string | undefined);
      if (headers['x-id'] === 'slow') await hold.pass();
      return { status: 200, headers: [], body: String(headers['x-id']) };
    },
  });
  let heard = '';
  const take = (_: IncomingMessage, socket: Socket, head: Buffer): void => {
    // As libraries do it: first what came with the request goes back, then they listen.
    if (head.length > 0) socket.unshift(head);
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')));
    socket.on('end', () => socket.end());
    socket.write(SWITCHED);
  };
  front.server.on('upgrade', take).on('connect', take);
  cleanup.later(() => hold.release());
  return { ...front, asked, heard: () => heard, hold };
}

function request(id: string): string {
  return `GET /graphql HTTP/1.1\r\nHost: a\r\nX-Id: ${id}\r\n\r\n`;
}

async function open(port: number): Promise<RawSocket> {
  return cleanup.add(await connectTo(port));
}

/** Whatever a connection that was handed on says, none of it is a request, here or on a connection that comes after it. */
async function expectHandedOn(front: Started, first: RawSocket, said: string): Promise<void> {
  await until('it was handed on', () => first.text.includes(SWITCHED));
  const before = [...front.asked];
  const other = await open(front.port);
  other.send(request('other'));
  await until('the other was answered', () => answersIn(other.text).length === 1);
  first.send(request('not one'));
  await until('all of it was heard', () => front.heard() === said + request('not one'));
  other.send(request('its next'));
  await until('the other was answered again', () => answersIn(other.text).length === 2);
  expect(answersIn(other.text).map(({ body }) => body)).toEqual(['other', 'its next']);
  expect(front.asked).toEqual([...before, 'other', 'its next']);
}

describe.each([
  ['an upgrade', UPGRADE],
  ['a CONNECT', CONNECT],
])('after %s', (_, handing) => {
  it.each([
    ['the first request', false],
    ['a later request', true],
  ])('is node:http off a connection for good, as %s on it', async (__, isLater) => {
    const front = await start();
    const client = await open(front.port);
    if (isLater) {
      client.send(GET);
      await until('the first was answered', () => answersIn(client.text).length === 1);
    }
    client.send(handing);
    await expectHandedOn(front, client, '');
  });

  it('loses nothing that came with it', async () => {
    const front = await start();
    const client = await open(front.port);
    client.send(`${handing}${request('head')}`);
    await expectHandedOn(front, client, request('head'));
  });

  it('loses nothing that came with it while an answer was under way', async () => {
    const front = await start();
    const accepted = once(front.server, 'connection') as Promise<[Socket]>;
    const client = await open(front.port);
    const [connection] = await accepted;
    client.send(GET);
    await until('the first was answered', () => answersIn(client.text).length === 1);
    client.send(request('slow'));
    await front.hold.arrived;
    const { bytesRead } = connection;
    client.send(`${handing}${request('head')}`);
    await until('it was read', () => connection.bytesRead > bytesRead);
    front.hold.release();
    await expectHandedOn(front, client, request('head'));
  });

  it('leaves the connection open while the front drains, and no longer', async () => {
    const front = await start();
    const client = await open(front.port);
    client.send(handing);
    await until('it was handed on', () => client.text.includes(SWITCHED));
    const drained = drain(front.server, 1000);
    client.send(request('still open'));
    await until('it was heard', () => front.heard() === request('still open'));
    await drained;
    await client.closed;
    expect(front.asked).toEqual([]);
  });
});
