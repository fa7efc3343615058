/** Purges sent on to a CDN in front, by Fastly's and by Cloudflare's API as they document it. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ALL_KEY } from '../../src/purge/cdn-keys';
import { cleanupAfterEach } from '../kit/cleanup';
import { CDN_TOKEN, startCdn, type Cdn, type CdnKind } from '../kit/cdn';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startServing } from '../kit/lastmile';
import { takeDownLog } from '../kit/log';
import { startOrigin } from '../kit/origin';
import { startPrimary } from '../kit/redis-region';
import { shopTypes } from '../kit/shop-schema';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();
const NAMES = '{ products { name } }';
const RENAME = 'mutation Rename($name: String!) { renameProduct(id: "1", name: $name) { id } }';
/** So that what is sent again is sent soon. */
const SOON = { FRESHNESS_BOUND_MS: '600', PROBE_INTERVAL_MS: '200', LOG_LEVEL: 'silent' };

interface Started {
  readonly cdn: Cdn;
  readonly gateway: GatewayProcess;
  readonly rename: (name: string) => Promise<unknown>;
}

async function start(kind: CdnKind = 'surrogate-key', env: Record<string, string> = {}): Promise<Started> {
  const origin = cleanup.add(await startOrigin());
  let port = 0;
  const cdn = cleanup.add(await startCdn(kind, () => port));
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...SOON, ...cdn.env, ...env }));
  port = gateway.port;
  const rename = (name: string) => gateway.query(RENAME, { variables: { name } });
  return { cdn, gateway, rename };
}

const metricsOf = async (gateway: GatewayProcess): Promise<string> =>
  (await fetch(`${gateway.adminUrl}/metrics`)).text();

const keysWaiting = async (gateway: GatewayProcess): Promise<number> =>
  Number(/^lastmile_cdn_keys_waiting\S* (\d+)$/m.exec(await metricsOf(gateway))?.[1]);

const timesOf = (cdn: Cdn, key: string): number => cdn.purged.flat().filter((each) => each === key).length;

describe.each(['surrogate-key', 'cache-tag'] as const)('a CDN by %s', (kind) => {
  it('answers from its copy until that is purged, and then as the gateway does', async () => {
    const { cdn, rename } = await start(kind);
    await until('what was before is purged', () => timesOf(cdn, ALL_KEY) > 0);
    // Each purge is sent again a little later.
    const copy = await until('it has a copy', async () => {
      const got = await cdn.get(NAMES);
      return got.hit && got;
    });
    expect(copy.data).toMatchObject({ products: [{ name: 'Kettle' }, {}, {}, {}, {}, {}] });
    await rename('Urn');
    const fresh = await until('its copy has gone', async () => {
      const got = await cdn.get(NAMES);
      return !got.hit && got;
    });
    expect(fresh.data.products[0].name).toBe('Urn');
    await until('it has a copy again', async () => (await cdn.get(NAMES)).hit);
    expect(cdn.refused).toBe(0);
  });

  it('is told of everything, of many at once, and in calls as large as it takes', async () => {
    const { cdn, gateway } = await start(kind);
    await until('what was before is purged', () => timesOf(cdn, ALL_KEY) > 1);
    await cdn.get(NAMES);
    const tags = Array.from({ length: 600 }, (_, at) => `Product:${at}`);
    const purge = (body: object) =>
      fetch(`${gateway.adminUrl}/purge`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await purge({ tags })).status).toBe(200);
    await until('all of them were sent', () => cdn.purged.flat().length >= 600);
    expect(cdn.refused).toBe(0);
    await until('its copy has gone', async () => !(await cdn.get(NAMES)).hit);
    await until('it has a copy', async () => (await cdn.get(NAMES)).hit);
    expect((await purge({ all: true })).status).toBe(200);
    await until('its copy has gone', async () => !(await cdn.get(NAMES)).hit);
  });
});

