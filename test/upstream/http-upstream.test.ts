import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { gzipSync, brotliCompressSync, deflateRawSync, deflateSync } from 'node:zlib';
import { GraphQLError } from 'graphql';
import { cleanupAfterEach } from '../kit/cleanup';
import { PATIENCE, until, within } from '../kit/until';
import { connect, fault, request, single } from './ask';
import { json, startOrigin, type Handler } from './origin';

const cleanup = cleanupAfterEach();

async function originThat(handler: Handler) {
  return cleanup.add(await startOrigin(handler));
}

describe('what comes before an answer', () => {
  it.each([
    ['100 Continue', 1, 'HTTP/1.1 100 Continue\r\n\r\n'],
    [
      '100 Continue twice, with a header',
      1,
      'HTTP/1.1 100 Continue\r\nX-A: b\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n',
    ],
    ['100 Continue by itself', 2, 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['103 Early Hints', 1, 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'],
  ])('skips %s that was not asked for, in %i pieces', async (_, pieces, interim) => {
    const text = 'HTTP/1.1 100 Continue';
    const origin = await originThat(async (response) => {
      const { socket } = response;
      socket!.cork();
      socket!.write(interim);
      if (pieces === 2) {
        socket!.uncork();
        await othersTurn();
      }
      json(response, { data: { text } });
      socket!.uncork();
    });
    const upstream = connect(cleanup, origin.url, { maxConnections: 1 });
    for (const query of ['{ text }', 'mutation { text }', '{ text }'])
      expect(single(await upstream.execute(request(query)))).toEqual({ data: { text } });
    expect(origin.connections()).toBe(1);
  });
});

describe('what goes out', () => {
  it('passes a whole operation on in one request, with its name and variables', async () => {
    const origin = await originThat((response) => json(response, { data: { product: { name: 'Tea' } } }));
    const upstream = connect(cleanup, origin.url);
    // Libraries that look for files among variables take this for a promise of one.
    const deep = JSON.parse('{"then":1,"promise":{"arrayBuffer":true}}') as unknown;
    const answer = await upstream.execute(
      request(
        'query Q($id: ID!, $deep: Filter) { product(id: $id, deep: $deep) { ...F } } fragment F on Product { name }',
        {
          variables: { id: '7', deep },
        },
      ),
    );
    expect(answer).toMatchObject({
      answered: true,
      status: 200,
      result: { data: { product: { name: 'Tea' } } },
    });
    expect(origin.seen).toHaveLength(1);
    const { body } = origin.seen[0]!;
    expect(body.operationName).toBe('Q');
    expect(body.variables).toEqual({ id: '7', deep });
    expect(body.query).toContain('fragment F on Product');
  });

  it.each([
    ['', 'a=1&a=2', '/graphql?a=1&a=2'],
    ['?key=1', 'a=%20&b', '/graphql?key=1&a=%20&b'],
    ['?key=1', '', '/graphql?key=1'],
  ])('asks %s with the parameters %s at %s, whatever the operation', async (search, parameters, target) => {
    const origin = await originThat((response) => json(response, { data: { a: 1 } }));
    const upstream = connect(cleanup, origin.url + search);
    for (const text of ['{ a }', 'mutation { a }', 'subscription { a }', '{ a ... @defer { a } }'])
      await upstream.execute(request(text, { parameters }));
    expect(origin.seen.map(({ url }) => url)).toEqual([target, target, target, target]);
  });

  it('sends the headers it was given, its own, and content negotiation, and nothing else', async () => {
    const origin = await originThat((response) => json(response, { data: {} }));
    const upstream = connect(cleanup, origin.url.replace('//', '//user:p%40ss@'), {
      headers: { 'x-static': 's', 'x-both': 'static' },
    });
    await upstream.execute(
      request('{ a }', {
        headers: {
          'accept-language': 'de',
          'x-both': 'given',
          accept: 'text/html',
          'accept-encoding': 'zstd',
        },
      }),
    );
    const { host, connection, 'content-length': length, ...headers } = origin.seen[0]!.headers;
    expect({ host, connection, length }).toEqual({
      host: new URL(origin.url).host,
      connection: 'keep-alive',
      length: expect.stringMatching(/^\d+$/) as string,
    });
    expect(headers).toEqual({
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'accept-encoding': 'gzip, br, deflate',
      'accept-language': 'de',
      authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
      'content-type': 'application/json',
      'x-both': 'given',
      'x-static': 's',
    });
  });

  it('P02 makes a request of its own for each of two equal queries at the same time', async () => {
    const held: (() => void)[] = [];
    const origin = await originThat((response, _seen, count) => {
      held.push(() => json(response, { data: { n: count } }));
      if (held.length === 2) for (const release of held) release();
    });
    const upstream = connect(cleanup, origin.url);
    const same = request('{ n }');
    const answers = await Promise.all([upstream.execute(same), upstream.execute(same)]);
    expect(answers.map((answer) => single(answer).data?.['n']).sort()).toEqual([1, 2]);
  });

  it('keeps connections open between requests', async () => {
    const origin = await originThat((response) => json(response, { data: {} }));
    const upstream = connect(cleanup, origin.url);
    for (let i = 0; i < 20; i++) await upstream.execute(request('{ a }'));
    // The pool may open a second one while the first is still putting an answer away.
    expect(origin.connections()).toBeLessThanOrEqual(2);
  });
});

describe('the characters of an answer', () => {
  const TEXT = '{"data":{"name":"Zo\u00eb"}}';
  const inLatin1 = Buffer.from(TEXT, 'latin1');

  async function answerTo(bytes: Buffer, charset: string, more: Record<string, string> = {}) {
    const type = `application/json${charset === '' ? '' : `; charset=${charset}`}`;
    const origin = await originThat((response) =>
      response.writeHead(200, { 'content-type': type, ...more }).end(bytes),
    );
    return connect(cleanup, origin.url).execute(request('{ name }'));
  }

  it.each(['iso-8859-1', 'ISO-8859-1', '"latin1"', 'windows-1252', 'iso-8859-15'])(
    'P64 are those of the charset that is named: %s',
    async (charset) => {
      const answer = await answerTo(inLatin1, charset);
      expect([answer.text, answer.isDamaged]).toEqual([TEXT, undefined]);
      expect(single(answer).data).toEqual({ name: 'Zo\u00eb' });
    },
  );

  it('P64 are those of the charset that is named of a compressed answer, too', async () => {
    const answer = await answerTo(gzipSync(inLatin1), 'iso-8859-1', { 'content-encoding': 'gzip' });
    expect(answer.text).toBe(TEXT);
  });

  it.each(['iso-8859-1', 'us-ascii', 'unknown', 'utf-8', ''])(
    'P64 are UTF-8 where they can be, as JSON is, whatever is named: "%s"',
    async (charset) => {
      const text = '{"data":{"name":"Zo\u00eb \ufffd"}}';
      const answer = await answerTo(Buffer.from(text), charset);
      expect([answer.text, answer.isDamaged]).toEqual([text, undefined]);
    },
  );

  it.each(['', 'utf-8', 'unknown'])(
    'are said to be damaged where nothing tells them: "%s"',
    async (charset) => {
      const answer = await answerTo(inLatin1, charset);
      expect([answer.text, answer.isDamaged]).toEqual(['{"data":{"name":"Zo\ufffd"}}', true]);
      expect(answer.members).toBeDefined();
    },
  );
});

describe('what comes back', () => {
  it('gives response headers, each cookie on a line of its own', async () => {
    const origin = await originThat((response) => {
      response.setHeader('set-cookie', ['a=1; Path=/', 'b=2, 3']);
      response.setHeader('cache-control', ['max-age=5', 'private']);
      json(response, { data: {} });
    });
    const { headers } = await connect(cleanup, origin.url).execute(request('{ a }'));
    expect(headers).toMatchObject({
      'set-cookie': 'a=1; Path=/\nb=2, 3',
      'cache-control': 'max-age=5, private',
      'content-type': 'application/json',
    });
  });

  it('passes errors on as they are, but for positions in a document that the client never saw', async () => {
    const origin = await originThat((response) =>
      json(response, {
        data: { a: null },
        errors: [
          {
            message: 'Not yours',
            path: ['a', 0],
            locations: [{ line: 1, column: 3 }],
            type: 'FORBIDDEN',
            extensions: { code: 'FORBIDDEN', http: { status: 599, headers: { 'set-cookie': 'evil=1' } } },
          },
        ],
        extensions: { cost: 3, http: { headers: { 'set-cookie': 'evil=1' } } },
      }),
    );
    const answer = await connect(cleanup, origin.url).execute(request('{ a }'));
    const result = single(answer);
    expect(answer.answered).toBe(true);
    expect(result.errors![0]).toBeInstanceOf(GraphQLError);
    expect(JSON.parse(JSON.stringify(result))).toEqual({
      data: { a: null },
      errors: [
        { message: 'Not yours', path: ['a', 0], extensions: { code: 'FORBIDDEN', type: 'FORBIDDEN' } },
      ],
      extensions: { cost: 3 },
    });
  });

  it.each([401, 500, 400, 200])('passes on a GraphQL error that came with status %i', async (status) => {
    const origin = await originThat((response) => json(response, { errors: [{ message: 'No' }] }, status));
    const answer = await connect(cleanup, origin.url).execute(request('{ a }'));
    expect(answer).toMatchObject({ answered: true, status });
    expect(single(answer).errors).toMatchObject([{ message: 'No', extensions: {} }]);
  });

  it('reads names that mean something to JavaScript as plain data', async () => {
    const text =
      '{"data":{"__proto__":{"polluted":1},"constructor":2},"errors":[{"message":"m","__proto__":{"polluted":1}}]}';
    const origin = await originThat((response) => json(response, text));
    const result = single(await connect(cleanup, origin.url).execute(request('{ a }')));
    expect(JSON.stringify(result.data)).toBe('{"__proto__":{"polluted":1},"constructor":2}');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('reads an answer in many pieces, and past a byte order mark', async () => {
    const text = `\uFEFF{"data":{"text":"${'ü'.repeat(100_000)}"}}`;
    const origin = await originThat((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(Buffer.from(text).subarray(0, 33));
      response.end(Buffer.from(text).subarray(33));
    });
    const answer = await connect(cleanup, origin.url).execute(request('{ text }'));
    expect(single(answer).data).toEqual({ text: 'ü'.repeat(100_000) });
  });

  it('waits for the answer behind an early hint', async () => {
    const origin = await originThat((response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      json(response, { data: { a: 1 } });
    });
    const answer = await connect(cleanup, origin.url).execute(request('{ a }'));
    expect(answer).toMatchObject({ status: 200, result: { data: { a: 1 } } });
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    // RFC 9110 8.4.1.2: some servers send it without its wrapper.
    ['deflate', deflateRawSync],
    [' GZIP ', gzipSync],
    ['identity, gzip', gzipSync],
    ['gzip, identity', gzipSync],
    ['deflate,br', (text: Buffer) => brotliCompressSync(deflateSync(text))],
  ])('reads %s', async (encoding, compress) => {
    const origin = await originThat((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding });
      response.end(compress(Buffer.from('{"data":{"text":"grüße"}}')));
    });
    const answer = await connect(cleanup, origin.url).execute(request('{ text }'));
    expect(single(answer).data).toEqual({ text: 'grüße' });
  });
});

describe('what is no answer', () => {
  const html = (response: Parameters<Handler>[0]) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html>secret</html>');
  };
  const cases: [string, Handler][] = [
    ['HTML', html],
    ['an empty body', (response) => json(response, '')],
    ['half of an answer', (response) => json(response, '{"data":{"a":')],
    ['JSON null', (response) => json(response, 'null')],
    ['a list', (response) => json(response, '[]')],
    ['JSON that is not GraphQL', (response) => json(response, { message: 'Internal server error' }, 500)],
    ['data that is no object', (response) => json(response, { data: 5 })],
    ['errors that are none, without data', (response) => json(response, { errors: [] })],
    [
      'a redirect',
      (response) => json(response, { data: {} }, 307, { location: 'http://elsewhere.invalid/' }),
    ],
    ['a broken coding', (response) => json(response, '{"data":{}}', 200, { 'content-encoding': 'gzip' })],
    [
      'a coding nobody asked for',
      (response) => json(response, '{"data":{}}', 200, { 'content-encoding': 'zstd' }),
    ],
    [
      'a body shorter than announced',
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"data":{}}', () => response.destroy());
      },
    ],
  ];
  it.each(cases)('calls %s a bad answer', async (_name, handler) => {
    const origin = await originThat(handler);
    const answer = await connect(cleanup, origin.url, { maxAnswerBytes: 1_000 }).execute(request('{ a }'));
    expect(fault(answer)).toEqual({ answered: false, code: 'UPSTREAM_BAD_ANSWER', status: 502 });
    expect(JSON.stringify(answer.result)).not.toMatch(/127\.0\.0\.1|secret|elsewhere/);
    expect(origin.seen).toHaveLength(1);
  });

  it.each([
    'NOT HTTP\r\n\r\n',
    'HTTP/1.1 2x0 OK\r\n\r\n',
    'SSH-2.0-OpenSSH_9.2\r\n',
    'HTTP/1.1 200 OK\r\nno header\r\n\r\n',
  ])('calls what is no HTTP a bad answer: %j', async (bytes) => {
    const server = createServer((socket) => void socket.on('error', () => {}).end(bytes));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanup.add({ stop: async () => void server.close() });
    const { port } = server.address() as AddressInfo;
    const answer = await connect(cleanup, `http://127.0.0.1:${port}/graphql`).execute(request('{ a }'));
    expect(fault(answer)).toEqual({ answered: false, code: 'UPSTREAM_BAD_ANSWER', status: 502 });
  });

  it.each<[string, Handler]>([
    ['as it is', (response) => json(response, { data: { a: 'x'.repeat(2_000) } })],
    [
      'once it was expanded',
      (response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        response.end(gzipSync(JSON.stringify({ data: { a: 'x'.repeat(100_000) } })));
      },
    ],
  ])('calls an answer over the limit too large: %s', async (_, handler) => {
    const origin = await originThat(handler);
    const answer = await connect(cleanup, origin.url, { maxAnswerBytes: 1_000 }).execute(request('{ a }'));
    expect(fault(answer)).toEqual({ answered: false, code: 'UPSTREAM_ANSWER_TOO_LARGE', status: 502 });
  });

  it.each([
    [401, 'UPSTREAM_UNAUTHORISED', true],
    [403, 'UPSTREAM_FORBIDDEN', true],
    [404, 'UPSTREAM_NOT_FOUND', true],
    [413, 'UPSTREAM_TAKES_LESS', true],
    [429, 'UPSTREAM_LIMIT', false],
    [503, 'UPSTREAM_UNAVAILABLE', false],
  ])('keeps status %i of what is no GraphQL, and its headers', async (status, code, answered) => {
    const origin = await originThat((response) => {
      response.writeHead(status, { 'content-type': 'text/html', 'retry-after': '7' });
      response.end('<html>secret</html>');
    });
    const answer = await connect(cleanup, origin.url).execute(request('{ a }'));
    expect(fault(answer)).toEqual({ answered, code, status });
    expect(answer).toMatchObject({ status, headers: { 'retry-after': '7' }, fault: { code } });
    expect(answer.fault?.detail).toBe(`status ${status}, text/html: 19 characters that are not JSON`);
  });

  it('reads long headers, and calls longer ones a bad answer', async () => {
    const origin = await originThat((response, _seen, count) =>
      json(response, { data: {} }, 200, { 'x-long': 'x'.repeat(count === 1 ? 40_000 : 100_000) }),
    );
    const upstream = connect(cleanup, origin.url, { retries: 2 });
    expect((await upstream.execute(request('{ a }'))).answered).toBe(true);
    expect(fault(await upstream.execute(request('{ a }')))).toMatchObject({ code: 'UPSTREAM_BAD_ANSWER' });
    expect(origin.seen).toHaveLength(2);
  });

  it('says to the log what came, without quoting it', async () => {
    const origin = await originThat(html);
    const { fault: logged } = await connect(cleanup, origin.url).execute(request('{ a }'));
    expect(logged?.detail).toBe('status 200, text/html: 19 characters that are not JSON');
  });

  it('answers after an oversized answer on the same upstream', async () => {
    const origin = await originThat((response, _seen, count) =>
      json(response, { data: { a: 'x'.repeat(count === 1 ? 2_000 : 900) } }),
    );
    const upstream = connect(cleanup, origin.url, { maxAnswerBytes: 1_000 });
    expect((await upstream.execute(request('{ a }'))).answered).toBe(false);
    expect((await upstream.execute(request('{ a }'))).answered).toBe(true);
    expect((await upstream.execute(request('{ a }'))).answered).toBe(true);
  });

  it('calls a refused connection unreachable', async () => {
    const origin = await originThat(() => undefined);
    await origin.close();
    const answer = await connect(cleanup, origin.url).execute(request('{ a }'));
    expect(fault(answer)).toEqual({ answered: false, code: 'UPSTREAM_UNREACHABLE', status: 502 });
    expect(answer.fault?.detail).toContain('ECONNREFUSED');
  });

  it('calls a header that cannot be sent its own mistake', async () => {
    const origin = await originThat((response) => json(response, { data: {} }));
    const answer = await connect(cleanup, origin.url).execute(
      request('{ a }', { headers: { 'x-a': 'a\nb' } }),
    );
    expect(fault(answer)).toEqual({ answered: false, code: 'INTERNAL', status: 500 });
  });
});

