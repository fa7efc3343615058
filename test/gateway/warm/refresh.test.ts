/** One gateway without Redis: whatever is purged is purged at once, and nothing but this process asks upstream. */
import { cleanupAfterEach } from '../../kit/cleanup';
import { startGateway, type Answer, type AskOptions, type GatewayProcess } from '../../kit/gateway';
import { startOrigin } from '../../kit/origin';
import { until } from '../../kit/until';
import { untilWarmed, warmed } from '../../kit/warmed';
import { CANARY_SDL, CanaryOrigin } from '../../privacy/canary-origin';

const cleanup = cleanupAfterEach();

const KETTLE = 'query Kettle { product(id: "1") { name } }';
const MUG = 'query Mug { product(id: "2") { name } }';

async function start(env: Record<string, string> = {}) {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, WARM: '1', ...env }));
  return { origin, gateway };
}

/** Asks so often that it is hot. */
async function heat(gateway: GatewayProcess, query: string, options?: AskOptions, times = 6): Promise<void> {
  for (let each = 0; each < times; each++) await gateway.query(query, options);
}

async function purge({ adminUrl }: GatewayProcess, ...tags: string[]): Promise<void> {
  const purged = await fetch(`${adminUrl}/purge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tags }),
  });
  expect(purged.status).toBe(200);
}

async function purgeAll({ adminUrl }: GatewayProcess): Promise<void> {
  await fetch(`${adminUrl}/purge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"all":true}',
  });
}

async function rename(gateway: GatewayProcess, name: string): Promise<void> {
  await gateway.query('mutation Rename($name: String!) { renameProduct(id: "1", name: $name) { id } }', {
    variables: { name },
  });
}

it('P95 has for the first who asks after a purge what upstream says now', async () => {
  const { origin, gateway } = await start();
  await heat(gateway, KETTLE);
  await rename(gateway, 'Renamed');
  await untilWarmed(gateway, { stored: 1 });
  const calls = origin.count('product');
  const first = await gateway.query(KETTLE);
  expect(first.cacheStatus).toMatch(/^hit; ttl=\d+$/);
  expect(first.data.product.name).toBe('Renamed');
  expect(origin.count('product')).toBe(calls);
});

it('leaves alone what was asked for too rarely, and what was not purged', async () => {
  const { origin, gateway } = await start();
  await heat(gateway, KETTLE);
  await heat(gateway, MUG, {}, 2);
  const third = '{ product(id: "3") { name } }';
  await heat(gateway, third);
  await purge(gateway, 'Product:1', 'Product:2');
  await untilWarmed(gateway, { stored: 1 });
  expect((await gateway.query(MUG)).cacheStatus).toBe('fwd=stale; stored; detail=purged');
  expect((await gateway.query(third)).cacheStatus).toMatch(/^hit/);
  expect(origin.count('product')).toBe(5);
});

it('P90 makes a request that comes meanwhile wait for the call that is under way already', async () => {
  const { origin, gateway } = await start();
  await heat(gateway, KETTLE);
  await heat(gateway, MUG);
  const held = origin.hold('product');
  await rename(gateway, 'Renamed');
  await held.arrived;
  const asked = gateway.query(KETTLE);
  // By the time that others have gone there and back, it is there.
  await heat(gateway, MUG);
  const calls = origin.count('product');
  held.release();
  const answer = await asked;
  expect(answer.data.product.name).toBe('Renamed');
  expect(answer.cacheStatus).toBe('fwd=stale; stored; collapsed; detail=purged');
  expect(origin.count('product')).toBe(calls);
});

it('P94 asks once for each round trip, however often it is purged meanwhile', async () => {
  const { origin, gateway } = await start();
  await heat(gateway, KETTLE, {}, 60);
  const before = origin.count('product');
  for (let trip = 1; trip <= 3; trip++) {
    const held = origin.hold('product');
    await purge(gateway, 'Product:1');
    await held.arrived;
    for (let each = 0; each < 20; each++) await purge(gateway, 'Product:1');
    expect(origin.count('product') - before).toBe(2 * trip - 1);
    held.release();
    // What came meanwhile was purged on its way: the one after it stays.
    await untilWarmed(gateway, { purged: trip, stored: trip, ...(trip > 1 && { used: trip - 1 }) });
    expect(origin.count('product') - before).toBe(2 * trip);
    expect((await gateway.query(KETTLE)).cacheStatus).toMatch(/^hit/);
  }
});

it('P94 stops refreshing what nobody asks for, until somebody does', async () => {
  const { origin, gateway } = await start();
  await heat(gateway, KETTLE, {}, 30);
  await heat(gateway, MUG, {}, 30);
  await purge(gateway, 'Product:1');
  await untilWarmed(gateway, { stored: 1 });
  // Nobody has looked at it since.
  for (let each = 0; each < 3; each++) await purge(gateway, 'Product:1');
  await purge(gateway, 'Product:2');
  await untilWarmed(gateway, { stored: 2, wasted: 1 });
  expect(origin.count('product')).toBe(4);
  expect((await gateway.query(KETTLE)).cacheStatus).toMatch(/detail=purged$/);
  await purge(gateway, 'Product:1');
  await untilWarmed(gateway, { stored: 3, wasted: 1 });
});

