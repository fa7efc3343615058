import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { createSchema, createYoga } from 'graphql-yoga';
import { cleanupAfterEach } from '../kit/cleanup';
import { startLocalServer } from '../kit/local-server';
import { PATIENCE, pause, until, within } from '../kit/until';
import { collect, connect, request, single } from './ask';
import { json, startOrigin } from './origin';

// Undici looks at its own clocks about once a second, so what waits for one takes a while.
const cleanup = cleanupAfterEach();

const DEFERRED = '{ a ... @defer { b } }';
const HEAD = '\r\n---\r\nContent-Type: application/json; charset=utf-8\r\n\r\n';

async function originThat(handler: (response: ServerResponse, count: number) => unknown) {
  return cleanup.add(await startOrigin((response, _seen, count) => handler(response, count)));
}

function multipart(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'multipart/mixed; boundary="-"' });
}

/** A real server with subscriptions, which tells when one is ended. */
async function startYoga() {
  let ended = 0;
  const yoga = createYoga({
    logging: false,
    schema: createSchema({
      typeDefs: 'type Query { a: Int } type Subscription { count(to: Int!): Int silence: Int broken: Int }',
      resolvers: {
        Subscription: {
          count: {
            async *subscribe(_root: unknown, { to }: { to: number }) {
              for (let count = 1; count <= to; count++) yield { count };
            },
          },
          silence: {
            subscribe: () => ({
              [Symbol.asyncIterator]: () => ({
                next: () => new Promise(() => {}),
                return: () => {
                  ended++;
                  return Promise.resolve({ done: true, value: undefined });
                },
              }),
            }),
          },
        },
      },
    }),
  });
  const { url } = cleanup.add(await startLocalServer(yoga));
  return { url, ended: () => ended };
}

