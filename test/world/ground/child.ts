import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { Guard } from './guard';

const HOOK = join(__dirname, '..', '..', 'kit', 'typescript-hook.cjs');

export interface ChildOptions {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** what it reads from standard input */
  readonly input?: string;
  /** whether messages are exchanged with it */
  readonly talks?: boolean;
  readonly guard: Guard;
}

/** Arguments with which Node runs a file of TypeScript. */
export function typescriptArgs(file: string): string[] {
  return ['--require', HOOK, file];
}

/** A process of the world. It outlives a Ctrl-C, which is for us to handle, and never us. */
export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  readonly exited: Promise<void>;
  /** the last lines it printed */
  readonly lines: string[] = [];
  #ended = false;
  #isMeantToEnd = false;

  constructor({ name, program, args, env = {}, input, talks = false, guard }: ChildOptions) {
    this.name = name;
    const child = spawn(...guard.enlisted(program, args), {
      stdio: [
        input === undefined ? 'ignore' : 'pipe',
        'pipe',
        'pipe',
        guard.pipe,
        ...(talks ? ['ipc' as const] : []),
      ],
      env: { ...process.env, ...env },
      detached: true,
    });
    this.process = child;
    const { pid } = child;
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.lines.push(String(error));
        resolve();
      });
      child.once('exit', () => {
        this.#ended = true;
        if (pid !== undefined) guard.forget(pid);
        resolve();
      });
    });
    for (const stream of [child.stdout, child.stderr])
      if (stream)
        createInterface(stream).on('line', (line) => {
          this.lines.push(line);
          if (this.lines.length > 50) this.lines.shift();
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

  /** @throws Error with what it printed, when it ends before it has printed a line like that */
  async printed(pattern: RegExp): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      if (this.lines.some((line) => pattern.test(line))) return resolve();
      this.process.on('printed', (line: string) => pattern.test(line) && resolve());
      void this.exited.then(() =>
        reject(new Error(`${this.name} ended at its start:\n${this.lines.join('\n')}`)),
      );
    });
  }

  /** The next message of a kind. @throws Error when the process ends instead */
  message<T extends { kind: string }>(kind: T['kind']): Promise<T> {
    return new Promise((resolve, reject) => {
      const listen = (message: unknown): void => {
        if ((message as T).kind !== kind) return;
        this.process.off('message', listen);
        resolve(message as T);
      };
      this.process.on('message', listen);
      void this.exited.then(() => reject(new Error(`${this.name} ended:\n${this.lines.join('\n')}`)));
    });
  }

  send(message: object): void {
    if (this.process.connected) this.process.send(message);
  }

  /** SIGTERM, and SIGKILL when that does not do. */
  async stop(patienceMs = 3000): Promise<void> {
    this.#isMeantToEnd = true;
    if (!this.running) return;
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), patienceMs);
    await this.exited;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    this.#isMeantToEnd = true;
    if (!this.running) return;
    this.process.kill('SIGKILL');
    await this.exited;
  }
}
