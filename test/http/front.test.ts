import type { Reply } from '../../src/gateway/request';
import { cleanupAfterEach } from '../kit/cleanup';
import { until } from '../kit/until';
import { GET, startFront, WHOLE, type BareFront } from './bare-front';
import { connectTo, postOf, type RawSocket } from './raw';

const cleanup = cleanupAfterEach();
async function connect({ port }: BareFront): Promise<RawSocket> {
  return cleanup.add(await connectTo(port));
}

interface Promised<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function promised<T>(): Promised<T> {
  let resolve: Promised<T>['resolve'] = () => {};
  let reject: Promised<T>['reject'] = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

function connections({ server }: BareFront): Promise<number> {
  return new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
}

describe('a gateway that fails', () => {
  it.each<[string, () => Reply | Promise<Reply>]>([
    [
      'throws',
      () => {
        throw new Error('secret.host:6379');
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret.host:6379'))],
    ['answers with what is no header', () => ({ ...WHOLE, headers: ['X-Bad', 'secret\r\nX-Injected: 1'] })],
    ['answers so later', async () => ({ ...WHOLE, headers: ['X-Bad', 'secret\r\nX-Injected: 1'] })],
  ])('P57 answers 500 with nothing of it, is told of, and goes on: it %s', async (_, handle) => {
    let broken = true;
    const front = await startFront(cleanup, { handle: () => (broken ? handle() : WHOLE) });
    const socket = await connect(front);
    socket.send(GET);
    const { status, body, headers } = await socket.answer();
    expect(status).toBe(500);
    expect(JSON.parse(body)).toEqual({
      errors: [
        {
          message: 'The gateway failed.',
          extensions: { code: 'INTERNAL', remedy: 'See its log for this request.' },
        },
      ],
    });
    expect([...headers.keys()]).not.toContain('x-injected');
    expect(front.faults).toHaveLength(1);
    broken = false;
    const next = await connect(front);
    next.send(GET);
    expect((await next.answer()).body).toBe('whole');
  });

  it('cuts off an answer in parts that breaks, so that nobody takes it for whole', async () => {
    const broken = promised<void>();
    async function* parts(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      await broken.promise;
    }
    const front = await startFront(cleanup, { handle: () => ({ ...WHOLE, body: parts() }) });
    const socket = await connect(front);
    socket.send(GET);
    await until('half of it came', () => socket.text.endsWith('half\r\n'));
    broken.reject(new Error('upstream broke'));
    await socket.closed;
    // Without the last chunk, of no length, it is not whole (RFC 9112 8).
    expect(socket.text).toMatch(/half\r\n$/);
    expect(front.faults).toHaveLength(1);
  });
});

describe('a client that goes away', () => {
  it('is noticed while it waits, once, and not after it was answered', async () => {
    let gone = 0;
    const arrived = promised<void>();
    const front = await startFront(cleanup, {
      handle: (request) => {
        request.onAbort?.(() => gone++);
        if (request.search !== 'wait') return WHOLE;
        arrived.resolve();
        return new Promise<Reply>(() => {});
      },
    });
    const answered = await connect(front);
    answered.send(GET);
    await answered.answer();
    answered.close();
    const waiting = await connect(front);
    waiting.send(GET.replace('/graphql', '/graphql?wait'));
    await arrived.promise;
    waiting.close();
    await until('it is noticed', () => gone > 0);
    await until('both connections are gone', async () => (await connections(front)) === 0);
    expect(gone).toBe(1);
    expect(front.faults).toEqual([]);
  });

  it('ends the making of an answer in parts, and is no fault', async () => {
    let made = 0;
    let ended = false;
    async function* parts(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          made++;
          yield Buffer.alloc(65_536);
        }
      } finally {
        ended = true;
      }
    }
    const front = await startFront(cleanup, { handle: () => ({ ...WHOLE, body: parts() }) });
    const socket = await connect(front);
    // It reads nothing: no more is made than fits in what lies between.
    socket.socket.pause();
    socket.send(GET);
    await until('parts are made', () => made > 1);
    socket.close();
    await until('no more are made', () => ended);
    expect(made).toBeLessThan(1000);
    expect(front.faults).toEqual([]);
  });

  it('ends it also when it went away before the first part', async () => {
    let ended = false;
    const body: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: true, value: undefined }),
        return: async () => {
          ended = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const [arrived, gone, answer] = [promised<void>(), promised<void>(), promised<Reply>()];
    const front = await startFront(cleanup, {
      handle: (request) => {
        request.onAbort?.(gone.resolve);
        arrived.resolve();
        return answer.promise;
      },
    });
    const socket = await connect(front);
    socket.send(GET);
    await arrived.promise;
    socket.close();
    await gone.promise;
    answer.resolve({ ...WHOLE, body });
    await until('its parts are not made', () => ended);
  });
});