describe('patience', () => {
  it.each(['query', 'mutation'])('gives a %s up after the time-out, wherever it hangs', async (operation) => {
    const origin = await originThat((response, _seen, count) => {
      if (count === 1) return;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"data":');
    });
    const upstream = connect(cleanup, origin.url, { timeoutMs: 100 });
    for (let i = 0; i < 2; i++) {
      const answer = await within(PATIENCE, 'the time-out', upstream.execute(request(`${operation} { a }`)));
      expect(fault(answer)).toEqual({ answered: false, code: 'UPSTREAM_TIMEOUT', status: 504 });
    }
  });

  it.each([502, 503, 504])('sends a query again after status %i', async (status) => {
    const origin = await originThat((response, _seen, count) =>
      count === 1 ? json(response, 'busy', status) : json(response, { data: { a: 1 } }),
    );
    const answer = await connect(cleanup, origin.url, { retries: 1 }).execute(request('{ a }'));
    expect(single(answer).data).toEqual({ a: 1 });
    expect(origin.seen).toHaveLength(2);
  });

  it('sends a query again after a connection that broke, before and inside the answer', async () => {
    const origin = await originThat((response, _seen, count) => {
      if (count === 1) response.destroy();
      else if (count === 2) response.writeHead(200).write('{"data', () => response.destroy());
      else json(response, { data: { a: 1 } });
    });
    const answer = await connect(cleanup, origin.url, { retries: 2 }).execute(request('{ a }'));
    expect(single(answer).data).toEqual({ a: 1 });
    expect(origin.seen).toHaveLength(3);
  });

  it('sends a query again no more often than told, and then says what upstream said', async () => {
    const origin = await originThat((response) => json(response, { errors: [{ message: 'Down' }] }, 503));
    const answer = await connect(cleanup, origin.url, { retries: 2 }).execute(request('{ a }'));
    expect(answer).toMatchObject({ answered: true, status: 503 });
    expect(single(answer).errors).toMatchObject([{ message: 'Down' }]);
    expect(origin.seen).toHaveLength(3);
  });

  it('never sends a mutation twice: it may have happened', async () => {
    const origin = await originThat((response, _seen, count) =>
      count === 1 ? response.destroy() : json(response, 'busy', 503),
    );
    const upstream = connect(cleanup, origin.url, { retries: 3 });
    expect(fault(await upstream.execute(request('mutation { a }')))).toMatchObject({
      code: 'UPSTREAM_UNREACHABLE',
    });
    expect(fault(await upstream.execute(request('mutation { a }')))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });
    expect(origin.seen).toHaveLength(2);
  });

  it('stops repeating at the time-out', async () => {
    const origin = await originThat((response) => json(response, 'busy', 503));
    const upstream = connect(cleanup, origin.url, { retries: 1_000, timeoutMs: 300 });
    const answer = await within(PATIENCE, 'the time-out', upstream.execute(request('{ a }')));
    expect(fault(answer)).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    expect(origin.seen.length).toBeLessThan(10);
  });

  it('hangs up when nobody waits for a query any more', async () => {
    let hungUp: Promise<unknown> | undefined;
    const origin = await originThat((response) => {
      hungUp = once(response, 'close');
    });
    const upstream = connect(cleanup, origin.url, { retries: 3 });
    const controller = new AbortController();
    const pending = upstream.execute(request('{ a }', { signal: controller.signal }));
    await until('the request has arrived', () => hungUp !== undefined);
    controller.abort();
    expect(fault(await pending)).toEqual({ answered: false, code: 'ABANDONED', status: 499 });
    await within(PATIENCE, 'upstream noticed', hungUp!);
    expect(origin.seen).toHaveLength(1);
  });

  it('gives a query up that still waits for a connection, and does not send it later', async () => {
    const held: (() => void)[] = [];
    const origin = await originThat((response) => {
      held.push(() => json(response, { data: { a: 1 } }));
    });
    const upstream = connect(cleanup, origin.url, { maxConnections: 1 });
    const first = upstream.execute(request('{ first }'));
    await until('the first has arrived', () => held.length === 1);
    const controller = new AbortController();
    const second = upstream.execute(request('{ second }', { signal: controller.signal }));
    const third = upstream.execute(request('{ third }'));
    controller.abort();
    expect(fault(await within(PATIENCE, 'the second is given up', second))).toMatchObject({
      code: 'ABANDONED',
    });
    held[0]!();
    expect((await first).answered).toBe(true);
    await until('the third has arrived', () => held.length === 2);
    held[1]!();
    expect((await third).answered).toBe(true);
    expect(origin.seen.map(({ body }) => body.query.match(/\w+/)![0])).toEqual(['first', 'third']);
  });

  it('P66 is not held up by files that their clients take long to send', async () => {
    const origin = await originThat((response) => json(response, { data: { a: 1 } }));
    const upstream = connect(cleanup, origin.url, { maxConnections: 1 });
    const release = new AbortController();
    const slow = {
      places: new Map([['0', ['variables.file']]]),
      problem: undefined,
      // eslint-disable-next-line require-yield -- its file does not come
      async *files() {
        await once(release.signal, 'abort');
        throw new Error('its client has gone');
      },
    };
    const form = upstream.execute(request('mutation { a }', { upload: slow }));
    for (const text of ['{ a }', 'mutation { a }'])
      expect(single(await within(PATIENCE, 'an answer', upstream.execute(request(text)))).data).toEqual({
        a: 1,
      });
    release.abort();
    expect((await form).answered).toBe(false);
  });

  it('sends nothing for a query that nobody waits for to begin with', async () => {
    const origin = await originThat((response) => json(response, { data: {} }));
    const answer = await connect(cleanup, origin.url).execute(
      request('{ a }', { signal: AbortSignal.abort() }),
    );
    expect(fault(answer)).toMatchObject({ code: 'ABANDONED' });
    expect(origin.connections()).toBe(0);
  });

  it('lets a mutation finish when its client went away', async () => {
    const origin = await originThat((response) => json(response, { data: { a: 1 } }));
    const answer = await connect(cleanup, origin.url).execute(
      request('mutation { a }', { signal: AbortSignal.abort() }),
    );
    expect(single(answer).data).toEqual({ a: 1 });
  });

  it('finishes what is under way when it is closed', async () => {
    let release: (() => void) | undefined;
    const origin = await originThat((response) => {
      release = () => json(response, { data: { a: 1 } });
    });
    const upstream = connect(cleanup, origin.url);
    const pending = upstream.execute(request('{ a }'));
    await until('the request has arrived', () => release);
    const closing = upstream.close();
    release!();
    expect(single(await pending).data).toEqual({ a: 1 });
    await closing;
    expect((await upstream.execute(request('{ a }'))).answered).toBe(false);
  });
});
