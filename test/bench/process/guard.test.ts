import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../kit/until';

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('leaves nothing behind after %s', async (signal) => {
  const runner = fork(join(__dirname, 'guarded.mjs'));
  const [{ pids, ended, folder }] = (await once(runner, 'message')) as [
    { pids: number[]; ended: number; folder: string },
  ];
  expect(pids.every(isAlive)).toBe(true);
  expect(isAlive(ended)).toBe(false);
  runner.kill(signal);
  await until('nothing is left', () => !pids.some(isAlive) && !existsSync(folder));
});
