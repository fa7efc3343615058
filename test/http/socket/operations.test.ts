import { cleanupAfterAll, cleanupAfterEach } from '../../kit/cleanup';
import { startGateway, type GatewayProcess } from '../../kit/gateway';
import { startOrigin, type Origin } from '../../kit/origin';
import { startAnswering } from '../../kit/answering';
import { until } from '../../kit/until';
import { startRegions } from '../../kit/regions';
import { shopTypes } from '../../kit/shop-schema';
import { openSocket, type OpenSocket, type SocketSettings } from '../../kit/socket';
import { jwt, SECRET, WAYS } from '../../privacy/ways';

const cleanup = cleanupAfterAll();
const each = cleanupAfterEach();
let origin: Origin;
let gateway: GatewayProcess;

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
});

async function open(params?: object, place = gateway, settings?: SocketSettings): Promise<OpenSocket> {
  const socket = each.add(await openSocket(place, settings));
  await socket.init(params);
  return socket;
}

const SHOW = '{ product(id: "1") { id name version } }';
const rename = (name: string, id = '1') =>
  `mutation { renameProduct(id: "${id}", name: "${name}") { id name version } }`;

describe('a query over a WebSocket', () => {
  it('is answered by what the same one by HTTP has stored, byte for byte', async () => {
    const body = JSON.stringify({ query: SHOW, variables: {} });
    await gateway.send({ headers: { 'content-type': 'application/json' }, body });
    const { text, cacheStatus } = await gateway.send({
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(cacheStatus).toMatch(/^hit/);
    const asked = origin.count();
    const socket = await open();
    socket.send(`{"id":"é\\"","type":"subscribe","payload":${body}}`);
    await socket.over('é"');
    expect(socket.texts.slice(1)).toEqual([
      `{"id":"é\\"","type":"next","payload":${text}}`,
      '{"id":"é\\"","type":"complete"}',
    ]);
    expect(origin.count()).toBe(asked);
  });

  it('is stored for those by HTTP, in whatever order its message has its members', async () => {
    const socket = await open();
    const query = '{ category(id: "garden") { name } }';
    socket.send(`{"payload":{"query":${JSON.stringify(query)}},"type":"subscribe","id":"1"}`);
    await socket.over('1');
    expect((await gateway.query(query)).cacheStatus).toMatch(/^hit/);
  });

  it('P42 is asked once with all that are equal', async () => {
    const held = origin.hold('bundle');
    const sockets = await Promise.all([open(), open(), open()]);
    const answers = sockets.map((socket) => socket.ask('{ bundle(id: "1") { name } }'));
    await held.arrived;
    const other = gateway.query('{ bundle(id: "1") { name } }');
    await gateway.query('{ serial }');
    held.release();
    await Promise.all([...answers, other]);
    expect(held.count).toBe(1);
  });

  it('P64 keeps the digits of variables and answers', async () => {
    const upstream = each.add(await startAnswering(() => '{"data":{"n":12345678901234567890.10}}'));
    const schema = 'scalar Big type Query { n(by: Big): Big }';
    const other = each.add(await startGateway({ UPSTREAM_URL: upstream.url }, { schema }));
    const socket = await open(undefined, other);
    socket.send(
      '{"id":"1","type":"subscribe","payload":{"query":"query ($b: Big) { n(by: $b) }","variables":{"b":9007199254740993}}}',
    );
    await socket.over('1');
    expect(upstream.asked.at(-1)?.body).toContain('"b":9007199254740993');
    expect(socket.texts[1]).toContain('"n":12345678901234567890.10');
  });

  it('passes on what upstream says, errors beside data and errors alone', async () => {
    const socket = await open();
    origin.shop.failField('category', 'the shelf is broken');
    expect(await socket.ask('{ category(id: "tea") { name } serial }')).toMatchObject({
      data: { category: null, serial: expect.any(Number) },
      errors: [{ message: 'the shelf is broken', path: ['category'] }],
    });
    origin.shop.failField('category', undefined);
    origin.fail('500', 10);
    const failed = await socket.ask('{ serial }');
    origin.recover();
    expect(failed.errors[0].extensions.code).toBe('UPSTREAM_BAD_ANSWER');
    expect(failed.data).toBeUndefined();
  });

  it('with parts that come later is refused with a sentence', async () => {
    const schema = `${shopTypes} directive @defer on INLINE_FRAGMENT`;
    const other = each.add(await startGateway({ UPSTREAM_URL: origin.url }, { schema }));
    const socket = await open({}, other);
    expect(await socket.ask('{ serial ... @defer { products { name } } }')).toEqual({
      errors: [expect.objectContaining({ message: 'Send an operation with @defer or @stream by HTTP.' })],
    });
  });
});

describe('a mutation over a WebSocket', () => {
  it('P05 purges, and says its token in extensions', async () => {
    const socket = await open();
    await gateway.query(SHOW);
    const made = await socket.ask(rename('By socket'));
    expect(made).toMatchObject({
      data: { renameProduct: { name: 'By socket' } },
      extensions: { lastmile: { token: expect.stringMatching(/^\d+-\d+$/) } },
    });
    const after = await gateway.query(SHOW);
    expect([after.cacheStatus, after.data.product.name]).toEqual([
      'fwd=stale; stored; detail=purged',
      'By socket',
    ]);
  });

  it('P06 purges though its client has gone', async () => {
    await gateway.query(SHOW);
    const held = origin.hold('renameProduct');
    const socket = await open();
    socket.subscribe(rename('Gone'));
    await held.arrived;
    socket.close();
    await socket.closed;
    held.release();
    origin.hold('renameProduct').release();
    await until(
      'what was kept is purged',
      async () => (await gateway.query(SHOW)).data.product.name === 'Gone',
    );
  });

  it.each(['forward', 'fly-replay'])('P07 in another region is seen by its client: %s', async (MUTATIONS) => {
    const regions = each.add(
      await startRegions<'iad' | 'syd'>({
        regions: ['iad', 'syd'],
        env: { MUTATIONS, TOKEN_WAIT_MS: '20', FRESHNESS_BOUND_MS: '60000' },
      }),
    );
    const { syd, iad } = regions;
    each.later(() => syd.restore());
    await syd.serves(SHOW);
    const socket = await open(undefined, syd.gateway);
    syd.link.blackHole();
    const made = await socket.ask(rename('From afar'));
    expect(made).toMatchObject({
      data: { renameProduct: { name: 'From afar' } },
      extensions: { lastmile: { token: expect.any(String) } },
    });
    expect((await socket.ask(SHOW)).data.product.name).toBe('From afar');
    // Neither a client that has seen nothing nor this region has heard of the next one.
    await syd.restore();
    await syd.caughtUp();
    await syd.serves(SHOW);
    syd.link.blackHole();
    const { token } = await iad.query(rename('Elsewhere'));
    const [behind, ahead] = [
      await open({}, syd.gateway),
      await open({ 'Lastmile-Token': token }, syd.gateway),
    ];
    expect((await behind.ask(SHOW)).data.product.name).toBe('From afar');
    expect((await ahead.ask(SHOW)).data.product.name).toBe('Elsewhere');
  });
});

describe('a session on a WebSocket', () => {
  const MINE = '{ viewer { name } }';

  it.each([
    ['header', { authorization: 'Bearer ada' }, { Authorization: 'Bearer bob' }],
    ['a header of its own', { 'x-user': 'ada' }, { headers: { 'X-User': 'bob' } }],
    ['jwt', 'ada', 'bob'],
  ] as const)('P30 is taken from connectionParams: SESSION=%s', async (way, ada, bob) => {
    const env = { UPSTREAM_URL: origin.url, ...WAYS[way]!.env, FORWARD_HEADERS: 'x-user' };
    const other = each.add(await startGateway(env));
    const params = async (who: string | object) =>
      typeof who === 'string' ? { authorization: `Bearer ${await jwt(who)}` } : who;
    const [first, second, nobody] = [
      await open(await params(ada), other),
      await open(await params(bob), other),
      await open({}, other),
    ];
    const one = await first.ask(MINE);
    const asked = origin.count();
    expect(await first.ask(MINE)).toEqual(one);
    expect(origin.count()).toBe(asked);
    await second.ask(MINE);
    await nobody.ask(MINE);
    expect(origin.count()).toBe(asked + 2);
    const sent = origin.received.slice(-2).map(({ headers }) => headers['x-user'] ?? headers.authorization);
    expect(sent[0]).toBeDefined();
    expect(sent[1]).toBeUndefined();
  });

  it('is that of the handshake where both say one, as a proxy may have set it', async () => {
    const env = { UPSTREAM_URL: origin.url, SESSION: 'header:x-user', FORWARD_HEADERS: 'x-user' };
    const other = each.add(await startGateway(env));
    const socket = await open({ 'x-user': 'admin' }, other, { headers: { 'x-user': 'ada' } });
    await socket.ask('{ header(name: "x-user") viewer { name } }');
    expect(origin.received.at(-1)?.headers['x-user']).toBe('ada');
  });

  it('takes no other header from connectionParams', async () => {
    const env = { UPSTREAM_URL: origin.url, VARY: 'x-country', FORWARD_HEADERS: 'x-role' };
    const other = each.add(await startGateway(env));
    const socket = await open({ 'x-country': 'de', 'x-role': 'admin', cookie: 'sid=1' }, other);
    await socket.ask('{ serial }');
    const { headers } = origin.received.at(-1)!;
    expect([headers['x-country'], headers['x-role'], headers.cookie]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('P37 ends when its token expires, while the connection goes on', async () => {
    const { now } = Date;
    let ahead = 0;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + ahead);
    each.later(() => clock.mockRestore());
    const env = { UPSTREAM_URL: origin.url, SESSION: 'jwt', JWT_SECRET: SECRET };
    const other = each.add(await startGateway(env));
    const socket = await open({ authorization: `Bearer ${await jwt('eve')}` }, other);
    await socket.ask(MINE);
    const asked = origin.count();
    await socket.ask(MINE);
    expect(origin.count()).toBe(asked);
    ahead = 2 * 3_600_000;
    await socket.ask(MINE);
    await socket.ask(MINE);
    expect(origin.count()).toBe(asked + 2);
  });
});
