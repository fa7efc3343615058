import type { Command } from './command';
import { serveCommand } from './serve-command';

export const COMMANDS: readonly Command[] = [serveCommand];

const width = Math.max(...COMMANDS.map(({ name }) => name.length));

export const HELP = `lastmile <command> [options]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

  --version, --help; every command has --help. The environment variables are in the README.
`;
