import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Seconds of processor time a process has used, in all its threads, its own and the kernel's for it. */
export function cpuSeconds(/** @type {number} */ pid) {
  // proc(5): the name in parentheses may hold spaces; utime and stime are the 14th and 15th field.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Bytes of memory a process holds. */
export function residentBytes(/** @type {number} */ pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

/**
 * Seconds that programs have had on a core, or that the machine's own host has taken from it. Interrupts are left out:
 * they belong to whoever is measured.
 */
export function coreSeconds(/** @type {string} */ core) {
  const line = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`cpu${core} `));
  // proc(5): user, nice, system, idle, iowait, irq, softirq, steal
  const [, user, nice, system, , , , , steal] = line.split(' ').map(Number);
  return (user + nice + system + steal) / TICKS_PER_SECOND;
}
