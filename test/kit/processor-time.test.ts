import { existsSync, readFileSync } from 'node:fs';
import { startChild } from './child';
import { cleanupAfterEach } from './cleanup';
import { cpuSeconds, setSessionNiceness } from './processor-time';
import { until } from './until';

const cleanup = cleanupAfterEach();

it('counts what this process uses, and knows nothing of one that is not there', () => {
  const before = cpuSeconds(process.pid);
  const { user, system } = process.cpuUsage();
  expect(before).toBeGreaterThan((user + system) / 1e6 - 0.5);
  expect(before).toBeLessThan((user + system) / 1e6 + 0.5);
  expect(() => cpuSeconds(0)).toThrow('ENOENT');
});

it('sets the niceness of a session, where there are such, and of none that is gone', async () => {
  const child = startChild({ name: 'sleep', program: 'sleep', args: ['60'] });
  cleanup.add({ stop: () => child.kill() });
  const group = `/proc/${child.pid}/autogroup`;
  await until('its session has it, where there are groups of sessions', () => {
    setSessionNiceness(child.pid, 3);
    return !existsSync(group) || /^$|^\S+ nice 3\n$/.test(readFileSync(group, 'utf8'));
  });
  await child.kill();
  expect(() => setSessionNiceness(child.pid, 3)).not.toThrow();
});
