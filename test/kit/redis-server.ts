/**
 * A real redis-server in a folder of its own on 127.0.0.1, with short verbs for what can happen to it.
 * It ends with this process, however this process ends.
 *
 *   const redis = cleanup.add(await startRedis({ maxmemory: '2mb' }));
 *   redis.pause();                           // SIGSTOP: connections stay, nothing answers
 *   await redis.kill();                      // SIGKILL: no last write
 *   await redis.restart({ data: 'none' });   // back on the same port, empty
 */
import { cp, mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import Redis, { type RedisOptions } from 'ioredis';
import { startChild, type Child, type Start } from './child';
import { temporaryFolder, type Folder } from './folder';
import { freePort } from './free-port';
import { findRedis } from './redis-binary';
import { ended, until } from './until';

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
  readonly #folder: Folder;
  readonly #startChild: Start;
  #copies = 0;
  #child: Child | undefined;
  readonly #clients = new Set<Redis>();

  /** Use {@link startRedis}. */
  constructor(port: number, folder: Folder, settings: RedisSettings, start: Start = startChild) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#folder = folder;
    this.#settings = settings;
    this.#startChild = start;
  }

  /** @throws when it is not running */
  get pid(): number {
    if (!this.#child?.running) throw new Error('this redis-server is not running');
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child?.running ?? false;
  }

  /** The last of what it printed. */
  get output(): string {
    return this.#child?.lines.join('\n') ?? '';
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
    await this.#child?.kill();
    await this.#ended();
  }

  /** Ends it if it runs, with SIGTERM so that its data reach the disk, and starts it again on the same port. */
  async restart({ data = 'keep', settings = {}, ready = true }: RestartOptions = {}): Promise<void> {
    this.#child?.process.kill('SIGCONT');
    this.#child?.process.kill(data === 'keep' ? 'SIGTERM' : 'SIGKILL');
    await this.#ended();
    if (data !== 'keep') await rm(join(this.#folder.path, 'data'), { recursive: true, force: true });
    if (typeof data === 'object') await cp(data.folder, join(this.#folder.path, 'data'), { recursive: true });
    this.#settings = { ...this.#settings, ...settings };
    await this.start(ready);
  }

  /** Copies what is on its disk. Anything it has not yet written, for example the last second of its AOF, is not in it. */
  async saveData(): Promise<DataCopy> {
    const folder = join(this.#folder.path, `copy-${++this.#copies}`);
    await cp(join(this.#folder.path, 'data'), folder, { recursive: true });
    return { folder };
  }

  /** Ends the process and its clients and removes its folder. */
  async stop(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    this.#clients.clear();
    await this.kill();
    await this.#folder.remove();
  }

  /** @throws Error with what the process printed when it ends instead of becoming ready */
  async start(ready = true): Promise<void> {
    const binary = await findRedis();
    const folder = join(this.#folder.path, 'data');
    await mkdir(folder, { recursive: true });
    const settings = { ...BASE, ...this.#settings, port: this.port, dir: folder };
    const child = this.#startChild({
      name: `redis-server at port ${this.port}`,
      program: binary.path,
      args: ['-'],
      env: { ...process.env, ...binary.env },
      input: formatSettings(settings),
    });
    this.#child = child;
    // It prints this line once it listens; while it loads its data it answers with LOADING.
    await child.printed(
      ready ? /Ready to accept connections/ : /Ready to accept connections|Server initialized/,
    );
    // Any answer will do: a server that is loading, or wants a password, answers PING with an error.
    await until('redis-server answers PING', () => firstLine(this.port, 'PING\r\n'));
  }

  async #ended(): Promise<void> {
    if (this.#child) await ended(this.#child.name, this.#child.exited);
  }

  #release(client: Redis): void {
    client.disconnect();
    this.#clients.delete(client);
  }
}

export interface RedisPlace {
  /** for a server that somebody waits for already; default a free one */
  readonly port?: number;
  /** default one of its own */
  readonly folder?: Folder;
  readonly start?: Start;
}

/** Starts a server with these settings over plain defaults: no snapshots, one database, DEBUG allowed. */
export async function startRedis(
  settings: RedisSettings = {},
  { port, folder, start }: RedisPlace = {},
): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    const own = folder ?? temporaryFolder('redis');
    const server = new RedisServer(port ?? (await freePort()), own, settings, start);
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

/** Lines of a redis.conf as settings; which port and folder it has is for {@link startRedis} to say. */
export function settingsOf(lines: readonly string[]): RedisSettings {
  const settings: Record<string, string | string[]> = {};
  for (const line of lines) {
    const at = line.indexOf(' ');
    const [name, value] = [line.slice(0, at), line.slice(at + 1)];
    if (name === 'user') ((settings['user'] ??= []) as string[]).push(value);
    else if (name !== 'port' && name !== 'dir') settings[name] = value;
  }
  return settings;
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
