/** Traces, as a collector is told of them. */
import { cleanupAfterAll } from '../kit/cleanup';
import { startCollector, type Collector, type CollectedSpan } from '../kit/collector';
import { freePort } from '../kit/free-port';
import { startGateway } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { startOrigin } from '../kit/origin';
import { startRegions, type Regions } from '../kit/regions';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();
let collector: Collector;
let world: Regions<'iad' | 'syd'>;

beforeAll(async () => {
  collector = cleanup.add(await startCollector());
  world = cleanup.add(await startRegions({ regions: ['iad', 'syd'], env: collector.env }));
});

let made = 0;

/** A trace that a client has begun. */
function startTrace(isSampled = true) {
  made++;
  const traceId = made.toString(16).padStart(32, 'a');
  return { traceId, headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-0${isSampled ? 1 : 0}` } };
}

const regionOf = ({ resource }: CollectedSpan): unknown => resource['cloud.region'];

/** Resolves with what is told of a request, once the request is. */
async function spansOf(traceId: string): Promise<CollectedSpan[]> {
  await collector.until('the request', (span) => span.traceId === traceId && isRequest(span));
  return collector.of(traceId);
}

function isRequest({ parentSpanId, name }: CollectedSpan): boolean {
  return parentSpanId === '00f067aa0ba902b7' && name !== 'request';
}

it('one trace shows a mutation, its purge, and its arrival in every region', async () => {
  const { iad, syd, origin } = world;
  const { traceId, headers } = startTrace();
  expect((await syd.change('7', headers)).errors).toBeUndefined();
  const arrivals = await collector.until(
    'the purge has come to both regions',
    (span) => span.traceId === traceId && span.name === 'purge arrival',
    2,
  );
  await collector.until(
    'both requests are told of',
    (span) => span.traceId === traceId && span.name === 'mutation',
    2,
  );
  const spans = collector.of(traceId);
  const only = (name: string, region: string): CollectedSpan => {
    const found = spans.filter((span) => span.name === name && regionOf(span) === region);
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  const [asked, ran] = [only('mutation', syd.name), only('mutation', iad.name)];
  const [forward, purge] = [only('forward', syd.name), only('purge', iad.name)];
  expect(asked.parentSpanId).toBe('00f067aa0ba902b7');
  expect(forward.parentSpanId).toBe(asked.spanId);
  expect(ran.parentSpanId).toBe(forward.spanId);
  expect(purge.parentSpanId).toBe(ran.spanId);
  expect(arrivals.map(regionOf).sort()).toEqual(['iad', 'syd']);
  expect(arrivals.map(({ parentSpanId }) => parentSpanId)).toEqual([purge.spanId, purge.spanId]);
  expect(arrivals[0].attributes['lastmile.position']).toBe(purge.attributes['lastmile.position']);
  const upstream = only('upstream', iad.name);
  expect(upstream.parentSpanId).toBe(ran.spanId);
  expect(origin.received.at(-1)?.headers['traceparent']).toBe(`00-${traceId}-${upstream.spanId}-01`);
});

it('shows what a miss did: looked in Redis, waited, asked and stored', async () => {
  const { iad } = world;
  const { traceId, headers } = startTrace();
  await iad.query('query Likes { product(id: "3") { likes } }', { headers });
  const spans = await spansOf(traceId);
  const root = spans.find(isRequest)!;
  expect(root).toMatchObject({
    name: 'query',
    isFailed: false,
    attributes: {
      'graphql.operation.name': 'Likes',
      'graphql.operation.type': 'query',
      'lastmile.outcome': 'miss',
      'lastmile.reason': 'absent',
    },
  });
  const places = spans.flatMap(({ name, attributes }) =>
    name === 'look-up' ? [String(attributes['lastmile.at'])] : [],
  );
  expect(new Set(places)).toEqual(new Set(['redis']));
  expect(spans.map(({ name }) => name)).toContain('wait');
  const fill = spans.find(({ name }) => name === 'fill')!;
  expect(fill).toMatchObject({ parentSpanId: root.spanId, attributes: { 'lastmile.stored': true } });
  const upstream = spans.find(({ name }) => name === 'upstream')!;
  expect(upstream).toMatchObject({
    parentSpanId: fill.spanId,
    attributes: { 'http.response.status_code': 200 },
  });
});

it('shows a hit, whose key no trace is part of', async () => {
  const { syd } = world;
  await syd.serves('query Hit { product(id: "1") { name } }');
  const { traceId, headers } = startTrace();
  const answer = await syd.query('query Hit { product(id: "1") { name } }', { headers });
  expect(answer.cacheStatus).toMatch(/^hit/);
  const spans = await spansOf(traceId);
  expect(spans.map(({ name }) => name)).toEqual(['query']);
  expect(spans.find(isRequest)?.attributes).toMatchObject({ 'lastmile.outcome': 'hit' });
});

it('shows that a request waited for the call of another', async () => {
  const { iad, origin } = world;
  const held = origin.hold('categories');
  const first = iad.query('query Both { categories { id name } }');
  await held.arrived;
  const { traceId, headers } = startTrace();
  const second = iad.query('query Both { categories { id name } }', { headers });
  // Sent, and read: it is answered in the order of the connection's requests, but for those that wait.
  await iad.query('{ product(id: "1") { name } }');

  held.release();
  await Promise.all([first, second]);
  const spans = await spansOf(traceId);
  expect(spans.find(({ name }) => name === 'wait')?.attributes).toEqual({ 'lastmile.at': 'collapsed' });
  expect(spans.map(({ name }) => name)).not.toContain('upstream');
});

it('obeys a client that wants nothing traced', async () => {
  const { iad } = world;
  const silent = startTrace(false);
  await iad.query('query Silent { product(id: "2") { price } }', { headers: silent.headers });
  const { traceId, headers } = startTrace();
  await iad.query('query Told { product(id: "2") { price } }', { headers });
  await spansOf(traceId);
  expect(collector.of(silent.traceId)).toEqual([]);
  const passed = world.origin.received.map(({ headers: received }) => received['traceparent']);
  expect(passed).toContain(silent.headers.traceparent);
});

it('tells of no token, no value of a variable or of the text, no cookie and no tag', async () => {
  const { iad, syd } = world;
  const canary = 'CANARY';
  const headers = {
    authorization: `Bearer ${canary}-token`,
    cookie: `sid=${canary}-cookie`,
    'x-secret': `${canary}-header`,
    'lastmile-token': `${canary}-position`,
    baggage: `user=${canary}-baggage`,
    tracestate: `vendor=${canary}`,
  };
  for (const region of [iad, syd]) {
    const { traceId, headers: own } = startTrace();
    const all = { ...headers, ...own };
    await region.query(`{ product(id: "${canary}-literal") { name } }`, { headers: all });
    await region.query('query V($id: ID!) { product(id: $id) { name } }', {
      variables: { id: `${canary}-variable` },
      headers: all,
    });
    await region.query('mutation M($id: ID!) { likeProduct(id: $id) { version } }', {
      variables: { id: `${canary}-tag` },
      headers: all,
    });
    await region.query(`{ nothing${canary}(a: "${canary}") }`, { headers: all });
    await region.query('query V($id: ID!) { product(id: $id) { name } }', {
      variables: { id: `${canary}-get` },
      headers: all,
      method: 'GET',
    });
    await collector.until('all are told of', (span) => span.traceId === traceId && isRequest(span), 4);
  }
  expect(collector.text).toContain('graphql.operation.name');
  expect(collector.text).not.toContain(canary);
});

it('says in which trace an answer took so long, to a scraper that asks for it', async () => {
  const { iad } = world;
  const { traceId, headers } = startTrace();
  await iad.query('query Slow { product(id: "1") { stock: likes } }', { headers });
  const scrape = (accept: string) => fetch(`${iad.gateway.adminUrl}/metrics`, { headers: { accept } });
  const open = await scrape('application/openmetrics-text;version=1.0.0,text/plain;q=0.5');
  expect(open.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
  const text = await open.text();
  expect(text).toMatch(
    new RegExp(`^lastmile_answer_seconds_bucket\\{.*\\} \\d+ # \\{trace_id="${traceId}"\\}`, 'm'),
  );
  expect(text).toMatch(/# TYPE lastmile_operations counter\n/);
  expect(text).toMatch(/^lastmile_operations_total\{/m);
  expect(text).toMatch(/\n# EOF\n$/);
  const plain = await scrape('text/plain;version=0.0.4');
  expect(plain.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await plain.text()).not.toMatch(/trace_id|# EOF/);
});

it('goes on as ever while the collector is away, and says so', async () => {
  const origin = cleanup.add(await startOrigin());
  const address = `127.0.0.1:${await freePort()}`;
  const { log, lines } = takeDownLog();
  const gateway = cleanup.add(
    await startGateway(
      {
        UPSTREAM_URL: origin.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${address}/`,
        OTEL_TRACES_SAMPLER_ARG: '1',
      },
      { log },
    ),
  );
  for (let times = 0; times < 20; times++)
    expect((await gateway.query(`{ product(id: "${times % 3}") { name } }`)).status).toBe(200);
  await until('it is said', () => lines.some((line) => line['address'] === address && line.level === 40));
  expect(lines.find((line) => line['address'] === address)).toMatchObject({
    cause: 'ECONNREFUSED',
    remedy: expect.stringContaining('OTEL_EXPORTER_OTLP_ENDPOINT'),
  });
});
