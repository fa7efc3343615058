import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { start, startNode } from '../process/child.mjs';

/**
 * @typedef {object} Reading what a load generator saw in one round; times in microseconds
 * @property {number} requests
 * @property {number} micros how long it lasted
 * @property {number} failed connections lost, and statuses other than 2xx and 3xx
 * @property {number} p50 @property {number} p90 @property {number} p99 @property {number} max
 * @property {number} [lateP99] how late requests left the generator, which is its own fault
 */

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

export const HAS_WRK = hasWrk();

export const GENERATOR = HAS_WRK
  ? 'wrk'
  : 'a client of our own, because wrk is not installed (apt-get install wrk): it tires before a fast subject does';

export const CONNECTIONS = 64;

/** Asks as fast as answers come. @param {number} first see readPlan @returns {Promise<Reading>} */
export function closedLoop({ port, plan, first, seconds }) {
  return HAS_WRK
    ? runWrk({ port, plan, first, seconds })
    : runClient({ port, plan, first, seconds, connections: CONNECTIONS });
}

/** Asks at a constant rate. @returns {Promise<Reading>} */
export function openLoop({ port, plan, first, seconds, rate }) {
  return runClient({ port, plan, first, seconds, rate, connections: 256 });
}

async function runWrk({ port, plan, first, seconds }) {
  const args = [
    '-t1',
    `-c${CONNECTIONS}`,
    `-d${Math.max(1, Math.round(seconds))}s`,
    '--timeout',
    '5s',
    '--latency',
  ];
  const url = `http://127.0.0.1:${port}/graphql`;
  const child = start('wrk', 'load', 'wrk', [...args, '-s', here('wrk.lua'), url, '--', plan, String(first)]);
  await child.exited;
  const line = child.lines.at(-1) ?? '';
  if (child.process.exitCode !== 0 || !line.startsWith('{')) throw child.fault('failed');
  return JSON.parse(line);
}

async function runClient(input) {
  const { child, ready } = await startNode('load generator', 'load', here('client.mjs'), input, {
    withinMs: (input.seconds + 30) * 1000,
  });
  await child.exited;
  return ready;
}

function hasWrk() {
  try {
    // It has no option that exits with 0.
    execFileSync('wrk', ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return error.code !== 'ENOENT';
  }
}
