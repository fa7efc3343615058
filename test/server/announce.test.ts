import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { startOrigin } from '../kit/origin';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

/** The one line that says what is served. */
async function serving(env: Record<string, string>) {
  const { log, lines } = takeDownLog();
  const gateway = cleanup.add(await startGateway(env, { log, awaitReady: false }));
  const found = () => lines.filter(({ msg }) => msg.startsWith('serving GraphQL'));
  await until('it says what it serves', () => found().length > 0);
  return { gateway, said: found() };
}

it('says in one line what is served, and that it is the example', async () => {
  const { said, gateway } = await serving({});
  expect(said).toEqual([
    expect.objectContaining({
      level: 30,
      msg: `serving GraphQL at port ${gateway.port}, in front of the example API: set UPSTREAM_URL to stand in front of yours`,
      upstream: 'the example API',
      redis: 'none: in memory',
      region: 'local',
    }),
  ]);
});

it('names upstream, the files of the schema and how many types have a maxAge', async () => {
  const origin = cleanup.add(await startOrigin());
  const { said } = await serving({ UPSTREAM_URL: `${origin.url}?key=secret` });
  expect(said[0]).toMatchObject({
    msg: expect.stringMatching(/in front of http:\/\/127\.0\.0\.1:\d+\/\w*$/) as string,
    schema: [expect.stringMatching(/schema\.graphql$/)],
    typesWithMaxAge: expect.any(Number),
  });
  expect(JSON.stringify(said)).not.toContain('secret');
});

it('says what it waits for where Redis does not answer', async () => {
  // It takes connections and says nothing.
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  cleanup.later(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const { said } = await serving({ REDIS_URL: `redis://127.0.0.1:${port}` });
  expect(said[0]).toMatchObject({
    msg: expect.stringMatching(/; not ready yet: the region is starting \(/) as string,
    redis: `127.0.0.1:${port}`,
  });
});

it('says that the schema has not been read, there and at /health/ready', async () => {
  const { said, gateway } = await serving({ UPSTREAM_URL: 'http://127.0.0.1:1/graphql', SCHEMA: '' });
  expect(said[0]!.msg).toMatch(/; not ready yet: the schema has not been read$/);
  const health = await fetch(`${gateway.adminUrl}/health/ready`);
  expect([health.status, await health.text()]).toEqual([
    503,
    expect.stringMatching(/^not ready: .*; the schema has not been read\n$/),
  ]);
});
