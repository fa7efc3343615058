import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, UNHURRIED_MS, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { startRedis, type RedisServer } from '../kit/redis-server';
import { assemble } from '../../src/server/assemble';
import { readConfig } from '../../src/config/read-config';
import { createLog } from '../../src/report/log';
import type { Reply } from '../../src/gateway/request';
import { startServing } from '../kit/lastmile';
import { shopTypes } from '../kit/shop-schema';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

const KETTLE = '{ product(id: "1") { name } }';
const RENAME = 'mutation { renameProduct(id: "1", name: "Renamed") { id } }';

interface World {
  readonly origin: Origin;
  readonly redis: RedisServer;
  readonly gateways: readonly GatewayProcess[];
}

/** Gateways of one region, each as a process of its own would be: they share nothing but Redis. */
async function start(count: number, env: Record<string, string> = {}): Promise<World> {
  const origin = cleanup.add(await startOrigin());
  const redis = cleanup.add(await startRedis());
  const gateways: GatewayProcess[] = [];
  for (let index = 0; index < count; index++) {
    const settings = { UPSTREAM_URL: origin.url, REDIS_URL: redis.url, ...env };
    gateways.push(cleanup.add(await startGateway(settings)));
  }
  return { origin, redis, gateways };
}

/** How many processes found the lease taken and wait: each looks again and again. */
async function waitersOf(redis: RedisServer): Promise<void> {
  const client = redis.client();
  const sets = async (): Promise<number> =>
    Number(/cmdstat_set:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
  const before = await sets();
  await until(
    'the others have asked for the lease again and again',
    async () => (await sets()) >= before + 6,
  );
}

it('P42 makes one call upstream for concurrent misses of one key over four processes', async () => {
  const { origin, redis, gateways } = await start(4, { LEASE_MS: '30000' });
  const held = origin.hold('product');
  const all = gateways.flatMap((gateway) => Array.from({ length: 100 }, () => gateway.query(KETTLE)));
  await held.arrived;
  await waitersOf(redis);
  held.release();
  const answers = await Promise.all(all);
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(origin.count('product')).toBe(1);
});

it('P42 makes one call for 10,000 of them, and for an upstream that takes longer than a lease', async () => {
  const origin = cleanup.add(await startOrigin());
  const redis = cleanup.add(await startRedis());
  // Before any command is sent: the client loses its place among those that come while it begins to watch.
  const monitor = await redis.client().monitor();
  cleanup.later(() => monitor.disconnect());
  let renewals = 0;
  // Each comes a third of a lease after the one before: so many take longer than a lease lasts.
  const renewed = new Promise<void>((enough) => {
    monitor.on('monitor', (_time: string, [name, key, , , , condition]: string[]) => {
      if (name === 'set' && key?.startsWith('c:l:') && condition === 'XX' && ++renewals === 4) enough();
    });
  });
  const folder = cleanup.folder();
  await writeFile(join(folder, 'schema.graphql'), shopTypes);
  const config = readConfig({
    UPSTREAM_URL: origin.url,
    UPSTREAM_TIMEOUT_MS: '60000',
    SCHEMA: join(folder, 'schema.graphql'),
    REDIS_URL: redis.url,
    // Four gateways and 10,000 requests share one thread: what is late here is late for that.
    REDIS_TIMEOUT_MS: '10000',
    LEASE_MS: '4000',
  });
  // Without sockets: so many would say more of the machine than of the gateway.
  const regions = [1, 2, 3, 4].map(() => cleanup.add(assemble(config, createLog('silent', false))));
  for (const region of regions) await region.start();
  await until('all are ready', () => regions.every((region) => region.ready()));
  const held = origin.hold('product');
  const request = {
    method: 'POST',
    search: '',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ query: KETTLE })),
  };
  const all: Promise<Reply>[] = [];
  for (let sent = 0; sent < 2500; sent += 50) {
    for (const { gateway } of regions)
      all.push(...Array.from({ length: 50 }, async () => gateway.handle(request)));
    await othersTurn();
  }
  await held.arrived;
  await renewed;
  held.release();
  const replies = await Promise.all(all);
  expect(new Set(replies.map(({ status, body }) => `${status} ${String(body)}`))).toEqual(
    new Set(['200 {"data":{"product":{"name":"Kettle"}}}']),
  );
  expect(origin.count('product')).toBe(1);
});

it('P42 asks again after the process that was asking is killed, within a lease', async () => {
  const { origin, redis, gateways } = await start(1, { LEASE_MS: '1000' });
  const doomed = cleanup.add(
    await startServing(
      {
        UPSTREAM_URL: origin.url,
        REDIS_URL: redis.url,
        REDIS_TIMEOUT_MS: UNHURRIED_MS,
        LEASE_MS: '1000',
        LOG_LEVEL: 'fatal',
      },
      { schema: shopTypes },
    ),
  );
  const held = origin.hold('product');
  const headers = { 'content-type': 'application/json' };
  const lost = fetch(doomed.url, { method: 'POST', headers, body: JSON.stringify({ query: KETTLE }) });
  await held.arrived;
  const waiting = Array.from({ length: 50 }, () => gateways[0]!.query(KETTLE));
  await waitersOf(redis);
  expect(origin.count('product')).toBe(1);
  await doomed.kill();
  await expect(lost).rejects.toThrow();
  await until('another has asked', () => origin.count('product') === 2);
  held.release();
  for (const { data } of await Promise.all(waiting)) expect(data.product.name).toBe('Kettle');
  expect(origin.count('product')).toBe(2);
});

it('P02 does not answer a request that begins after a purge with what another process asked before it', async () => {
  const { origin, redis, gateways } = await start(2, { LEASE_MS: '30000' });
  const [one, other] = gateways as [GatewayProcess, GatewayProcess];
  const held = origin.hold('product');
  const before = one.query(KETTLE);
  await held.arrived;
  const { token } = await one.query(RENAME);
  // The token makes sure that the other process has heard of the purge before it looks.
  const after = other.query(KETTLE, { headers: { 'lastmile-token': token! } });
  await waitersOf(redis);
  held.release();
  expect((await before).data.product.name).toBe('Kettle');
  expect((await after).data.product.name).toBe('Renamed');
});
