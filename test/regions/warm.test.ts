import { Cleanup } from '../kit/cleanup';
import type { GatewayProcess } from '../kit/gateway';
import { forEach, SHOW, startRegions, type Regions } from '../kit/regions';
import { until } from '../kit/until';
import { untilWarmed, warmed } from '../kit/warmed';

const cleanup = new Cleanup();
afterAll(() => cleanup.run());

let regions: Regions<'iad' | 'lhr'>;
beforeAll(async () => {
  regions = cleanup.add(await startRegions({ regions: ['iad', 'lhr'], env: { WARM: '1' } }));
});

/** Asks for a product so often that it is hot. */
async function heat(gateway: GatewayProcess, id: string): Promise<void> {
  for (let each = 0; each < 6; each++) await gateway.query(SHOW, { variables: { id } });
}

it('P95 has for the first who asks in another region what was changed in the primary one', async () => {
  const { iad, lhr, origin } = regions;
  await heat(iad.gateway, '1');
  await heat(lhr.gateway, '1');
  const calls = origin.count('product');
  const changed = await iad.change('1');
  await untilWarmed(iad.gateway, { stored: 1, used: 1 });
  await untilWarmed(lhr.gateway, { relayed: 1 });
  expect(origin.count('product')).toBe(calls + 1);
  const first = await lhr.show('1');
  expect(first.cacheStatus).toMatch(/^hit/);
  expect(first.data.product.version).toBe(changed.data.likeProduct.version);
});

it('P94 has one process of a region ask for all', async () => {
  const { iad, lhr, origin } = regions;
  const second = cleanup.add(await lhr.addGateway());
  // What the primary region's cache takes is measured: it has to have this one by then.
  await heat(iad.gateway, '2');
  await heat(lhr.gateway, '2');
  await heat(second, '2');
  const calls = origin.count('product');
  const held = origin.hold('product');
  const before = await warmed(lhr.gateway);
  const changed = await iad.change('2');
  await lhr.reaches(changed.token);
  await until('the second has heard of it', async () => {
    const response = await fetch(`${second.adminUrl}/position?reached=${changed.token}&within=1000`);
    return ((await response.json()) as { reached: boolean }).reached;
  });
  await held.arrived;
  held.release();
  const relayed = (figures: Record<string, number>): number => figures['relayed'] ?? 0;
  await until(
    'one has it',
    async () => relayed(await warmed(lhr.gateway)) + relayed(await warmed(second)) > relayed(before),
  );
  for (const gateway of [lhr.gateway, second]) {
    const first = await gateway.query(SHOW, { variables: { id: '2' } });
    expect(first.cacheStatus).toMatch(/^hit/);
    expect(first.data.product.version).toBe(changed.data.likeProduct.version);
  }
  expect(origin.count('product')).toBe(calls + 1);
});

it('P01 P03 shows nothing that was true before a purge, however fast both come', async () => {
  const { iad, lhr, origin } = regions;
  await heat(lhr.gateway, '3');
  origin.serviceTime = 20;
  let acknowledged = 0;
  const changing = (async () => {
    for (let change = 0; change < 60; change++) {
      const { data, token } = await iad.change('3');
      await lhr.reaches(token);
      acknowledged = data.likeProduct.version;
    }
  })();
  const state = { isOver: false };
  void changing.finally(() => (state.isOver = true));
  const shown = forEach(Array.from({ length: 4 }), async () => {
    while (!state.isOver) {
      const least = acknowledged;
      const { data } = await lhr.show('3');
      expect(data.product.version).toBeGreaterThanOrEqual(least);
    }
  });
  await Promise.all([changing, shown]);
  origin.serviceTime = 0;
  const counts = Object.values(await warmed(lhr.gateway));
  expect(counts.reduce((sum, count) => sum + count)).toBeGreaterThan(5);
});
