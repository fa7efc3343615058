/** What tokens and purges are worth after the log has begun another run, under a number that says nothing of its time. */
import { parseToken } from '../../src/gateway/token';
import { cleanupAfterAll } from '../kit/cleanup';
import { until } from '../kit/until';
import { RARE, rareShop, startRegions, type Regions } from '../kit/regions';

const cleanup = cleanupAfterAll();

let regions: Regions<'iad' | 'syd'>;
beforeAll(async () => {
  regions = cleanup.add(
    await startRegions({
      regions: ['iad', 'syd'],
      data: rareShop(),
      // Longer than a test: while the link is cut nothing but tokens and purges made here tells what is old.
      env: { FRESHNESS_BOUND_MS: '30000', TOKEN_WAIT_MS: '100' },
    }),
  );
});

const epochOf = (token: string | undefined): number => parseToken(token!)!.position.epoch;

/** The log goes on in an epoch far above any that a clock would give. */
async function inAHighEpoch(): Promise<void> {
  const { primary, all } = regions;
  const high = Date.now() + 1e12;
  await primary.command('HSET', 'purges:epoch', 'n', String(high), 'r', 'another');
  await until('every region is there', async () => {
    const positions = await Promise.all(all.map((region) => region.position()));
    return positions.every(({ position, state }) => epochOf(position) > high && state !== 'unproven');
  });
}

/** The primary comes back empty, and no region hears of it but by asking. @returns the epoch that was lost */
async function emptied(): Promise<number> {
  const { primary, all } = regions;
  const { position } = await regions.iad.position();
  for (const { link } of all) link.blackHole();
  await primary.restart({ data: 'none' });
  return epochOf(position);
}

/** Every region has a copy of what the primary now holds, and serves. */
async function restored(ids: readonly string[] = []): Promise<void> {
  for (const region of regions.all) {
    region.link.cut();
    await region.restore();
    await region.caughtUp();
    await region.serves();
    await region.warm(ids);
  }
}

/** @returns the token of a change that the primary has acknowledged: right after its start it may not */
async function changed(id: string): Promise<{ token: string; version: number }> {
  for (;;) {
    const { token, data } = await regions.iad.change(id);
    if (token !== undefined) return { token, version: data.likeProduct.version as number };
  }
}

describe('P27', () => {
  beforeEach(() => inAHighEpoch());
  afterEach(() => restored());

  it('P27 shows a change at once where it was made, although its epoch has a lower number', async () => {
    const { iad } = regions;
    const id = RARE[0]!;
    await iad.warm([id]);
    const lost = await emptied();
    // The way to the primary is open again: the next change is acknowledged at once.
    await changed(RARE[9]!);
    const { token, version } = await changed(id);
    expect(epochOf(token)).toBeLessThan(lost);
    expect((await iad.show(id)).data.product.version).toBe(version);
  });

  it('P07 P27 shows a client its own write in another region, although its epoch has a lower number', async () => {
    const { syd } = regions;
    const id = RARE[1]!;
    await syd.warm([id]);
    await emptied();
    const { token, version } = await changed(id);
    // Who presents no token is shown what the region has, within the bound.
    expect((await syd.show(id)).data.product.version).toBeLessThan(version);
    const own = await syd.show(id, { 'lastmile-token': token });
    expect(own.data.product.version).toBe(version);
    expect(own.cacheStatus).toBe('fwd=request; detail=token');
  });

  it('P27 gives a client with a token of a lost epoch the present position, and hits from then on', async () => {
    const { iad, syd } = regions;
    const id = RARE[2]!;
    const { token: old } = await changed(id);
    await emptied();
    const { version } = await changed(id);
    await restored([id]);
    for (const region of [iad, syd]) {
      const first = await region.show(id, { 'lastmile-token': old });
      expect(first.data.product.version).toBe(version);
      expect(epochOf(first.token)).toBe(epochOf((await region.position()).position));
      const second = await region.show(id, { 'lastmile-token': first.token! });
      expect(second.cacheStatus).toMatch(/^hit/);
      expect(second.token).toMatch(/^\d+-\d+$/);
    }
  });

  it('P27 tells a gateway that sent a mutation on, whichever number the epoch of its purge has', async () => {
    const { syd } = regions;
    const id = RARE[3]!;
    await syd.warm([id]);
    await emptied();
    const { version } = await changed(id);
    const { data } = await syd.change(id);
    expect(data.likeProduct.version).toBe(version + 1);
    expect((await syd.show(id)).data.product.version).toBe(version + 1);
  });
});
