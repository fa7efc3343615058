import { FreshnessProof } from '../../src/purge/proof';
import { positionAt } from '../../src/purge/position';
import { PurgeTable } from '../../src/purge/table';
import { cleanupAfterAll, cleanupAfterEach } from '../kit/cleanup';
import { RARE, rareShop, startRegions, type Regions, type TestRegion } from '../kit/regions';
import { until } from '../kit/until';
import { BOUND_MS, changeAll, oldAnswers, shownOld } from './audit';

const FEW = RARE.slice(0, 20);
const SOME = RARE.slice(0, 60);
const HARDLY_LATER = 1000;

type Two = Regions<'iad' | 'syd'>;

const topologies = describe.each([
  ['one Redis for log and entries', false],
  ['entries in a Redis apart', true],
]);

/** Until a region no longer serves from its cache. @returns how long that took, in milliseconds */
async function untilUnproven(region: TestRegion): Promise<number> {
  const began = performance.now();
  await until(`${region.name} is unproven`, async () =>
    (await region.show(FEW[0]!)).cacheStatus.includes('detail=unproven'),
  );
  return performance.now() - began;
}

topologies('P09 with %s', (_, separateCache) => {
  const cleanup = cleanupAfterAll();
  let regions: Two;
  beforeAll(async () => {
    regions = cleanup.add(await startRegions({ regions: ['iad', 'syd'], separateCache, data: rareShop() }));
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const region of regions.all) {
      region.distance(0);
      await region.restore();
      await region.serves();
    }
  });

  it.each<[string, (syd: TestRegion) => void]>([
    ['the replication link is cut', ({ link }) => link.cut()],
    ['the replication link is a black hole', ({ link }) => link.blackHole()],
    ['replication is three seconds late', ({ link }) => link.delay(3000)],
    ['everything out of the region is three seconds late', (syd) => syd.distance(3000)],
    ['the primary cannot be asked', ({ probe }) => probe.cut()],
    ['questions to the primary fall silent', ({ probe }) => probe.blackHole()],
    ['everything out of the region falls silent', (syd) => syd.blackHole()],
  ])('P09 stops serving within the bound when %s, and serves again by itself', async (_, fault) => {
    const { iad, syd } = regions;
    await syd.warm(FEW);
    fault(syd);
    expect(await oldAnswers(iad, syd, FEW)).toEqual([]);
    expect((await syd.show(FEW[0]!)).cacheStatus).toMatch(/unproven|purged|^hit/);
    syd.distance(0);
    await syd.restore();
    await syd.caughtUp();
    await syd.warm(FEW);
  });

  it('P02 sends few calls upstream while it is unproven, and shows nobody one that began before he asked', async () => {
    const { iad, syd, origin } = regions;
    const id = FEW[1]!;
    syd.blackHole();
    await untilUnproven(syd);
    const calls = origin.count('product');
    const held = origin.hold('product');
    const before = syd.show(id);
    await held.arrived;
    const { data } = await iad.change(id);
    const began = performance.now();
    const after = Promise.all(Array.from({ length: 50 }, () => syd.show(id)));
    await until('there is a call for those who came later', () => held.count >= 2);
    held.release();
    const answers = await after;
    expect(answers.map((answer) => answer.data.product.version)).toEqual(
      answers.map(() => data.likeProduct.version),
    );
    expect((await before).data.product.version).toBe(data.likeProduct.version - 1);
    for (const { cacheStatus } of answers)
      expect(cacheStatus).toMatch(/^fwd=bypass;( collapsed;)? detail=unproven$/);
    // Two at once, and forty a second: see P48. One for each that came would be 51.
    const most = 4 + (40 * (performance.now() - began)) / 1000;
    expect(origin.count('product') - calls).toBeLessThan(Math.min(51, most));
  });

  it('negative control: with the proof of freshness always true a black hole shows what was purged', async () => {
    const { iad, syd } = regions;
    await syd.warm(FEW);
    syd.link.blackHole();
    jest.spyOn(FreshnessProof.prototype, 'isProven').mockReturnValue(true);
    expect((await oldAnswers(iad, syd, FEW)).length).toBe(FEW.length);
  });

  it('P09 stops serving within the bound when the primary is gone, and serves again by itself', async () => {
    const { syd, primary } = regions;
    await syd.warm(FEW);
    await primary.kill();
    expect(await untilUnproven(syd)).toBeLessThan(BOUND_MS + HARDLY_LATER);
    await primary.restart();
    await syd.warm(FEW);
  });

  it('P09 stops serving within the bound when the primary falls silent', async () => {
    const { syd, primary } = regions;
    await syd.warm(FEW);
    primary.pause();
    try {
      expect(await untilUnproven(syd)).toBeLessThan(BOUND_MS + HARDLY_LATER);
    } finally {
      primary.resume();
    }
    await syd.warm(FEW);
  });
});

