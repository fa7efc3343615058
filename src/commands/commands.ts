import { checkCommand } from './check-command';
import type { Command } from './command';
import { doctorCommand } from './doctor';
import { explainCommand } from './explain-command';
import { purgeCommand } from './purge-command';
import { redisCommand } from './redis';
import { serveCommand } from './serve-command';
import { suggestCommand } from './suggest-command';

export const COMMANDS: readonly Command[] = [
  serveCommand,
  checkCommand,
  explainCommand,
  suggestCommand,
  purgeCommand,
  doctorCommand,
  redisCommand,
];

const width = Math.max(...COMMANDS.map(({ name }) => name.length));

export const HELP = `lastmile <command> [options]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

  --version, --help; every command has --help. The environment variables are in the README.
`;
