import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { startRedis } from '../kit/redis-server';

const cleanup = cleanupAfterEach();

it('P05 tells of a purge without a primary in one line: code, address, cause, remedy', async () => {
  const redis = cleanup.add(await startRedis());
  const { log, lines } = takeDownLog();
  const gateway = cleanup.add(await startGateway({ REDIS_URL: redis.url }, { log }));
  await redis.kill();
  await gateway.query('mutation { renameTrip(id: "trip-1", title: "x") { title } }');
  await fetch(`${gateway.adminUrl}/purge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"tags":["Trip:trip-1"]}',
  });
  const said = lines.filter(({ msg }) => msg.includes('not acknowledged'));
  expect(said.map(({ msg }) => msg)).toEqual([
    expect.stringMatching(/^a purge is not/),
    expect.stringMatching(/^a purge from outside/),
  ]);
  for (const line of said)
    expect(line).toMatchObject({
      level: 40,
      code: 'PURGE_NOT_ACKNOWLEDGED',
      address: `127.0.0.1:${redis.port}`,
      cause: expect.any(String),
      remedy: expect.stringMatching(/\.$/),
    });
  expect(JSON.stringify(lines)).not.toContain('    at ');
});