describe('an answer in parts', () => {
  it('is asked for only by a document that defers', async () => {
    const origin = cleanup.add(await startOrigin((response) => json(response, { data: {} })));
    const upstream = connect(cleanup, origin.url);
    await upstream.execute(request('{ a }'));
    await upstream.execute(request(DEFERRED));
    expect(origin.seen.map(({ headers }) => headers.accept?.includes('multipart/mixed'))).toEqual([
      false,
      true,
    ]);
  });

  it('passes each part on when it arrives', async () => {
    let finish: (() => void) | undefined;
    const origin = await originThat((response) => {
      multipart(response);
      response.write(`${HEAD}{"data":{"a":"ü"},"hasNext":true}\r\n---`);
      finish = () =>
        response.end(
          `${HEAD.slice(5)}{"incremental":[{"path":[],"data":{"b":null},"errors":[{"message":"m","path":["b"],"locations":[]}]}],"hasNext":true}` +
            `${HEAD}{"hasNext":false}\r\n-----\r\n`,
        );
    });
    const answer = await connect(cleanup, origin.url).execute(request(DEFERRED));
    const parts = (answer.result as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    expect(await parts.next()).toMatchObject({ done: false, value: { data: { a: 'ü' }, hasNext: true } });
    finish!();
    expect(JSON.parse(JSON.stringify(await parts.next()))).toEqual({
      done: false,
      value: {
        incremental: [{ path: [], data: { b: null }, errors: [{ message: 'm', path: ['b'] }] }],
        hasNext: true,
      },
    });
    expect(await parts.next()).toMatchObject({ done: false, value: { hasNext: false } });
    expect(await parts.next()).toEqual({ done: true, value: undefined });
  });

  it('may be a whole answer after all', async () => {
    const origin = await originThat((response) => json(response, { data: { a: 1, b: 2 } }));
    const answer = await connect(cleanup, origin.url).execute(request(DEFERRED));
    expect(single(answer).data).toEqual({ a: 1, b: 2 });
  });

  it.each([
    ['UNREACHABLE', 'the connection breaks', (response: ServerResponse) => response.destroy()],
    ['BAD_ANSWER', 'the rest never comes', (response: ServerResponse) => response.end()],
    [
      'BAD_ANSWER',
      'a part is not JSON',
      (response: ServerResponse) => response.end(`${HEAD.slice(5)}<html>\r\n-----\r\n`),
    ],
    [
      'BAD_ANSWER',
      'a part has no headers',
      (response: ServerResponse) => response.end('\r\n{}\r\n-----\r\n'),
    ],
  ])('ends with %s when %s', async (code, _name, end) => {
    const origin = await originThat((response) => {
      multipart(response);
      response.write(`${HEAD}{"data":{"a":1},"hasNext":true}\r\n---`, () => end(response));
    });
    const answer = await connect(cleanup, origin.url).execute(request(DEFERRED));
    expect(await collect(answer)).toMatchObject([
      { data: { a: 1 } },
      { errors: [{ extensions: { code: `UPSTREAM_${code}` } }], hasNext: false },
    ]);
  });

  it('is complete when its last part says so, closing delimiter or not', async () => {
    const origin = await originThat((response) => {
      multipart(response);
      response.end(`${HEAD}{"data":{"a":1},"hasNext":false}\r\n---`);
    });
    const answer = await connect(cleanup, origin.url).execute(request(DEFERRED));
    expect(await collect(answer)).toEqual([{ data: { a: 1 }, hasNext: false }]);
  });

  it('is given up between two parts after the time-out', async () => {
    const origin = await originThat((response) => {
      multipart(response);
      response.write(`${HEAD}{"data":{"a":1},"hasNext":true}\r\n---`);
    });
    const answer = await connect(cleanup, origin.url, { timeoutMs: 2_000 }).execute(request(DEFERRED));
    expect(await within(PATIENCE, 'the time-out', collect(answer))).toMatchObject([
      { data: { a: 1 } },
      { errors: [{ extensions: { code: 'UPSTREAM_TIMEOUT' } }] },
    ]);
  });

  it.each([
    ['as it is', {}, (text: string) => text],
    ['compressed', { 'content-encoding': 'gzip' }, (text: string) => gzipSync(text)],
  ])('may not be larger than the limit in all, %s', async (_name, headers, encode) => {
    const origin = await originThat((response) => {
      response.writeHead(200, { 'content-type': 'multipart/mixed; boundary="-"', ...headers });
      response.end(encode(`${HEAD}{"data":{"a":"${'x'.repeat(2_000)}"},"hasNext":false}\r\n-----\r\n`));
    });
    const answer = await connect(cleanup, origin.url, { maxAnswerBytes: 1_000 }).execute(request(DEFERRED));
    expect(await collect(answer)).toMatchObject([
      { errors: [{ extensions: { code: 'UPSTREAM_ANSWER_TOO_LARGE' } }] },
    ]);
  });
});

describe('a stream', () => {
  it('is hung up on when it is not read to its end', async () => {
    let hungUp: Promise<unknown> | undefined;
    const origin = await originThat((response) => {
      hungUp = once(response, 'close');
      multipart(response);
      response.write(`${HEAD}{"data":{"a":"${'x'.repeat(2_000)}"},"hasNext":true}\r\n---`);
    });
    const answer = await connect(cleanup, origin.url, { maxAnswerBytes: 1_000 }).execute(request(DEFERRED));
    expect(await collect(answer)).toHaveLength(1);
    await within(PATIENCE, 'upstream noticed', hungUp!);
  });

  it('comes no faster than it is read', async () => {
    const total = 2_000;
    let sent = 0;
    const origin = await originThat((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const event = `data: {"data":{"a":"${'x'.repeat(20_000)}"}}\n\n`;
      const write = (): void => {
        while (sent < total) {
          sent++;
          if (!response.write(event)) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    });
    const answer = await connect(cleanup, origin.url).execute(request('subscription { a }'));
    let before = -1;
    await until(
      'no more is sent',
      () => {
        const stalled = sent === before;
        before = sent;
        return stalled;
      },
      { every: 100 },
    );
    expect(sent).toBeLessThan(total);
    expect(await collect(answer)).toHaveLength(total);
  });
});

describe('a subscription', () => {
  it('passes on what a real server sends, to its end', async () => {
    const { url } = await startYoga();
    const answer = await connect(cleanup, url).execute(request('subscription { count(to: 3) }'));
    expect(answer).toMatchObject({ answered: true, status: 200 });
    expect(await collect(answer)).toEqual([1, 2, 3].map((count) => ({ data: { count } })));
  });

  it('passes on a refusal', async () => {
    const { url } = await startYoga();
    const answer = await connect(cleanup, url).execute(request('subscription { nothing }'));
    const results = Symbol.asyncIterator in answer.result ? await collect(answer) : [single(answer)];
    expect(results).toMatchObject([{ errors: [{ message: expect.stringContaining('nothing') as string }] }]);
  });

  it('outlives the time-out, and ends upstream at once when its client leaves while it waits', async () => {
    const { url, ended } = await startYoga();
    const answer = await connect(cleanup, url, { timeoutMs: 2_000 }).execute(
      request('subscription { silence }'),
    );
    const results = (answer.result as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    let settled = false;
    const next = results.next().finally(() => (settled = true));
    await pause(2_200);
    expect(settled).toBe(false);
    await within(PATIENCE, 'the stream has ended', results.return!());
    expect(await next).toEqual({ done: true, value: undefined });
    await until('upstream has ended it too', () => ended() === 1);
  });

  it('can be ended before anybody reads it', async () => {
    const { url, ended } = await startYoga();
    const answer = await connect(cleanup, url).execute(request('subscription { silence }'));
    const results = (answer.result as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    await results.return!();
    expect(await results.next()).toEqual({ done: true, value: undefined });
    await until('upstream has ended it too', () => ended() === 1);
  });

  it('ends when the signal of its client says so', async () => {
    const { url, ended } = await startYoga();
    const controller = new AbortController();
    const answer = await connect(cleanup, url).execute(
      request('subscription { silence }', { signal: controller.signal }),
    );
    const results = collect(answer);
    controller.abort();
    expect(await within(PATIENCE, 'the stream has ended', results)).toMatchObject([
      { errors: [{ extensions: { code: 'ABANDONED' } }] },
    ]);
    await until('upstream has ended it too', () => ended() === 1);
  });

  it('ends with an error when the connection breaks', async () => {
    const origin = await originThat((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: next\ndata: {"data":{"a":1}}\n\n', () => response.destroy());
    });
    const answer = await connect(cleanup, origin.url).execute(request('subscription { a }'));
    expect(await collect(answer)).toMatchObject([
      { data: { a: 1 } },
      { errors: [{ extensions: { code: 'UPSTREAM_UNREACHABLE' } }] },
    ]);
  });

  it('does not keep the upstream open when it is closed', async () => {
    const { url } = await startYoga();
    const upstream = connect(cleanup, url);
    const answer = await upstream.execute(request('subscription { silence }'));
    const results = collect(answer);
    await within(PATIENCE, 'upstream is closed', upstream.close());
    expect(await results).toHaveLength(1);
  });
});
