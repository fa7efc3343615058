import { cleanupAfterAll } from '../kit/cleanup';
import { runCommand } from '../kit/command';
import { startRegions, type Regions, type TestRegion } from '../kit/regions';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();
const OFF = 'fwd=bypass; detail=off';
const RENAME = 'mutation { renameProduct(id: "2", name: "Renamed") { id } }';

async function order(region: TestRegion, body?: object): Promise<{ status: number; json: any }> {
  const response = await fetch(`${region.gateway.adminUrl}/cache`, {
    ...(body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  return { status: response.status, json: await response.json() };
}

const hears = (region: TestRegion, serve: boolean, without: readonly string[] = []) =>
  until(`${region.name} hears that it is ${serve ? 'on' : 'off'} without ${without.join()}`, async () => {
    const { json } = await order(region);
    return json.serve === serve && String(json.without) === String(without);
  });

describe('the switch, where gateways ask the primary only when something wakes them', () => {
  let regions: Regions<'iad' | 'syd'>;
  beforeAll(async () => {
    regions = cleanup.add(
      await startRegions({
        regions: ['iad', 'syd'],
        env: { PROBE_INTERVAL_MS: '1000000', FRESHNESS_BOUND_MS: '3000000' },
      }),
    );
  });
  afterEach(async () => {
    await order(regions.iad, { serve: true });
    for (const region of regions.all) await hears(region, true);
  });

  it('P91 sends every region past the cache at once, and back', async () => {
    const { iad, syd, origin } = regions;
    for (const region of regions.all) await region.warm(['1']);
    expect(await order(syd, { serve: false })).toMatchObject({
      status: 200,
      json: { region: 'syd', serve: false, acknowledged: true },
    });
    await hears(iad, false);
    const before = origin.count('product');
    for (const region of regions.all) {
      for (const again of [1, 2]) expect([again, (await region.show('1')).cacheStatus]).toEqual([again, OFF]);
      const only = await region.query('query Show($id: ID!) { product(id: $id) { name version } }', {
        variables: { id: '1' },
        headers: { 'cache-control': 'only-if-cached' },
      });
      expect(only.status).toBe(504);
    }
    expect(origin.count('product') - before).toBe(4);
    await order(iad, { serve: true });
    await hears(syd, true);
    expect((await syd.show('1')).cacheStatus).toMatch(/^hit/);
  });

  it('P91 purges the same while it is off', async () => {
    const { iad, syd } = regions;
    await syd.serves('{ product(id: "2") { name } }');
    await order(iad, { serve: false });
    await hears(syd, false);
    const { token } = await iad.query(RENAME);
    await syd.reaches(token);
    await order(iad, { serve: true });
    await hears(syd, true);
    const answer = await syd.query('{ product(id: "2") { name } }');
    expect([answer.cacheStatus, answer.data.product.name]).toEqual([
      expect.stringContaining('detail=purged'),
      'Renamed',
    ]);
  });

  it('P91 is off for a gateway that starts later, from its first answer on', async () => {
    const { iad, syd } = regions;
    await syd.warm(['3']);
    await order(iad, { serve: false });
    const another = await syd.addGateway();
    try {
      expect((await another.query('{ __typename }')).status).toBe(200);
      const { cacheStatus } = await another.query(
        'query Show($id: ID!) { product(id: $id) { name version } }',
        {
          variables: { id: '3' },
        },
      );
      expect(cacheStatus).toBe(OFF);
    } finally {
      await another.stop();
    }
  });

  it('keeps out operations by name, and leaves them out when all is switched on', async () => {
    const { iad, syd } = regions;
    await syd.warm(['1']);
    await order(iad, { serve: false, operations: ['Sho*'] });
    await hears(syd, true, ['Sho*']);
    await order(iad, { serve: true });
    expect((await syd.show('1')).cacheStatus).toBe('fwd=bypass; detail=excluded');
    await syd.serves('query Other { product(id: "1") { name version } }');
    await order(iad, { serve: true, operations: ['Sho*'] });
    await hears(syd, true);
    expect((await syd.show('1')).cacheStatus).toMatch(/^hit/);
  });

  it('is thrown by command, which waits for each region and says who has not heard of it', async () => {
    const urls = regions.all.map(({ name, gateway }) => `${name}=${gateway.adminUrl}`);
    const env = { REGION_URLS: urls.join(',') };
    const { adminUrl } = regions.syd.gateway;
    const cache = (...args: string[]) => runCommand(['cache', ...args, '--url', adminUrl], env);
    expect(await cache('off', '--wait')).toMatchObject({
      status: 0,
      output: 'off\n  iad  off\n  syd  off\n',
    });
    expect((await cache()).output).toBe('off\n  iad  off\n  syd  off\n');
    expect((await cache('on', '--wait', '--json')).output).toMatch(/"serve":true.*"reached":true/);
    expect((await cache('off', 'Show', '--wait')).output).toMatch(/^on, but off for Show\n/);
    expect((await cache('on', 'Show', '--wait')).status).toBe(0);
    await cache('off', 'Sho*');
    expect((await cache('on', 'Show')).errors).toContain(
      "Show stays off by Sho*. To switch that on, say: lastmile cache on 'Sho*'",
    );
    expect((await cache('on', 'Sho*')).errors).toBe('');
    await cache('off');
    expect((await cache('on', 'Show')).errors).toMatch(/off for all operations.*lastmile cache on$/m);
    expect((await cache('on')).errors).toBe('');
    const away = await cache('--region', 'lhr=http://127.0.0.1:9');
    expect([away.status, away.output]).toEqual([1, expect.stringMatching(/lhr {2}http:.* did not answer/)]);
  });

  it.each([
    [['of'], /Say on or off/],
    [['off', 'a b'], /no name of an operation/],
    [['off', '--url', 'x'], /no.*URL|not an http/],
    [['off', '--within', 'x'], /whole number/],
    [['--region', 'x'], /name=URL/],
    [['--nope'], /nope/],
  ])('refuses %j', async (args, problem) => {
    const { status, errors } = await runCommand(['cache', ...args]);
    expect([status, errors]).toEqual([2, expect.stringMatching(problem)]);
  });

  it.each([
    [{ serve: 'no' }, 400],
    [{}, 400],
    [{ serve: false, operation: ['A'] }, 400],
    [{ serve: false, operations: [] }, 400],
    [{ serve: false, operations: ['a b'] }, 400],
  ])('does nothing for %j', async (body, status) => {
    const answer = await order(regions.iad, body);
    expect([answer.status, answer.json.error.code]).toEqual([status, 'BAD_CACHE_ORDER']);
    expect((await order(regions.iad)).json).toMatchObject({ serve: true, without: [] });
  });

  it('does nothing where more names would be switched off than may be', async () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => `Name${index}`);
    expect((await order(regions.iad, { serve: false, operations: names(100) })).status).toBe(200);
    const { status, json } = await order(regions.iad, { serve: false, operations: ['Other'] });
    expect([status, json.error.message]).toEqual([400, 'More than 100 names would be switched off.']);
    expect((await order(regions.iad, { serve: true, operations: names(100) })).json.without).toEqual([]);
  });

  it('is for those who may purge', async () => {
    const response = await fetch(`${regions.iad.gateway.adminUrl}/cache`, { headers: { via: '1.1 proxy' } });
    expect(response.status).toBe(401);
  });
});

describe('the switch, where the primary cannot be reached', () => {
  let regions: Regions<'iad' | 'syd'>;
  beforeAll(async () => {
    regions = cleanup.add(await startRegions({ regions: ['iad', 'syd'] }));
  });

  it('P91 holds where it was said, says so, and holds everywhere once the primary is back', async () => {
    const { iad, syd } = regions;
    syd.blackHole();
    const { status, json } = await order(syd, { serve: false });
    expect([status, json.error.code]).toEqual([503, 'CACHE_ORDER_NOT_ACKNOWLEDGED']);
    expect((await order(syd)).json).toMatchObject({ serve: false, acknowledged: false });
    expect((await syd.show('1')).cacheStatus).toBe(OFF);
    expect((await order(iad)).json.serve).toBe(true);
    await syd.restore();
    await hears(iad, false);
    expect((await iad.show('1')).cacheStatus).toBe(OFF);
    await until('it is acknowledged', async () => (await order(syd)).json.acknowledged);
    await order(iad, { serve: true });
    await hears(syd, true);
  });

  it('P91 serves nothing in a region that cannot hear of it, once its proof is over', async () => {
    const { iad, syd } = regions;
    await syd.warm(['4']);
    syd.blackHole();
    await order(iad, { serve: false });
    await until('it serves nothing', async () =>
      (await syd.show('4')).cacheStatus.endsWith('detail=unproven'),
    );
    await syd.restore();
    await hears(syd, false);
    expect((await syd.show('4')).cacheStatus).toBe(OFF);
    await order(iad, { serve: true });
    await hears(syd, true);
  });

  it('P91 stays off when the primary comes back empty', async () => {
    const { iad, syd, primary } = regions;
    await order(iad, { serve: false });
    await hears(syd, false);
    await primary.restart({ data: 'none' });
    const client = primary.client();
    await until('a gateway has said it again', async () => await client.hget('purges:epoch', 'c'));
    client.disconnect();
    for (const region of regions.all) expect((await order(region)).json.serve).toBe(false);
    await order(syd, { serve: true });
    await hears(iad, true);
  });
});
