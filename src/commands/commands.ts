import { checkCommand } from './check-command';
import type { Command } from './command';
import { explainCommand } from './explain-command';
import { purgeCommand } from './purge-command';
import { serveCommand } from './serve-command';

export const COMMANDS: readonly Command[] = [serveCommand, checkCommand, explainCommand, purgeCommand];

const width = Math.max(...COMMANDS.map(({ name }) => name.length));

export const HELP = `lastmile <command> [options]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

  --version, --help; every command has --help. The environment variables are in the README.
`;
