import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Log } from '../../report/log';

/** A program that is to run for as long as its supervisor. */
export interface Task {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** its whole environment */
  readonly env: NodeJS.ProcessEnv;
  /** what it reads from standard input, built for each start */
  readonly input?: () => string;
  /** Told each line it prints. Without it the program prints where its supervisor prints. */
  readonly onLine?: (line: string) => void;
  /** Told of each start, before the first line. */
  readonly onStart?: () => void;
  /** what it printed last, for the log when it ends by itself */
  readonly lastWords?: () => readonly string[];
  /** milliseconds it may take to end after SIGTERM; then it is killed */
  readonly patienceMs: number;
  /** exit statuses after which another start would end the same way */
  readonly final?: readonly number[];
}

/** Milliseconds until a program that ended is started again: doubled from the first to the last. */
const FIRST_WAIT = 100;
const LAST_WAIT = 10_000;
/** One that ran for so long did not fail at its start. Milliseconds. */
const STEADY = 30_000;
/** What a shell says of a program that does not exist. */
const NOT_FOUND = 127;

/** Runs one program, and starts it again whenever it ends, until it is told to stop. */
export class Supervised {
  /** Resolves with the exit status once the program has ended for good without being told to. */
  readonly ended: Promise<number>;
  readonly #task: Task;
  readonly #log: Log;
  #child: ChildProcess | undefined;
  #exited: Promise<number> = Promise.resolve(0);
  #end!: (status: number) => void;
  #failures = 0;
  #again: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(task: Task, log: Log) {
    this.#task = task;
    this.#log = log;
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const { name, program, args, env, input, onLine, onStart } = this.#task;
    const startedAt = performance.now();
    const child = spawn(program, args, {
      env,
      stdio: [input ? 'pipe' : 'ignore', onLine ? 'pipe' : 'inherit', onLine ? 'pipe' : 'inherit'],
      // What is fed by us is ended by us: Ctrl-C on a terminal must not end it before those who need it.
      detached: input !== undefined,
    });
    this.#child = child;
    onStart?.();
    for (const stream of [child.stdout, child.stderr])
      if (stream && onLine) createInterface(stream).on('line', onLine);
    // A program that ends before it has read this says so itself.
    child.stdin?.on('error', () => {}).end(input?.());
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => {
        // Also said of a signal that could not be sent; the program runs on then.
        if (child.pid !== undefined) return;
        this.#log.error({ task: name, err: error }, `${program} could not be started`);
        resolve(NOT_FOUND);
      });
      child.once('close', (code) => resolve(code ?? 1));
    });
    void this.#exited.then((status) => this.#over(status, performance.now() - startedAt));
    if (child.pid !== undefined) this.#log.info({ task: name, pid: child.pid }, `started ${name}`);
  }

  /** Sends the program a signal, where it runs. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends the program. @returns its exit status; 0 when it did not run */
  async stop(): Promise<number> {
    this.#stopping = true;
    clearTimeout(this.#again);
    const child = this.#child;
    if (!child) return 0;
    child.kill('SIGTERM');
    const kill = setTimeout(() => {
      this.#log.warn({ task: this.#task.name }, `${this.#task.name} did not end in time and is killed`);
      child.kill('SIGKILL');
    }, this.#task.patienceMs);
    const status = await this.#exited;
    clearTimeout(kill);
    return status;
  }

  #over(status: number, ranMs: number): void {
    const { name, final = [], lastWords } = this.#task;
    this.#child = undefined;
    if (this.#stopping) return;
    if (status === NOT_FOUND || final.includes(status)) return this.#end(status);
    this.#failures = ranMs >= STEADY ? 1 : this.#failures + 1;
    const wait = Math.min(LAST_WAIT, FIRST_WAIT * 2 ** Math.min(this.#failures - 1, 20));
    const words = lastWords && { lastWords: lastWords() };
    this.#log.error({ task: name, status, againInMs: wait, ...words }, `${name} ended by itself`);
    this.#again = setTimeout(() => this.start(), wait);
  }
}
