import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLClient } from 'graphql-request';
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { shopTypes } from '../kit/shop-schema';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();

const wide = (lists: number, more = ''): string =>
  `{ ${Array.from({ length: lists }, (_, index) => `a${index}: products { id name price }`).join(' ')} ${more} }`;
/** A few KB, and private where it says so. */
const long = (more = ''): string => wide(20, more);
const LONG = long();

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Asked {
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly query?: string;
  readonly accepts?: string | undefined;
  readonly headers?: Record<string, string>;
}

/** Bytes as they come: nothing is decoded. */
async function ask({ port }: GatewayProcess, { method = 'GET', query = LONG, accepts, headers }: Asked = {}) {
  const call = httpRequest({
    host: '127.0.0.1',
    port,
    method,
    path: method === 'POST' ? '/graphql' : `/graphql?${new URLSearchParams({ query }).toString()}`,
    headers: {
      ...(method === 'POST' && { 'content-type': 'application/json' }),
      ...(accepts !== undefined && { 'accept-encoding': accepts }),
      ...headers,
    },
  });
  call.end(method === 'POST' ? JSON.stringify({ query }) : undefined);
  const [message] = (await once(call, 'response')) as [IncomingMessage];
  return { status: message.statusCode!, headers: message.headers, body: await buffer(message) };
}

/** Asks until an answer has the coding. */
const codedBy = (gateway: GatewayProcess, coding: string, bound: Asked = {}): Promise<Answer> =>
  until(`it leaves as ${coding}`, async () => {
    const answer = await ask(gateway, { accepts: coding, ...bound });
    return answer.headers['content-encoding'] === coding && answer;
  });

const DECODE = { br: brotliDecompressSync, gzip: gunzipSync } as const;
const CODINGS = ['br', 'gzip'] as const;

/** Whether a coding ever leaves. To know that it does not, another answer is asked for until that has left so. */
async function neverCoded(gateway: GatewayProcess, bound: Asked): Promise<void> {
  for (let round = 0; round < 3; round++) {
    expect((await ask(gateway, { accepts: 'gzip', ...bound })).headers['content-encoding']).toBeUndefined();
    await codedBy(gateway, 'gzip', { query: long(`x${round}: __typename`) });
  }
}

