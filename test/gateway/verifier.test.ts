import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { firstDifference } from '../../src/gateway/verifier';
import { readJson } from '../../src/json/exact-number';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { startOrigin } from '../kit/origin';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();
const KETTLE = 'query Kettle { product(id: "1") { name price } }';
const RENAME = 'mutation { renameProduct(id: "1", name: "Renamed") { id } }';

async function start(env: Record<string, string> = {}) {
  const origin = cleanup.add(await startOrigin());
  const { log, lines } = takeDownLog();
  const all = { UPSTREAM_URL: origin.url, VERIFY_SAMPLE: '1', ...env };
  const gateway = cleanup.add(await startGateway(all, { log }));
  return {
    origin,
    gateway,
    warnings: () => lines.filter(({ msg }) => msg.includes('what upstream says now')),
  };
}

/** The results there were, and how often. */
async function verified(gateway: GatewayProcess): Promise<Record<string, number>> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  const counts = text.matchAll(/^lastmile_verified_total\{.*result="(\w+)".*\} (\d+)$/gm);
  const all = [...counts].map(([, result, count]): [string, number] => [result!, Number(count)]);
  return Object.fromEntries(all.filter(([, count]) => count > 0));
}

const counts = (gateway: GatewayProcess, wanted: Record<string, number>) =>
  until(`the figures are ${JSON.stringify(wanted)}`, async () =>
    isDeepStrictEqual(await verified(gateway), wanted),
  );

/** Fills, and hits once. */
async function hit(gateway: GatewayProcess, headers: Record<string, string> = {}): Promise<void> {
  await gateway.query(KETTLE, { headers });
  expect((await gateway.query(KETTLE, { headers })).cacheStatus).toMatch(/^hit/);
}

describe('a part of the hits is compared with upstream', () => {
  it('finds nothing where upstream says the same', async () => {
    const { gateway, warnings } = await start();
    await hit(gateway);
    await counts(gateway, { same: 1 });
    expect(warnings()).toEqual([]);
  });

  it('warns of a change that nobody purged, with key, tags, as-of and place', async () => {
    const { origin, gateway, warnings } = await start();
    await gateway.query(KETTLE);
    origin.change(({ products }) => (products.find(({ id }) => id === '1')!.price = 776611553));
    await gateway.query(KETTLE);
    await counts(gateway, { different: 1 });
    expect(warnings()).toEqual([
      expect.objectContaining({
        level: 40,
        key: expect.stringMatching(/./),
        tags: expect.arrayContaining(['Product:1']),
        asOf: expect.stringMatching(/^\d+-\d+$/),
        at: 'data.product.price',
      }),
    ]);
    expect(JSON.stringify(warnings())).not.toContain('776611553');
  });

  it('calls no difference what a purge explains that comes while upstream answers', async () => {
    const { origin, gateway, warnings } = await start();
    await gateway.query(KETTLE);
    const held = origin.hold('product', { at: 'before' });
    await gateway.query(KETTLE);
    await held.arrived;
    await gateway.query(RENAME);
    held.release();
    await counts(gateway, { superseded: 1 });
    expect(warnings()).toEqual([]);
  });

  it('calls no difference what a purge explains that comes after upstream answered', async () => {
    const { origin, gateway, warnings } = await start();
    await gateway.query(KETTLE);
    const held = origin.hold('renameProduct');
    const renamed = gateway.query(RENAME);
    await held.arrived;
    await gateway.query(KETTLE);
    await until('it was compared with', () => origin.count('product') === 2);
    held.release();
    await renamed;
    await counts(gateway, { superseded: 1 });
    expect(warnings()).toEqual([]);
  });

  it('holds no hit back, asks for four at a time at most, and counts those it leaves out', async () => {
    const { origin, gateway } = await start();
    await gateway.query(KETTLE);
    const held = origin.hold('product');
    for (let time = 0; time < 6; time++) expect((await gateway.query(KETTLE)).cacheStatus).toMatch(/^hit/);
    await until('four are asked for', () => held.count === 4);
    expect(await verified(gateway)).toEqual({ skipped: 2 });
    held.release();
    await counts(gateway, { skipped: 2, same: 4 });
  });

  it('counts an upstream that fails as failed, and as nothing else', async () => {
    const { origin, gateway, warnings } = await start({ UPSTREAM_RETRIES: '0' });
    await gateway.query(KETTLE);
    origin.fail('errors');
    await gateway.query(KETTLE);
    await counts(gateway, { failed: 1 });
    expect(warnings()).toEqual([]);
  });

  it("asks for what is private with its session's own credentials, and for what is shared without any", async () => {
    const { origin, gateway } = await start({ SESSION: 'header:authorization' });
    const said = () => origin.received.at(-1)?.headers.authorization;
    const viewer = '{ viewer { name } }';
    for (const authorization of ['Bearer alice', 'Bearer bob'])
      for (const _ of [1, 2]) await gateway.query(viewer, { headers: { authorization } });
    await counts(gateway, { same: 2 });
    expect(said()).toBe('Bearer bob');
    await hit(gateway, { authorization: 'Bearer alice' });
    await counts(gateway, { same: 3 });
    expect(said()).toBeUndefined();
  });

  it('compares none by default', async () => {
    const { origin, gateway } = await start({ VERIFY_SAMPLE: '0' });
    await hit(gateway);
    expect([await verified(gateway), origin.count('product')]).toEqual([{}, 1]);
  });
});

describe('two values of JSON', () => {
  const json = fc.jsonValue();

  it('differ in nothing where only members stand in another order', () => {
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([name, each]) => [name, turned(each)]),
      );
    };
    fc.assert(
      fc.property(json, (value) => {
        const one = readJson(JSON.stringify(value));
        expect(firstDifference(one, turned(one), 'data')).toBeUndefined();
      }),
    );
  });

  it.each([
    ['{"a":1}', '{"a":2}', 'data.a'],
    ['{"a":[1,{"b":null}]}', '{"a":[1,{"b":0}]}', 'data.a[1].b'],
    ['{"a":[1]}', '{"a":[1,2]}', 'data.a'],
    ['{"a":[]}', '{"a":{}}', 'data.a'],
    ['{"a":1}', '{"b":1}', 'data.a'],
    ['{"a":9007199254740993}', '{"a":9007199254740992}', 'data.a'],
    ['{"a":1}', '{"a":"1"}', 'data.a'],
    ['{"a":null}', '{"a":{}}', 'data.a'],
  ])('differ: %s and %s, at %s', (one, other, at) => {
    expect(firstDifference(readJson(one), readJson(other), 'data')).toBe(at);
    expect(firstDifference(readJson(other), readJson(one), 'data')).toBeDefined();
  });
});
