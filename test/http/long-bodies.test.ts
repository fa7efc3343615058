import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { cleanupAfterEach } from '../kit/cleanup';
import { until } from '../kit/until';
import { GET, startFront } from './bare-front';
import { connectTo } from './raw';
import { answersIn } from './shortcut/answers-in';

const cleanup = cleanupAfterEach();

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Pieces of a power of two would each end within a character. */
const TEXTS: Record<string, string> = {
  'of two units for each character': `a${'😀'.repeat(2 ** 20)}`,
  'of latin1': 'é'.repeat(3 * 2 ** 20),
  'that is just longer than a piece': `${'a'.repeat(2 ** 20)}b`,
};

it.each(Object.entries(TEXTS))(
  'writes a text piece by piece, whole, whichever way its request came: %s',
  async (_, text) => {
    const faults: unknown[] = [];
    const { port } = await startFront(cleanup, {
      handle: () => ({ status: 200, headers: ['X-A', '1'], body: text }),
      fault: (error) => faults.push(error),
    });
    const client = cleanup.add(await connectTo(port));
    const length = Buffer.byteLength(text);
    // The first comes through node:http, the others past it.
    for (let count = 1; count <= 3; count++) {
      client.send(GET);
      await until('it is answered', () => answersIn(client.text).length === count);
      const { head, body } = answersIn(client.text)[count - 1]!;
      expect(head).toContain(`Content-Length: ${length}`);
      expect(digest(Buffer.from(body, 'latin1'))).toBe(digest(Buffer.from(text)));
    }
    client.send(GET.replace('GET', 'HEAD'));
    await until('there is a head', () => client.text.split('HTTP/1.1 ').length === 5);
    expect(client.text.endsWith('\r\n\r\n')).toBe(true);
    expect(faults).toEqual([]);
  },
);

it('P47 makes bytes of a text only as fast as its client takes them', async () => {
  const text = 'x'.repeat(32 * 2 ** 20);
  const { server, port } = await startFront(cleanup, {
    handle: () => ({ status: 200, headers: [], body: text }),
  });
  let waiting = 0;
  server.on('connection', (socket) => {
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = ((...args: unknown[]) => {
      const isTaken = write(...args);
      waiting = Math.max(waiting, socket.writableLength);
      return isTaken;
    }) as typeof socket.write;
  });
  const client = connect(port, '127.0.0.1').on('data', ({ length }) => (bytes += length));
  cleanup.later(() => void client.destroy());
  let bytes = 0;
  client.write(GET);
  await until('it has come', () => bytes > text.length);
  expect(waiting).toBeGreaterThan(0);
  expect(waiting).toBeLessThan(4 * 2 ** 20);
});
