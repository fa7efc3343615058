import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { drain, listen } from '../../src/http/listen';
import { until } from '../kit/until';

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
