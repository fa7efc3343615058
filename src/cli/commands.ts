import { cacheCommand } from './cache';
import { captureCommand } from './capture';
import { checkCommand } from './check';
import type { Command } from './usage';
import { documenting } from './docs';
import { documentsCommand } from './documents';
import { doctorCommand } from './doctor';
import { explainCommand } from './explain';
import { initCommand } from './init';
import { purgeCommand } from './purge';
import { redisCommand } from './redis';
import { serveCommand } from './serve';
import { suggestCommand } from './suggest';
import { tailCommand } from './tail';
import { topCommand } from './top';

const OTHERS: readonly Command[] = [
  serveCommand,
  initCommand,
  checkCommand,
  explainCommand,
  documentsCommand,
  suggestCommand,
  purgeCommand,
  cacheCommand,
  topCommand,
  tailCommand,
  doctorCommand,
  redisCommand,
  captureCommand,
];

export const COMMANDS: readonly Command[] = [...OTHERS, documenting(OTHERS)];

const width = Math.max(...COMMANDS.map(({ name }) => name.length));

export const HELP = `lastmile <command> [options]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

  --version, --help; every command has --help. \`lastmile docs\` prints the documentation, \`lastmile docs config\` the settings.
`;
