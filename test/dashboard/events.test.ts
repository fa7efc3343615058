import type { PassedView, PurgeView, View } from '../../src/dashboard/view';
import { cleanupAfterAll } from '../kit/cleanup';
import { openEvents } from '../kit/events';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startServing } from '../kit/lastmile';
import { startOrigin, type Origin } from '../kit/origin';
import { startRedis } from '../kit/redis-server';
import { shopTypes } from '../kit/shop-schema';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();
const KETTLE = 'query Kettle { product(id: "1") { name } }';
const RENAME = 'mutation Rename { renameProduct(id: "1", name: "Renamed") { id } }';
const TOKEN = 'token-of-tests';

let origin: Origin;
let gateway: GatewayProcess;

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, WARM: '1' }));
});

const admin = async (path: string, init?: RequestInit): Promise<any> =>
  // eslint-disable-line -- of every shape
  (await fetch(`${gateway.adminUrl}${path}`, init)).json();

describe('the events of the admin port', () => {
  it('tell what operations became, by name', async () => {
    const events = cleanup.add(await openEvents(gateway.adminUrl));
    await events.next<View>('view', () => true);
    await gateway.query(KETTLE);
    await gateway.query(KETTLE);
    const view = await events.next<View>('view', ({ answers }) => answers.count === 2);
    expect(view).toMatchObject({ region: 'local', workers: 1, answers: { hitRate: 0.5, highestHitRate: 1 } });
    expect(view.operations).toEqual([
      expect.objectContaining({
        name: 'Kettle',
        hits: 1,
        misses: 1,
        reasons: [['absent', 1]],
        isKnown: true,
      }),
    ]);
    expect(view.reasons[0]).toMatchObject({ reason: 'absent', operations: ['Kettle'] });
    expect(view.regions).toEqual([
      expect.objectContaining({
        name: 'local',
        isHere: true,
        isPrimary: true,
        state: 'proven',
        hitRate: 0.5,
      }),
    ]);
    expect(view.memory.entries).toBeGreaterThan(0);
  });

  it('tell of a purge at once, with its tags and who caused it', async () => {
    const events = cleanup.add(await openEvents(gateway.adminUrl));
    await events.next<View>('view', () => true);
    await gateway.query(RENAME);
    const isOfRename = ({ cause }: PurgeView) => cause === 'Mutation.renameProduct';
    expect((await events.next<PurgeView>('purge', isOfRename)).tags).toContain('Product:1');
    await events.next<PurgeView>('purge', (purge) => isOfRename(purge) && purge.arrivals['local'] === 0);
    await admin('/purge', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"tags":["Product:2"],"soft":true}',
    });
    const second = await events.next<PurgeView>('purge', ({ cause }) => cause === 'purge API');
    expect(second).toMatchObject({ tags: ['Product:2'], isSoft: true });
  });

  it('tell of each operation as it passes where that is asked for', async () => {
    const events = cleanup.add(await openEvents(gateway.adminUrl, { search: '?show=operations' }));
    await gateway.query('{ categories { id } }');
    await gateway.query('{ nonsense }');
    const passed = async (name: string) =>
      (
        await events.next<PassedView>('operations', ({ operations }) =>
          operations.some((each) => each.name === name),
        )
      ).operations;
    expect(await passed('{ categories }')).toContainEqual(
      expect.objectContaining({
        name: '{ categories }',
        kind: 'query',
        outcome: 'miss',
        reason: 'absent',
        stored: true,
      }),
    );
    expect(await passed('(not valid)')).toContainEqual(expect.objectContaining({ reason: 'invalid' }));
    expect(events.all('view')).toEqual([]);
  });

  it('have a second reader find what the first one saw', async () => {
    const first = cleanup.add(await openEvents(gateway.adminUrl));
    await gateway.query(KETTLE);
    await first.next<View>('view', ({ operations }) => operations.some(({ name }) => name === 'Kettle'));
    const second = cleanup.add(await openEvents(gateway.adminUrl));
    const view = await second.next<View>('view', () => true);
    expect(view.operations.map(({ name }) => name)).toContain('Kettle');
  });

  it('tell what was filled before it was asked for, and whether anyone came for it', async () => {
    const events = cleanup.add(await openEvents(gateway.adminUrl));
    for (let each = 0; each < 12; each++) await gateway.query(KETTLE);
    const before = (await events.next<View>('view', () => true)).warming;
    await gateway.query(RENAME);
    await events.next<View>('view', ({ warming }) => warming.asked === before.asked + 1);
    await gateway.query(KETTLE);
    // Whether it was used is told when it goes.
    await gateway.query(RENAME);
    const { warming } = await events.next<View>('view', (view) => view.warming.used === before.used + 1);
    expect(warming.wasted).toBe(before.wasted);
  });

  it('refuse what is none of theirs', async () => {
    expect((await fetch(`${gateway.adminUrl}/events?show=all`)).status).toBe(400);
    expect((await fetch(`${gateway.adminUrl}/events`, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${gateway.adminUrl}/entries`)).status).toBe(400);
  });
});

describe('what an operation and a tag are about', () => {
  it('is explained of an operation that has passed, as lastmile explain does', async () => {
    const events = cleanup.add(await openEvents(gateway.adminUrl));
    await gateway.query(KETTLE);
    await events.next<View>('view', ({ operations }) => operations.some(({ name }) => name === 'Kettle'));
    const { text, document } = await admin('/explain?operation=Kettle');
    expect(document).toContain('query Kettle');
    expect(text).toContain('query Kettle: kept for all clients');
    expect(await admin('/explain?operation=Unknown')).toMatchObject({ error: { code: 'BAD_LOOK' } });
  });

  it('is the entries here that a purge of it would refuse, and does', async () => {
    await gateway.query('query Found { product(id: "2") { name } }');
    const before = await admin('/entries?tag=Product:2');
    expect(before).toMatchObject({ tags: ['Product:2'], count: 1, fresh: 1 });
    expect(before.entries[0]).toMatchObject({
      verdict: 'fresh',
      isPrivate: false,
      bytes: expect.any(Number),
    });
    expect(before.entries[0].tags).toContain('Product:2');
    expect(JSON.stringify(before)).not.toContain('Kettle');
    expect((await admin('/entries?tag=Product')).count).toBeGreaterThanOrEqual(1);
    // RFC 3986 3.4: a query may hold what began it.
    expect((await admin('/entries?tag=Product:2?x')).tag).toBe('Product:2?x');
    await admin('/purge', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"tags":["Product:2"]}',
    });
    const after = await admin('/entries?tag=Product:2');
    expect(after).toMatchObject({
      count: 1,
      fresh: 0,
      entries: [expect.objectContaining({ verdict: 'purged' })],
    });
  });
});

it('lets nobody look without the token, nor in production without one', async () => {
  const guarded = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ADMIN_TOKEN: TOKEN }));
  const production = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, NODE_ENV: 'production' }));
  for (const { adminUrl } of [guarded, production]) {
    for (const path of ['/events', '/entries?tag=Product', '/explain?operation=Kettle'])
      expect((await fetch(adminUrl + path)).status).toBe(401);
    expect((await fetch(adminUrl)).status).toBe(200);
  }
  cleanup.add(await openEvents(guarded.adminUrl, { headers: { authorization: `Bearer ${TOKEN}` } }));
});

it('ends its streams when it is stopped', async () => {
  const other = await startGateway({ UPSTREAM_URL: origin.url });
  const response = await fetch(`${other.adminUrl}/events`);
  await other.stop();
  expect(await response.text()).toContain('event: view');
});

it('shows all processes of a machine', async () => {
  const redis = cleanup.add(await startRedis());
  const env = { UPSTREAM_URL: origin.url, WORKERS: '2', REDIS_URL: redis.url };
  const several = cleanup.add(await startServing(env, { schema: shopTypes }));
  const events = cleanup.add(await openEvents(several.adminUrl, { search: '?show=operations' }));
  const numbers = cleanup.add(await openEvents(several.adminUrl));
  const ask = () =>
    fetch(several.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ query: KETTLE }),
    });
  let asked = 0;
  await until('two processes have answered', async () => {
    await (await ask()).text();
    asked++;
    const { count } = (await (await fetch(`${several.adminUrl}/entries?tag=Product:1`)).json()) as {
      count: number;
    };
    return count === 2;
  });
  const view = await numbers.next<View>('view', ({ answers }) => answers.count === asked);
  expect(view).toMatchObject({ workers: 2 });
  await until('each operation was told', () => {
    const all = events.all<PassedView>('operations').flatMap(({ operations }) => operations);
    return all.length === asked;
  });
  await (
    await fetch(several.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: RENAME }),
    })
  ).text();
  await numbers.next<PurgeView>('purge', ({ cause }) => cause === 'Mutation.renameProduct');
});
