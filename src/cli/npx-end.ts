/** Milliseconds between two looks whether the shell between is still there. */
const LOOK_MS = 500;

/**
 * Tells, once, that npx was ended, where that has started this process: it passes a signal on to a shell, which ends of it and leaves
 * its command running.
 */
export function whenNpxEnds(env: NodeJS.ProcessEnv, told: () => void): void {
  if (env['npm_lifecycle_event'] !== 'npx') return;
  const parent = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    told();
  }, LOOK_MS);
  looking.unref();
}
