import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type Answer } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { startPrimary } from '../kit/redis-region';
import { shopTypes } from '../kit/shop-schema';
import { until } from '../kit/until';
import { REASONS, type Reason } from '../../src/report/reason';

const cleanup = cleanupAfterEach();

const DEBUG = { 'lastmile-debug': '1' };
const KETTLE = '{ product(id: "1") { name } }';
const RENAME = 'mutation { renameProduct(id: "1", name: "Renamed") { id } }';

const SCHEMA = `
  directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  ${shopTypes}
  type Subscription { ticks: Int }
`;

type Ask = (query: string, headers?: Record<string, string>) => Promise<Answer>;
type Case = (ask: Ask, origin: Origin) => Promise<Answer>;

/** How to meet each reason. What is not listed here needs more than this: see below. */
const CASES: Partial<Record<Reason, readonly [env: Record<string, string>, meet: Case]>> = {
  absent: [{}, (ask) => ask(KETTLE)],
  expired: [
    // Kept past its maxAge only for a use; else it is not there any more.
    { STALE_IF_ERROR: '600' },
    async (ask) => {
      const query = '{ header(name: "a") }';
      await ask(query);
      return until('it has expired', async () => {
        const answer = await ask(query);
        return answer.cacheStatus.startsWith('hit') ? undefined : answer;
      });
    },
  ],
  purged: [
    {},
    async (ask) => {
      await ask(KETTLE);
      await ask(RENAME);
      return ask(KETTLE);
    },
  ],
  'no-policy': [{}, (ask) => ask('{ serial }')],
  private: [{}, (ask) => ask('{ viewer { name } }')],
  credentials: [{ DEFAULT_MAX_AGE: '60' }, (ask) => ask('{ serial }', { authorization: 'Bearer alice' })],
  'unkeyed-header': [{ FORWARD_HEADERS: 'x-trace' }, (ask) => ask(KETTLE, { 'x-trace': '1' })],
  mutation: [{}, (ask) => ask(RENAME)],
  subscription: [{}, (ask) => ask('subscription { ticks }')],
  introspection: [{}, (ask) => ask('{ __schema { queryType { name } } }')],
  incremental: [{}, (ask) => ask(`{ ... @defer { product(id: "1") { name } } }`)],
  error: [
    {},
    (ask, origin) => {
      origin.fail('errors');
      return ask(KETTLE);
    },
  ],
  'too-large': [{ MAX_ENTRY_BYTES: '20' }, (ask) => ask(KETTLE)],
  'not-stored': [{ MEMORY_CACHE_BYTES: '0' }, (ask) => ask(KETTLE)],
  'set-cookie': [
    {},
    (ask, origin) => {
      origin.answerHeaders = { 'set-cookie': 'a=b' };
      return ask(KETTLE);
    },
  ],
  status: [
    {},
    (ask, origin) => {
      origin.answerStatus = 404;
      return ask(KETTLE);
    },
  ],
  upstream: [
    {},
    (ask, origin) => {
      origin.answerHeaders = { 'cache-control': 'private' };
      return ask(KETTLE);
    },
  ],
  untagged: [
    {},
    (ask, origin) => {
      origin.lie(() => ({ data: { product: { name: 'Kettle', __lm_key_7_Product_id: null } } }));
      return ask(KETTLE);
    },
  ],
  token: [
    {},
    async (ask) => {
      const { token } = await ask(RENAME);
      return ask(KETTLE, { 'lastmile-token': token!.replace(/-\d+$/, '-999999') });
    },
  ],
  excluded: [{ NO_CACHE_OPERATIONS: 'Cart, Kett*' }, (ask) => ask(`query Kettle ${KETTLE}`)],
  request: [{}, (ask) => ask(KETTLE, { 'cache-control': 'only-if-cached' })],
  invalid: [{}, (ask) => ask('{ nope }')],
  parts: [
    {},
    async (ask, origin) => {
      await ask('{ products { name version } }');
      origin.change(({ products }) => products.splice(0, 1));
      return ask('{ products { name version } }');
    },
  ],
};

describe('every reason of the list', () => {
  it.each(Object.entries(CASES))('is met, and told with its remedy: %s', async (reason, [env, meet]) => {
    const origin = cleanup.add(await startOrigin());
    const schema = SCHEMA.replace('version: Int!', 'version: Int! @cacheControl(maxAge: 0)').replace(
      /(header\(name: String!\): String @cacheControl\(maxAge:) 60/,
      '$1 1',
    );
    const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }, { schema }));
    const answer = await meet(
      (query, headers) => gateway.query(query, { headers: { ...DEBUG, ...headers } }),
      origin,
    );
    const { cacheStatus } = answer;
    if (reason === 'absent') expect(cacheStatus).toBe('fwd=uri-miss; stored');
    else expect(cacheStatus).toMatch(new RegExp(`; detail=${reason}$`));
    // An operation that could not be read has nothing to explain, nor has a stream an end to explain at.
    const explained = answer.extensions?.lastmile?.explain?.answered;
    if (reason !== 'invalid' && reason !== 'subscription')
      expect(explained).toMatchObject({
        meaning: REASONS[reason as Reason][0],
        remedy: REASONS[reason as Reason][1],
      });
  });

  it('is met before the schema was read, before the region was proven, and once it has forgotten: not-ready, unproven, distrusted', async () => {
    const origin = cleanup.add(await startOrigin());
    origin.fail('destroy');
    const waiting = cleanup.add(
      await startGateway({ UPSTREAM_URL: origin.url }, { schema: null, awaitReady: false }),
    );
    expect((await waiting.query(KETTLE)).cacheStatus).toMatch(/; detail=not-ready$/);
    origin.recover();

    const primary = cleanup.add(await startPrimary());
    const gateway = cleanup.add(
      await startGateway({ UPSTREAM_URL: origin.url, REDIS_URL: primary.url, PROBE_INTERVAL_MS: '100' }),
    );
    const ask = () => gateway.query(KETTLE);
    await until('it hits', async () => (await ask()).cacheStatus.startsWith('hit'));
    await primary.client().flushall();
    const met = new Set<string>();
    await until('it has noticed', async () => {
      met.add((await ask()).cacheStatus.replace(/^hit.*/, 'hit'));
      return [...met].some((status) => status.endsWith('detail=distrusted'));
    });
    await primary.stop();
    await until('nothing is proven any more', async () =>
      (await ask()).cacheStatus.endsWith('detail=unproven'),
    );
  });

  it('is among these', () => {
    const elsewhere: Reason[] = [
      'not-ready',
      'upload',
      'overloaded',
      'off',
      'unproven',
      'distrusted',
      'too-complex',
      'schema-changed',
    ];
    expect([...Object.keys(CASES), ...elsewhere].sort()).toEqual(Object.keys(REASONS).sort());
  });
});
