import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createClient } from 'graphql-sse';
import { cleanupAfterAll, cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type Answer, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { startTicker, tickerTypes } from '../kit/ticker';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();
const each = cleanupAfterEach();
let origin: Origin;
let gateway: GatewayProcess;

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, MAX_SOCKET_OPERATIONS: '3' }));
});

const TOKEN = 'x-graphql-event-stream-token';

class EventStream {
  text = '';
  isOver = false;

  constructor(
    readonly place: GatewayProcess,
    readonly token: string,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8').on('data', (piece: string) => (this.text += piece));
    response.on('end', () => (this.isOver = true)).on('error', () => {});
  }

  ask(query: string, operationId: string | undefined = 'a', headers = {}): Promise<Answer> {
    return this.place.send({
      headers: { 'content-type': 'application/json', [TOKEN]: this.token, ...headers },
      body: JSON.stringify({ query, extensions: { operationId } }),
    });
  }

  close(): void {
    this.response.destroy();
  }
}

async function open(place = gateway): Promise<EventStream> {
  const { status, text: token } = await place.send({ method: 'PUT' });
  expect(status).toBe(201);
  const call = httpRequest(`${place.url}?token=${token}`, { headers: { accept: 'text/event-stream' } });
  call.on('error', () => {}).end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  return each.add(new EventStream(place, token, response));
}

const codeOf = ({ errors }: Answer) => errors?.[0]?.extensions?.['code'];

