#!/usr/bin/env node
import { COMMANDS, HELP } from './cli/commands';
import { readDotEnv } from './config/settings-file';
import { didYouMean } from './cli/usage';
import { VERSION } from './config/version';

/** Exit status: 0 good, 1 a finding or a failure, 2 wrong usage or configuration. */
async function main([name = 'serve', ...args]: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  // Options alone are those of a gateway.
  if (name.startsWith('--')) return main(['serve', name, ...args]);
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) {
    const near = didYouMean(
      name,
      COMMANDS.map((candidate) => candidate.name),
    );
    process.stderr.write(
      `lastmile: There is no command ${JSON.stringify(name)}.${near}\nSee lastmile --help.\n`,
    );
    return 2;
  }
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${command.usage.trimEnd()}\n`);
    return 0;
  }
  return command.run(args, { ...readDotEnv(process.cwd()), ...process.env });
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`lastmile: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
