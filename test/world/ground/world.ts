import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Redis from 'ioredis';
import { passwordOf, urlOf } from '../../../src/redis/acl';
import { primarySettings, regionSettings } from '../../../src/redis/redis-conf';
import type { Binary } from '../../kit/debian-binary';
import { freePort } from '../../kit/free-port';
import { findRedis } from '../../kit/redis-binary';
import { until } from '../../kit/until';
import { oneWay, PRIMARY_REGION } from '../geography';
import type { WorldOptions } from '../options';
import { Child, typescriptArgs, type ChildOptions } from './child';
import { Guard } from './guard';
import { Network } from './network';
import { ADMIN_TOKEN } from './arrivals';

const ROOT = resolve(__dirname, '..', '..', '..');
const SECRET = 'a secret of nobody, for one machine';
const MAX_MEMORY = 128 * 2 ** 20;

/** Where the load finds a region. */
export interface RegionPorts {
  readonly region: string;
  readonly gateway: number;
  readonly admin: number;
  /** to the origin, as far away as it is from here, without a gateway */
  readonly direct: number;
}

/** Links of a region that a fault of its network befalls: all but the one to the origin. */
const TO_THE_PRIMARY = ['replication', 'probe', 'way'] as const;

/** Every process of the world but the load, and what can be done to them. */
export class World {
  readonly regions: RegionPorts[] = [];
  readonly guard: Guard;
  readonly network: Network;
  originPort = 0;
  readonly #options: WorldOptions;
  readonly #folder: string;
  readonly #ports = new Map<string, number>();
  readonly #children = new Map<string, Child>();
  #placing = Promise.resolve();
  #isEnding = false;
  #binary: Binary = { path: 'redis-server', env: {} };

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#folder = join(tmpdir(), `lastmile-world-${randomUUID()}`);
    this.guard = new Guard(this.#folder);
    this.network = new Network(this.guard);
    for (const child of this.network.children) this.#children.set(child.name, child);
  }

