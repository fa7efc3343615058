import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

let ticksPerSecond: number | undefined;

/** Linux counts a process's time in ticks. */
export function inSeconds(ticks: number): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ticks / ticksPerSecond;
}

/**
 * Seconds of processor time a process has used, in all its threads, its own and the kernel's for it.
 * @throws Error when there is no such process, or the system does not tell
 */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // proc(5): the name in brackets may hold spaces; utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return inSeconds(Number(fields[11]) + Number(fields[12]));
}

/**
 * Has a process that leads a session of its own share processors at a niceness. Where Linux shares them among sessions
 * (sched(7), autogroup) the niceness that it has inherited counts within its own session alone.
 */
export function setSessionNiceness(pid: number, niceness: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // Sessions share nothing here, or it has ended, or may have no more.
  }
}
