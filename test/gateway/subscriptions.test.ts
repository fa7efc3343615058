import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { EventBody } from '../../src/gateway/event-forms';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { openSocket } from '../kit/socket';
import { startTicker, tickerTypes, type Ticker } from '../kit/ticker';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

async function start(env: Record<string, string> = {}): Promise<{ ticker: Ticker; gateway: GatewayProcess }> {
  const ticker = cleanup.add(await startTicker('sse'));
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: ticker.url, ...env }, { schema: tickerTypes }),
  );
  return { ticker, gateway };
}

class Stream {
  text = '';
  isOver = false;

  constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8').on('data', (piece: string) => (this.text += piece));
    response.on('end', () => (this.isOver = true)).on('error', () => {});
  }

  get header(): (name: string) => unknown {
    return (name) => this.response.headers[name];
  }

  close(): void {
    this.response.destroy();
  }
}

const EVENTS = 'text/event-stream';

async function subscribe(
  gateway: GatewayProcess,
  query: string,
  {
    accept = EVENTS,
    headers = {},
    variables = {},
  }: { accept?: string; headers?: object; variables?: object } = {},
): Promise<Stream> {
  const call = httpRequest(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...headers },
  });
  call.on('error', () => {}).end(JSON.stringify({ query, variables }));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return cleanup.add(new Stream(response));
}

const TICKS = 'subscription { ticks { n } }';
const SHARED = 'subscription { shared { n } }';