it('drops the headers that a request names as meant for its connection', async () => {
  const seen: (readonly string[])[] = [];
  const front = await startFront(cleanup, {
    handle: ({ headers }) => {
      seen.push(Object.keys(headers));
      return WHOLE;
    },
  });
  for (const connection of ['X-Hop, TE ,x-other', 'keep-alive', 'Keep-Alive, X-Hop']) {
    const socket = await connect(front);
    socket.send(
      GET.replace(
        '\r\n\r\n',
        `\r\nConnection: ${connection}\r\nX-Hop: 1\r\nTE: trailers\r\nX-End: 1\r\n\r\n`,
      ),
    );
    await socket.answer();
  }
  expect(seen).toEqual([
    ['host', 'connection', 'x-end'],
    ['host', 'connection', 'x-hop', 'te', 'x-end'],
    ['host', 'connection', 'te', 'x-end'],
  ]);
});

it('answers a body in as many pieces as it comes', async () => {
  const bodies: string[] = [];
  const front = await startFront(cleanup, {
    handle: ({ body }) => {
      bodies.push(body.toString());
      return WHOLE;
    },
  });
  const socket = await connect(front);
  const sent = JSON.stringify({ query: 'ä€😀'.repeat(20) });
  const bytes = Buffer.from(postOf(sent));
  for (const byte of bytes) {
    socket.send(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  await socket.answer();
  expect(bodies).toEqual([sent]);
});

describe('a client that asks to be told to go on before it was answered', () => {
  const EXPECTS = postOf('{}', ['Expect: 100-continue']);
  const headLength = EXPECTS.length - 2;

  async function start(): Promise<{ socket: RawSocket; answerFirst: () => void }> {
    const first = promised<Reply>();
    let calls = 0;
    const front = await startFront(cleanup, {
      handle: () => (++calls === 1 ? first.promise : { ...WHOLE, body: Buffer.from('whole') }),
    });
    const socket = await connect(front);
    socket.send(GET);
    await until('it is under way', () => calls === 1);
    return { socket, answerFirst: () => first.resolve(WHOLE) };
  }

  const statuses = ({ text }: RawSocket): string[] =>
    [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status!);

  it('is told so in its turn', async () => {
    const { socket, answerFirst } = await start();
    socket.send(EXPECTS.slice(0, headLength));
    answerFirst();
    await until('it is told to go on', () => socket.text.endsWith('HTTP/1.1 100 Continue\r\n\r\n'));
    expect(statuses(socket)).toEqual(['200', '100']);
    socket.send(EXPECTS.slice(headLength));
    await until('it was answered', () => statuses(socket).length === 3);
  });

  it('is told so before its answer when it did not wait', async () => {
    const { socket, answerFirst } = await start();
    socket.send(EXPECTS + GET);
    // All of it was read when this is answered, and nothing of it was answered yet.
    const other = cleanup.add(await connectTo(socket.socket.remotePort!));
    other.send(GET);
    await until('the other was answered', () => statuses(other).length === 1);
    answerFirst();
    await until('all was answered', () => statuses(socket).length >= 4 && socket.text.endsWith('whole'));
    expect(statuses(socket)).toEqual(['200', '100', '200', '200']);
    expect(socket.text.match(/\r\n\r\nwhole/g)).toHaveLength(3);
  });
});
