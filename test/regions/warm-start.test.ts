import { createLog } from '../../src/report/log';
import { Cleanup, cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { CHANGE, forEach, RARE, rareShop, SHOW, startRegions, type Regions } from '../kit/regions';
import { until } from '../kit/until';
import { warmed } from '../kit/warmed';

const cleanup = new Cleanup();
afterAll(() => cleanup.run());
/** Of gateways: each would write its list until it ends. */
const ofTest = cleanupAfterEach();

const IDS = ['1', '2', '3'];

let regions: Regions<'iad'>;
beforeAll(async () => {
  regions = cleanup.add(
    await startRegions({
      regions: ['iad'],
      separateCache: true,
      data: rareShop(),
      // So long a window has each gateway write its list when it ends, and not while a test replaces it.
      env: { WARM: '1', WARM_UPSTREAM_RPS: '20', WARM_WINDOW_MS: '3600000' },
    }),
  );
});

/** Asks for products so often that they are hot. */
async function heat(gateway: GatewayProcess, ids = IDS): Promise<void> {
  for (let each = 0; each < 6; each++) await forEach(ids, (id) => gateway.query(SHOW, { variables: { id } }));
}

/** A gateway that had these hot, and has ended. */
async function former(ids = IDS): Promise<void> {
  const gateway = await regions.iad.addGateway();
  await heat(gateway, ids);
  await gateway.stop();
}

async function entries({ adminUrl }: GatewayProcess): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  return Number(/^lastmile_memory_entries\{.*\} (\d+)$/m.exec(text)?.[1]);
}

/** Takes all entries from the region's Redis, and leaves the list of what was hot. */
async function loseEntries(): Promise<void> {
  const client = regions.iad.cache.client();
  for (const key of await client.keys('c:*')) if (!key.startsWith('c:h:')) await client.del(key);
  client.disconnect();
}

it('P97 has in memory, after a start, what the process before it was asked most for', async () => {
  await former();
  const { iad, origin } = regions;
  const calls = origin.count('product');
  const gateway = ofTest.add(await iad.addGateway());
  await until('memory is filled from Redis', async () => (await entries(gateway)) >= IDS.length);
  for (const id of IDS)
    expect((await gateway.query(SHOW, { variables: { id } })).cacheStatus).toMatch(/^hit/);
  expect(origin.count('product')).toBe(calls);
});

it('P97 asks upstream for what is in Redis no more, so many a second', async () => {
  await former();
  await loseEntries();
  const { iad, origin } = regions;
  const calls = origin.count('product');
  const began = performance.now();
  const gateway = ofTest.add(await iad.addGateway());
  const isFilled = async (): Promise<boolean> => ((await warmed(gateway))['stored'] ?? 0) >= IDS.length;
  await until('all was filled', isFilled);
  // Two turns of 50 ms lie between three.
  expect(performance.now() - began).toBeGreaterThan(95);
  const counted = origin.count('product');
  expect(counted - calls).toBe(IDS.length);
  for (const id of IDS)
    expect((await gateway.query(SHOW, { variables: { id } })).cacheStatus).toMatch(/^hit/);
  expect(origin.count('product')).toBe(counted);
});

it('P97 fills again what a new run of the log made distrusted', async () => {
  const { iad, primary } = regions;
  const gateway = ofTest.add(await iad.addGateway());
  await heat(gateway, ['1']);
  const before = (await warmed(gateway))['stored'] ?? 0;
  const client = primary.client();
  await client.del('purges');
  client.disconnect();
  const stored = async (): Promise<number> => (await warmed(gateway))['stored'] ?? 0;
  const found = async (): Promise<number> => (await warmed(gateway))['found'] ?? 0;
  await until('it was filled again', async () => (await stored()) + (await found()) > before);
  await until('it is served from memory', async () =>
    (await gateway.query(SHOW, { variables: { id: '1' } })).cacheStatus.startsWith('hit'),
  );
});

it('says that it is ready when what was hot is filled, or when it has waited long enough', async () => {
  await former();
  await loseEntries();
  const { iad, origin } = regions;
  const held = origin.hold('product');
  const start = (startMs: string): Promise<GatewayProcess> =>
    startGateway({ ...iad.env, WARM_START_MS: startMs }, { awaitReady: false });
  const isReady = async ({ adminUrl }: GatewayProcess): Promise<boolean> =>
    (await fetch(`${adminUrl}/health/ready`)).status === 200;
  const patient = ofTest.add(await start('600000'));
  const hasty = ofTest.add(await start('100'));
  await held.arrived;
  await hasty.ready();
  expect(await isReady(patient)).toBe(false);
  held.release();
  await patient.ready();
});

it('P67 takes no list that none of its gateways wrote', async () => {
  const { iad } = regions;
  await former();
  const client = iad.cache.client();
  const sealed = (await client.get('c:h:hot'))!;
  const forged = sealed.replaceAll('name version', 'name likes');
  expect(forged).not.toBe(sealed);
  await client.set('c:h:hot', forged);
  await loseEntries();
  const gateway = ofTest.add(
    await startGateway({ ...iad.env, WARM_START_MS: '60000' }, { log: createLog('silent', false) }),
  );
  // Of this one alone: the region's other gateway may still fill what the new run of the log took from it.
  expect(await warmed(gateway)).toEqual({});
  client.disconnect();
});

it('P97 hands over to a process that starts while the one before it still serves', async () => {
  const { iad, origin } = regions;
  const ids = RARE.slice(0, 60);
  // It writes its list each second.
  const before = await iad.addGateway({ WARM_WINDOW_MS: '6000' });
  await heat(before, ids);
  const client = iad.cache.client();
  await client.del('c:h:hot');
  await until('its list is written', () => client.exists('c:h:hot'));
  client.disconnect();
  const calls = origin.count('product');
  const gateway = ofTest.add(await iad.addGateway({ WARM_START_MS: '600000' }));
  const changed = await before.query(CHANGE, { variables: { id: ids[0] } });
  await before.stop();
  expect(await entries(gateway)).toBeGreaterThanOrEqual(ids.length);
  const first = await gateway.query(SHOW, {
    variables: { id: ids[0] },
    headers: { 'lastmile-token': changed.token! },
  });
  expect(first.data.product.version).toBe(changed.data.likeProduct.version);
  const afterChange = origin.count('product');
  for (const id of ids.slice(1))
    expect((await gateway.query(SHOW, { variables: { id } })).cacheStatus).toMatch(/^hit/);
  // What was changed is asked for by either of the two; the rest was there.
  expect(afterChange - calls).toBeLessThan(10);
  expect(origin.count('product')).toBe(afterChange);
});
