import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pinned } from './cores.mjs';
import { guard, release } from './guard.mjs';

const OUTPUT_KEPT = 4000;
const GRACE_MS = 2000;

/** @type {Set<Child>} */
const running = new Set();

/** A process on the cores of its role. It ends with this one. */
export class Child {
  /** the last of what it printed */
  output = '';
  ended = false;

  /** Use {@link start} */
  constructor(name, process) {
    this.name = name;
    this.process = process;
    this.pid = process.pid;
    guard(this.pid);
    running.add(this);
    process.stdout?.on('data', (text) => this.#keep(text));
    process.stderr?.on('data', (text) => this.#keep(text));
    /** with everything it printed */
    this.closed = once(process, 'close').then(([code]) => code);
    this.exited = once(process, 'exit').then(([code]) => {
      this.ended = true;
      running.delete(this);
      release(this.pid);
      return code;
    });
  }

  /** The next message it sends. @throws Error with what it printed, if it ends first or says nothing in time */
  async message(withinMs = 30_000) {
    const signal = AbortSignal.timeout(withinMs);
    const said = once(this.process, 'message', { signal }).then(
      ([message]) => message,
      () => {
        throw this.fault('said nothing in time');
      },
    );
    const ended = this.exited.then(() => {
      throw this.fault('ended');
    });
    return Promise.race([said, ended]);
  }

  async ask(question) {
    const answer = this.message();
    this.process.send(question);
    return answer;
  }

  fault(what) {
    return new Error(`${this.name} ${what}${this.output ? `:\n${this.output.trim()}` : ''}`);
  }

  async stop() {
    if (this.ended) return;
    this.process.kill('SIGTERM');
    const killing = setTimeout(() => this.process.kill('SIGKILL'), GRACE_MS);
    await this.exited;
    clearTimeout(killing);
  }

  #keep(text) {
    this.output = (this.output + text).slice(-OUTPUT_KEPT);
  }
}

/**
 * @param {string} name for messages
 * @param {'subject' | 'load' | 'others' | 'all'} role
 * @param {{ env?: Record<string, string>, cwd?: string, talks?: boolean }} [options] talks: has a channel for messages
 */
export function start(name, role, command, args, { env = {}, cwd, talks = false } = {}) {
  const [file, all] = pinned(role, command, args);
  const spawned = spawn(file, all, {
    cwd,
    // Nothing of the caller's environment may change what is measured.
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(talks ? ['ipc'] : [])],
  });
  return new Child(name, spawned);
}

/**
 * A Node program of ours that says with its first message that it is ready.
 * @param {{ flags?: string[], withinMs?: number }} [options] flags of Node; how long it may take
 * @returns the child and that message
 */
export async function startNode(name, role, file, input = {}, { flags = [], withinMs } = {}) {
  const child = start(name, role, process.execPath, [...flags, file, JSON.stringify(input)], { talks: true });
  try {
    return { child, ready: await child.message(withinMs) };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

export async function stopAll() {
  await Promise.allSettled([...running].map((child) => child.stop()));
}
