import { cleanupAfterAll } from '../kit/cleanup';
import { forEach, RARE, rareShop, startRegions, type Regions } from '../kit/regions';
import { pause, until } from '../kit/until';

const cleanup = cleanupAfterAll();

/** So few that they are still fresh when all were changed, on a machine that is slow. */
const SOME = RARE.slice(0, 100);
const KETTLE = '{ product(id: "1") { name version } }';
const rename = (name: string, id = '1') => `mutation { renameProduct(id: "${id}", name: "${name}") { id } }`;

describe.each([
  ['one Redis for log and entries', false],
  ['entries in a Redis apart', true],
])('regions with %s', (_, separateCache) => {
  let regions: Regions<'iad' | 'syd' | 'lhr'>;
  beforeAll(async () => {
    regions = cleanup.add(
      await startRegions({ regions: ['iad', 'syd', 'lhr'], separateCache, data: rareShop() }),
    );
  });

  afterEach(async () => {
    for (const region of regions.all) {
      region.distance(0);
      await region.restore();
      await region.serves();
    }
  });

  it('P01 misses an entry filled before a purge in another region, even when the fill ends after it', async () => {
    const { origin, iad, syd } = regions;
    const held = origin.hold('product');
    const slow = syd.query(KETTLE);
    await held.arrived;
    const purge = await iad.query(rename('P01'));
    await syd.reaches(purge.token);
    held.release();
    const late = await slow;
    expect(late.data.product.name).not.toBe('P01');
    expect(late.cacheStatus).toMatch(/detail=purged/);
    expect((await syd.query(KETTLE)).data.product.name).toBe('P01');
  });

  it('P02 does not let a request that begins after a purge from elsewhere join a call that began before it', async () => {
    const { origin, iad, syd } = regions;
    await iad.query(rename('before P02'));
    await syd.caughtUp();
    const held = origin.hold('product');
    const before = syd.query(KETTLE);
    await held.arrived;
    const purge = await iad.query(rename('P02'));
    await syd.reaches(purge.token);
    const after = syd.query(KETTLE);
    await until('the second request has a call of its own', () => held.count === 2);
    held.release();
    expect((await after).data.product.name).toBe('P02');
    expect((await before).data.product.name).toBe('before P02');
    expect((await syd.query(KETTLE)).data.product.name).toBe('P02');
  });

  it('P03 does not let a refresh that was in flight at a purge from elsewhere bring back what was purged', async () => {
    const { origin, iad, syd } = regions;
    const query = '{ products(category: "kitchen") { name } }';
    await syd.query(query);
    await iad.purge({ tags: ['[Product]'], soft: true });
    await syd.caughtUp();
    const held = origin.hold('products');
    // Softly purged: served stale, and fetched anew behind its back.
    expect((await syd.query(query)).cacheStatus).toMatch(/^hit/);
    await held.arrived;
    const purge = await iad.query(rename('P03'));
    await syd.reaches(purge.token);
    held.release();
    await until('the refresh has ended', async () => (await syd.query(query)).cacheStatus.startsWith('hit'));
    expect((await syd.query(query)).data.products[0].name).toBe('P03');
  });

  it('P04 purges entries that exist in one region only, by a mutation of any region and from outside', async () => {
    const { iad, syd, lhr, primary } = regions;
    const query = '{ product(id: "4") { version price } }';
    const before = new Set(await syd.entriesInRedis());
    await syd.query(query);
    const added = await until('the entry is in the Redis of syd', async () =>
      (await syd.entriesInRedis()).find((key) => !before.has(key)),
    );
    for (const other of [iad, lhr]) expect(await other.entriesInRedis()).not.toContain(added);
    expect(await primary.command('EXISTS', added)).toBe(0);
    for (const from of [iad, lhr, syd]) {
      expect((await syd.query(query)).cacheStatus).toMatch(/^hit/);
      const { token } = await from.query('mutation { repriceProduct(id: "4", price: 7) { id } }');
      await syd.reaches(token);
      expect((await syd.query(query)).cacheStatus).toMatch(/detail=purged/);
      // Nothing is ever deleted to purge it.
      expect(await syd.entriesInRedis()).toContain(added);
    }
    for (const from of [iad, lhr, syd]) {
      expect((await syd.query(query)).cacheStatus).toMatch(/^hit/);
      await syd.reaches(await from.purge({ tags: ['Product:4'] }));
      expect((await syd.query(query)).cacheStatus).toMatch(/detail=purged/);
    }
  });

  it('P05 does not answer a mutation before the primary has acknowledged its purge', async () => {
    const { origin, iad, syd, primary } = regions;
    for (const region of [iad, syd]) {
      const made = origin.count('renameProduct');
      primary.pause();
      let answered = false;
      const answer = region.query(rename('P05')).finally(() => (answered = true));
      try {
        await until('the change was made', () => origin.count('renameProduct') > made);
        // Time for an answer that waits for nothing; what is tested is that none came.
        await pause(200);
        expect(answered).toBe(false);
      } finally {
        primary.resume();
      }
      expect((await answer).token).toMatch(/^\d+-\d+$/);
      expect((await answer).extensions).toBeUndefined();
    }
  });

  it('P05 says in the answer that its purge is not acknowledged, retries it, and purges everywhere later', async () => {
    const { iad, syd } = regions;
    await Promise.all([iad.query(KETTLE), syd.query(KETTLE)]);
    iad.probe.cut();
    const answer = await iad.query(rename('P05 later'));
    expect(answer.data.renameProduct.id).toBe('1');
    expect(answer.token).toBeUndefined();
    expect(answer.extensions.lastmile.warning).toMatch(/not told yet/);
    expect((await iad.query(KETTLE)).data.product.name).toBe('P05 later');
    await iad.probe.restore();
    await until(
      'the purge is everywhere',
      async () => (await syd.query(KETTLE)).data.product.name === 'P05 later',
    );
  });

  // Before those whose mutations bring no answer: what these may have touched is purged again for a while (P26).
  it('P10 delivers the purges made during a short cut, none lost, and the region stays warm', async () => {
    const { iad, syd } = regions;
    await syd.warm(SOME);
    const [untouched, ...changed] = SOME;
    syd.link.cut();
    await forEach(changed, (id) => iad.change(id));
    await syd.link.restore();
    await syd.caughtUp();
    await syd.serves();
    expect((await syd.show(untouched!)).cacheStatus).toMatch(/^hit/);
    const answers = await forEach(changed, (id) => syd.show(id));
    expect(new Set(answers.map(({ cacheStatus }) => cacheStatus))).toEqual(
      new Set(['fwd=stale; stored; detail=purged']),
    );
    expect(new Set(answers.map(({ data }) => data.product.version))).toEqual(new Set([2]));
  });

  it.each(['errors', '500', 'destroy'] as const)(
    'P06 purges everywhere after a mutation sent from another region whose upstream answers: %s',
    async (fault) => {
      const { origin, iad, syd, lhr } = regions;
      for (const region of [iad, syd, lhr]) await region.query(KETTLE);
      origin.fail(fault, 1);
      const { token, errors } = await syd.query(rename(`P06 ${fault}`));
      expect(errors).toBeDefined();
      expect(token).toBeDefined();
      for (const region of [iad, syd, lhr]) {
        await region.reaches(token);
        expect((await region.query(KETTLE)).data.product.name).toBe(`P06 ${fault}`);
      }
    },
  );

  it('P06 purges everywhere although the client of another region went away', async () => {
    const { origin, syd, lhr } = regions;
    await Promise.all([syd.query(KETTLE), lhr.query(KETTLE)]);
    const held = origin.hold('renameProduct');
    const client = new AbortController();
    const gone = syd.query(rename('P06 gone'), { signal: client.signal });
    await held.arrived;
    client.abort();
    await expect(gone).rejects.toThrow();
    held.release();
    for (const region of [syd, lhr])
      await until(
        `${region.name} has purged`,
        async () => (await region.query(KETTLE)).data.product.name === 'P06 gone',
      );
  });

  it('applies a purge in the region that sent the mutation on before the answer is back, however slow the log', async () => {
    const { syd } = regions;
    await syd.query(KETTLE);
    syd.link.delay(1500);
    await syd.query(rename('ahead'));
    expect((await syd.query(KETTLE)).data.product.name).toBe('ahead');
  });
});
