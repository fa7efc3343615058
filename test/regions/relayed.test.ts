import { Cleanup } from '../kit/cleanup';
import type { GatewayProcess } from '../kit/gateway';
import { forEach, RARE, rareShop, SHOW, startRegions, type Regions, type TestRegion } from '../kit/regions';
import { until } from '../kit/until';
import { warmed } from '../kit/warmed';

const cleanup = new Cleanup();
afterAll(() => cleanup.run());

let regions: Regions<'iad' | 'lhr' | 'syd' | 'fra'>;
beforeAll(async () => {
  regions = cleanup.add(
    await startRegions({
      regions: ['iad', 'lhr', 'syd', 'fra'],
      data: rareShop(),
      env: { WARM: '1' },
    }),
  );
});

async function heat(gateway: GatewayProcess, id: string): Promise<void> {
  for (let each = 0; each < 8; each++) await gateway.query(SHOW, { variables: { id } });
}

/** Resolves when a gateway has filled one more than it had. */
async function filledMore(
  gateway: GatewayProcess,
  before: Record<string, number>,
  result: string,
): Promise<void> {
  await until(
    `one more was ${result}`,
    async () => ((await warmed(gateway))[result] ?? 0) > (before[result] ?? 0),
  );
}

it('P98 asks upstream once for all regions', async () => {
  const { iad, lhr, syd, origin } = regions;
  for (const { gateway } of [iad, lhr, syd]) await heat(gateway, '1');
  const before = await Promise.all([lhr, syd].map(({ gateway }) => warmed(gateway)));
  const calls = origin.count('product');
  const held = origin.hold('product');
  const changed = await iad.change('1');
  await held.arrived;
  for (const region of [lhr, syd]) await region.reaches(changed.token);
  held.release();
  await filledMore(lhr.gateway, before[0]!, 'relayed');
  await filledMore(syd.gateway, before[1]!, 'relayed');
  for (const { gateway } of [iad, lhr, syd]) {
    const first = await gateway.query(SHOW, { variables: { id: '1' } });
    expect(first.cacheStatus).toMatch(/^hit/);
    expect(first.data.product.version).toBe(changed.data.likeProduct.version);
  }
  expect(origin.count('product')).toBe(calls + 1);
});

it('P98 asks by itself where its entries would have other keys', async () => {
  const { iad, lhr, origin } = regions;
  const other = cleanup.add(await lhr.addGateway({ UPSTREAM_HEADERS: 'x-of: another' }));
  await heat(other, '2');
  const before = await warmed(other);
  const askedByOther = (): number =>
    origin.received.filter(({ headers, body }) => headers['x-of'] === 'another' && body.includes('product('))
      .length;
  const asked = askedByOther();
  const changed = await iad.change('2');
  await filledMore(other, before, 'stored');
  expect(askedByOther()).toBeGreaterThan(asked);
  const first = await other.query(SHOW, { variables: { id: '2' } });
  expect(first.cacheStatus).toMatch(/^hit/);
  expect(first.data.product.version).toBe(changed.data.likeProduct.version);
});

it('P98 asks by itself while the primary region’s gateway cannot be reached', async () => {
  const { iad, syd } = regions;
  await heat(syd.gateway, '3');
  const before = await warmed(syd.gateway);
  syd.way!.cut();
  await iad.change('3');
  await filledMore(syd.gateway, before, 'stored');
  await syd.way!.restore();
  expect((await syd.show('3')).cacheStatus).toMatch(/^hit/);
});

/** Products that were not asked for before. */
const fresh = RARE.values();

/** Resolves when a region has a miss answered by the primary region's cache. @returns that one */
async function takesThePrimary(region: TestRegion): Promise<{ id: string; cacheStatus: string }> {
  const { iad, origin } = regions;
  return until(`upstream is not asked for a miss of ${region.name}`, async () => {
    const id = fresh.next().value!;
    await iad.show(id);
    const calls = origin.count('product');
    const { cacheStatus } = await region.show(id);
    return origin.count('product') === calls && { id, cacheStatus };
  });
}

describe('a miss, where upstream is slower than the primary region’s cache', () => {
  // So much that a busy machine does not make the two ways alike.
  beforeAll(() => void (regions.origin.serviceTime = 300));
  afterAll(() => void (regions.origin.serviceTime = 0));

  it('P98 is answered by that, and is there for the next', async () => {
    const { lhr, origin } = regions;
    const { id, cacheStatus } = await takesThePrimary(lhr);
    expect(cacheStatus).toBe('fwd=uri-miss; stored');
    const calls = origin.count('product');
    expect((await lhr.show(id)).cacheStatus).toMatch(/^hit/);
    expect(origin.count('product')).toBe(calls);
  });

  it('P01 P07 shows what its client has written, and nothing from before', async () => {
    const { iad, lhr } = regions;
    await takesThePrimary(lhr);
    const ids = Array.from({ length: 12 }, () => fresh.next().value!);
    for (const region of [iad, lhr]) await forEach(ids, (id) => region.show(id));
    await forEach(ids, async (id) => {
      const { data, token } = await iad.change(id);
      const shown = await lhr.show(id, { 'lastmile-token': token! });
      expect(shown.data.product.version).toBe(data.likeProduct.version);
    });
  });

  it('P90 goes to upstream while the primary region’s gateway is silent', async () => {
    const { fra, origin } = regions;
    await takesThePrimary(fra);
    const calls = origin.count('product');
    fra.way!.blackHole();
    const ids = Array.from({ length: 5 }, () => fresh.next().value!);
    const answers = await forEach(ids, (id) => fra.show(id));
    await fra.way!.restore();
    expect(answers.map(({ data }) => data.product.name)).toEqual(ids);
    expect(origin.count('product')).toBe(calls + ids.length);
  });
});

it('P96 gives no entry to who is no gateway', async () => {
  const { iad } = regions;
  const body = JSON.stringify({ key: 'x', query: { text: '{ categories { id } }' }, after: '1-1' });
  for (const signed of ['lhr', `lhr ${'x'.repeat(43)}`]) {
    const answer = await iad.gateway.send({
      headers: { 'content-type': 'application/json', 'lastmile-entry': signed },
      body,
    });
    expect(answer.status).toBe(400);
    expect(answer.headers['lastmile-entry']).toBeUndefined();
  }
});
