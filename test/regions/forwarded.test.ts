/** What a gateway that sends mutations on is told of them, and what its clients' tokens are worth on the way. */
import { cleanupAfterAll } from '../kit/cleanup';
import { until } from '../kit/until';
import { RARE, rareShop, startRegions, type Regions } from '../kit/regions';
import type { Answer } from '../kit/gateway';

const cleanup = cleanupAfterAll();

/** What none of the changes below concerns. */
const NEWS = '{ bundle(id: "1") { name } }';

let regions: Regions<'iad' | 'syd'>;
beforeAll(async () => {
  regions = cleanup.add(
    await startRegions({
      regions: ['iad', 'syd'],
      data: rareShop(),
      env: {
        FRESHNESS_BOUND_MS: '30000',
        PROBE_INTERVAL_MS: '1000',
        TOKEN_WAIT_MS: '50',
        MAX_ALIASES: '400',
        UPSTREAM_TIMEOUT_MS: '60000',
      },
    }),
  );
});

beforeEach(() => regions.syd.warm([RARE[0]!, RARE[399]!]));
afterEach(async () => {
  for (const region of regions.all) {
    for (const link of [region.link, region.probe]) link.delay(0);
    await region.restore();
  }
  for (const region of regions.all) await region.caughtUp();
});

/** One mutation that touches each of these. */
const likeAll = (ids: readonly string[]): string =>
  `mutation { ${ids.map((id, at) => `m${at}: likeProduct(id: "${id}") { version }`).join(' ')} }`;

const batch = async (queries: readonly string[], headers: Record<string, string> = {}): Promise<Answer> =>
  regions.syd.gateway.send({
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(queries.map((query) => ({ query }))),
  });

const like = (id: string): string => `mutation { likeProduct(id: "${id}") { version } }`;
const show = (id: string): string => `{ product(id: "${id}") { version } }`;

describe('a gateway that sends mutations on', () => {
  it('is told what a whole batch of them purged, however much that is', async () => {
    const { syd } = regions;
    const before = (await syd.show(RARE[0]!)).data.product.version as number;
    syd.link.blackHole();
    // Each of them fills an eighth of what Node reads of headers.
    const nine = Array.from({ length: 9 }, (_, at) => likeAll(RARE.slice(1 + 30 * at, 91 + 30 * at)));
    const made = await batch([...nine, like(RARE[0]!)]);
    expect([made.status, made.token]).toEqual([200, expect.stringMatching(/^\d+-\d+$/)]);
    expect((await syd.show(RARE[0]!)).data.product.version).toBe(before + 1);
  });

  it('is told every tag of a batch, as far as they fit', async () => {
    const { syd } = regions;
    await syd.serves(NEWS);
    syd.link.blackHole();
    await batch([like(RARE[0]!), like(RARE[399]!)]);
    for (const id of [RARE[0]!, RARE[399]!])
      expect((await syd.show(id)).cacheStatus).toMatch(/detail=purged/);
    expect((await syd.query(NEWS)).cacheStatus).toMatch(/^hit/);
  });

  it('goes past its cache until the log is there where the tags do not fit, and has lost nothing then', async () => {
    const { syd } = regions;
    // On a busy machine the primary may take longer than it is given: then its gateway is told to purge all.
    const { token } = await until('the primary has acknowledged it in time', async () => {
      await syd.restore();
      await syd.serves(NEWS);
      syd.link.blackHole();
      const answer = await syd.query(likeAll(RARE));
      return answer.token !== undefined && answer;
    });
    expect((await syd.query(NEWS)).cacheStatus).toBe('fwd=stale; detail=distrusted');
    await syd.link.restore();
    await syd.reaches(token);
    expect((await syd.query(NEWS)).cacheStatus).toMatch(/^hit/);
    expect((await syd.show(RARE[0]!)).cacheStatus).toMatch(/detail=purged/);
  });

  it('applies and appends what the primary has not acknowledged to the gateway there', async () => {
    const { iad, syd } = regions;
    const before = (await syd.show(RARE[0]!)).data.product.version as number;
    iad.probe.cut();
    const other = cleanup.add(await syd.addGateway());
    const { data, extensions, token } = await syd.change(RARE[0]!);
    expect([data.likeProduct.version, token]).toEqual([before + 1, undefined]);
    expect(extensions.lastmile.warning).toMatch(/is being retried/);
    expect((await syd.show(RARE[0]!)).data.product.version).toBe(before + 1);
    // It can reach the primary: every gateway of every region hears of it.
    await until('the other gateway has it', async () => {
      const { data } = await other.query(show(RARE[0]!));
      return data.product.version === before + 1;
    });
  });

  it('P07 P08 sends a client’s token on with a batch', async () => {
    const { iad, syd } = regions;
    await iad.serves(show(RARE[399]!));
    const { data } = await iad.query(show(RARE[399]!));
    iad.link.blackHole();
    regions.origin.change((shop) => void (shop.products.find(({ id }) => id === RARE[399])!.version += 1));
    const token = await syd.purge({ tags: [`Product:${RARE[399]}`] });
    const [, read] = JSON.parse(
      (await batch([like(RARE[0]!), show(RARE[399]!)], { 'lastmile-token': token })).text,
    ) as { data: { product: { version: number } } }[];
    expect(read!.data.product.version).toBe(data.product.version + 1);
  });
});