it('P96 never asks by itself for what is private', async () => {
  const { origin, gateway } = await start({ SESSION: 'header:authorization' });
  const headers = { authorization: 'Bearer ada' };
  await heat(gateway, '{ viewer { name } }', { headers }, 20);
  await heat(gateway, KETTLE, { headers });
  expect(origin.count('viewer')).toBe(1);
  await purgeAll(gateway);
  await untilWarmed(gateway, { stored: 1 });
  expect(origin.count('viewer')).toBe(1);
  expect(origin.received.at(-1)?.headers['authorization']).toBeUndefined();
});

it('P95 P96 refreshes of an answer in parts the part that all may see, and no other', async () => {
  const { origin, gateway } = await start({ SESSION: 'header:authorization' });
  const headers = { authorization: 'Bearer ada' };
  const both = '{ product(id: "1") { name } viewer { name } }';
  await heat(gateway, both, { headers });
  expect([origin.count('product'), origin.count('viewer')]).toEqual([1, 1]);
  await purge(gateway, 'Product:1');
  await untilWarmed(gateway, { stored: 1 });
  expect((await gateway.query(both, { headers })).cacheStatus).toMatch(/^hit/);
  expect([origin.count('product'), origin.count('viewer')]).toEqual([2, 1]);
});

it('P96 never asks by itself for what is varied by credentials', async () => {
  const { origin, gateway } = await start({ VARY: 'authorization, accept-language' });
  const german = { headers: { 'accept-language': 'de', 'x-request-id': 'of its client' } };
  await heat(gateway, '{ header(name: "accept-language") }', german);
  await heat(gateway, KETTLE, { headers: { authorization: 'Bearer ada' } }, 20);
  const calls = origin.count('product');
  await purgeAll(gateway);
  await untilWarmed(gateway, { stored: 1 });
  const { headers } = origin.received.at(-1)!;
  expect(headers['accept-language']).toBe('de');
  expect(headers['x-request-id']).toBeUndefined();
  const answer = await gateway.query('{ header(name: "accept-language") }', german);
  expect(answer.cacheStatus).toMatch(/^hit/);
  expect(answer.data.header).toBe('de');
  expect(origin.count('product')).toBe(calls);
});

it('P96 never asks by itself for what upstream gave only with credentials', async () => {
  const origin = cleanup.add(await new CanaryOrigin().start());
  const gateway = cleanup.add(
    await startGateway(
      { UPSTREAM_URL: origin.url, SESSION: 'header:authorization', WARM: '1' },
      { schema: CANARY_SDL },
    ),
  );
  const ask = (user?: string): Promise<Answer> =>
    gateway.query('{ page { title } }', { headers: user ? { authorization: `Bearer ${user}` } : {} });
  for (let each = 0; each < 6; each++) await ask();
  origin.isClosed = true;
  await purgeAll(gateway);
  // Refused without: it is not asked for again.
  await untilWarmed(gateway, { failed: 1 });
  for (let each = 0; each < 6; each++) await ask('ada');
  const { calls } = origin;
  await purgeAll(gateway);
  await purgeAll(gateway);
  expect((await ask('ada')).cacheStatus).toBe('fwd=bypass; detail=credentials');
  expect(origin.calls).toBe(calls + 1);
  expect(await warmed(gateway)).toEqual({ failed: 1 });
});

it('does not ask again for what upstream failed to answer, until it was filled for a client', async () => {
  const { origin, gateway } = await start();
  await heat(gateway, KETTLE);
  origin.fail('errors');
  await purge(gateway, 'Product:1');
  await untilWarmed(gateway, { failed: 1 });
  origin.recover();
  await purge(gateway, 'Product:1');
  expect((await gateway.query(KETTLE)).cacheStatus).toMatch(/stored; detail=purged$/);
  await heat(gateway, KETTLE);
  await purge(gateway, 'Product:1');
  await until('it was tried', async () => Object.keys(await warmed(gateway)).length > 1);
});

it('P03 waits until what it asks for is settled', async () => {
  const { origin, gateway } = await start({ SETTLE_MS: '2000' });
  await heat(gateway, KETTLE);
  origin.lag(1);
  const purgedAt = performance.now();
  await rename(gateway, 'Renamed');
  setTimeout(() => origin.lag(0), 250);
  await untilWarmed(gateway, { stored: 1 });
  expect(performance.now() - purgedAt).toBeGreaterThan(1999);
  const first = await gateway.query(KETTLE);
  expect(first.cacheStatus).toMatch(/^hit/);
  expect(first.data.product.name).toBe('Renamed');
});

it('P91 fills nothing while the cache is switched off', async () => {
  const { origin, gateway } = await start();
  await heat(gateway, KETTLE);
  await fetch(`${gateway.adminUrl}/cache`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"serve":false}',
  });
  const calls = origin.count('product');
  await purge(gateway, 'Product:1');
  await untilWarmed(gateway, { barred: 1 });
  expect(origin.count('product')).toBe(calls);
});
