/**
 * Waiting for something to become true, with a deadline and a sentence for when it does not.
 * Await the event itself where there is one; poll only what has no event, such as another process's state.
 */
import type { EventEmitter } from 'node:events';

/**
 * Milliseconds that anything may take that a test waits for, on a machine that does much else: and less than the minute that the
 * shop's answers are kept, so that one which ran out is not taken for one that was purged.
 */
export const PATIENCE = 45_000;

export interface UntilOptions {
  /** milliseconds; default {@link PATIENCE}: a deadline for what does not come at all, on a busy machine as well */
  readonly within?: number;
  /** milliseconds between two looks; default 5 */
  readonly every?: number;
}

/**
 * Looks again and again until `condition` returns (or resolves to) something truthy, and returns that.
 * A condition that throws counts as not yet true; its last error is the cause of ours.
 * @param what completes the sentence "waited in vain until ..."
 * @throws Error after the deadline
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { within = PATIENCE, every = 5 }: UntilOptions = {},
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  const deadline = performance.now() + within;
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value as Exclude<T, undefined | null | false | 0 | ''>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`waited ${within} ms in vain until ${what}`, { cause });
    await pause(every);
  }
}

/** Awaits one event, whatever others come before it. @throws Error when it does not come within so many milliseconds */
export async function untilEvent(
  emitter: EventEmitter,
  event: string,
  deadline = PATIENCE,
): Promise<unknown[]> {
  let listener: (...values: unknown[]) => void = () => {};
  const came = new Promise<unknown[]>((resolve) => {
    listener = (...values) => resolve(values);
    emitter.once(event, listener);
  });
  try {
    return await within(deadline, `the event '${event}' came`, came);
  } finally {
    emitter.off(event, listener);
  }
}

/** Awaits a promise that might never settle. @throws Error when it did not within so many milliseconds */
export async function within<T>(milliseconds: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`waited ${milliseconds} ms in vain until ${what}`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Awaits the end of one thing, so that what hangs is named instead of a hook that timed out. @throws Error when it hangs */
export function ended<T>(what: string, end: Promise<T>): Promise<T> {
  return within(PATIENCE, `${what} ended`, end);
}

/** Lets time pass. For tests whose subject is time itself; everything else awaits an event. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
