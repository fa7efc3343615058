import { type ServerResponse, request } from 'node:http';
import { once } from 'node:events';
import { cleanupAfterEach } from '../kit/cleanup';
import { startApi } from '../kit/api';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

const SDL = `
  directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  type Query { thing(id: ID!): Thing }
  type Thing { id: ID! value: Int! }
  type Mutation { setThing(id: ID!, value: Int!): Thing }`;
const READ = '{ thing(id: 1) { value } }';
const MUTATION = 'mutation { setThing(id: 1, value: 2) { id ... @defer { value } } }';

const part = (result: unknown, isLast = false): string =>
  `\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(result)}\r\n---${isLast ? '--\r\n' : ''}`;

/** A gateway before an API that is told when to send which part of a mutation's answer. */
async function start() {
  const state = { value: 0 };
  const api = cleanup.add(await startApi(SDL, { thing: () => ({ id: '1', value: state.value }) }));
  let parts!: ServerResponse;
  let arrive!: () => void;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  api.answerInstead = (text, response) => {
    if (!text.startsWith('mutation')) return false;
    parts = response;
    // A keep-alive part: the headers are on their way, and nothing is changed yet.
    response.writeHead(200, {
      'content-type': 'multipart/mixed; boundary="-"',
      'content-language': 'de',
      'ratelimit-remaining': '7',
      'set-cookie': ['a=1', 'b=2'],
    });
    response.write(`---${part({})}`);
    arrive();
    return true;
  };
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: api.url, DEFAULT_MAX_AGE: '60' }, { schema: SDL }),
  );
  return {
    state,
    gateway,
    arrived,
    send: (text: string) => parts.write(text),
    end: (text: string) => parts.end(text),
    breakOff: () => parts.socket?.destroy(),
  };
}

/** Sends the mutation, and tells of its answer when it begins. */
function mutate(gateway: GatewayProcess) {
  const call = request({
    host: '127.0.0.1',
    port: gateway.port,
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'multipart/mixed' },
  });
  call.end(JSON.stringify({ query: MUTATION }));
  call.on('error', () => {});
  return call;
}

const valueOf = async (gateway: GatewayProcess) => (await gateway.query(READ)).data.thing.value as number;

describe('a mutation that is answered in parts', () => {
  it('P06 is purged when its data arrives, not when its headers do', async () => {
    const { state, gateway, arrived, send, end } = await start();
    const call = mutate(gateway);
    await arrived;
    // Kept while the mutation is under way: what was true before it.
    expect(await valueOf(gateway)).toBe(0);
    state.value = 1;
    send(part({ data: { setThing: { id: '1' } }, hasNext: true }));
    const [response] = (await once(call, 'response')) as [import('node:http').IncomingMessage];
    expect(response.headers['lastmile-token']).toBeDefined();
    expect(response.headers).toMatchObject({
      'content-language': 'de',
      'ratelimit-remaining': '7',
      'set-cookie': ['a=1', 'b=2'],
    });
    expect(await valueOf(gateway)).toBe(1);
    // And what was true before the rest of it.
    state.value = 2;
    expect(await valueOf(gateway)).toBe(1);
    send(part({ incremental: [{ path: ['setThing'], data: { value: 2 } }], hasNext: false }));
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    // Before the last part leaves, its client may read what it changed.
    await until('the last part comes', () => text.includes('"hasNext":false'));
    expect(await valueOf(gateway)).toBe(2);
    end('--\r\n');
  });

  it('P06 is read to its end, and purged, when its client has gone', async () => {
    const { state, gateway, arrived, send, end } = await start();
    const call = mutate(gateway);
    await arrived;
    send(part({ data: { setThing: { id: '1' } }, hasNext: true }));
    const [response] = (await once(call, 'response')) as [import('node:http').IncomingMessage];
    response.destroy();
    expect(await valueOf(gateway)).toBe(0);
    state.value = 2;
    end(part({ incremental: [{ path: ['setThing'], data: { value: 2 } }], hasNext: false }, true));
    await until('the end of it is purged', async () => (await valueOf(gateway)) === 2);
  });

  it('P06 is read to its end when its client has gone before anything came', async () => {
    const { state, gateway, arrived, end } = await start();
    const call = mutate(gateway);
    await arrived;
    expect(await valueOf(gateway)).toBe(0);
    call.destroy();
    state.value = 2;
    end(part({ data: { setThing: { id: '1', value: 2 } }, hasNext: false }, true));
    await until('it is purged', async () => (await valueOf(gateway)) === 2);
  });

  it('P26 is purged again and again where its answer broke off', async () => {
    const { state, gateway, arrived, breakOff } = await start();
    const call = mutate(gateway);
    await arrived;
    breakOff();
    const [response] = (await once(call, 'response')) as [import('node:http').IncomingMessage];
    response.resume();
    await once(response, 'end');
    expect(await valueOf(gateway)).toBe(0);
    state.value = 2;
    await until('the change is seen', async () => (await valueOf(gateway)) === 2);
  });

  it('P38 purges nothing where it was refused before it ran', async () => {
    const { gateway, arrived, end } = await start();
    expect(await valueOf(gateway)).toBe(0);
    const call = mutate(gateway);
    await arrived;
    end(part({ errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }], hasNext: false }, true));
    const [response] = (await once(call, 'response')) as [import('node:http').IncomingMessage];
    response.resume();
    await once(response, 'end');
    expect(response.headers['lastmile-token']).toBeUndefined();
    expect((await gateway.query(READ)).cacheStatus).toMatch(/^hit/);
  });
});
