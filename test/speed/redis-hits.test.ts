import { readConfig } from '../../src/config/read-config';
import { createLog } from '../../src/report/log';
import { assemble } from '../../src/server/assemble';
import { cleanupAfterEach } from '../kit/cleanup';
import { startServing } from '../kit/lastmile';
import { startRedis } from '../kit/redis-server';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

/** Longer than a call is held back that would be the third of its key in a moment. */
const HELD_BACK_MS = 100;

it('makes nobody wait for a moment to pass before it looks in Redis', async () => {
  const redis = cleanup.add(await startRedis());
  const env = { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '5000', MEMORY_CACHE_BYTES: '0' };
  const body = JSON.stringify({ query: '{ country(code: "PT") { name } }' });
  const headers = { 'content-type': 'application/json' };
  // Another process asks upstream: this one never did, and so has nothing to hold back for.
  const other = cleanup.add(await startServing(env));
  await until('it is stored', async () => {
    const answer = await fetch(other.url, { method: 'POST', headers, body });
    return answer.headers.get('cache-status')?.includes('; hit') === true;
  });
  const region = cleanup.add(assemble(readConfig(env), createLog('silent', false)));
  await region.start();
  await until('it is ready', () => region.ready());
  const request = { method: 'POST', search: '', headers, body: Buffer.from(body) };
  const timers = jest.spyOn(globalThis, 'setTimeout');
  cleanup.later(() => timers.mockRestore());
  for (let i = 0; i < 20; i++) {
    const answer = await region.gateway.handle(request);
    expect(String(answer.headers)).toContain('; hit');
  }
  const waits = timers.mock.calls.map(([, milliseconds]) => milliseconds ?? 0);
  expect(waits.filter((milliseconds) => milliseconds > 0 && milliseconds < HELD_BACK_MS)).toEqual([]);
});
