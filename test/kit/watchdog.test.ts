import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanupAfterEach } from './cleanup';
import { until } from './until';

const cleanup = cleanupAfterEach();

const PARENT = `
  const { spawn } = require('node:child_process');
  const { mkdtempSync } = require('node:fs');
  const { watch } = require(${JSON.stringify(require.resolve('./watchdog'))});
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  watch(child.pid, mkdtempSync('./folder-'));
  console.log(child.pid);
`;

describe('the watchdog', () => {
  it('kills a child and removes its folder when the parent is killed with no chance to clean up', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lastmile-watchdog-'));
    cleanup.later(() => rm(folder, { recursive: true }));
    const parent = spawn(process.execPath, ['-r', require.resolve('./typescript-hook.cjs'), '-e', PARENT], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    cleanup.later(() => parent.kill('SIGKILL'));
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until('the child is gone', () => !isAlive(pid));
    const left = async (): Promise<string[]> =>
      (await readdir(folder)).filter((name) => name !== 'watchdog.js');
    await until('its folder is gone', async () => (await left()).length === 0);
  });
});

function isAlive(pid: number): boolean {
  // A zombie has ended; only its parent has not taken note.
  return existsSync(`/proc/${pid}/exe`) || (!existsSync('/proc') && signal0(pid));
}

function signal0(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
