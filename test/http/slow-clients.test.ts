import { cleanupAfterEach } from '../kit/cleanup';
import { pause, until, within } from '../kit/until';
import { GET, startFront, WHOLE, type BareFront } from './bare-front';
import { connectTo, postOf, type RawSocket } from './raw';

const cleanup = cleanupAfterEach();

async function connect({ port }: BareFront): Promise<RawSocket> {
  return cleanup.add(await connectTo(port));
}

describe('a client that is slow', () => {
  const patience = { headersMs: 200, requestMs: 400 };

  it('is cut off while it dribbles its headers or its body, with 408, and others are answered meanwhile', async () => {
    const front = await startFront(cleanup, { handle: () => WHOLE, patience });
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
    await within(20_000, 'all are cut off', Promise.all(slow.map(({ closed }) => closed)));
    expect(new Set(slow.map(({ text }) => /^HTTP\/1.1 (\d+)/.exec(text)?.[1]))).toEqual(new Set(['408']));
    expect(slow[0]!.text).toMatch(/Cache-Control: no-store/);
    expect(front.faults).toEqual([]);
  }, 30_000);

  it('may take its time between requests', async () => {
    const front = await startFront(cleanup, { handle: () => WHOLE, patience });
    const socket = await connect(front);
    socket.send(GET);
    await socket.answer();
    // Longer than it may take to send headers or a whole request.
    await pause(700);
    socket.send(postOf('{}'));
    await until('it has a second answer', () => socket.text.match(/whole/g)?.length === 2);
  });
});
