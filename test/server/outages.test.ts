import { cleanupAfterAll } from '../kit/cleanup';
import { startLink } from '../kit/link';
import type { LogLine } from '../kit/log';
import { startOrigin } from '../kit/origin';
import { startRedis } from '../kit/redis-server';
import { startServing } from '../kit/lastmile';
import { shopTypes } from '../kit/shop-schema';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();

it('tells once for all workers of what none of them can use, and once when that is over', async () => {
  const redis = cleanup.add(await startRedis());
  const primary = cleanup.add(await startLink(redis.port));
  const upstream = cleanup.add(await startLink(cleanup.add(await startOrigin()).port));
  const gateway = cleanup.add(
    await startServing(
      {
        WORKERS: '3',
        REDIS_URL: redis.url,
        PRIMARY_REDIS_URL: `redis://127.0.0.1:${primary.port}`,
        PROBE_INTERVAL_MS: '100',
        FRESHNESS_BOUND_MS: '1000',
        UPSTREAM_URL: `http://127.0.0.1:${upstream.port}/graphql`,
        LOG_LEVEL: 'info',
      },
      { schema: shopTypes },
    ),
  );
  const lines: LogLine[] = [];
  gateway.child.onLine((line) => lines.push(JSON.parse(line) as LogLine));
  // Never from a cache: whichever worker answers has asked upstream.
  const ask = () =>
    fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ query: '{ serial }' }),
    }).then((answer) => answer.text());
  /** What was told of one address. */
  const told = (address: string) =>
    lines
      .filter((line) => line['address'] === address && (line.level === 40 || line['lastedMs'] !== undefined))
      .map(({ level, cause }) => `${level} ${String(cause)}`);

  await until('each worker serves', async () => (await ask()).includes('data'));
  primary.cut();
  upstream.cut();
  const [primaryAddress, upstreamAddress] = [`127.0.0.1:${primary.port}`, `127.0.0.1:${upstream.port}`];
  await until('the primary is told of', () => told(primaryAddress).includes('40 ECONNREFUSED'));
  // Each worker meets both, and again.
  await until('upstream is told of', async () => (await ask()) && told(upstreamAddress).length > 0);
  for (let times = 0; times < 40; times++) await ask();
  await primary.restore();
  await upstream.restore();
  const isOver = (address: string) => told(address).includes('30 undefined');
  await until(
    'both are over',
    async () => (await ask()) && isOver(primaryAddress) && isOver(upstreamAddress),
  );
  for (const address of [primaryAddress, upstreamAddress]) {
    // Connections that broke say so before those that are refused.
    const rest = told(address).filter((line) => !/ECONNRESET|UND_ERR_SOCKET|EPIPE/.test(line));
    expect(rest).toEqual(['40 ECONNREFUSED', '30 undefined']);
  }
});
