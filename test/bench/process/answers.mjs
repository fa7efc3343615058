import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until a process that cannot say so itself is ready.
 * @param {import('./child.mjs').Child} child stopped when it does not become ready
 * @param {() => Promise<boolean>} isReady
 */
export async function answers(child, isReady, withinMs = 20_000) {
  const end = performance.now() + withinMs;
  while (!child.ended && performance.now() < end) {
    if (await isReady()) return;
    await pause(20);
  }
  const fault = child.fault(child.ended ? 'ended before it was ready' : 'did not become ready in time');
  await child.stop();
  throw fault;
}
