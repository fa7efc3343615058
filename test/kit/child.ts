/**
 * A process that ends with this one.
 *
 *   const child = cleanup.add(new Child({ name: 'a server', program: 'server', args: [] }));
 *   await child.printed(/^listening/);
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { spawnGuarded } from './guard';

const HOOK = join(__dirname, 'typescript-hook.cjs');
const LINES_KEPT = 100;

export interface ChildOptions {
  /** for messages */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** all of its environment; this process's own when left out */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  readonly cwd?: string;
  /** what it reads from standard input */
  readonly input?: string;
  /** whether messages are exchanged with it */
  readonly talks?: boolean;
  /** as whom it runs */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

/** Starts a process; a caller of one that starts something may have its own, which pins it or keeps a list. */
export type Start = (options: ChildOptions) => Child;

export const startChild: Start = (options) => new Child(options);

/** Arguments with which Node runs a file of TypeScript. */
export function typescriptArgs(file: string): string[] {
  return ['--require', HOOK, file];
}

export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  /** Resolves once it has ended and all that it printed was read. */
  readonly exited: Promise<void>;
  /** the last lines it printed */
  readonly lines: string[] = [];
  #ended = false;
  #isMeantToEnd = false;

  constructor({ name, program, args, env, cwd, input, talks = false, user }: ChildOptions) {
    this.name = name;
    const child = spawnGuarded(program, args, {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...(talks ? (['ipc'] as const) : [])],
      env: env ?? process.env,
      cwd,
      ...user,
    });
    this.process = child;
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#ended = true;
        this.lines.push(String(error));
        resolve();
      });
      child.once('exit', () => (this.#ended = true));
      child.once('close', () => resolve());
    });
    for (const stream of [child.stdout, child.stderr])
      if (stream)
        createInterface(stream).on('line', (line) => {
          this.lines.push(line);
          if (this.lines.length > LINES_KEPT) this.lines.shift();
          child.emit('printed', line);
        });
    // A program that ends before it has read this says so itself.
    child.stdin?.on('error', () => {}).end(input);
  }

  /** whether it has ended and nobody asked it to */
  get isLost(): boolean {
    return this.#ended && !this.#isMeantToEnd;
  }

  get running(): boolean {
    return !this.#ended && this.process.pid !== undefined;
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** Tells of every line it prints from now on. */
  onLine(listener: (line: string) => void): void {
    this.process.on('printed', listener);
  }

  /** The first line like that. @throws Error with what it printed, when it ends before */
  async printed(pattern: RegExp): Promise<string> {
    const before = this.lines.find((line) => pattern.test(line));
    if (before !== undefined) return before;
    const printed = new Promise<string>((resolve) => {
      this.onLine((line) => pattern.test(line) && resolve(line));
    });
    return Promise.race([printed, this.failed()]);
  }

  /** Rejects with what it printed when it ends; never resolves. */
  async failed(): Promise<never> {
    await this.exited;
    throw this.fault('ended');
  }

  /** The next message, or the next of a kind. @throws Error when the process ends, or says nothing in time */
  async message<T>(kind?: string, withinMs?: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const said = new Promise<T>((resolve, reject) => {
      const listen = (message: unknown): void => {
        if (kind !== undefined && (message as { kind: string }).kind !== kind) return;
        this.process.off('message', listen);
        resolve(message as T);
      };
      this.process.on('message', listen);
      if (withinMs !== undefined)
        timer = setTimeout(() => reject(this.fault(`said nothing within ${withinMs} ms`)), withinMs);
    });
    try {
      return await Promise.race([said, this.failed()]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a message, and returns the next that comes, or the next of a kind: see {@link message}. */
  ask<T>(question: unknown, kind?: string, withinMs?: number): Promise<T> {
    const answer = this.message<T>(kind, withinMs);
    this.send(question);
    return answer;
  }

  send(message: unknown): void {
    if (this.process.connected) this.process.send(message as object);
  }

  /** An error about it, with the last of what it printed. */
  fault(what: string): Error {
    return new Error([`${this.name} ${what}:`, ...this.lines].join('\n'));
  }

  /** SIGTERM, and SIGKILL when that does not do. */
  async stop(patienceMs = 20_000): Promise<void> {
    this.#isMeantToEnd = true;
    if (!this.running) return;
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.#killGroup(), patienceMs);
    await this.exited;
    clearTimeout(timer);
  }

  /** SIGKILL, to its children as well. */
  async kill(): Promise<void> {
    this.#isMeantToEnd = true;
    if (!this.running) return;
    this.#killGroup();
    await this.exited;
  }

  #killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // It has ended by itself meanwhile.
    }
  }
}

/** Whether there is such a process. A zombie has ended; only its parent has not taken note. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !existsSync('/proc/self/exe') || existsSync(`/proc/${pid}/exe`);
}
