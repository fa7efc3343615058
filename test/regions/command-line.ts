/** The commands of `lastmile`, straight from the sources. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { Command } from '../../src/cli/usage';
import { watch } from '../kit/watchdog';

const HOOK = join(__dirname, '../kit/typescript-hook.cjs');
const MAIN = join(__dirname, '../../src/main.ts');

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end, in this process: to compile all of it for each would take seconds. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    }),
  );
  try {
    const status = await command.run(args, env);
    return { status, ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

export interface ServingProcess {
  readonly url: string;
  readonly adminUrl: string;
  stop(): Promise<void>;
}

/**
 * Runs `lastmile serve`.
 * @param shiftMs by how much its clock is wrong; what is monotonic stays as it is
 */
export async function startServing(env: Record<string, string>, shiftMs = 0): Promise<ServingProcess> {
  const shift = join(__dirname, 'shift-clock.cjs');
  const child = spawn(process.execPath, ['--require', shift, '--require', HOOK, MAIN, 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], CLOCK_SHIFT_MS: String(shiftMs), ...env },
  });
  const unwatch = watch(child.pid!);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve())).then(unwatch);
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  for await (const line of createInterface(child.stdout)) {
    const { port, adminPort } = JSON.parse(line) as { port?: number; adminPort?: number };
    if (port === undefined || adminPort === undefined) continue;
    child.stdout.resume();
    return { url: `http://127.0.0.1:${port}/graphql`, adminUrl: `http://127.0.0.1:${adminPort}`, stop };
  }
  await stop();
  throw new Error('lastmile serve ended before it served');
}
