/** The token after an answer in parts, where the log is slow and the API is asked by several processes. */
import { formatPosition } from '../../src/purge/position';
import { Cleanup } from '../kit/cleanup';
import { startLink, type Link } from '../kit/link';
import { startPrimary, startReplica } from '../kit/redis-region';
import { Shop } from '../kit/shop';
import { PATIENCE, until } from '../kit/until';
import { ShopServer, type ShopAnswer } from './shop-server';

const cleanup = new Cleanup();
const ALICE = { authorization: 'Bearer alice' };
const BOB = { authorization: 'Bearer bob' };

/** of the primary region */
let near: ShopServer;
/** two processes of another one */
let far: ShopServer;
let beside: ShopServer;
/** on which the other region hears of purges */
let link: Link;

beforeAll(async () => {
  const primary = cleanup.add(await startPrimary());
  link = cleanup.add(await startLink(primary.port));
  const replica = cleanup.add(await startReplica(link));
  await replica.inSync();
  const shop = new Shop();
  [near, far, beside] = [primary, replica, replica].map((redis) =>
    cleanup.add(
      new ShopServer({
        shop,
        session: ({ request }) => request.headers.get('authorization'),
        tokenWaitMs: 200,
        // Nothing but what a test does asks the primary.
        regionOptions: {
          redisUrl: redis.url,
          primaryRedisUrl: primary.url,
          freshnessBoundMs: 600_000,
          probeIntervalMs: 600_000,
        },
      }),
    ),
  ) as [ShopServer, ShopServer, ShopServer];
  await until('all are proven', async () => {
    for (const { region } of [near, far, beside]) await region.purges.latestPosition(1000);
    return [near, far, beside].every(({ region }) => region.isProven);
  });
}, 120_000);
afterAll(() => cleanup.run());

/** A page of what all share and what is one's own, and another entry that shows the first. */
interface Asked {
  readonly page: string;
  readonly own: string;
  readonly old: string;
}

/** @param id of a product, which no other test asks for */
function askedOf(id: string, below = '{ name }', ofViewer = 'name'): Asked {
  const own = `viewer { v${id}: ${ofViewer} }`;
  return {
    page: `{ product(id: "${id}") ${below} ${own} }`,
    own: `{ ${own} }`,
    old: `{ old: product(id: "${id}") { name } }`,
  };
}

/**
 * The far region has heard of all, has one part and an old answer elsewhere, and asked the primary after that: then it does not ask
 * again by itself. Then the product is renamed, of which it does not hear.
 */
async function renamed(id: string, old: string, part: string, headers = ALICE): Promise<void> {
  await link.restore();
  expect(await far.region.purges.reached(near.region.purges.table.position, PATIENCE)).toBe(true);
  await far.query(part, {}, headers);
  await far.query(old);
  expect(await far.region.purges.latestPosition(PATIENCE)).toBeDefined();
  link.blackHole();
  const { token } = await near.query(`mutation { renameProduct(id: "${id}", name: "New") { id } }`);
  expect(token).not.toBeNull();
}

/** Asks with a token that the region has reached, and then for the old answer, with the token after that. */
async function pageThenOld({ page, old }: Asked): Promise<readonly [page: ShopAnswer, old: ShopAnswer]> {
  const reached = formatPosition(far.region.purges.table.position);
  const first = await far.query(page, {}, { ...ALICE, 'lastmile-token': reached });
  // Without one it is shown, as it must be for the rest to say anything.
  expect((await far.query(old)).data.old.name).not.toBe('New');
  return [first, await far.query(old, {}, { 'lastmile-token': first.token! })];
}

describe('P08 the token after an answer in parts covers what it showed', () => {
  it('of a part that another process had asked for', async () => {
    const asked = askedOf('1');
    await renamed('1', asked.old, asked.own);
    const kept = jest.spyOn(beside.region, 'keep');
    await beside.query('{ product(id: "1") { name } serial }');
    const [{ key }] = kept.mock.calls[0]!;
    await until('the part is in the Redis', () => beside.region.far?.get(key));
    const [page, old] = await pageThenOld(asked);
    expect(page.cacheStatus).toMatch(/^hit/);
    expect([page.data.product.name, old.data.old.name]).toEqual(['New', 'New']);
  });

  it('of a part in memory that is younger than another', async () => {
    const asked = askedOf('2');
    await renamed('2', asked.old, asked.own);
    await far.query('{ product(id: "2") { name } serial }');
    const [page, old] = await pageThenOld(asked);
    expect(page.cacheStatus).toMatch(/^hit/);
    expect([page.data.product.name, old.data.old.name]).toEqual(['New', 'New']);
  });

  it('of a part that was run', async () => {
    const asked = askedOf('3');
    await renamed('3', asked.old, asked.own);
    const [page, old] = await pageThenOld(asked);
    expect(page.cacheStatus).toBe('fwd=partial; stored; detail=absent');
    expect([page.data.product.name, old.data.old.name]).toEqual(['New', 'New']);
  });

  it('of all that was run, since what was there did not fit', async () => {
    const asked = askedOf('4', '{ id name }', 'basket { id name }');
    await renamed('4', asked.old, asked.page, BOB);
    const [page, old] = await pageThenOld(asked);
    expect(page.cacheStatus).toMatch(/detail=parts$/);
    expect([page.data.product.name, old.data.old.name]).toEqual(['New', 'New']);
  });
});
