/** The commands of `lastmile` in this process, and what they print. */
import { COMMANDS } from '../../src/cli/commands';
import type { Ended } from './lastmile';

/** Runs a command in this process: to compile all of it for each would take seconds. @param env all of its environment */
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
