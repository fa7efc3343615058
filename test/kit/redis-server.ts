/**
 * A real redis-server in a folder of its own on 127.0.0.1, with short verbs for what can happen to it.
 * It ends with this process, however this process ends.
 *
 *   const redis = cleanup.add(await startRedis({ maxmemory: '2mb' }));
 *   redis.pause();                           // SIGSTOP: connections stay, nothing answers
 *   await redis.kill();                      // SIGKILL: no last write
 *   await redis.restart({ data: 'none' });   // back on the same port, empty
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Redis, { type RedisOptions } from 'ioredis';
import { freePort } from './free-port';
import { findRedis } from './redis-binary';
import { ended, until } from './until';
import { watch } from './watchdog';

/** Settings as redis.conf names them. An array is a setting given several times, such as `user`. */
export type RedisSettings = Readonly<Record<string, string | number | readonly (string | number)[]>>;

/** A copy of a server's data at some moment; made by {@link RedisServer.saveData}. */
export interface DataCopy {
  readonly folder: string;
}

export interface RestartOptions {
  /** `keep` (default): what is on the disk. `none`: nothing. A copy: what was there when it was made. */
  readonly data?: 'keep' | 'none' | DataCopy;
  /** laid over the settings it was started with, from now on */
  readonly settings?: RedisSettings;
  /** false: resolves as soon as the port answers, with LOADING if need be. Default true. */
  readonly ready?: boolean;
}

const BASE: RedisSettings = { bind: '127.0.0.1', save: '', 'enable-debug-command': 'yes', databases: 1 };

export class RedisServer {
  readonly port: number;
  readonly url: string;
  #settings: RedisSettings;
  readonly #folder: string;
  #copies = 0;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #output = '';
  readonly #clients = new Set<Redis>();

  /** Use {@link startRedis}. */
  constructor(port: number, folder: string, settings: RedisSettings) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#folder = folder;
    this.#settings = settings;
  }

  /** @throws when it is not running */
  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('this redis-server is not running');
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** The last of what it printed. */
  get output(): string {
    return this.#output;
  }

  /** A client that is closed on stop. Its connection errors are not errors of the test. */
  client(options: Omit<RedisOptions, 'replyMapping'> = {}): Redis {
    const password = this.#settings['requirepass'];
    const client = new Redis({
      host: '127.0.0.1',
      port: this.port,
      retryStrategy: () => 20,
      // Its timer keeps the process alive also after the connection has closed.
      disconnectTimeout: 20,
      ...(password === undefined ? {} : { password: String(password) }),
      ...options,
    });
    client.on('error', () => {});
    this.#clients.add(client);
    return client;
  }

  /** CONFIG SET while it runs; forgotten by a restart. */
  async config(settings: RedisSettings): Promise<void> {
    const client = this.client();
    for (const [name, value] of Object.entries(settings)) await client.config('SET', name, String(value));
    this.#release(client);
  }

  /** One command on a connection of its own. */
  async command(name: string, ...parts: (string | number | Buffer)[]): Promise<unknown> {
    const client = this.client();
    try {
      return await client.call(name, ...parts);
    } finally {
      this.#release(client);
    }
  }

  /** Stops the process where it stands (SIGSTOP): the kernel still accepts connections, and nothing answers. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** SIGKILL. What is on the disk stays for {@link restart}. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await ended(`redis-server at port ${this.port}`, this.#exited);
  }

  /** Ends it if it runs, with SIGTERM so that its data reach the disk, and starts it again on the same port. */
  async restart({ data = 'keep', settings = {}, ready = true }: RestartOptions = {}): Promise<void> {
    this.#child?.kill('SIGCONT');
    this.#child?.kill(data === 'keep' ? 'SIGTERM' : 'SIGKILL');
    await ended(`redis-server at port ${this.port}`, this.#exited);
    if (data !== 'keep') await rm(join(this.#folder, 'data'), { recursive: true, force: true });
    if (typeof data === 'object') await cp(data.folder, join(this.#folder, 'data'), { recursive: true });
    this.#settings = { ...this.#settings, ...settings };
    await this.start(ready);
  }

  /** Copies what is on its disk. Anything it has not yet written, for example the last second of its AOF, is not in it. */
  async saveData(): Promise<DataCopy> {
    const folder = join(this.#folder, `copy-${++this.#copies}`);
    await cp(join(this.#folder, 'data'), folder, { recursive: true });
    return { folder };
  }

  /** Ends the process and its clients and removes its folder. */
  async stop(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    this.#clients.clear();
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** @throws Error with what the process printed when it ends instead of becoming ready */
  async start(ready = true): Promise<void> {
    const binary = await findRedis();
    const folder = join(this.#folder, 'data');
    await mkdir(folder, { recursive: true });
    const settings = { ...BASE, ...this.#settings, port: this.port, dir: folder };
    this.#output = '';
    const child = spawn(binary.path, ['-'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...binary.env },
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once('close', resolve);
      child.once('error', resolve);
    }).then(() => {
      this.#child = undefined;
      stopWatching();
    });
    const stopWatching = child.pid === undefined ? () => {} : watch(child.pid, this.#folder);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-20_000);
        child.emit('printed');
      });
    child.stdin.end(formatSettings(settings));
    await this.#answers(child, ready);
  }

  /** Waits for the line that says so, which redis-server prints once it listens, then for its first PONG. */
  async #answers(child: ChildProcess, ready: boolean): Promise<void> {
    const listening = ready
      ? /Ready to accept connections/
      : /Ready to accept connections|Server initialized/;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (listening.test(this.#output)) resolve();
      };
      child.on('printed', look);
      child.once('error', reject);
      child.once('close', () => reject(new Error(`redis-server ended at its start:\n${this.#output}`)));
    });
    // Any answer will do: a server that is loading, or wants a password, answers PING with an error.
    await until('redis-server answers PING', () => firstLine(this.port, 'PING\r\n'));
  }

  #release(client: Redis): void {
    client.disconnect();
    this.#clients.delete(client);
  }
}

/**
 * Starts a server with these settings over plain defaults: no snapshots, one database, DEBUG allowed.
 * @param port for a server that somebody waits for already; default a free one
 */
export async function startRedis(settings: RedisSettings = {}, port?: number): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    const folder = await mkdtemp(join(tmpdir(), 'lastmile-redis-'));
    const server = new RedisServer(port ?? (await freePort()), folder, settings);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      const taken = /Address already in use/.test(server.output);
      if (!taken || attempt === 5) throw error;
    }
  }
}

/** One setting a line, as redis.conf has it. Values are several words for some settings, so they are not quoted. */
function formatSettings(settings: RedisSettings): string {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(settings))
    for (const each of typeof value === 'object' ? value : [value])
      lines.push(`${name} ${each === '' ? '""' : each}`);
  return `${lines.join('\n')}\n`;
}

function firstLine(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(command));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed without an answer')));
    socket.setEncoding('latin1').once('data', (text: string) => {
      resolve(text);
      socket.destroy();
    });
  });
}
