import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds of work in one turn, and between two turns. */
const SLICE_MS = 10;

/**
 * Does work beside all else, later, for half of the time at most: some milliseconds of it in a turn, and nothing for as long
 * before each.
 * It keeps no process alive.
 * @param steps the work; each step is to be short
 * @param isNeeded asked before each turn: whether it is still of use
 */
export async function inSlices(steps: Iterator<void>, isNeeded: () => boolean): Promise<void> {
  for (;;) {
    await pause(SLICE_MS, undefined, { ref: false });
    if (!isNeeded()) return;
    const until = performance.now() + SLICE_MS;
    do {
      if (steps.next().done) return;
    } while (performance.now() < until);
  }
}
