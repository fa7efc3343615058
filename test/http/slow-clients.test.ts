import type { GatewayRequest, Reply } from '../../src/gateway/request';
import { cleanupAfterEach } from '../kit/cleanup';
import { bytesOf, field, file, FORM } from '../kit/form';
import { PATIENCE, pause, until, within } from '../kit/until';
import { GET, startFront, WHOLE, type BareFront } from './bare-front';
import { connectTo, postOf, type RawSocket } from './raw';

const cleanup = cleanupAfterEach();

async function connect({ port }: BareFront): Promise<RawSocket> {
  return cleanup.add(await connectTo(port));
}

describe('a client that is slow', () => {
  const patience = { headersMs: 500, requestMs: 800, uploadMs: 20_000 };

  it.each([
    ['and files are taken', 2 ** 20],
    ['and none are', 0],
  ])('is cut off while it dribbles headers or body, others are answered: %s', async (_, maxUploadBytes) => {
    const front = await startFront(cleanup, { handle: () => WHOLE, patience, maxUploadBytes });
    const slow = await Promise.all(Array.from({ length: 100 }, () => connect(front)));
    for (const [index, socket] of slow.entries()) {
      if (index % 2 === 0) socket.send('GET /graphql HTTP/1.1\r\nHost: a\r\nX-Slow: ');
      else socket.send('POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{');
    }
    // A byte now and then does not buy more time.
    const dribble = setInterval(() => slow.forEach((socket) => !socket.isClosed && socket.send('a')), 40);
    cleanup.later(() => clearInterval(dribble));
    const healthy = await connect(front);
    healthy.send(GET);
    expect((await healthy.answer()).body).toBe('whole');
    await within(PATIENCE, 'all are cut off', Promise.all(slow.map(({ closed }) => closed)));
    expect(new Set(slow.map(({ text }) => /^HTTP\/1.1 (\d+)/.exec(text)?.[1]))).toEqual(new Set(['408']));
    expect(slow[0]!.text).toMatch(/Cache-Control: no-store/);
    expect(slow[1]!.text).toMatch(/Cache-Control: no-store/);
    expect(front.faults).toEqual([]);
  });

  it.each(['GET', 'HEAD', 'OPTIONS', 'GET /elsewhere'])(
    'is cut off while it dribbles the body of a %s',
    async (kind) => {
      const corsOrigins = ['https://a.example'];
      const front = await startFront(cleanup, {
        handle: () => WHOLE,
        patience,
        maxUploadBytes: 2 ** 20,
        corsOrigins,
      });
      const socket = await connect(front);
      const [method, path = '/graphql'] = kind.split(' ');
      socket.send(
        `${method} ${path} HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\nContent-Length: 10000\r\n\r\n{`,
      );
      const dribble = setInterval(() => !socket.isClosed && socket.send('a'), 40);
      cleanup.later(() => clearInterval(dribble));
      await within(PATIENCE, 'it is cut off', socket.closed);
    },
  );

  it('may take longer for a file, as long as pieces come', async () => {
    const read = async (request: GatewayRequest): Promise<Reply> => {
      let bytes = 0;
      for await (const { content } of request.upload!.files())
        for await (const chunk of content) bytes += chunk.length;
      return { ...WHOLE, body: String(bytes) };
    };
    const failed: Reply = { ...WHOLE, status: 400, body: 'broken' };
    const front = await startFront(cleanup, {
      handle: (request) => read(request).catch(() => failed),
      patience,
      maxUploadBytes: 2 ** 20,
    });
    const whole = bytesOf([field('operations', '{}'), field('map', '{"a":[]}'), file('a', 'x'.repeat(60))]);
    const head = `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: ${FORM['content-type']}\r\nContent-Length: ${whole.length}\r\n\r\n`;
    const [steady, silent] = await Promise.all([connect(front), connect(front)]);
    const split = whole.length - 60;
    for (const socket of [steady, silent])
      socket.send(Buffer.concat([Buffer.from(head), whole.subarray(0, split)]));
    for (let at = split; at < whole.length; at += 3) {
      await pause(50);
      steady.send(whole.subarray(at, at + 3));
    }
    expect((await steady.answer()).body).toBe('60');
    expect((await silent.answer()).body).toBe('broken');
    await within(PATIENCE, 'it is cut off', silent.closed);
  });

  it('may take its time between requests', async () => {
    const front = await startFront(cleanup, { handle: () => WHOLE, patience });
    const socket = await connect(front);
    socket.send(GET);
    await socket.answer();
    // Longer than it may take to send headers or a whole request.
    await pause(1000);
    socket.send(postOf('{}'));
    await until('it has a second answer', () => socket.text.match(/whole/g)?.length === 2);
  });
});
