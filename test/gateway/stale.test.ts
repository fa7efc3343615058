import { cleanupAfterEach } from '../kit/cleanup';
import { startLink } from '../kit/link';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { startPrimary } from '../kit/redis-region';
import { shopTypes } from '../kit/shop-schema';
import { ended, pause, until } from '../kit/until';

const cleanup = cleanupAfterEach();

const KETTLE = '{ product(id: "1") { name } }';
const RENAME = 'mutation { renameProduct(id: "1", name: "Renamed") { id } }';

/** The shop, every answer of it fresh for a second and stale for so many more. */
async function start(
  swr: number,
  env: Record<string, string> = {},
): Promise<{ origin: Origin; gateway: GatewayProcess }> {
  const schema = shopTypes.replaceAll(', swr: 30', '').replaceAll('maxAge: 60', `maxAge: 1, swr: ${swr}`);
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, UPSTREAM_RETRIES: '0', ...env }, { schema }),
  );
  return { origin, gateway };
}

/** Fills an entry and waits until a look at it says that it is no longer fresh. Only GET of another key tells the time. */
async function filledAndExpired({ gateway }: { gateway: GatewayProcess }): Promise<void> {
  expect((await gateway.query(KETTLE)).cacheStatus).toBe('fwd=uri-miss; stored');
  await pause(1050);
}

