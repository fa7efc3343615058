import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { NodeExchange } from '../../src/http/exchange';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { request } from 'undici';
import { abandon } from '../../src/http/write-reply';

it.each([
  ['that has come whole', (end: () => void) => end()],
  ['of which more is to come', () => {}],
])('gives up a body %s, and the process lives', async (_, finish) => {
  const faults: unknown[] = [];
  const note = (error: unknown): void => void faults.push(error);
  process.on('uncaughtException', note);
  const server = createServer((_request, response) => {
    response.write('x');
    finish(() => response.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { body } = await request(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const closed = new Promise((resolve) => body.once('close', resolve));
    abandon({ status: 200, headers: [], body });
    await closed;
    await othersTurn();
    expect(faults).toEqual([]);
    expect(body.destroyed).toBe(true);
  } finally {
    process.off('uncaughtException', note);
    server.closeAllConnections();
    server.close();
  }
});

it('tells all members of a batch by one listener, of which node allows ten', () => {
  const message = new IncomingMessage(new Socket());
  const response = new ServerResponse(message);
  const exchange = new NodeExchange(message, response, '', Buffer.alloc(0));
  const before = response.listenerCount('close');
  let told = 0;
  for (let member = 0; member < 20; member++) exchange.onAbort(() => told++);
  expect(response.listenerCount('close')).toBe(before + 1);
  response.emit('close');
  expect(told).toBe(20);
});
