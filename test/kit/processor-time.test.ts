import { cpuSeconds } from './processor-time';

it('counts what this process uses, and knows nothing of one that is not there', () => {
  const before = cpuSeconds(process.pid);
  const { user, system } = process.cpuUsage();
  expect(before).toBeGreaterThan((user + system) / 1e6 - 0.5);
  expect(before).toBeLessThan((user + system) / 1e6 + 0.5);
  expect(() => cpuSeconds(0)).toThrow('ENOENT');
});
