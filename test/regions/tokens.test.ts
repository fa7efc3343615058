import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';
import { comparePositions, parsePosition } from '../../src/purge/position';
import { parseToken } from '../../src/gateway/token';
import { lastmileLink } from '../../src/clients/apollo-link';
import { TokenKeeper } from '../../src/clients/token-keeper';
import { lastmileExchange } from '../../src/clients/urql-exchange';
import { cleanupAfterAll } from '../kit/cleanup';
import { seededRandom } from '../kit/random';
import { pause, until } from '../kit/until';
import { RARE, rareShop, SHOW, CHANGE, startRegions, type Regions, type TestRegion } from '../kit/regions';

const cleanup = cleanupAfterAll();

let regions: Regions<'iad' | 'syd' | 'lhr'>;
beforeAll(async () => {
  regions = cleanup.add(
    await startRegions({
      regions: ['iad', 'syd', 'lhr'],
      data: rareShop(),
      env: { FRESHNESS_BOUND_MS: '60000', TOKEN_COOKIE: '1', TOKEN_WAIT_MS: '300' },
    }),
  );
});

afterEach(() => restored(regions));

async function restored({ all }: { readonly all: readonly TestRegion[] }): Promise<void> {
  for (const region of all) {
    region.distance(0);
    await region.restore();
    await region.caughtUp();
  }
}

/** A change made elsewhere that a region has in its cache as it was before, and has not heard of. @returns its token */
async function unheard(reader: TestRegion, id: string): Promise<string> {
  await reader.warm([id]);
  reader.link.blackHole();
  const { token } = await regions.iad.change(id);
  return token!;
}

