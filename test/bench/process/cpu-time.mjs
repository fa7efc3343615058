import { readFileSync } from 'node:fs';
import { inSeconds } from '../kit.mjs';

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
  return inSeconds(user + nice + system + steal);
}