describe('stale while revalidate', () => {
  it('gives a refresh up where the gateway ends, however long upstream takes', async () => {
    const world = await start(30, { UPSTREAM_TIMEOUT_MS: '600000' });
    await filledAndExpired(world);
    const held = world.origin.hold('product');
    expect((await world.gateway.query(KETTLE)).cacheStatus).toContain('detail=expired');
    await held.arrived;
    await ended('the gateway', world.gateway.stop());
    held.release();
  });

  it('serves what expired at once, marked, and refreshes it once behind it', async () => {
    const world = await start(30);
    const { origin, gateway } = world;
    await filledAndExpired(world);
    const held = origin.hold('product');
    const stale = await Promise.all([gateway.query(KETTLE), gateway.query(KETTLE), gateway.query(KETTLE)]);
    for (const { cacheStatus, headers } of stale) {
      expect(cacheStatus).toMatch(/^hit; ttl=-\d+; detail=expired$/);
      expect(Number(headers.age)).toBeGreaterThanOrEqual(1);
    }
    await held.arrived;
    held.release();
    await until('the refresh is stored', async () =>
      /^hit; ttl=\d/.test((await gateway.query(KETTLE)).cacheStatus),
    );
    expect(origin.count('product')).toBe(2);
  });

  it('P48 refreshes once, whatever else is purged meanwhile', async () => {
    const world = await start(30);
    const { origin, gateway } = world;
    await filledAndExpired(world);
    const held = origin.hold('product');
    for (let round = 0; round < 20; round++) {
      expect((await gateway.query(KETTLE)).cacheStatus).toMatch(/^hit; ttl=-\d+; detail=expired$/);
      await held.arrived;
      const purged = await fetch(`${gateway.adminUrl}/purge`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ tags: [`Other:${round}`] }),
      });
      expect(purged.status).toBe(200);
    }
    held.release();
    expect(origin.count('product')).toBe(2);
  });

  it('does not ask again for each stale hit while upstream fails', async () => {
    const world = await start(30);
    const { origin, gateway } = world;
    await filledAndExpired(world);
    origin.fail('500');
    const calls = origin.count('product');
    for (let round = 0; round < 30; round++)
      expect((await gateway.query(KETTLE)).cacheStatus).toMatch(/^hit; ttl=-\d+; detail=expired$/);
    expect(origin.count('product') - calls).toBeLessThan(5);
  });

  it('P03 does not let a background refresh in flight at a purge restore what was purged', async () => {
    const world = await start(30);
    const { origin, gateway } = world;
    await filledAndExpired(world);
    const held = origin.hold('product');
    expect((await gateway.query(KETTLE)).cacheStatus).toMatch(/detail=expired/);
    await held.arrived;
    await gateway.query(RENAME);
    // The refresh has read the old name, and ends now.
    held.release();
    for (let round = 0; round < 5; round++) {
      expect((await gateway.query(KETTLE)).data.product.name).toBe('Renamed');
    }
  });

  it('P22 does not serve stale what was purged', async () => {
    const world = await start(30);
    await filledAndExpired(world);
    await world.gateway.query(RENAME);
    const answer = await world.gateway.query(KETTLE);
    expect(answer.cacheStatus).toBe('fwd=stale; stored; detail=purged');
    expect(answer.data.product.name).toBe('Renamed');
  });

  it('P22 serves stale what was purged softly, and refreshes it', async () => {
    const { origin, gateway } = await start(3600);
    await gateway.query(KETTLE);
    origin.change((data) => void (data.products[0]!.name = 'Renamed'));
    const purged = await fetch(`${gateway.adminUrl}/purge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tags: ['Product:1'], soft: true }),
    });
    expect(purged.status).toBe(200);
    const stale = await gateway.query(KETTLE);
    expect(stale.cacheStatus).toMatch(/^hit; ttl=-?\d+; detail=purged$/);
    expect(stale.data.product.name).toBe('Kettle');
    await until(
      'the refresh is stored',
      async () => (await gateway.query(KETTLE)).data.product.name === 'Renamed',
    );
  });
});

describe('a soft purge and a client that presents a token', () => {
  async function softlyPurged(env: Record<string, string> = {}) {
    const world = await start(3600, env);
    const { origin, gateway } = world;
    const present = async (token: string) => gateway.query(KETTLE, { headers: { 'lastmile-token': token } });
    const earlier = (await gateway.query('mutation { likeProduct(id: "1") { id } }')).token!;
    await gateway.query(KETTLE);
    expect((await gateway.query(KETTLE)).cacheStatus).toMatch(/^hit/);
    origin.change((data) => void (data.products[0]!.name = 'Renamed'));
    const purged = await fetch(`${gateway.adminUrl}/purge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tags: ['Product:1'], soft: true }),
    });
    const { position } = (await purged.json()) as { position: string };
    return { ...world, present, earlier, position };
  }

  it('P07 P08 is a miss for whoever has seen what it was for', async () => {
    const { gateway, present, position } = await softlyPurged();
    const answer = await present(position);
    expect(answer.data.product.name).toBe('Renamed');
    expect(answer.cacheStatus).toBe('fwd=stale; stored; detail=purged');
    expect((await gateway.query(KETTLE)).cacheStatus).toMatch(/^hit; ttl=\d+$/);
  });

  it('is served stale to whoever has not', async () => {
    const { present, earlier } = await softlyPurged();
    const answer = await present(earlier);
    expect(answer.data.product.name).toBe('Kettle');
    expect(answer.cacheStatus).toMatch(/^hit; .*detail=purged$/);
  });

  it('P08 is a miss also where only Redis has the entry, and for one of several who wait', async () => {
    const redis = cleanup.add(await startPrimary());
    const way = cleanup.add(await startLink(redis.port));
    const url = `redis://127.0.0.1:${way.port}`;
    const env = { REDIS_URL: redis.url, CACHE_REDIS_URL: url, REDIS_TIMEOUT_MS: '5000' };
    const { gateway, present, position } = await softlyPurged({ ...env, MEMORY_CACHE_BYTES: '0' });
    await fetch(`${gateway.adminUrl}/position?reached=${position}&within=5000`);
    // Long enough for the others to come while the first waits for Redis.
    way.delay(100);
    const answers = await Promise.all([gateway.query(KETTLE), present(position), present(position)]);
    expect(answers.map(({ data }) => data.product.name)).toEqual(['Kettle', 'Renamed', 'Renamed']);
  });

  it('P22 does not stand in when upstream fails, for whoever has seen what it was for', async () => {
    const { origin, gateway, present, position } = await softlyPurged({ STALE_IF_ERROR: '7200' });
    origin.fail('500', 1);
    const answer = await present(position);
    expect(answer.errors).toBeDefined();
    expect(answer.text).not.toContain('Kettle');
    expect((await gateway.query(KETTLE)).data.product.name).toBe('Kettle');
  });
});