describe('P07', () => {
  it('P07 shows a client its own write in another region, which goes past its cache when the log is late', async () => {
    const { syd } = regions;
    const token = await unheard(syd, RARE[0]!);
    expect((await syd.show(RARE[0]!)).data.product.version).toBe(1);
    const answer = await syd.show(RARE[0]!, { 'lastmile-token': token });
    expect(answer.data.product.version).toBe(2);
    expect(answer.cacheStatus).toBe('fwd=request; detail=token');
  });

  it('P07 waits for the log when that takes less time than it may wait', async () => {
    const { syd } = regions;
    const patient = cleanup.add(await syd.addGateway({ TOKEN_WAIT_MS: '20000' }));
    const token = await unheard(syd, RARE[1]!);
    const variables = { id: RARE[1]! };
    const asked = patient.query(SHOW, { variables, headers: { 'lastmile-token': token } });
    // One that would not wait has its answer by then.
    await Promise.race([asked, pause(200)]);
    await syd.link.restore();
    const answer = await asked;
    expect(answer.data.product.version).toBe(2);
    expect(answer.cacheStatus).toBe('fwd=stale; stored; detail=purged');
  });

  it('P07 takes the token as a cookie as well, and hands it out as one', async () => {
    const { iad, syd } = regions;
    await syd.warm([RARE[2]!]);
    syd.link.blackHole();
    const { headers } = await iad.change(RARE[2]!);
    const cookie = String(headers['set-cookie']).split(';')[0]!;
    expect(cookie).toMatch(/^lastmile-token=\d+-\d+$/);
    expect((await syd.show(RARE[2]!, { cookie })).data.product.version).toBe(2);
  });

  it('P07 hands the token out in extensions to whoever cannot read headers', async () => {
    const { iad, syd } = regions;
    const asked = { 'lastmile-extensions': '1' };
    for (const region of [iad, syd]) {
      const { extensions, token } = await region.change(RARE[3]!, asked);
      expect(extensions.lastmile.token).toBe(token);
    }
    expect((await iad.change(RARE[3]!)).extensions).toBeUndefined();
  });

  it.each([
    ['forged far ahead', '9007199254740991-5'],
    ['no position', 'hello'],
    ['too long', '1'.repeat(65)],
    ['an earlier one', '1-1'],
  ])(
    'P07 a token that is %s never makes an answer older, nor fails it, nor is it believed',
    async (_, token) => {
      const { syd } = regions;
      await syd.warm([RARE[4]!]);
      const { status, data } = await syd.show(RARE[4]!, { 'lastmile-token': token });
      expect([status, data.product.version]).toEqual([200, 1]);
      expect((await syd.show(RARE[4]!)).cacheStatus).toMatch(/^hit/);
    },
  );

  it('P07 holds for Apollo Client with our link', async () => {
    const { iad, syd } = regions;
    // One client whose requests are answered by another region each time, as when a user travels or DNS changes its mind.
    let region: TestRegion = syd;
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      link: ApolloLink.from([
        new ApolloLink(lastmileLink()),
        new HttpLink({ uri: () => region.gateway.url, headers: { 'x-kept': '1' } }),
      ]),
      defaultOptions: { query: { fetchPolicy: 'no-cache' }, mutate: { fetchPolicy: 'no-cache' } },
    });
    const show = async (id: string) =>
      (await client.query<{ product: { version: number } }>({ query: gql(SHOW), variables: { id } })).data!
        .product.version;
    expect(await show(RARE[5]!)).toBe(1);
    await syd.warm([RARE[5]!]);
    syd.link.blackHole();
    region = iad;
    await client.mutate({ mutation: gql(CHANGE), variables: { id: RARE[5]! } });
    region = syd;
    expect((await syd.show(RARE[5]!)).data.product.version).toBe(1);
    expect(await show(RARE[5]!)).toBe(2);
    // A query that fails leaves the token as it is.
    await expect(client.query({ query: gql('{ nothingOfThatName }') })).rejects.toThrow();
    expect(await show(RARE[5]!)).toBe(2);
    client.stop();
  });

  it('P07 holds for urql with our exchange', async () => {
    const { iad, syd } = regions;
    let region: TestRegion = syd;
    const client = new Client({
      url: syd.gateway.url,
      preferGetMethod: false,
      exchanges: [lastmileExchange(), fetchExchange],
      fetch: (_, init) => fetch(region.gateway.url, init),
    });
    const show = async (id: string) =>
      ((await client.query(SHOW, { id }).toPromise()).data as { product: { version: number } }).product
        .version;
    expect(await show(RARE[6]!)).toBe(1);
    await syd.warm([RARE[6]!]);
    syd.link.blackHole();
    region = iad;
    await client.mutation(CHANGE, { id: RARE[6]! }).toPromise();
    region = syd;
    expect((await syd.show(RARE[6]!)).data.product.version).toBe(1);
    expect(await show(RARE[6]!)).toBe(2);
  });

  it('keeps the newest token, which is not always the last, and compares numbers', () => {
    const keeper = new TokenKeeper();
    const learn = (token: string | null) => {
      keeper.learn({ get: () => token });
      return keeper.headers['Lastmile-Token'];
    };
    expect(keeper.headers).toEqual({});
    expect(learn(null)).toBeUndefined();
    expect(['5-9', '5-10', '5-9', '5-11'].map(learn)).toEqual(['5-9', '5-10', '5-10', '5-11']);
    keeper.learn(undefined);
    expect(learn(null)).toBe('5-11');
    // Not older, and open: it may stand for more.
    expect(['5-11+', '5-11', '5-9'].map(learn)).toEqual(['5-11+', '5-11+', '5-11+']);
  });

  it.each(['6-2', '4-2'])(
    'P27 takes a token of another epoch, %s, from whoever was shown its own',
    (other) => {
      const keeper = new TokenKeeper();
      keeper.learn({ get: () => '5-10' });
      const sent = keeper.headers;
      keeper.learn({ get: () => other }, sent);
      expect(keeper.headers).toEqual({ 'Lastmile-Token': other });
      // One that was asked for before that: which of the two is the later only the primary knows.
      keeper.learn({ get: () => '5-11' }, sent);
      expect(keeper.headers['Lastmile-Token']).toMatch(/^\d-\d+\+$/);
    },
  );
});