describe('an operation for an event stream', () => {
  it('is taken with 202, and its result leaves there, from the cache where it is', async () => {
    await gateway.query('{ categories { name } }');
    const asked = origin.count();
    const stream = await open();
    const answer = await stream.ask('{ categories { name } }');
    expect([answer.status, answer.text]).toEqual([202, '']);
    await until('it is over', () => stream.text.includes('complete'));
    expect(stream.text).toMatch(
      /^:\n\nevent: next\ndata: \{"id":"a","payload":\{"data":\{"categories":.*\}\}\n\nevent: complete\ndata: \{"id":"a"\}\n\n$/,
    );
    expect(origin.count()).toBe(asked);
  });

  it('P05 purges, where it is a mutation, and says its token in both places', async () => {
    const stream = await open();
    const answer = await stream.ask('mutation { renameProduct(id: "1", name: "By stream") { name } }');
    expect([answer.status, answer.token]).toEqual([202, expect.stringMatching(/^\d+-\d+$/)]);
    await until('it is over', () => stream.text.includes('complete'));
    expect(stream.text).toContain(`"token":"${answer.token}"`);
  });

  it.each([
    ['that is not valid', '{ nothing }', 'a', 400, undefined],
    ['without an id', '{ serial }', '', 400, 'OPERATION_ID'],
  ])('%s is refused by the answer to its request', async (_, query, id, status, code) => {
    const stream = await open();
    const answer = await stream.ask(query, id);
    expect(answer.status).toBe(status);
    expect(answer.errors).toHaveLength(1);
    if (code) expect(codeOf(answer)).toBe(code);
    expect((await stream.ask('{ serial }', 'a')).status).toBe(202);
    await until('the next is over', () => stream.text.includes('complete'));
    expect(stream.text).not.toContain('errors');
  });

  it('whose id is in use, or beyond MAX_SOCKET_OPERATIONS, is refused', async () => {
    const held = origin.hold('serial');
    each.later(() => held.release());
    const stream = await open();
    const waiting = ['a', 'b', 'c'].map((id) => stream.ask('{ serial }', id));
    await until('all have come', () => held.count === 3);
    expect(codeOf(await stream.ask('{ serial }', 'a'))).toBe('OPERATION_ID');
    expect(codeOf(await stream.ask('{ serial }', 'd'))).toBe('TOO_MANY_OPERATIONS');
    held.release();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([202, 202, 202]);
  });

  it('of a token that is not known is refused', async () => {
    const stream = await open();
    const answers = await Promise.all([
      stream.ask('{ serial }', 'a', { [TOKEN]: 'x'.repeat(32) }),
      gateway.send({ method: 'GET', path: '/graphql?token=abc' }),
      gateway.send({ method: 'DELETE', path: '/graphql?operationId=a', headers: { [TOKEN]: 'abc' } }),
    ]);
    for (const answer of answers)
      expect([answer.status, codeOf(answer)]).toEqual([404, 'EVENT_STREAM_UNKNOWN']);
  });
});

describe('an event stream', () => {
  it('P30 is for one client: another that comes with its token is refused', async () => {
    const stream = await open();
    const other = await gateway.send({ method: 'GET', path: '/graphql', headers: { [TOKEN]: stream.token } });
    expect([other.status, codeOf(other)]).toEqual([409, 'EVENT_STREAM_TAKEN']);
  });

  it('has a subscription until it is stopped, or its client goes away', async () => {
    const ticker = each.add(await startTicker('sse'));
    const place = each.add(await startGateway({ UPSTREAM_URL: ticker.url }, { schema: tickerTypes }));
    const stream = await open(place);
    for (const id of ['a', 'b'])
      expect((await stream.ask('subscription { ticks { n } }', id)).status).toBe(202);
    await until('both are subscribed', () => ticker.open === 2);
    ticker.emit(1);
    await until('both are there', () => /"a".*"b"|"b".*"a"/s.test(stream.text));
    const path = '/graphql?operationId=a';
    await place.send({ method: 'DELETE', path, headers: { [TOKEN]: stream.token } });
    await until('one is stopped', () => ticker.open === 1);
    stream.close();
    await until('the other has ended', () => ticker.open === 0);
    await until('it is not known any more', async () => (await stream.ask('{ now }')).status === 404);
  });

  it('is refused beyond MAX_SOCKETS', async () => {
    const small = each.add(await startGateway({ UPSTREAM_URL: origin.url, MAX_SOCKETS: '1' }));
    expect((await small.send({ method: 'PUT' })).status).toBe(201);
    const answer = await small.send({ method: 'PUT' });
    expect([answer.status, codeOf(answer)]).toEqual([503, 'TOO_MANY_SOCKETS']);
  });

  it('P52 is reserved by no page of another site', async () => {
    const answer = await gateway.send({ method: 'OPTIONS', headers: { origin: 'https://evil.example' } });
    expect(answer.status).toBe(405);
    const stream = await open();
    const crossing = await gateway.send({
      method: 'GET',
      path: `/graphql?token=${stream.token}`,
      headers: { origin: 'https://evil.example' },
    });
    expect([crossing.status, codeOf(crossing)]).toEqual([403, 'CROSS_SITE_REQUEST']);
  });

  it('P44 of one subscription is cut when the gateway ends', async () => {
    const ticker = each.add(await startTicker('sse'));
    const env = { UPSTREAM_URL: ticker.url, DRAIN_MS: '1000000' };
    const other = await startGateway(env, { schema: tickerTypes });
    const subscribe = async () => {
      const { body } = await fetch(`${other.url}?query=subscription{ticks{n}}`, {
        headers: { accept: 'text/event-stream' },
      });
      const reader = body!.getReader();
      await reader.read();
      return reader;
    };
    const readers = [await subscribe(), await subscribe()];
    await until('both are subscribed', () => ticker.open === 2);
    const stopped = other.stop();
    for (const reader of readers) await expect(reader.read()).rejects.toThrow();
    await stopped;
    await until('upstream has ended them', () => ticker.open === 0);
  });

  it('P44 ends when the gateway does, once what it owes is sent', async () => {
    const other = await startGateway({ UPSTREAM_URL: origin.url, DRAIN_MS: '1000000' });
    const [stream, idle] = [await open(other), await open(other)];
    const held = origin.hold('renameProduct');
    const query = 'mutation { renameProduct(id: "2", name: "Late") { name } }';
    // Not on a connection of the gateway's kit, which that cuts when it stops.
    const asked = fetch(other.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [TOKEN]: stream.token },
      body: JSON.stringify({ query, extensions: { operationId: 'a' } }),
    });
    await held.arrived;
    const stopped = other.stop();
    await until('the idle one is over', () => idle.isOver);
    held.release();
    expect((await asked).status).toBe(202);
    await until('it is over', () => stream.isOver);
    expect(stream.text).toContain('"name":"Late"');
    await stopped;
  });
});

// The client writes the token of its stream into an object of headers, and reserves the next one with it.
it.each([undefined, { 'x-app': 'shop' }])(
  'P63 graphql-sse on a single connection asks one after another, with headers %p',
  async (headers) => {
    const client = createClient({
      url: gateway.url,
      singleConnection: true,
      retryAttempts: 0,
      ...(headers && { headers }),
    });
    each.later(() => client.dispose());
    const ask = (query: string) =>
      new Promise((resolve, reject) => {
        let result: unknown;
        client.subscribe(
          { query },
          { next: (value) => (result = value), error: reject, complete: () => resolve(result) },
        );
      });
    expect(await ask('{ product(id: "3") { id } }')).toMatchObject({ data: {} });
    expect(await ask('mutation { renameProduct(id: "1", name: "By client") { name } }')).toMatchObject({
      data: { renameProduct: { name: 'By client' } },
    });
    expect(await ask('{ product(id: "1") { name } }')).toMatchObject({
      data: { product: { name: 'By client' } },
    });
  },
);
