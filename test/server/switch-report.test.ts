import { startGateway } from '../kit/gateway';
import { cleanupAfterAll } from '../kit/cleanup';
import { takeDownLog, type LogLine } from '../kit/log';
import { CacheSwitch } from '../../src/purge/cache-switch';
import { MemoryLog } from '../../src/purge/memory-log';
import { reportSwitch } from '../../src/server/switch-report';

const cleanup = cleanupAfterAll();
const said = (lines: readonly LogLine[]) => lines.map(({ level, msg }) => `${level} ${msg}`);

it('P91 says each minute that the cache is off, and once that it is on again', async () => {
  jest.useFakeTimers();
  try {
    const { log, lines } = takeDownLog();
    const cacheSwitch = new CacheSwitch(new MemoryLog());
    const end = reportSwitch(cacheSwitch, log);
    await cacheSwitch.change({ serve: false });
    jest.advanceTimersByTime(120_000);
    expect(said(lines)).toEqual(Array(3).fill('40 the cache is off'));
    await cacheSwitch.change({ serve: true });
    jest.advanceTimersByTime(120_000);
    expect(said(lines).slice(3)).toEqual(['30 the cache is on again']);
    await cacheSwitch.change({ serve: false, operations: ['A', 'B*'] });
    expect(said(lines).slice(4)).toEqual(['40 the cache is off for A, B*']);
    end();
    jest.advanceTimersByTime(120_000);
    expect(lines).toHaveLength(5);
  } finally {
    jest.useRealTimers();
  }
});

it('P91 shows it in the figures, at /health/ready and in the log, with who did it', async () => {
  const { log, lines } = takeDownLog();
  const { adminUrl } = cleanup.add(await startGateway({}, { log }));
  const look = async (path: string) => (await fetch(`${adminUrl}${path}`)).text();
  expect(await look('/metrics')).toMatch(/lastmile_cache_off\{.*\} 0/);
  await fetch(`${adminUrl}/cache`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"serve":false}',
  });
  expect(await look('/metrics')).toMatch(/lastmile_cache_off\{.*\} 1/);
  expect(await look('/health/ready')).toMatch(/^ready: .*; the cache is off\n$/);
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 40, serve: false, remote: expect.stringContaining('127.0.0.1') }),
  );
  expect(said(lines)).toContain('40 the cache is off');
});
