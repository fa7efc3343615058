/** A machine on which `lastmile redis` runs, with real redis-servers; several may share this one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Redis from 'ioredis';
import pino from 'pino';
import { encryptsRegion, type RedisServerSettings } from '../../../src/redis/read-settings';
import type { ServerTls } from '../../../src/redis/server-tls';
import type { Candidate } from '../../../src/redis/supervisor/primary-election';
import { runRedis, type GatewayProgram } from '../../../src/redis/supervisor/run-redis';
import { urlOf } from '../../../src/redis/acl';
import { freePort } from '../../kit/free-port';
import { until } from '../../kit/until';
import { watch } from '../../kit/guard';
import { clientAs, SECRET } from '../our-redis';

export interface LogLine {
  readonly msg: string;
  readonly level: number;
  readonly task?: string;
  readonly pid?: number;
  readonly status?: number;
  readonly standing?: string;
  readonly lastWords?: readonly string[];
  /** of an outage */
  readonly cause?: string;
  readonly address?: string;
  readonly remedy?: string;
}

export interface MachineOptions {
  readonly id?: string;
  readonly region?: string;
  /** the machines the name of the primary has at present, as this one finds them; undefined: it is the primary alone */
  readonly finds?: (() => readonly Machine[]) | undefined;
  readonly gateway?: (machine: Machine) => GatewayProgram;
  readonly program?: string;
  readonly maxMemory?: number;
  /** default: without TLS */
  readonly tls?: ServerTls;
  /** default: that of all others */
  readonly secret?: string;
  /** where it is started; default: a folder of its own */
  readonly folder?: string;
  /** where its region's Redis listens, as redis.conf has it; default: loopback, as nothing else is said */
  readonly bind?: string;
}

/** Milliseconds between two looks: a second in earnest. */
const LOOK_MS = 50;

export class Machine {
  readonly id: string;
  readonly settings: RedisServerSettings;
  readonly lines: LogLine[] = [];
  /** exit status, once it has ended */
  status: number | undefined;
  readonly #options: MachineOptions;
  readonly #stop = new AbortController();
  readonly #clients: Redis[] = [];
  #ended: Promise<number> = Promise.resolve(0);

  constructor(settings: RedisServerSettings, options: MachineOptions) {
    this.id = options.id ?? 'm';
    this.settings = settings;
    this.#options = options;
  }

  /** of the region's own Redis, as a gateway knows it */
  get url(): string {
    const { secret, port } = this.settings;
    return urlOf(secret, 'gateway', { host: '127.0.0.1', port }, encryptsRegion(this.settings));
  }

  /** of the primary on this machine, if it runs */
  get primaryUrl(): string {
    const { secret, primaryPort: port, tls } = this.settings;
    return urlOf(secret, 'purger', { host: '127.0.0.1', port }, tls !== undefined);
  }

  start(): this {
    const { finds, gateway } = this.#options;
    const unwatch: (() => void)[] = [];
    const write = (text: string): void => {
      const line = JSON.parse(text) as LogLine;
      this.lines.push(line);
      if (line.pid !== undefined) unwatch.push(watch(line.pid));
    };
    const discover = finds && (() => Promise.resolve(finds().map((each) => this.#see(each))));
    const env = { PATH: process.env['PATH'] };
    this.#ended = runRedis(this.settings, {
      log: pino({ level: 'debug', base: null }, { write }),
      signal: this.#stop.signal,
      env,
      gateway: gateway?.(this),
      lookEveryMs: LOOK_MS,
      ...(discover ? { discover } : {}),
    }).then((status) => {
      for (const each of unwatch) each();
      return (this.status = status);
    });
    return this;
  }

  /** Its redis-servers at present, by what they are for; of each the newest. */
  pid(task: string): number {
    const line = this.lines.findLast((each) => each.task === task && each.pid !== undefined);
    if (line?.pid === undefined) throw new Error(`${task} was not started`);
    return line.pid;
  }

  /** A client at its region's Redis, or at its primary. */
  at(which: 'region' | 'primary'): Redis {
    const { port, primaryPort, secret, tls } = this.settings;
    const trust = which === 'primary' || encryptsRegion(this.settings) ? tls : undefined;
    const client = clientAs('inspector', which === 'region' ? port : primaryPort, { secret, trust });
    this.#clients.push(client);
    return client;
  }

  /** Until its region's Redis replicates the primary of that machine. */
  async follows(other: Machine): Promise<void> {
    const client = this.at('region');
    await until(`machine ${this.id} follows ${other.id}`, async () => {
      const [role, , port, state] = (await client.role()) as unknown[];
      return role === 'slave' && port === other.settings.primaryPort && state === 'connected';
    });
  }

  async leads(): Promise<void> {
    await until(`machine ${this.id} runs the primary`, () => this.runsPrimary());
  }

  /** Whether a primary answers here. */
  async runsPrimary(): Promise<boolean> {
    const { primaryPort, secret, tls: trust } = this.settings;
    const client = clientAs('inspector', primaryPort, { secret, trust });
    try {
      return (await client.role())[0] === 'master';
    } catch {
      // Nobody listens.
      return false;
    } finally {
      client.disconnect();
    }
  }

  /** Tells it to stop. @returns its exit status */
  async stop(): Promise<number> {
    this.#stop.abort();
    for (const client of this.#clients) client.disconnect();
    const status = await this.#ended;
    await rm(this.settings.folder, { recursive: true, force: true });
    return status;
  }

  #see(other: Machine): Candidate {
    return { id: other.id, host: '127.0.0.1', port: other.settings.primaryPort, isSelf: other === this };
  }
}

export async function startMachine(options: MachineOptions = {}): Promise<Machine> {
  const settings: RedisServerSettings = {
    region: options.region ?? 'iad',
    primaryRegion: 'iad',
    secret: options.secret ?? SECRET,
    port: await freePort(),
    primaryPort: await freePort(),
    primaryHost: undefined,
    ownAddress: undefined,
    bind: options.bind ?? '127.0.0.1 -::1',
    tls: options.tls,
    primaryBind: '127.0.0.1 -::1',
    // A name that has to be quoted.
    folder: options.folder ?? (await mkdtemp(join(tmpdir(), String.raw`lastmile "redis" \ `))),
    maxMemory: options.maxMemory ?? 32 * 2 ** 20,
    program: options.program ?? 'redis-server',
    drainMs: 1_000,
    logLevel: 'info',
  };
  return new Machine(settings, options).start();
}
