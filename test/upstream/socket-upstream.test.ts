import { parse, type ExecutionResult } from 'graphql';
import { WebSocketServer, type WebSocket } from 'ws';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createSocketUpstream, type SocketUpstreamOptions } from '../../src/upstream/socket-upstream';
import type { Upstream, UpstreamRequest } from '../../src/upstream/upstream';
import { cleanupAfterEach } from '../kit/cleanup';
import { freePort } from '../kit/free-port';
import { startTicker } from '../kit/ticker';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

function connect(url: string, options: Partial<SocketUpstreamOptions> = {}): Upstream {
  return cleanup.add(createSocketUpstream({ url, timeoutMs: 30_000, ...options }));
}

const request = (text: string, more: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  document: parse(text),
  operation: 'subscription' as UpstreamRequest['operation'],
  operationName: undefined,
  variables: {},
  headers: {},
  ...more,
});

const results = (answer: { result: unknown }) =>
  (answer.result as AsyncIterable<ExecutionResult>)[Symbol.asyncIterator]();
const code = ({ result }: { result: unknown }) => (result as ExecutionResult).errors?.[0]?.extensions['code'];

/** An API that says what a test has it say. */
async function saying(hear: (ws: WebSocket, message: string) => void, protocol = 'graphql-transport-ws') {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => protocol });
  await once(server, 'listening');
  server.on('connection', (ws) => ws.on('message', (data: Buffer) => hear(ws, data.toString())));
  cleanup.later(async () => {
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

const acknowledging = (then: (ws: WebSocket) => void) =>
  saying((ws, message) => {
    if (message.includes('connection_init')) ws.send('{"type":"connection_ack"}');
    else if (message.includes('subscribe')) then(ws);
  });

describe('a subscription by WebSocket', () => {
  it('brings its results as they come, and its end', async () => {
    const ticker = cleanup.add(await startTicker('sockets'));
    const answer = await connect(ticker.socketUrl).execute(request('subscription { ticks { n } }'));
    const events = results(answer);
    await until('it is subscribed', () => ticker.open === 1);
    ticker.emit(1);
    ticker.emit(2);
    expect(await events.next()).toMatchObject({ value: { data: { ticks: { n: 1 } } } });
    expect(await events.next()).toMatchObject({ value: { data: { ticks: { n: 2 } } } });
    ticker.finish();
    expect(await events.next()).toEqual({ done: true, value: undefined });
    await until('the connection is closed', () => ticker.sockets!.clients.size === 0);
  });

  it('fails alone where its parameters cannot be written', async () => {
    const api = await acknowledging(() => {});
    const endless: Record<string, unknown> = {};
    endless['self'] = endless;
    const call = connect(api.url).execute(
      request('subscription { ticks { n } }', { connectionParams: endless }),
    );
    await expect(call).rejects.toThrow(TypeError);
    expect(api.server.clients.size).toBe(0);
  });

  it('is ended upstream when its client ends it, also while an event is awaited', async () => {
    const ticker = cleanup.add(await startTicker('sockets'));
    const events = results(await connect(ticker.socketUrl).execute(request('subscription { ticks { n } }')));
    await until('it is subscribed', () => ticker.open === 1);
    const next = events.next();
    await events.return!();
    expect(await next).toEqual({ done: true, value: undefined });
    await until('it has ended', () => ticker.open === 0 && ticker.sockets!.clients.size === 0);
  });

  it('is ended upstream when nobody waits for it any more', async () => {
    const ticker = cleanup.add(await startTicker('sockets'));
    const { signal, abort } = ((controller) => ({
      signal: controller.signal,
      abort: () => controller.abort(),
    }))(new AbortController());
    const events = results(
      await connect(ticker.socketUrl).execute(request('subscription { ticks { n } }', { signal })),
    );
    await until('it is subscribed', () => ticker.open === 1);
    abort();
    expect(await events.next()).toMatchObject({ done: true });
    await until('it has ended', () => ticker.open === 0);
  });

  it('presents headers in the handshake and in connection_init, beside the parameters of its client', async () => {
    const ticker = cleanup.add(await startTicker('sockets'));
    const upstream = connect(ticker.socketUrl, { headers: { 'x-key': 'gateway' } });
    await upstream.execute(
      request('subscription { ticks { n } }', {
        headers: { authorization: 'Bearer ada', cookie: 'sid=1' },
        connectionParams: { token: 'own' },
      }),
    );
    await until('it is subscribed', () => ticker.presented.length === 1);
    const [{ headers, params }] = ticker.presented as [(typeof ticker.presented)[0]];
    expect(headers).toMatchObject({ authorization: 'Bearer ada', cookie: 'sid=1', 'x-key': 'gateway' });
    expect(params).toEqual({ authorization: 'Bearer ada', 'x-key': 'gateway', token: 'own' });
  });

  it('P30 lets no parameter say another thing than a header that was presented', async () => {
    const ticker = cleanup.add(await startTicker('sockets'));
    await connect(ticker.socketUrl).execute(
      request('subscription { ticks { n } }', {
        headers: { authorization: 'Bearer ada' },
        connectionParams: {
          Authorization: 'Bearer eve',
          headers: { AUTHORIZATION: 'Bearer eve', theme: 'dark' },
          lang: 'en',
        },
      }),
    );
    await until('it is subscribed', () => ticker.presented.length === 1);
    expect(ticker.presented[0]!.params).toEqual({
      authorization: 'Bearer ada',
      Authorization: 'Bearer ada',
      headers: { AUTHORIZATION: 'Bearer ada', theme: 'dark' },
      lang: 'en',
    });
  });

  it('brings the errors of one that is refused', async () => {
    const ticker = cleanup.add(await startTicker('sockets'));
    const events = results(await connect(ticker.socketUrl).execute(request('subscription { refused }')));
    expect(await events.next()).toMatchObject({ value: { errors: [{ message: 'You may not.' }] } });
    expect(await events.next()).toMatchObject({ done: true });
  });

  it('P64 keeps the digits of numbers', async () => {
    const { url } = await acknowledging((ws) =>
      ws.send('{"id":"1","type":"next","payload":{"data":{"n":9007199254740993}}}'),
    );
    const { value } = await results(await connect(url).execute(request('subscription { n }'))).next();
    const { stringify } = value as { stringify: (shown: unknown) => string };
    expect(stringify(value)).toBe('{"data":{"n":9007199254740993}}');
  });

  it('answers questions whether it is there', async () => {
    let answered = '';
    const { url } = await saying((ws, message) => {
      if (message.includes('connection_init')) ws.send('{"type":"ping","payload":{"a":1}}');
      else if (message.includes('pong')) {
        answered = message;
        ws.send('{"type":"connection_ack"}');
      }
    });
    await connect(url).execute(request('subscription { n }'));
    expect(JSON.parse(answered)).toEqual({ type: 'pong', payload: { a: 1 } });
  });

  it('reads no further than its client takes, and loses nothing', async () => {
    const MANY = 3000;
    const text = 'x'.repeat(20_000);
    const sockets: WebSocket[] = [];
    const { url } = await acknowledging((ws) => {
      sockets.push(ws);
      for (let n = 0; n < MANY; n++)
        ws.send(`{"id":"1","type":"next","payload":{"data":{"n":${n},"text":"${text}"}}}`);
    });
    const events = results(await connect(url).execute(request('subscription { n }')));
    let last = -1;
    await until(
      'nothing more is taken',
      () => {
        const now = sockets[0]?.bufferedAmount ?? 0;
        const isSame = now > 0 && now === last;
        last = now;
        return isSame;
      },
      { every: 100 },
    );
    expect(last).toBeGreaterThan((MANY * text.length) / 2);
    for (let n = 0; n < MANY; n++) expect((await events.next()).value).toMatchObject({ data: { n } });
  });
});

describe('an API that does not do as it should', () => {
  it.each([['refuses the handshake', async () => await startTicker('sse'), 'UPSTREAM_BAD_ANSWER']])(
    '%s: it is said',
    async (_, start, expected) => {
      const ticker = cleanup.add(await start());
      const answer = await connect(ticker.url).execute(request('subscription { ticks { n } }'));
      expect([code(answer), answer.answered]).toEqual([expected, false]);
    },
  );

  it('cannot be reached: it is said', async () => {
    const answer = await connect(`ws://127.0.0.1:${await freePort()}/`).execute(
      request('subscription { n }'),
    );
    expect([code(answer), answer.answered]).toEqual(['UPSTREAM_UNREACHABLE', false]);
  });

  it('speaks another subprotocol: it is said', async () => {
    const { url } = await saying(() => {}, 'graphql-ws');
    expect(code(await connect(url).execute(request('subscription { n }')))).toBe('UPSTREAM_BAD_ANSWER');
  });

  it('acknowledges nothing: it is given up', async () => {
    const { url } = await saying(() => {});
    const answer = await connect(url, { timeoutMs: 100 }).execute(request('subscription { n }'));
    expect(code(answer)).toBe('UPSTREAM_TIMEOUT');
  });

  it('denies the connection: that is an answer', async () => {
    const ticker = cleanup.add(await startTicker('sockets'));
    const answer = await connect(ticker.socketUrl).execute(
      request('subscription { ticks { n } }', { connectionParams: { deny: true } }),
    );
    expect([code(answer), answer.answered, answer.status]).toEqual(['UPSTREAM_FORBIDDEN', true, 403]);
  });

  it.each([
    ['breaks off', (ws: WebSocket) => ws.terminate(), 'UPSTREAM_UNREACHABLE'],
    ['starts anew', (ws: WebSocket) => ws.close(1012), 'UPSTREAM_UNREACHABLE'],
    ['closes for no good reason', (ws: WebSocket) => ws.close(1000), 'UPSTREAM_BAD_ANSWER'],
    [
      'says what is no result',
      (ws: WebSocket) => ws.send('{"id":"1","type":"next","payload":7}'),
      'UPSTREAM_BAD_ANSWER',
    ],
    [
      'says too much',
      (ws: WebSocket) => ws.send(`{"id":"1","type":"next","payload":{"data":"${'x'.repeat(2000)}"}}`),
      'UPSTREAM_ANSWER_TOO_LARGE',
    ],
  ])('%s: the last result says so', async (_, act, expected) => {
    const { url } = await acknowledging(act);
    const upstream = connect(url, { maxAnswerBytes: 1000 });
    const events = results(await upstream.execute(request('subscription { n }')));
    const { value } = await events.next();
    expect(code({ result: value })).toBe(expected);
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it('gives no sign of life: the last result says so', async () => {
    const { url } = await acknowledging((ws) => ws.pause());
    const events = results(await connect(url, { pingMs: 50 }).execute(request('subscription { n }')));
    expect(code({ result: (await events.next()).value })).toBe('UPSTREAM_TIMEOUT');
  });
});
