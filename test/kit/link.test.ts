import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { cleanupAfterEach } from './cleanup';
import { startLink, type Link } from './link';
import { pause, until, untilEvent } from './until';

const cleanup = cleanupAfterEach();

describe('a link', () => {
  it('carries bytes both ways and counts them', async () => {
    const { link, socket } = await echoThroughLink();
    socket.write('hello');
    expect(String((await untilEvent(socket, 'data'))[0])).toBe('hello');
    expect(link.bytes).toEqual({ toTarget: 5, fromTarget: 5 });
    expect(link.connections).toBe(1);
  });

  it('delays each direction by the time it was told, and never less', async () => {
    const { link, socket } = await echoThroughLink();
    for (const delay of [0, 40, 80]) {
      link.delay(delay);
      const sent = performance.now();
      socket.write('x');
      await untilEvent(socket, 'data');
      expect(performance.now() - sent).toBeGreaterThanOrEqual(2 * delay);
    }
  });

  it('keeps order and throughput while it delays', async () => {
    const { link, socket } = await echoThroughLink();
    link.delay(60);
    const sent = Buffer.alloc(4 * 1024 * 1024, 'abcdefghijklmnopq');
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    const began = performance.now();
    for (let at = 0; at < sent.length; at += 64 * 1024) socket.write(sent.subarray(at, at + 64 * 1024));
    socket.end();
    await untilEvent(socket, 'end');
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    // 64 chunks one after another would take 64 round trips of 120 ms.
    expect(performance.now() - began).toBeLessThan(64 * 120);
  });

  it('tells by how much later than due it delivered, of what had to wait', async () => {
    const late: number[] = [];
    const { link, socket } = await echoThroughLink((milliseconds) => late.push(milliseconds));
    socket.write('x');
    await untilEvent(socket, 'data');
    expect(late).toEqual([]);
    link.delay(100);
    socket.write('y');
    await untilEvent(socket, 'data');
    // There and back.
    expect(late).toHaveLength(2);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
  });

  it('is cut in the very moment in which one side ends', async () => {
    const { link, socket } = await echoThroughLink();
    socket.on('error', () => {});
    link.blackHole();
    socket.end('x');
    await until('it has left', () => socket.writableFinished);
    await pause(20);
    void link.restore();
    link.cut();
    await until('it is gone', () => link.connections === 0);
  });

  it('keeps order when the delay shrinks', async () => {
    const { link, socket } = await echoThroughLink();
    link.delay(100);
    socket.write('first ');
    await pause(20);
    link.delay(0);
    socket.write('second');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += String(chunk)));
    await until('both have come back', () => text.length === 12);
    expect(text).toBe('first second');
  });

  it('cuts: standing connections break at both ends, new ones are refused, until it is restored', async () => {
    const { link, socket, target } = await echoThroughLink();
    socket.write('x');
    await untilEvent(socket, 'data');
    const broken = untilEvent(socket, 'close');
    link.cut();
    await broken;
    await until('the target has noticed', () => target.sockets.size === 0);
    await expect(open(link.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await link.restore();
    const again = await open(link.port);
    again.write('y');
    expect(String((await untilEvent(again, 'data'))[0])).toBe('y');
  });

  it('refuses new connections and leaves those that stand', async () => {
    const { link, socket } = await echoThroughLink();
    link.refuse();
    await expect(open(link.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    socket.write('still');
    expect(String((await untilEvent(socket, 'data'))[0])).toBe('still');
  });

  it('is a black hole: accepts, answers nothing, breaks nothing, and delivers when it is restored', async () => {
    const { link, socket } = await echoThroughLink();
    link.blackHole();
    const newcomer = await open(link.port);
    let heard = '';
    for (const each of [socket, newcomer]) {
      each.on('data', (chunk: Buffer) => (heard += String(chunk)));
      each.write('x');
    }
    // The subject is silence: nothing may come for a while.
    await expect(untilEvent(socket, 'data', 100)).rejects.toThrow('in vain');
    expect(heard).toBe('');
    expect(socket.closed || newcomer.closed).toBe(false);
    expect(link.bytes.toTarget).toBe(0);
    await link.restore();
    await until('both have been answered', () => heard === 'xx');
  });

  it('passes on the end of a stream after what was sent before it', async () => {
    const { link, socket } = await echoThroughLink();
    link.delay(20);
    socket.end('last words');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += String(chunk)));
    await untilEvent(socket, 'end');
    expect(text).toBe('last words');
  });

  it('closes the connection when the target is not there', async () => {
    const link = cleanup.add(await startLink(1));
    const socket = await open(link.port);
    await untilEvent(socket, 'close');
  });
});

async function echoThroughLink(late?: (milliseconds: number) => void): Promise<{
  link: Link;
  socket: Socket;
  target: { server: Server; sockets: Set<Socket> };
}> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.later(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const link = cleanup.add(await startLink((server.address() as AddressInfo).port, late));
  return { link, socket: await open(link.port), target: { server, sockets } };
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => {});
  cleanup.later(() => socket.destroy());
  return socket;
}