describe('purges of a CDN', () => {
  it('are sent again once no gateway can serve any more what they made untrue', async () => {
    const { cdn, rename } = await start();
    await until('what was before is purged, and again', () => timesOf(cdn, ALL_KEY) === 2);
    await rename('Urn');
    await until('it was told', () => cdn.purged.length > 2);
    const [key] = cdn.purged.at(-1)!;
    const told = timesOf(cdn, key!);
    await until('it was told again', () => timesOf(cdn, key!) > told);
    expect(timesOf(cdn, ALL_KEY)).toBe(2);
  });

  it('are tried until they are taken, and the log says why they are not', async () => {
    const { log, lines } = takeDownLog('warn');
    const origin = cleanup.add(await startOrigin());
    const cdn = cleanup.add(await startCdn('cache-tag', () => 0));
    cdn.refusing = { status: 503 };
    const gateway = cleanup.add(
      await startGateway({ UPSTREAM_URL: origin.url, ...SOON, ...cdn.env }, { log }),
    );
    await until('it has refused', () => cdn.refused > 0);
    await gateway.query(RENAME, { variables: { name: 'Urn' } });
    const warned = await until('the log says so', () =>
      lines.find(({ msg }) => msg.includes('the purge API of the CDN')),
    );
    expect(warned.msg).toContain('it answered 503');
    expect(warned['remedy']).toContain('CDN_PURGE_URL');
    expect(JSON.stringify(lines)).not.toContain(CDN_TOKEN);
    cdn.refusing = { status: 429, headers: { 'retry-after': '1' } };
    const before = cdn.refused;
    await until('it has refused again', () => cdn.refused > before);
    cdn.refusing = undefined;
    await until('it was told', () => cdn.purged.length > 0);
    await until('nothing waits', async () => (await keysWaiting(gateway)) === 0);
    expect(await metricsOf(gateway)).toMatch(/lastmile_cdn_purges_total\{outcome="failed"[^}]*\} [1-9]/);
  });

  it('are said to wait until they are taken, also while they are sent', async () => {
    const { cdn, gateway, rename } = await start();
    await until('what was before is purged', () => timesOf(cdn, ALL_KEY) > 0);
    let answer!: () => void;
    cdn.holding = new Promise<void>((resolve) => (answer = resolve));
    const before = cdn.asked;
    await rename('Urn');
    await until('it is told', () => cdn.asked > before);
    expect(await keysWaiting(gateway)).toBeGreaterThan(0);
    answer();
    await until('nothing waits', async () => (await keysWaiting(gateway)) === 0);
  });

  it('says that the token is refused', async () => {
    const { log, lines } = takeDownLog('warn');
    const origin = cleanup.add(await startOrigin());
    const cdn = cleanup.add(await startCdn('surrogate-key', () => 0));
    cleanup.add(
      await startGateway({ UPSTREAM_URL: origin.url, ...SOON, ...cdn.env, CDN_TOKEN: 'another' }, { log }),
    );
    const warned = await until('the log says so', () =>
      lines.find(({ msg }) => msg.includes('it answered 401')),
    );
    expect(warned.msg).toContain('Provided credentials are missing or invalid');
  });

  it('purge all when the schema changes, and when the cache is switched off', async () => {
    const { cdn, gateway } = await start();
    await until('what was before is purged, and again', () => timesOf(cdn, ALL_KEY) === 2);
    await appendFile(join(gateway.folder, 'schema.graphql'), 'extend type Query { another: Int }');
    await fetch(`${gateway.adminUrl}/reload`, { method: 'POST' });
    await until('it is purged, and again', () => timesOf(cdn, ALL_KEY) === 4);
    await fetch(`${gateway.adminUrl}/cache`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"serve":false}',
    });
    await until('it is purged', () => timesOf(cdn, ALL_KEY) === 5);
    expect((await cdn.get(NAMES)).headers['surrogate-key']).toBeUndefined();
    expect((await cdn.get(NAMES)).hit).toBe(false);
  });

  it('are sent by one gateway of the primary region, and then by another', async () => {
    const redis = cleanup.add(await startPrimary());
    const first = await start('surrogate-key', { REDIS_URL: redis.url, REGION: 'iad' });
    const { cdn } = first;
    await until('the first has begun', () => timesOf(cdn, ALL_KEY) === 2);
    const common = { UPSTREAM_URL: first.gateway.url, REDIS_URL: redis.url, ...SOON, ...cdn.env };
    const second = cleanup.add(await startGateway({ ...common, REGION: 'iad' }));
    const away = { PRIMARY_REGION: 'iad', PRIMARY_URL: first.gateway.url };
    cleanup.add(await startGateway({ ...common, ...away, REGION: 'syd' }));
    await first.rename('Urn');
    await until('it was told twice', () => cdn.purged.length >= 4);
    const keys = cdn.purged.slice(2).flat();
    // Each key once now, and once again.
    for (const key of new Set(keys))
      expect(keys.filter((each) => each === key).length).toBeLessThanOrEqual(2);
    expect(timesOf(cdn, ALL_KEY)).toBe(2);
    await first.gateway.stop();
    await until('another has begun', () => timesOf(cdn, ALL_KEY) > 2);
    void second;
  });

  it('are sent by one of several processes that share the port', async () => {
    const [origin, redis] = await Promise.all([startOrigin(), startPrimary()]);
    cleanup.add(origin);
    cleanup.add(redis);
    const cdn = cleanup.add(await startCdn('surrogate-key', () => 0));
    const gateway = cleanup.add(
      await startServing(
        { UPSTREAM_URL: origin.url, REDIS_URL: redis.url, WORKERS: '2', ...SOON, ...cdn.env },
        { schema: shopTypes },
      ),
    );
    await until('what was before is purged, and again', () => timesOf(cdn, ALL_KEY) === 2);
    const made = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: RENAME, variables: { name: 'Urn' } }),
    });
    expect(made.headers.get('lastmile-token')).not.toBeNull();
    await until('it was told twice', () => cdn.purged.length >= 4);
    expect(cdn.purged.slice(2).map((keys) => keys.toSorted())).toEqual([
      cdn.purged[2]!.toSorted(),
      cdn.purged[2]!.toSorted(),
    ]);
    expect(timesOf(cdn, ALL_KEY)).toBe(2);
  });
});
