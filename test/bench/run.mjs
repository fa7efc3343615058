/** `npm run bench`: see options.mjs for what it takes and rows/rows.mjs for what it measures. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readOptions, USAGE } from './options.mjs';
import { ROWS } from './rows/rows.mjs';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

function options() {
  try {
    return readOptions(
      process.argv.slice(2),
      ROWS.map(({ name }) => name),
    );
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    return process.exit(2);
  }
}

/** The peers are development dependencies of the benchmark alone, so nobody who builds or tests the gateway waits for them. */
function installPeers() {
  if (existsSync(new URL('node_modules', import.meta.url))) return;
  process.stderr.write('The peers are not installed yet: npm ci in test/bench\n');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: FOLDER, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

const chosen = options();
if (chosen.help) {
  process.stdout.write(USAGE);
} else if (chosen.list) {
  for (const { name, title } of ROWS) process.stdout.write(`${name.padEnd(14)}${title}\n`);
} else {
  installPeers();
  const { bench } = await import('./bench.mjs');
  process.exitCode = await bench(chosen);
}
