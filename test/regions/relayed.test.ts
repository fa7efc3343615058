import { Cleanup } from '../kit/cleanup';
import type { GatewayProcess } from '../kit/gateway';
import { SHOW, startRegions, type Regions } from '../kit/regions';
import { until } from '../kit/until';
import { warmed } from '../kit/warmed';

const cleanup = new Cleanup();
afterAll(() => cleanup.run());

let regions: Regions<'iad' | 'lhr' | 'syd'>;
beforeAll(async () => {
  regions = cleanup.add(await startRegions({ regions: ['iad', 'lhr', 'syd'], env: { WARM: '1' } }));
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
  const changed = await iad.change('2');
  await filledMore(other, before, 'stored');
  expect(origin.received.at(-1)?.headers['x-of']).toBe('another');
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