describe('stale if error', () => {
  it.each(['500', 'destroy', 'html'] as const)(
    'serves what expired when upstream fails: %s',
    async (fault) => {
      const world = await start(0, { STALE_IF_ERROR: '60' });
      await filledAndExpired(world);
      world.origin.fail(fault, 1);
      const stale = await world.gateway.query(KETTLE);
      expect(stale.cacheStatus).toMatch(/^hit; ttl=-\d+; detail=error$/);
      expect(stale.data.product.name).toBe('Kettle');
      expect((await world.gateway.query(KETTLE)).cacheStatus).toBe('fwd=stale; stored; detail=expired');
    },
  );

  it.each([500, 502, 503, 504])('serves what expired when upstream says %i in GraphQL', async (status) => {
    const world = await start(0, { STALE_IF_ERROR: '60' });
    await filledAndExpired(world);
    world.origin.answerStatus = status;
    world.origin.fail('errors', 1);
    const stale = await world.gateway.query(KETTLE);
    expect(stale.cacheStatus).toMatch(/^hit; ttl=-\d+; detail=error$/);
    expect(stale.data.product.name).toBe('Kettle');
    // RFC 5861 4 goes by the status, whatever the answer holds.
    world.origin.change((data) => void (data.products[0]!.name = 'Emergency'));
    expect((await world.gateway.query(KETTLE)).data.product.name).toBe('Kettle');
    world.origin.answerStatus = undefined;
    const fresh = await world.gateway.query(KETTLE);
    expect(fresh.cacheStatus).toBe('fwd=stale; stored; detail=expired');
    expect(fresh.data.product.name).toBe('Emergency');
  });

  it.each([200, 400, 401, 403, 404, 429, 501])('passes on what upstream refuses: %i', async (status) => {
    const world = await start(0, { STALE_IF_ERROR: '60' });
    await filledAndExpired(world);
    world.origin.answerStatus = status;
    world.origin.fail('errors');
    const refused = await world.gateway.query(KETTLE);
    expect(refused.cacheStatus).toBe('fwd=stale; detail=error');
    expect(refused.errors?.[0]?.message).toBe('the shop is closed');
  });

  it('holds where nothing can be proven, for everybody who waits', async () => {
    const redis = cleanup.add(await startPrimary());
    const world = await start(0, { STALE_IF_ERROR: '60', REDIS_URL: redis.url, PROBE_INTERVAL_MS: '100' });
    const { origin, gateway } = world;
    await filledAndExpired(world);
    await redis.stop();
    await until('nothing is proven any more', async () =>
      (await gateway.query(KETTLE)).cacheStatus.endsWith('detail=unproven'),
    );
    origin.answerStatus = 503;
    origin.fail('errors');
    const all = await Promise.all([1, 2, 3].map(() => gateway.query(KETTLE)));
    for (const { cacheStatus, data } of all) {
      expect(cacheStatus).toMatch(/^hit; ttl=-?\d+; detail=error$/);
      expect(data.product.name).toBe('Kettle');
    }
    // A client that has seen more than the region is shown no entry: a purge of what is in it may be among that.
    const position = (await (await fetch(`${gateway.adminUrl}/position`)).json()) as { position: string };
    const [epoch, seq] = position.position.split('-').map(Number);
    const shown = async (token: string) =>
      (await gateway.query(KETTLE, { headers: { 'lastmile-token': token } })).cacheStatus;
    expect(await shown(`${epoch}-${seq! + 1}`)).toBe('fwd=bypass; detail=unproven');
    expect(await shown(`${epoch! + 1}-0`)).toBe('fwd=bypass; detail=unproven');
    expect(await shown(`${epoch}-${seq}`)).toMatch(/^hit; .*detail=error$/);
  });

  it('P22 does not serve what was purged when upstream fails', async () => {
    const world = await start(0, { STALE_IF_ERROR: '60' });
    const { origin, gateway } = world;
    await gateway.query(KETTLE);
    await gateway.query(RENAME);
    origin.fail('500', 1);
    const answer = await gateway.query(KETTLE);
    expect(answer.errors).toBeDefined();
    expect(answer.text).not.toContain('Kettle');
  });

  it('passes the error on where it is not allowed', async () => {
    const world = await start(0);
    await filledAndExpired(world);
    world.origin.fail('500', 1);
    expect((await world.gateway.query(KETTLE)).errors).toBeDefined();
  });
});
