import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from './machine.mjs';
import { runRow } from './measure/run-row.mjs';
import { stopAll } from './process/child.mjs';
import { pinSelf } from './process/cores.mjs';
import { removeRunFolder } from './process/run-folder.mjs';
import { readResults, writeResults } from './report/results.mjs';
import { markdown } from './report/markdown.mjs';
import { ROWS } from './rows/rows.mjs';
import { closeExchanges } from './workload/exchange.mjs';

const tell = (text) => process.stderr.write(`${text}\n`);

/**
 * Measures rows and writes what came out.
 * @returns {Promise<number>} the exit status: 1 when a row could not be measured; an aim that is missed is a result
 */
export async function bench(options) {
  if (!existsSync(join(options.gatewayFolder, 'main.js'))) {
    tell(`There is no built gateway in ${options.gatewayFolder}: npm run build`);
    return 1;
  }
  pinSelf();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void interrupted(signal));
  try {
    const machine = await describeMachine(process.argv.slice(2));
    for (const [name, value] of Object.entries(machine)) tell(`${name.padEnd(10)} ${value}`);
    const rows = await measure(options);
    const results = { machine, rows: options.only.length > 0 ? merged(readResults(options), rows) : rows };
    const files = writeResults(results, options);
    process.stdout.write(
      options.json ? `${JSON.stringify({ machine, rows }, null, 2)}\n` : markdown({ machine, rows }),
    );
    tell(`\nwritten: ${files.join(', ')}`);
    return rows.some(({ error }) => error) ? 1 : 0;
  } finally {
    await end();
  }
}

async function measure(options) {
  const chosen = rowsFor(options);
  const rows = [];
  for (const row of chosen) {
    tell(`\n${row.name}: ${row.title}`);
    const effort = { ...options, tell: (text) => tell(`  ${text}`) };
    try {
      rows.push(await runRow(row, effort));
    } catch (error) {
      tell(`  failed: ${error.stack}`);
      rows.push({ name: row.name, title: row.title, error: error.message.split('\n')[0], verdicts: [] });
    }
  }
  return rows;
}

/** A quick look takes the rows, and of those the subjects, that say the most in a minute. */
function rowsFor({ only, quick }) {
  if (only.length > 0) return ROWS.filter(({ name }) => only.includes(name));
  if (!quick) return ROWS;
  return ROWS.filter((row) => row.quick).map((row) => ({ ...row, subjects: row.quick }));
}

/** Rows measured now take the place of those of the same name; the order is that of the benchmark. */
function merged(before, now) {
  return ROWS.flatMap(
    ({ name }) => now.find((row) => row.name === name) ?? before.find((row) => row.name === name) ?? [],
  );
}

async function end() {
  await stopAll();
  closeExchanges();
  await removeRunFolder();
}

async function interrupted(signal) {
  tell(`\n${signal}: stopping what was started`);
  await end();
  // As a shell reports a process that a signal ended.
  process.exit(signal === 'SIGINT' ? 130 : 143);
}