describe('an answer of a few KB', () => {
  let origin: Origin;
  let gateway: GatewayProcess;
  let plain: Answer;

  beforeAll(async () => {
    origin = cleanup.add(await startOrigin());
    gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
    plain = await ask(gateway);
    for (const coding of CODINGS) await codedBy(gateway, coding);
  });

  const tagOf = (coding: string | undefined): string =>
    coding === undefined ? plain.headers.etag! : `${plain.headers.etag!.slice(0, -1)}-${coding}"`;

  it('is asked for once, and leaves whole at first', async () => {
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.body.length).toBeGreaterThan(1024);
    expect(origin.count('products')).toBe(20);
  });

  // Every method, everything a client may accept, and every validator it may hold.
  const ACCEPTED: readonly (readonly [string | undefined, 'br' | 'gzip' | undefined])[] = [
    [undefined, undefined],
    ['identity', undefined],
    ['deflate', undefined],
    ['*;q=0', undefined],
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br', 'br'],
    ['gzip, br;q=0.5', 'gzip'],
    ['br;q=0, gzip;q=0.1, identity;q=0', 'gzip'],
    ['identity, gzip;q=0.5', undefined],
  ];
  const METHODS = ['GET', 'HEAD', 'POST'] as const;
  const table = ACCEPTED.flatMap(([accepts, coding]) =>
    METHODS.map((method) => [method, accepts, coding] as const),
  );

  it.each(table)(
    'P61 leaves by %s for %j as %s, with an ETag of its own',
    async (method, accepts, coding) => {
      const { status, headers, body } = await ask(gateway, { method, accepts });
      expect([status, headers['content-encoding'], headers.etag]).toEqual([200, coding, tagOf(coding)]);
      expect(headers.vary).toMatch(/\bAccept-Encoding\b/);
      expect(headers['cache-status']).toMatch(/; hit; /);
      expect(headers['content-type']).toBe(plain.headers['content-type']);
      const decoded = coding ? DECODE[coding](method === 'HEAD' ? await whole(accepts) : body) : body;
      if (method === 'HEAD') {
        expect(body.length).toBe(0);
        expect(headers['content-length']).toBe(String((await whole(accepts)).length));
      } else {
        expect(headers['content-length']).toBe(String(body.length));
        expect(decoded.equals(plain.body)).toBe(true);
      }
    },
  );

  const whole = async (accepts: string | undefined): Promise<Buffer> =>
    (await ask(gateway, { accepts })).body;

  /** The forms a client accepts that may be sent to it, the one it would be sent first. */
  const FORMS: Readonly<Record<string, readonly (string | undefined)[]>> = {
    '': [undefined],
    gzip: ['gzip', undefined],
    'gzip, deflate, br': ['br', 'gzip', undefined],
    'gzip, identity;q=0': ['gzip'],
    identity: [undefined],
  };
  const HELD: readonly (readonly (string | undefined)[])[] = [
    [undefined],
    ['gzip'],
    ['br'],
    ['br', undefined],
    [undefined, 'gzip', 'br'],
  ];
  const conditions = Object.keys(FORMS).flatMap((accepts) =>
    HELD.flatMap((held) => (['GET', 'HEAD'] as const).map((method) => [method, accepts, held] as const)),
  );

  it.each(conditions)(
    'P61 answers a %s that accepts %j and holds %j with 304 for a form it accepts, named',
    async (method, accepts, held) => {
      const forms = FORMS[accepts]!;
      const right = forms.find((form) => held.includes(form));
      const isHeld = forms.some((form) => held.includes(form));
      const answer = await ask(gateway, {
        method,
        ...(accepts !== '' && { accepts }),
        headers: { 'if-none-match': ['"other"', ...held.map((form) => `W/${tagOf(form)}`)].join(', ') },
      });
      expect([answer.status, answer.headers.etag]).toEqual(
        isHeld ? [304, tagOf(right)] : [200, tagOf(forms[0])],
      );
      expect(answer.headers.vary).toMatch(/\bAccept-Encoding\b/);
      if (isHeld) {
        expect(answer.body.length).toBe(0);
        expect(answer.headers['content-encoding']).toBeUndefined();
        expect(answer.headers['content-length']).toBeUndefined();
      }
    },
  );

  it('P61 answers If-None-Match: * with 304 for what it would be sent, and no POST with 304', async () => {
    const headers = { 'if-none-match': '*' };
    const get = await ask(gateway, { accepts: 'br', headers });
    expect([get.status, get.headers.etag]).toEqual([304, tagOf('br')]);
    const post = await ask(gateway, {
      method: 'POST',
      accepts: 'br',
      headers: { 'if-none-match': tagOf('br') },
    });
    expect([post.status, post.headers['content-encoding']]).toEqual([200, 'br']);
  });

  it('P61 answers 304 for a coding that is not made any more, when upstream said the same again', async () => {
    const query = long('again: __typename');
    const { headers } = await codedBy(gateway, 'br', { query });
    await gateway.query('mutation { touchNothing deleteProduct(id: "none") }');
    const answer = await ask(gateway, { query, accepts: 'br', headers: { 'if-none-match': headers.etag! } });
    expect(answer.headers['cache-status']).toMatch(/fwd=stale; stored; detail=purged/);
    expect([answer.status, answer.headers.etag]).toEqual([304, headers.etag]);
    // It was purged, so it is new, and made anew.
    await codedBy(gateway, 'br', { query });
  });

  it('is not compressed where it is short', async () => {
    const query = wide(2);
    const { length } = (await ask(gateway, { query })).body;
    expect([length > 400, length < 1024]).toEqual([true, true]);
    await neverCoded(gateway, { query });
  });

  it('stays whole within a batch, and for who debugs', async () => {
    await codedBy(gateway, 'br');
    const body = JSON.stringify([{ query: LONG }, { query: LONG }]);
    const headers = { 'content-type': 'application/json', 'accept-encoding': 'br' };
    const batch = await gateway.send({ headers, body });
    expect(batch.headers['content-encoding']).toBeUndefined();
    expect(batch.text).toBe(`[${plain.body.toString()},${plain.body.toString()}]`);
    const debugged = await gateway.query(LONG, {
      headers: { 'accept-encoding': 'br', 'lastmile-debug': '1' },
    });
    expect(debugged.headers['content-encoding']).toBeUndefined();
    expect(debugged.extensions.lastmile.explain.answered.cacheStatus).toMatch(/; hit; /);
  });

  it('is read by clients that know nothing of it', async () => {
    const expected = (JSON.parse(plain.body.toString()) as { data: object }).data;
    const codings: (string | null)[] = [];
    const listened: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      codings.push(response.headers.get('content-encoding'));
      return response;
    };
    const link = new HttpLink({ uri: gateway.url, fetch: listened });
    const apollo = new ApolloClient({ link, cache: new InMemoryCache() });
    const request = new GraphQLClient(gateway.url, { fetch: listened });
    // Each client writes the document in its own way, which is the same question.
    await until('one was answered in a coding', async () => {
      const read = await apollo.query({ query: gql(LONG), fetchPolicy: 'no-cache' });
      expect(Object.keys(read.data as object).length).toBe(Object.keys(expected).length);
      return codings.at(-1) !== null;
    });
    await until('the other too', async () => {
      expect(await request.request(LONG)).toEqual(expected);
      return codings.at(-1) !== null;
    });
  });
});

it('leaves compressed while it is stale, too', async () => {
  const schema = shopTypes.replaceAll(', swr: 30', '').replaceAll('maxAge: 60', 'maxAge: 1, swr: 1000');
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, UPSTREAM_RETRIES: '0' }, { schema }),
  );
  await ask(gateway);
  // Upstream is held, so that what gets stale stays so.
  const held = origin.hold('products');
  const stale = await until('it is stale and compressed', async () => {
    const answer = await ask(gateway, { accepts: 'br' });
    const isStale = /detail=expired/.test(String(answer.headers['cache-status']));
    return isStale && answer.headers['content-encoding'] === 'br' && answer;
  });
  held.release();
  expect(JSON.parse(brotliDecompressSync(stale.body).toString())).toHaveProperty('data.a19');
});

it('leaves as it is where COMPRESS is 0', async () => {
  const origin = cleanup.add(await startOrigin());
  const off = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, COMPRESS: '0' }));
  const on = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
  const { headers } = await ask(off);
  for (let round = 0; round < 3; round++) {
    const answer = await ask(off, { accepts: 'gzip' });
    expect([answer.headers['content-encoding'], answer.headers.etag]).toEqual([undefined, headers.etag]);
    // By now it would have been made.
    await codedBy(on, 'gzip', { query: long(`x${round}: __typename`) });
  }
});

it('P30 never compresses a private answer, whose length would tell what is in it', async () => {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, SESSION: 'header:authorization' }),
  );
  const query = long('viewer { id name }');
  const headers = { authorization: 'Bearer ada' };
  await neverCoded(gateway, { query, headers });
  const { headers: said, body } = await ask(gateway, { query, headers, accepts: 'gzip' });
  expect(said['cache-status']).toMatch(/; hit; /);
  expect(body.length).toBeGreaterThan(1024);
  // What is public is compressed for the very same client.
  await codedBy(gateway, 'gzip', { headers });
});