describe('a subscription by HTTP', () => {
  it.each([
    [
      EVENTS,
      'text/event-stream; charset=utf-8',
      ':\n\nevent: next\ndata: {"data":{"ticks":{"n":1}}}\n\nevent: complete\ndata:\n\n',
    ],
    [
      'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json',
      'multipart/mixed;boundary=graphql;subscriptionSpec=1.0',
      '--graphql\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{"payload":{"data":{"ticks":{"n":1}}}}\r\n--graphql--\r\n',
    ],
    [
      'application/json;q=0.9, multipart/mixed;subscriptionSpec="1.0"',
      'multipart/mixed;boundary=graphql;subscriptionSpec=1.0',
      /"payload"/,
    ],
    [
      'multipart/mixed',
      'multipart/mixed; boundary="-"',
      '---\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{"data":{"ticks":{"n":1}}}\r\n-----\r\n',
    ],
    ['text/event-stream, multipart/mixed', 'text/event-stream; charset=utf-8', /^:\n\nevent: next/],
    ['multipart/mixed;subscriptionSpec=2.0', 'multipart/mixed; boundary="-"', /^---\r\n/],
  ])('leaves in the form that is asked for: %s', async (accept, type, text) => {
    const { ticker, gateway } = await start();
    const stream = await subscribe(gateway, TICKS, { accept });
    await until('it is subscribed', () => ticker.open === 1);
    ticker.emit(1);
    ticker.finish();
    await until('it is over', () => stream.isOver);
    expect([stream.response.statusCode, stream.header('content-type')]).toEqual([200, type]);
    if (typeof text === 'string') expect(stream.text).toBe(text);
    else expect(stream.text).toMatch(text);
    expect(stream.header('cache-status')).toMatch(/fwd=method; detail=subscription$/);
    expect(stream.header('cache-control')).toBe('no-store');
  });

  it('is refused to a client that takes no stream, and upstream is not asked', async () => {
    const { ticker, gateway } = await start();
    const answer = await gateway.query(TICKS);
    expect([answer.status, answer.errors?.[0]?.extensions?.['code']]).toEqual([406, 'NOT_ACCEPTABLE']);
    expect(answer.errors?.[0]?.message).toMatch(/text\/event-stream/);
    expect(ticker.began).toBe(0);
  });

  it('says what is wrong with it to a client that takes nothing but events', async () => {
    const { gateway } = await start();
    const stream = await subscribe(gateway, 'subscription { nothing }');
    await until('it is over', () => stream.isOver);
    expect(stream.text).toMatch(
      /^:\n\nevent: next\ndata: \{"errors":\[.*nothing.*\n\nevent: complete\ndata:\n\n$/,
    );
  });

  it('is sent an event and what follows it as each comes, also in silence', async () => {
    const events = (async function* () {
      yield '1';
      await new Promise(() => {});
    })();
    const body = new EventBody(events, 'subscription parts', 20);
    const pieces: string[] = [];
    for (let count = 0; count < 4; count++) pieces.push(Buffer.from((await body.next()).value!).toString());
    const part = (text: string) =>
      `\r\nContent-Type: application/json; charset=utf-8\r\n\r\n${text}\r\n--graphql`;
    expect(pieces).toEqual(['--graphql', part('{"payload":1}'), part('{}'), part('{}')]);
  });

  it('is ended upstream when its client goes away, also in silence', async () => {
    const { ticker, gateway } = await start();
    const stream = await subscribe(gateway, TICKS);
    await until('it is subscribed', () => ticker.open === 1);
    stream.close();
    await until('it has ended', () => ticker.open === 0);
  });
});

describe('equal subscriptions', () => {
  it('have one each of upstream, where the field says nothing', async () => {
    const { ticker, gateway } = await start();
    await Promise.all([subscribe(gateway, TICKS), subscribe(gateway, TICKS)]);
    await until('both are subscribed', () => ticker.open === 2);
  });

  it('share one where the field says so, by whatever they come', async () => {
    const { ticker, gateway } = await start();
    const streams = await Promise.all([
      ...Array.from({ length: 18 }, () => subscribe(gateway, SHARED)),
      subscribe(gateway, 'subscription { ...F } fragment F on Subscription { shared { n } }'),
      subscribe(gateway, SHARED, {
        accept: 'multipart/mixed;subscriptionSpec=1.0',
        headers: { traceparent: 'x' },
      }),
    ]);
    const socket = cleanup.add(await openSocket(gateway));
    await socket.init();
    socket.subscribe(SHARED);
    socket.subscribe(SHARED);
    await until('all are subscribed', () => ticker.began === 2);
    socket.send({ type: 'ping' });
    await until('both are read', () => socket.received.some(({ type }) => type === 'pong'));
    ticker.emit(7);
    await until('all have it', () => streams.every(({ text }) => text.includes('"n":7')));
    await until('and by socket', () => socket.received.filter(({ type }) => type === 'next').length === 2);
    // The one through a fragment is another document.
    expect(ticker.began).toBe(2);
    ticker.finish();
    await until('all are over', () => streams.every(({ isOver }) => isOver));
  });

  it.each([
    ['credentials', { headers: { authorization: 'Bearer a' } }, { headers: { authorization: 'Bearer b' } }],
    ['and none', {}, { headers: { cookie: 'sid=1' } }],
    ['headers of FORWARD_HEADERS', { headers: { 'x-role': 'a' } }, { headers: { 'x-role': 'b' } }],
    ['headers of VARY', { headers: { 'x-country': 'a' } }, { headers: { 'x-country': 'b' } }],
    ['variables', { variables: { of: 'a' } }, { variables: { of: 'b' } }],
  ])('P30 share none with those of other %s', async (_, one, other) => {
    const { ticker, gateway } = await start({ FORWARD_HEADERS: 'x-role', VARY: 'x-country' });
    const query = 'subscription ($of: String) { shared(of: $of) { n } }';
    await Promise.all([one, one, other].map((more) => subscribe(gateway, query, more)));
    await until('they are subscribed', () => ticker.open === 2);
    await gateway.query('{ now }');
    expect(ticker.began).toBe(2);
  });

  it('P30 share none with those of other connectionParams', async () => {
    const { ticker, gateway } = await start();
    for (const token of ['a', 'b']) {
      const socket = cleanup.add(await openSocket(gateway));
      await socket.init({ token });
      socket.subscribe(SHARED);
    }
    await until('both are subscribed', () => ticker.open === 2);
  });

  it('begin anew once the last has left, or upstream has ended them', async () => {
    const { ticker, gateway } = await start();
    const [first, second] = await Promise.all([subscribe(gateway, SHARED), subscribe(gateway, SHARED)]);
    await until('they are subscribed', () => ticker.open === 1);
    first.close();
    ticker.emit(1);
    await until('the other has it', () => second.text.includes('"n":1'));
    second.close();
    await until('it has ended', () => ticker.open === 0);
    const third = await subscribe(gateway, SHARED);
    await until('it is subscribed', () => ticker.began === 2);
    ticker.finish();
    await until('it is over', () => third.isOver);
    await subscribe(gateway, SHARED);
    await until('another is subscribed', () => ticker.began === 3);
  });

  it('wait for no client that takes nothing, and end it', async () => {
    const { ticker, gateway } = await start();
    const slow = await subscribe(gateway, 'subscription { shared { n text } }');
    slow.response.pause();
    const quick = await subscribe(gateway, 'subscription { shared { n text } }');
    await until('they are subscribed', () => ticker.open === 1);
    const text = 'x'.repeat(100_000);
    const MANY = 200;
    for (let n = 1; n <= MANY; n++) {
      ticker.emit(n, text);
      await until(`the quick one has ${n}`, () => quick.text.includes(`"n":${n},`));
    }
    slow.response.resume();
    await until('the slow one is ended', () => slow.isOver);
    expect(slow.text).toContain('SUBSCRIBER_TOO_SLOW');
    expect(slow.text).toMatch(/event: complete\ndata:\n\n$/);
    ticker.emit(MANY + 1, 'last');
    await until('the quick one goes on', () => quick.text.includes('last'));
  });
});

describe('a client by WebSocket that takes nothing', () => {
  it('has its own subscription wait for it upstream, and loses nothing', async () => {
    const ticker = cleanup.add(await startTicker('both'));
    const env = { UPSTREAM_URL: ticker.url, UPSTREAM_WS_URL: ticker.socketUrl };
    const gateway = cleanup.add(await startGateway(env, { schema: tickerTypes }));
    const socket = cleanup.add(await openSocket(gateway));
    await socket.init();
    const id = socket.subscribe('subscription { ticks { n text } }');
    await until('it is subscribed', () => ticker.open === 1);
    socket.ws.pause();
    const MANY = 600;
    for (let n = 1; n <= MANY; n++) ticker.emit(n, 'x'.repeat(100_000));
    const buffered = () => [...ticker.sockets!.clients][0]!.bufferedAmount + ticker.behind;
    let last = -1;
    await until(
      'nothing more is taken',
      () => {
        const isSame = buffered() > 0 && buffered() === last;
        last = buffered();
        return isSame;
      },
      { every: 200 },
    );
    socket.ws.resume();
    ticker.finish();
    const numbers = (await socket.over(id)).flatMap(
      ({ payload }) => payload?.data?.ticks.n ?? [],
    ) as number[];
    expect(numbers).toEqual(Array.from({ length: MANY }, (_, at) => at + 1));
  });
});
