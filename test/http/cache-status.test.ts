import * as fc from 'fast-check';
import { formatCacheStatus, forwarded, type CacheStatus } from '../../src/report/cache-status';
import { REASONS, type Reason } from '../../src/report/reason';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type Answer } from '../kit/gateway';
import { startOrigin } from '../kit/origin';
import { readCacheStatus } from './structured-fields';

const cleanup = cleanupAfterEach();
const reasons = Object.keys(REASONS) as Reason[];

describe('the reader of these tests', () => {
  it.each([
    'a; hit; ttl=5, "b c\\""; fwd=miss; collapsed=?0;detail="x y"',
    'a;hit;ttl=-1',
    'a:b/c ; fwd=stale'.replace(' ;', ';'),
  ])('reads %s', (text) => {
    expect(readCacheStatus(text)[0]?.parameters.size).toBeGreaterThan(0);
  });

  it.each([
    '',
    'a',
    '1a; hit',
    'a; hit; fwd=miss',
    'a; hit=1',
    'a; hit; stored',
    'a; fwd=nonsense',
    'a; fwd="miss"x',
    'a; hit; ttl=1.5',
    'a; hit; ttl=99999999999999999',
    'a; hit; hit',
    'a; hit; TTL=1',
    'a; hit; color=red',
    'a; hit,',
    'a; hit ; ttl=1',
    'a; fwd=miss; detail=ä',
  ])('refuses %s', (text) => {
    expect(() => readCacheStatus(text)).toThrow();
  });
});

it('P61 writes RFC 9211 for every region and every outcome', () => {
  const why = fc.constantFrom(...reasons);
  const status: fc.Arbitrary<CacheStatus> = fc.oneof(
    fc.record({
      kind: fc.constant('hit' as const),
      ttl: fc.integer(),
      why: fc.option(why, { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('forwarded' as const),
      fwd: fc.constantFrom(...reasons.map(forwarded)),
      why: fc.constantFrom(...reasons),
      stored: fc.boolean(),
      collapsed: fc.boolean(),
    }),
  );
  // What a region may be called: see `placeName`.
  const region = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/);
  fc.assert(
    fc.property(region, status, (name, outcome) => {
      const [member, ...others] = readCacheStatus(formatCacheStatus(`lastmile-${name}`, outcome));
      expect(others).toEqual([]);
      expect(member?.name).toBe(`lastmile-${name}`);
      expect(member?.parameters.get('ttl')).toBe(outcome.kind === 'hit' ? outcome.ttl : undefined);
      expect(member?.parameters.get('stored')).toBe(
        outcome.kind === 'hit' ? undefined : outcome.stored || undefined,
      );
    }),
  );
});

it('P61 says what became of each request in RFC 9211, with a reason from the list', async () => {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, REGION: 'syd_1' }));
  const seen: string[] = [];
  const read = ({ headers, status }: Answer, expected: string): void => {
    const members = readCacheStatus(headers['cache-status'] as string);
    const [{ name, parameters } = { name: '', parameters: new Map() }] = members;
    expect(name).toBe('lastmile-syd_1');
    const detail = parameters.get('detail');
    if (detail !== undefined) expect(reasons).toContain(detail);
    seen.push(String(headers['cache-status']));
    expect([status, [parameters.get('fwd') ?? 'hit', detail].filter(Boolean).join(' ')]).toEqual([
      status,
      expected,
    ]);
  };
  const products = '{ products { name } }';
  read(await gateway.query(products), 'uri-miss');
  read(await gateway.query(products), 'hit');
  read(await gateway.query(products, { headers: { 'if-none-match': '*' }, method: 'GET' }), 'hit');
  read(await gateway.query('mutation { likeProduct(id: "1") { likes } }'), 'method mutation');
  const renamed = await gateway.query('mutation { renameProduct(id: "1", name: "a") { id } }');
  read(renamed, 'method mutation');
  read(await gateway.query(products), 'stale purged');
  read(await gateway.query('{ serial }'), 'bypass no-policy');
  read(await gateway.query('{ __schema { queryType { name } } }'), 'bypass introspection');
  read(await gateway.query('{ viewer { name } }'), 'bypass private');
  read(await gateway.query('{ nothing }'), 'bypass invalid');
  read(await gateway.query('mutation { touchNothing }', { method: 'GET' }), 'bypass invalid');
  const later = `${String(renamed.headers['lastmile-token']).split('-')[0]}-99999`;
  read(await gateway.query(products, { headers: { 'lastmile-token': later } }), 'request token');
  read(
    await gateway.query('{ serial }', { headers: { 'cache-control': 'only-if-cached' } }),
    'request request',
  );
  read(await gateway.send({ path: '/nowhere' }), 'bypass invalid');
  read(await gateway.send({ method: 'PUT', body: '{}' }), 'bypass invalid');
  origin.fail('500', 2);
  read(await gateway.query('{ categories { name } }'), 'uri-miss error');
  expect(seen.filter((text) => !text.includes('; '))).toEqual([]);
});

it('P61 says of a batch what became of each of its requests', async () => {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
  const queries = ['{ products { name } }', '{ serial }', '{ nothing }'];
  const send = () =>
    gateway.send({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(queries.map((query) => ({ query }))),
    });
  await send();
  const members = readCacheStatus((await send()).headers['cache-status'] as string);
  expect(members.map(({ parameters }) => parameters.get('fwd') ?? 'hit')).toEqual([
    'hit',
    'bypass',
    'bypass',
  ]);
});
