import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { COMMANDS } from '../../src/cli/commands';

export interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command of `lastmile` in this process, and takes down what it prints. @param env all of its environment */
export async function runCommand(
  [name, ...args]: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) throw new Error(`there is no command ${name}`);
  const output: string[] = [];
  const errors: string[] = [];
  const spies = [takeDown(process.stdout, output), takeDown(process.stderr, errors)];
  try {
    const status = await command.run(args, env);
    return { status, output: output.join(''), errors: errors.join('') };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

function takeDown(stream: NodeJS.WriteStream, lines: string[]): jest.SpyInstance {
  return jest.spyOn(stream, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
}

/** Runs `lastmile` in a process of its own, started in this folder, until it ends. */
export async function runProcess(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const hook = join(__dirname, '../kit/typescript-hook.cjs');
  const main = join(__dirname, '../../src/main.ts');
  const child = spawn(process.execPath, ['--require', hook, main, ...args], {
    cwd: __dirname,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { status, output, errors };
}