  /** Process ids by what they are, for the figures of who is busy. */
  get processes(): ReadonlyMap<string, number> {
    return new Map(
      [...this.#children].filter(([, child]) => child.running).map(([name, { pid }]) => [name, pid]),
    );
  }

  /** What of it has ended by itself, with its last words. */
  get lost(): string[] {
    return [...this.#children.values()]
      .filter(({ isLost }) => isLost)
      .map(({ name, lines }) => `${name} ended: ${lines.slice(-3).join(' / ')}`);
  }

  /** Resolves when every region says that it is ready. */
  async start(): Promise<void> {
    this.#placing = this.#place();
    await this.#placing;
    await Promise.all(this.#options.regions.map((region) => this.ready(region)));
  }

  /** Starts every process. */
  async #place(): Promise<void> {
    this.#binary = await findRedis();
    const { regions } = this.#options;
    const names = ['origin', 'primary'];
    for (const region of regions) names.push(`redis ${region}`, `gateway ${region}`, `admin ${region}`);
    for (const name of names) this.#ports.set(name, await this.#newPort());
    this.originPort = this.#port('origin');
    const origin = this.#startOrigin();
    // It is waited for below; should all else fail before, that is what is to be said.
    origin.catch(() => {});
    await this.network.open(regions.flatMap((region) => this.#linksOf(region)));
    await this.startPrimary();
    await Promise.all(regions.map((region) => this.#startReplica(region)));
    // One after another they are ready no later: the machine has few cores, and each needs one for a second.
    await Promise.all([origin, ...regions.map((region) => this.startGateway(region))]);
    for (const region of regions)
      this.regions.push({
        region,
        gateway: this.#port(`gateway ${region}`),
        admin: this.#port(`admin ${region}`),
        direct: this.network.port(`direct ${region}`),
      });
  }

  async ready(region: string): Promise<void> {
    const url = `http://127.0.0.1:${this.#port(`admin ${region}`)}/health/ready`;
    await until(`the gateway of ${region} is ready`, async () => (await fetch(url)).status === 200, {
      within: 60_000,
      every: 100,
    });
  }

  /** Starts another process of the world, ended with it. @throws Error when the world is ending */
  spawn(options: Omit<ChildOptions, 'guard'>): Child {
    if (this.#isEnding) throw new Error(`The world is ending: there is no ${options.name} any more.`);
    const child = new Child({ ...options, guard: this.guard });
    this.#children.set(child.name, child);
    return child;
  }

  /** Does something to the links that lead from a region to the primary and its gateway. */
  async toLinks(region: string, verb: 'cut' | 'refuse' | 'blackHole' | 'restore'): Promise<void> {
    await Promise.all(this.#toPrimary(region).map((name) => this.network.change(name, verb)));
  }

  /** Makes those links longer, by milliseconds one way. */
  async lengthen(region: string, byMs: number): Promise<void> {
    const delay = oneWay(region, PRIMARY_REGION) + byMs;
    await Promise.all(this.#toPrimary(region).map((name) => this.network.change(name, 'delay', delay)));
  }

  async startPrimary(): Promise<void> {
    const folder = join(this.#folder, 'primary');
    await mkdir(folder, { recursive: true });
    const bind = '127.0.0.1';
    const port = this.#port('primary');
    await this.#startRedis('primary', primarySettings({ port, bind, folder, secret: SECRET }));
  }

  killPrimary(): Promise<void> {
    return this.#children.get('primary')!.kill();
  }

  killGateway(region: string): Promise<void> {
    return this.#children.get(`gateway ${region}`)!.kill();
  }

  startGateway(region: string): Promise<void> {
    const isPrimary = region === PRIMARY_REGION;
    const { boundMs, controls, fromSource, schema } = this.#options;
    const link = (name: string): number => this.network.port(`${name} ${region}`);
    const env: Record<string, string> = {
      HOST: '127.0.0.1',
      PORT: String(this.#port(`gateway ${region}`)),
      ADMIN_PORT: String(this.#port(`admin ${region}`)),
      ADMIN_TOKEN,
      REGION: region,
      PRIMARY_REGION,
      REDIS_URL: urlOf(SECRET, 'gateway', { host: '127.0.0.1', port: this.#port(`redis ${region}`) }),
      PRIMARY_REDIS_URL: urlOf(SECRET, 'purger', { host: '127.0.0.1', port: link('probe') }),
      UPSTREAM_URL: `http://127.0.0.1:${link('upstream')}/graphql`,
      SCHEMA: schema,
      SESSION: 'header:authorization',
      // A region that trusts its copy for an hour has no proof of freshness to speak of.
      FRESHNESS_BOUND_MS: String(controls.includes('late-log') ? 3_600_000 : boundMs),
      PROBE_INTERVAL_MS: String(Math.min(1000, boundMs / 4)),
      LOG_LEVEL: 'error',
      DRAIN_MS: '500',
      ...(!isPrimary && { PRIMARY_URL: `http://127.0.0.1:${link('way')}/graphql` }),
    };
    const program = fromSource
      ? typescriptArgs(join(ROOT, 'src', 'main.ts'))
      : [join(ROOT, 'dist', 'main.js')];
    this.#node(`gateway ${region}`, [...program, 'serve'], env);
    return Promise.resolve();
  }

  /** Has a region's Redis load the whole log anew: as its own master for a moment it is of another history. */
  async resync(region: string): Promise<void> {
    const client = new Redis({
      host: '127.0.0.1',
      port: this.#port(`redis ${region}`),
      username: 'supervisor',
      password: passwordOf(SECRET, 'supervisor'),
      enableReadyCheck: false,
      disableClientInfo: true,
    });
    try {
      await client.replicaof('NO', 'ONE');
      await client.replicaof('127.0.0.1', this.network.port(`replication ${region}`));
    } finally {
      client.disconnect();
    }
  }

  /** Ends everything, and leaves nothing behind. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    // The network last: the others have something to say to each other as they go.
    const others = [...this.#children.values()].filter((child) => !this.network.children.includes(child));
    await Promise.all(others.map((child) => child.stop()));
    await Promise.all(this.network.children.map((child) => child.kill()));
    // What was about to be started has failed by now, and makes no more files.
    await this.#placing.catch(() => {});
    await rm(this.#folder, { recursive: true, force: true });
    this.guard.dismiss();
  }

  #startOrigin(): Promise<void> {
    const { seed, serviceMs, controls } = this.#options;
    const env = {
      PORT: String(this.originPort),
      SEED: String(seed),
      SERVICE_MS: String(serviceMs),
      CONTROLS: controls.join(),
    };
    const file = join(__dirname, 'origin.ts');
    return this.#node('origin', typescriptArgs(file), env).printed(/^listening/);
  }

  #node(name: string, args: readonly string[], env: Record<string, string>): Child {
    return this.spawn({
      name,
      program: process.execPath,
      args,
      env: { ...env, NODE_ENV: 'production' },
    });
  }

  async #startReplica(region: string): Promise<void> {
    const folder = join(this.#folder, region);
    await mkdir(folder, { recursive: true });
    const settings = regionSettings({
      port: this.#port(`redis ${region}`),
      bind: '127.0.0.1',
      folder,
      secret: SECRET,
      primary: { host: '127.0.0.1', port: this.network.port(`replication ${region}`) },
      maxMemory: MAX_MEMORY,
    });
    await this.#startRedis(`redis ${region}`, settings);
  }

  #startRedis(name: string, settings: readonly string[]): Promise<void> {
    const { path: program, env } = this.#binary;
    const input = `${settings.join('\n')}\n`;
    const child = this.spawn({ name, program, args: ['-'], env, input });
    return child.printed(/Ready to accept connections/);
  }

  #linksOf(region: string) {
    const delayMs = oneWay(region, PRIMARY_REGION);
    const to = (name: string, target: string) => ({
      name: `${name} ${region}`,
      targetPort: this.#port(target),
      delayMs,
    });
    return [
      to('replication', 'primary'),
      to('probe', 'primary'),
      to('upstream', 'origin'),
      to('direct', 'origin'),
      ...(region === PRIMARY_REGION ? [] : [to('way', `gateway ${PRIMARY_REGION}`)]),
    ];
  }

  #toPrimary(region: string): string[] {
    const names = region === PRIMARY_REGION ? TO_THE_PRIMARY.slice(0, 2) : TO_THE_PRIMARY;
    return names.map((name) => `${name} ${region}`);
  }

  #port(name: string): number {
    return this.#ports.get(name) ?? 0;
  }

  async #newPort(): Promise<number> {
    for (;;) {
      const port = await freePort();
      if (![...this.#ports.values()].includes(port)) return port;
    }
  }
}
