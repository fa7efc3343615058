import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer as createSocketServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { cleanupAfterEach } from '../../kit/cleanup';
import { startLocalServer } from '../../kit/local-server';
import { pause } from '../../kit/until';
import { removeRunFolder } from '../process/run-folder.mjs';
import { asPost } from '../workload/requests.mjs';
import { Connection } from './connection.mjs';
import { writePlan } from './plan.mjs';

const cleanup = cleanupAfterEach();
afterAll(removeRunFolder);

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  cleanup.later(() => server.close());
  return (server.address() as AddressInfo).port;
}

const serve = async (listener: RequestListener) => cleanup.add(await startLocalServer(listener)).port;

async function status(port: number): Promise<number> {
  const connection = new Connection(port);
  cleanup.add(connection);
  await connection.connected;
  return new Promise((resolve) => connection.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n', resolve));
}

async function client(input: object): Promise<Record<string, number>> {
  const child = fork(join(__dirname, 'client.mjs'), [JSON.stringify(input)]);
  cleanup.later(() => child.kill());
  const [reading] = (await once(child, 'message')) as [Record<string, number>];
  return reading;
}

const plan = () => writePlan({ requests: [asPost({ query: '{ a }', variables: {} })] });

it('reads a reply with a length, one in chunks, and one without a body, each to its end', async () => {
  const sent: string[] = [];
  const halves: (headers: Record<string, string>) => RequestListener = (headers) => (_, response) => {
    response.writeHead(200, headers).write('half');
    setTimeout(() => {
      sent.push('whole');
      response.end('half');
    }, 30);
  };
  expect(await status(await serve(halves({ 'content-length': '8' })))).toBe(200);
  expect(sent).toHaveLength(1);
  expect(await status(await serve(halves({})))).toBe(200);
  expect(sent).toHaveLength(2);
  expect(await status(await serve((_, response) => response.writeHead(304).end()))).toBe(304);
});

it('reads a reply whose head comes in pieces', async () => {
  const server = createSocketServer((socket) => {
    socket.setNoDelay(true);
    socket.once('data', async () => {
      for (const piece of ['HTTP/1.1 20', '1 Created\r\ncontent-le', 'ngth: 4\r\n\r', '\nab', 'cd']) {
        socket.write(piece);
        await pause(5);
      }
    });
    socket.on('error', () => {});
  });
  expect(await status(await listen(server))).toBe(201);
});

it('reports a connection that is cut instead of waiting for it', async () => {
  const port = await serve((request) => request.socket.destroy());
  expect(await status(port)).toBe(0);
});

it('sends at the rate it was told', async () => {
  const port = await serve((request, response) => void request.resume().on('end', () => response.end('ok')));
  const reading = await client({ port, plan: plan(), seconds: 1, rate: 300, connections: 8 });
  expect(reading).toMatchObject({ requests: 300, failed: 0 });
  expect(reading['micros']).toBeGreaterThan(950_000);
});

it('counts the time that requests wait for a server that stalls, although they are sent only afterwards', async () => {
  let seen = 0;
  const port = await serve((request, response) => {
    const wait = ++seen === 20 ? 500 : 0;
    request.resume().on('end', () => setTimeout(() => response.end('ok'), wait));
  });
  // One connection: a generator that waits for replies would send, and count, a single slow request.
  const reading = await client({ port, plan: plan(), seconds: 1, rate: 100, connections: 1 });
  expect(reading['requests']).toBe(100);
  expect(reading['p90']).toBeGreaterThan(200_000);
});

it('counts what was answered with an error, or not at all, as failed', async () => {
  let seen = 0;
  const port = await serve((request, response) => {
    request.resume();
    if (++seen % 2 === 0) response.writeHead(500);
    request.on('end', () => response.end('ok'));
  });
  const reading = await client({ port, plan: plan(), seconds: 1, rate: 100, connections: 4 });
  expect(reading).toMatchObject({ requests: 100, failed: 50 });
});