topologies('a copy or a log that lost something, with %s', (_, separateCache) => {
  const cleanup = cleanupAfterEach();
  let regions: Two;
  const begin = async () => {
    regions = cleanup.add(await startRegions({ regions: ['iad', 'syd'], separateCache, data: rareShop() }));
    await regions.syd.warm(SOME);
  };
  beforeEach(begin);
  afterEach(() => jest.restoreAllMocks());

  /** Purges that syd's copy has no memory for, and one more when it has. @returns the versions of all */
  async function dropPurges({ iad, syd }: Two): Promise<Map<string, number>> {
    const [last, ...dropped] = SOME;
    const client = syd.replica.client();
    const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    await client.set('junk', 'x'.repeat(1_000_000));
    await client.config('SET', 'maxmemory', String(used));
    await until('the replica has evicted all it can', async () => {
      await expect(client.set('more', 'x', 'EX', 60)).rejects.toThrow('OOM');
      return true;
    });
    const versions = await changeAll(iad, dropped);
    await client.config('SET', 'maxmemory', '64mb');
    await client.del('junk');
    for (const [id, version] of await changeAll(iad, [last!])) versions.set(id, version);
    await syd.caughtUp();
    return versions;
  }

  it('P11 notices that the replica dropped purges, and serves none of what they purged', async () => {
    let state = '';
    // A copy that had room for them after all has dropped none: so once more.
    for (let attempt = 0; attempt < 4 && state !== 'cold'; attempt++) {
      if (attempt > 0) await begin();
      const versions = await dropPurges(regions);
      await regions.syd.serves();
      expect(await shownOld(regions.syd, versions)).toEqual([]);
      state = await regions.syd.state();
    }
    expect(state).toBe('cold');
  });

  it('negative control: with gaps unnoticed what a replica dropped is served', async () => {
    jest
      .spyOn(PurgeTable.prototype as unknown as Record<'continues', Blind>, 'continues')
      .mockImplementation((last, next) => last.epoch === next.epoch);
    let shown = 0;
    // A copy that was made anew meanwhile, or a region that had gone cold for another reason, shows nothing old: so once more.
    for (let attempt = 0; attempt < 4 && shown <= 50; attempt++) {
      if (attempt > 0) await begin();
      const versions = await dropPurges(regions);
      await regions.syd.serves();
      shown = (await shownOld(regions.syd, versions)).length;
    }
    expect(shown).toBeGreaterThan(50);
  });

  /** Acknowledged purges that reached nobody but the primary, which then comes back without them. */
  async function loseTail({ iad, syd, primary }: Two): Promise<Map<string, number>> {
    const client = primary.client();
    await client.config('SET', 'appendfsync', 'always');
    const saved = await primary.saveData();
    for (const region of [iad, syd]) region.link.cut();
    const versions = await changeAll(iad, SOME.slice(0, 50));
    await primary.kill();
    await primary.restart({ data: saved });
    for (const region of [iad, syd]) await region.restore();
    await until('the primary acknowledges again', async () => (await iad.change(SOME.at(-1)!)).token);
    // Not that token: another epoch begins when the replicas join, and then its own is of an epoch that has passed.
    await syd.caughtUp();
    return versions;
  }

  it('P12 notices that the log lost its tail, and serves nothing from before it', async () => {
    const before = (await regions.syd.position()).position;
    const versions = await loseTail(regions);
    await regions.syd.serves();
    expect(await shownOld(regions.syd, versions)).toEqual([]);
    expect((await regions.syd.position()).position.split('-')[0]).not.toBe(before.split('-')[0]);
  });

  it('negative control: with new runs unnoticed what a lost tail purged is served', async () => {
    const verdict = PurgeTable.prototype.verdict;
    const epoch = Number((await regions.syd.position()).position.split('-')[0]);
    jest
      .spyOn(PurgeTable.prototype as unknown as Record<'continues', Blind>, 'continues')
      .mockImplementation((last) => last.epoch !== 0);
    // What the new run filled is newer than every row of the old one, which a blind table keeps.
    jest.spyOn(PurgeTable.prototype, 'verdict').mockImplementation(function (this: PurgeTable, asOf, tags) {
      const seq = asOf.epoch === epoch ? asOf.seq : Number.MAX_SAFE_INTEGER;
      return verdict.call(this, positionAt(this.position.epoch, seq), tags);
    });
    jest.spyOn(PurgeTable.prototype, 'restart').mockImplementation(function (this: PurgeTable, records) {
      for (const record of records) this.apply(record);
    });
    const versions = await loseTail(regions);
    await regions.syd.serves();
    expect((await shownOld(regions.syd, versions)).length).toBeGreaterThan(0);
  });

  it('P13 is cold after a full resync, and trusts no fill from before it', async () => {
    const { origin, iad, syd } = regions;
    const held = origin.hold('product');
    const slow = syd.show('1');
    await held.arrived;
    const kept = await syd.entriesInRedis();
    expect(kept.length).toBeGreaterThanOrEqual(SOME.length);
    await syd.replica.restart({ data: 'none' });
    await until('the loss was noticed', async () => (await syd.state()) === 'cold');
    held.release();
    expect((await slow).cacheStatus).toMatch(/detail=distrusted$/);
    const left = await syd.entriesInRedis();
    if (separateCache) expect(left).toEqual(expect.arrayContaining(kept));
    else expect(left.length).toBeLessThan(10);
    await syd.serves();
    for (const id of FEW) expect((await syd.show(id)).cacheStatus).not.toMatch(/^hit/);
    const versions = await changeAll(iad, FEW);
    await syd.caughtUp();
    expect(await shownOld(syd, versions)).toEqual([]);
    await syd.warm(FEW);
  });
});

type Blind = (last: { epoch: number }, next: { epoch: number }) => boolean;
