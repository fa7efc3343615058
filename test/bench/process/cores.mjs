/**
 * Who runs on which core. A subject has one to itself; the load has another, and with it everything that stands for
 * other machines: upstream, Redis, whoever purges. With three cores or more those have the rest.
 */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

const count = cpus().length;
const canPin = count >= 2 && process.platform === 'linux' && hasTaskset();

/** Core lists as `taskset -c` takes them; undefined where nothing can be pinned. */
export const CORES = canPin
  ? { subject: '0', load: '1', others: count > 2 ? `2-${count - 1}` : '1', all: `0-${count - 1}` }
  : undefined;

export const PINNING = CORES
  ? `subject on core ${CORES.subject}, load on core ${CORES.load}, upstream and Redis on ${CORES.others}`
  : 'nothing is pinned (that takes Linux, taskset and two cores), so ratios are worth little';

/** A command line that runs on the cores of a role. @param {'subject' | 'load' | 'others' | 'all'} role */
export function pinned(role, command, args) {
  return CORES ? ['taskset', ['-c', CORES[role], command, ...args]] : [command, args];
}

/** Moves this process off the subject's core. */
export function pinSelf() {
  if (CORES)
    execFileSync('taskset', ['-a', '-c', '-p', CORES.load, String(process.pid)], { stdio: 'ignore' });
}

function hasTaskset() {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    // Absent, which PINNING says.
    return false;
  }
}
