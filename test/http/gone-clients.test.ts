/** Clients that leave in the middle: of their request, of the wait, of the answer. */
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { until } from '../kit/until';
import { connectTo, postOf, type RawSocket } from './raw';

const cleanup = cleanupAfterEach();
const QUERY = '{ products { id name } }';
const BODY = JSON.stringify({ query: QUERY });
let origin: Origin;
let gateway: GatewayProcess;

beforeEach(async () => {
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
});

async function connect(): Promise<RawSocket> {
  return cleanup.add(await connectTo(gateway.port));
}

it('asks nothing of upstream for a request that broke off', async () => {
  const whole = postOf(JSON.stringify({ query: 'mutation { likeProduct(id: "1") { likes } }' }));
  for (const length of [10, 60, whole.length - 1]) {
    const socket = await connect();
    socket.send(whole.slice(0, length));
    await new Promise(setImmediate);
    socket.socket.end();
    await socket.closed;
  }
  expect((await gateway.query('{ serial }')).data.serial).toBe(1);
  expect(origin.count('likeProduct')).toBe(0);
});

it('stores nothing half when its only client leaves during the wait', async () => {
  const held = origin.hold('products');
  const socket = await connect();
  socket.send(postOf(BODY));
  await held.arrived;
  socket.close();
  // Once it is noticed that it left, the next request begins a call of its own. Until then one that came would join.
  const next = await until('another call is made', async () => {
    const client = new AbortController();
    const answer = gateway.query(QUERY, { signal: client.signal });
    answer.catch(() => {});
    await gateway.query('{ serial }');
    if (held.count > 1) {
      held.release();
      return answer;
    }
    client.abort();
    return undefined;
  });
  expect(next.data.products).toHaveLength(6);
  const hit = await gateway.query(QUERY);
  expect([hit.cacheStatus.slice(0, 3), hit.text]).toEqual(['hit', next.text]);
});

it('answers the others when one of those who wait together leaves, also the one that came first', async () => {
  const held = origin.hold('products');
  const first = await connect();
  first.send(postOf(BODY));
  await held.arrived;
  const others = [gateway.query(QUERY), gateway.query(QUERY)];
  await gateway.query('{ serial }');
  first.close();
  await first.closed;
  await gateway.query('{ serial }');
  held.release();
  for (const answer of await Promise.all(others)) {
    expect(answer.data.products).toHaveLength(6);
    expect(answer.cacheStatus).toBe('fwd=uri-miss; stored; collapsed');
  }
  expect(held.count).toBe(1);
});

it('keeps an entry whole that a client stopped reading, and the next one gets all of it', async () => {
  origin.change((data) => {
    for (const product of data.products) product.name = product.name.padEnd(100_000, 'x');
  });
  const whole = await gateway.query(QUERY);
  expect(whole.text.length).toBeGreaterThan(600_000);
  for (let times = 0; times < 3; times++) {
    const socket = await connect();
    socket.send(postOf(BODY));
    await until('some of it came', () => socket.text.length > 1000);
    socket.close();
  }
  const again = await gateway.query(QUERY);
  expect([again.cacheStatus.slice(0, 3), again.text === whole.text]).toEqual(['hit', true]);
});
