/** What `/metrics` says of answers: how long they took, and by which operation. */
import type { CacheStatus } from '../../src/report/cache-status';
import { LastmileError } from '../../src/report/error';
import { Metrics, type Measured } from '../../src/server/metrics';
import { timedUpstream } from '../../src/upstream/timed-upstream';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from '../../src/upstream/upstream';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { startOrigin } from '../kit/origin';

const cleanup = cleanupAfterEach();

const HIT: CacheStatus = { kind: 'hit', ttl: 9 };
const MISS: CacheStatus = { kind: 'forwarded', fwd: 'uri-miss', why: 'absent', stored: true };
const PRIVATE: CacheStatus = { kind: 'forwarded', fwd: 'bypass', why: 'private' };
const MUTATION: CacheStatus = { kind: 'forwarded', fwd: 'method', why: 'mutation' };

function createMetrics(): Metrics {
  return new Metrics('syd', { region: {} } as Measured);
}

/** The lines of one figure, each without its name and the region. */
async function linesOf(metrics: Metrics, name: string): Promise<string[]> {
  const text = await metrics.registry.getSingleMetricAsString(name);
  return text
    .split('\n')
    .filter((line) => line.startsWith(name))
    .map((line) => line.slice(name.length).replace(/,?region="syd",?/, ''));
}

describe('lastmile_answer_seconds', () => {
  it('counts each answer in the buckets of its outcome, up to all of them', async () => {
    const metrics = createMetrics();
    for (const milliseconds of [0.05, 0.1, 0.2, 80, 20_000]) metrics.observe(HIT, milliseconds);
    const lines = await linesOf(metrics, 'lastmile_answer_seconds');
    const bucket = (le: string) =>
      lines.find((line) => line.includes(`le="${le}"`) && line.includes('"hit"'));
    expect(bucket('0.0001')).toMatch(/ 2$/);
    expect(bucket('0.00025')).toMatch(/ 3$/);
    expect(bucket('0.1')).toMatch(/ 4$/);
    expect(bucket('10')).toMatch(/ 4$/);
    expect(bucket('+Inf')).toMatch(/ 5$/);
    expect(lines).toContain('_count{outcome="hit"} 5');
    expect(lines.find((line) => line.startsWith('_sum{outcome="hit"'))).toMatch(/ 20\.08035\d*$/);
  });

  it.each<[string, CacheStatus | undefined]>([
    ['hit', HIT],
    ['stale', { kind: 'hit', ttl: -3, why: 'expired' }],
    ['miss', MISS],
    ['miss', { kind: 'forwarded', fwd: 'stale', why: 'purged' }],
    ['partial', { kind: 'forwarded', fwd: 'partial', why: 'absent' }],
    ['bypass', PRIVATE],
    ['bypass', MUTATION],
    ['error', undefined],
  ])('has it for %s', async (outcome, status) => {
    const metrics = createMetrics();
    metrics.observe(status, 1);
    const counts = (await linesOf(metrics, 'lastmile_answer_seconds')).filter((line) =>
      /^_count.* 1$/.test(line),
    );
    expect(counts).toEqual([`_count{outcome="${outcome}"} 1`]);
  });
});

describe('lastmile_operations_total', () => {
  it('counts by name, outcome and reason', async () => {
    const metrics = createMetrics();
    metrics.observe(HIT, 1, 'Home');
    metrics.observe(HIT, 1, 'Home');
    metrics.observe(PRIVATE, 1, 'Home');
    metrics.observe(MISS, 1);
    metrics.observe(undefined, 1);
    expect(await linesOf(metrics, 'lastmile_operations_total')).toEqual([
      '{operation="Home",outcome="hit",reason=""} 2',
      '{operation="Home",outcome="bypass",reason="private"} 1',
      '{operation="unnamed",outcome="miss",reason="absent"} 1',
      '{operation="unnamed",outcome="error",reason=""} 1',
    ]);
  });

  it('P47 keeps a hundred names, and counts all others as one', async () => {
    const metrics = createMetrics();
    for (let at = 0; at < 1_000; at++) metrics.observe(HIT, 1, `Op${at}`);
    metrics.observe(HIT, 1, 'Op7');
    const lines = await linesOf(metrics, 'lastmile_operations_total');
    expect(lines).toHaveLength(101);
    expect(lines).toContain('{operation="Op7",outcome="hit",reason=""} 2');
    expect(lines.at(-1)).toBe('{operation="other",outcome="hit",reason=""} 900');
  });
});

it('P47 tells of what clients asked for by name, and how long it took', async () => {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
  await gateway.query('query Kettle { product(id: "1") { name } }');
  await gateway.query('query Kettle { product(id: "1") { name } }');
  await gateway.query('query Kettle { nothing }');
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  expect(text).toMatch(/lastmile_operations_total\{operation="Kettle",outcome="hit".*\} 1\n/);
  expect(text).toMatch(
    /lastmile_operations_total\{operation="Kettle",outcome="miss",reason="absent".*\} 1\n/,
  );
  expect(text).toMatch(/lastmile_answer_seconds_count\{.*outcome="hit".*\} 1\n/);
  expect(text).toMatch(/lastmile_answer_seconds_count\{.*outcome="miss".*\} 1\n/);
  expect(text).toMatch(/lastmile_upstream_seconds_count\{.*outcome="answered".*\} 1\n/);
  expect(text).toMatch(/lastmile_upstream_seconds_count\{.*outcome="failed".*\} 0\n/);
});

it('counts the purges of each mutation', async () => {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
  for (const id of ['1', '2']) await gateway.query(`mutation { likeProduct(id: "${id}") { likes } }`);
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  expect(text.match(/^lastmile_purges_total\{.*$/gm)).toEqual([
    expect.stringMatching(/\{mutation="likeProduct",.*\} 2$/),
  ]);
});

describe('the time of a call upstream', () => {
  const request = {} as UpstreamRequest;
  const answering = (answer: Partial<UpstreamAnswer>): Upstream => ({
    execute: () => Promise.resolve({ result: {}, headers: {}, answered: true, ...answer }),
    close: () => Promise.resolve(),
  });

  it.each<[string, Partial<UpstreamAnswer>, unknown[]]>([
    ['an answer', {}, [['answered', 30]]],
    ['a fault', { answered: false, fault: new LastmileError('UPSTREAM_TIMEOUT') }, [['failed', 30]]],
    ['one that all gave up', { answered: false, fault: new LastmileError('ABANDONED') }, []],
  ])('is told of %s', async (_, answer, told) => {
    let time = 0;
    const took = jest.fn();
    const upstream = timedUpstream(answering(answer), { now: () => (time += 30), took });
    expect(await upstream.execute(request)).toMatchObject(answer);
    expect(took.mock.calls).toEqual(told);
  });
});
