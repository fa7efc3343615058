import { Child } from '../kit.mjs';
import { pinned } from './cores.mjs';

/** @typedef {import('../../kit/child').Child} Child */
/** @typedef {'subject' | 'load' | 'others' | 'all'} Role */

/** @type {Set<Child>} */
const running = new Set();

/** How a process is started on the cores of a role. @returns {import('../../kit/child').Start} */
export function startOn(/** @type {Role} */ role) {
  return (options) => {
    const [program, args] = pinned(role, options.program, options.args);
    const child = new Child({ ...options, program, args });
    running.add(child);
    void child.exited.then(() => running.delete(child));
    return child;
  };
}

/**
 * @param {string} name for messages
 * @param {Role} role
 * @param {{ talks?: boolean }} [options] talks: has a channel for messages
 */
export function start(name, role, program, args, { talks = false } = {}) {
  // Nothing of the caller's environment may change what is measured.
  const env = { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production' };
  return startOn(role)({ name, program, args, env, talks });
}

/**
 * A Node program of ours that says with its first message that it is ready.
 * @param {{ flags?: string[], withinMs?: number }} [options] flags of Node; how long it may take
 * @returns the child and that message
 */
export async function startNode(name, role, file, input = {}, { flags = [], withinMs = 30_000 } = {}) {
  const child = start(name, role, process.execPath, [...flags, file, JSON.stringify(input)], { talks: true });
  try {
    return { child, ready: await child.message(undefined, withinMs) };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

export async function stopAll() {
  await Promise.allSettled([...running].map((child) => child.stop()));
}