describe('P08', () => {
  const IDS = RARE.slice(10, 14);
  /** Shorter than the way to the primary and back below: a region that is that far away cannot wait for its answer. */
  const WAIT_MS = 50;
  const FAR_MS = 40;
  const STEPS = 200;

  let regions: Regions<'iad' | 'syd' | 'lhr'>;
  beforeAll(async () => {
    regions = cleanup.add(
      await startRegions({
        regions: ['iad', 'syd', 'lhr'],
        data: rareShop(),
        env: { FRESHNESS_BOUND_MS: '60000', TOKEN_WAIT_MS: String(WAIT_MS) },
      }),
    );
  });
  beforeEach(() => {
    for (const region of [regions.syd, regions.lhr]) region.probe.delay(FAR_MS);
  });
  afterEach(() => restored(regions));

  /** What a region shows that asks upstream, while no other region has heard of the change. @returns its token */
  async function seenEarly(id: string): Promise<string> {
    const { iad, syd, lhr } = regions;
    await lhr.warm([id]);
    for (const region of [syd, lhr]) region.link.blackHole();
    await iad.change(id);
    const early = await syd.show(id, {
      'lastmile-token': (await iad.position()).position.replace(/\d+$/, '0'),
    });
    expect(early.data.product.version).toBe(2);
    return early.token!;
  }

  it('P08 covers what upstream showed before the region heard of it, however far the primary is', async () => {
    const { lhr } = regions;
    const token = await seenEarly(RARE[20]!);
    expect((await lhr.show(RARE[20]!)).data.product.version).toBe(1);
    expect((await lhr.show(RARE[20]!, { 'lastmile-token': token })).data.product.version).toBe(2);
  });

  it('P08 leaves open what a token covers while the primary cannot be asked, and says it once it can', async () => {
    const { syd, lhr } = regions;
    await syd.probe.blackHole();
    const token = await seenEarly(RARE[21]!);
    expect(token).toMatch(/^\d+-\d+\+/);
    expect(token.length).toBeLessThanOrEqual(64);
    expect((await lhr.show(RARE[21]!)).data.product.version).toBe(1);
    const later = await lhr.show(RARE[21]!, { 'lastmile-token': token });
    expect(later.data.product.version).toBe(2);
    await syd.restore();
    await until('the region that gave it knows what it covers', async () => {
      const { token: next, cacheStatus } = await syd.show(RARE[21]!, { 'lastmile-token': token });
      return cacheStatus.startsWith('hit') && next !== undefined && parsePosition(next) !== undefined;
    });
  });

  /**
   * One client that presents its last token, at any region, while others change things and links vary.
   * @returns answers that were older than a change at or before the token that was presented, or than an answer before
   */
  async function walk(seed: number, steps: number, presents: boolean): Promise<string[]> {
    const { next, pick: any } = seededRandom(seed);
    const keeper = new TokenKeeper();
    const changes: { id: string; version: number; token: string }[] = [];
    const broken: string[] = [];
    const seen = new Map<string, number>();
    for (let step = 0; step < steps; step++) {
      const region = any(regions.all);
      const id = any(IDS);
      const dice = next();
      if (dice < 0.15) any(regions.all).link.delay(any([0, 5, 60, 500]));
      else if (dice < 0.2) any(regions.all).probe.delay(any([0, FAR_MS]));
      else if (dice < 0.42) {
        const own = dice >= 0.35;
        const sent = keeper.headers;
        const { data, token } = await region.change(id, own ? sent : {});
        changes.push({ id, version: data.likeProduct.version, token: token! });
        if (own) keeper.learn({ get: () => token! }, sent);
      } else {
        const sent = keeper.headers;
        const held = sent['Lastmile-Token'];
        const { data, token, cacheStatus } = await region.show(id, presents ? sent : {});
        const due = changes.filter((change) => change.id === id && held && !isAfter(change.token, held));
        const version = Math.max(seen.get(id) ?? 0, ...due.map((change) => change.version));
        if (data.product.version < version)
          broken.push(
            `step ${step}: ${region.name} showed ${data.product.version} for ${version}: ${cacheStatus}`,
          );
        if (held && presents) seen.set(id, Math.max(version, data.product.version));
        if (token) keeper.learn({ get: () => token }, presents ? sent : {});
      }
    }
    return broken;
  }

  const isAfter = (token: string, other: string): boolean =>
    comparePositions(parseToken(token)!.position, parseToken(other)!.position) > 0;

  it.each([1, 2, 3])(
    'P08 never takes a client that presents its token back in time, in any region: seed %i',
    async (seed) => {
      expect(await walk(seed, STEPS, true)).toEqual([]);
    },
  );

  it('negative control: a client that presents no token is shown what was before', async () => {
    let broken: string[] = [];
    for (let seed = 1; seed <= 10 && broken.length === 0; seed++) broken = await walk(seed, STEPS, false);
    expect(broken).not.toEqual([]);
  });
});
