/** The processes of a trial: a server of another make, and a real gateway in front of it. Both end with this one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { freePort } from '../kit/free-port';
import { ended, until, within } from '../kit/until';
import { watch } from '../kit/watchdog';
import type { Endpoint } from './ask';
import { installServer } from './install';
import type { Subject } from './subjects';

const ROOT = resolve(__dirname, '../..');
const HOOK = join(ROOT, 'test/kit/typescript-hook.cjs');

/** `built`: what `npm run build` made, as users run it. `source`: the same from src/, for tests, which build nothing. */
export type Program = 'built' | 'source';

export interface Running {
  stop(): Promise<void>;
}

/** A server under another name than localhost has is no concern of the gateway's: both are asked by address. */
export async function startServer(
  subject: Subject,
  env: Readonly<Record<string, string>>,
): Promise<Endpoint & Running> {
  const folder = await installServer(subject.folder ?? subject.name);
  const file = join(folder, subject.file);
  const [program, args] = subject.node
    ? ['npx', ['--yes', '-p', `node@${subject.node}`, 'node', file]]
    : [process.execPath, [file]];
  const child = new Child(subject.name, program, args, {
    cwd: folder,
    env: { PORT: String(await freePort()), ...env },
  });
  try {
    const line = await within(180_000, `${subject.name} listens`, child.line(/^\{"url"/));
    const endpoint = JSON.parse(line) as Endpoint;
    return { ...endpoint, stop: () => child.stop() };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

export interface GatewayEndpoint extends Endpoint, Running {
  readonly adminUrl: string;
}

export async function startGatewayProcess(
  program: Program,
  env: Readonly<Record<string, string>>,
): Promise<GatewayEndpoint> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const child = new Child('gateway', process.execPath, [...argumentsOf(program), 'serve'], {
    cwd: ROOT,
    env: { HOST: '127.0.0.1', PORT: String(port), ADMIN_PORT: String(adminPort), LOG_LEVEL: 'error', ...env },
  });
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  try {
    const ready = until('the gateway is ready', async () => (await fetch(`${adminUrl}/health/ready`)).ok, {
      within: 60_000,
      every: 50,
    });
    await Promise.race([ready, child.failed()]);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}/graphql`, adminUrl, stop: () => child.stop() };
}

/** What `lastmile check --json` prints. @throws Error when it prints none */
export async function runCheck(program: Program, env: Readonly<Record<string, string>>): Promise<unknown> {
  const child = spawn(process.execPath, [...argumentsOf(program), 'check', '--json'], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  try {
    return JSON.parse(output);
  } catch (cause) {
    throw new Error(`lastmile check printed no report: ${errors}`, { cause });
  }
}

function argumentsOf(program: Program): string[] {
  if (program === 'source') return ['--require', HOOK, join(ROOT, 'src/main.ts')];
  const main = join(ROOT, 'dist/main.js');
  if (!existsSync(main)) throw new Error('There is no dist/main.js: run `npm run build`.');
  return [main];
}

class Child {
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #lines: string[] = [];

  constructor(
    readonly name: string,
    program: string,
    args: readonly string[],
    { cwd, env }: { cwd: string; env: Readonly<Record<string, string>> },
  ) {
    // A group of its own, so that a program started by way of another ends with it.
    this.#process = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const { pid } = this.#process;
    const unwatch = pid === undefined ? () => {} : watch(-pid);
    this.#exited = new Promise<void>((resolve) => {
      this.#process.once('error', () => resolve());
      this.#process.once('close', () => resolve());
    }).then(unwatch);
    for (const stream of [this.#process.stdout!, this.#process.stderr!])
      createInterface(stream).on('line', (line) => {
        this.#lines.push(line);
        if (this.#lines.length > 60) this.#lines.shift();
        this.#process.emit('printed', line);
      });
  }

  /** The first line like that. @throws Error with what it printed when it ends before */
  line(pattern: RegExp): Promise<string> {
    const printed = new Promise<string>((resolve) => {
      this.#process.on('printed', (line: string) => pattern.test(line) && resolve(line));
    });
    return Promise.race([printed, this.failed()]);
  }

  /** Rejects when it ends; never resolves. */
  async failed(): Promise<never> {
    await this.#exited;
    throw new Error(`${this.name} ended by itself:\n${this.#lines.join('\n')}`);
  }

  async stop(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid !== undefined && exitCode === null && signalCode === null)
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // It has ended by itself meanwhile.
      }
    await ended(`${this.name} (process ${pid})`, this.#exited);
  }
}
