import { getPriority } from 'node:os';
import { join } from 'node:path';
import Redis from 'ioredis';
import { passwordOf, urlOf } from '../../../src/redis/acl';
import { primarySettings, regionSettings } from '../../../src/redis/redis-conf';
import { startChild, typescriptArgs, type Child, type ChildOptions } from '../../kit/child';
import { temporaryFolder, type Folder } from '../../kit/folder';
import { freePort } from '../../kit/free-port';
import { setSessionNiceness } from '../../kit/processor-time';
import { settingsOf, startRedis, type RedisServer } from '../../kit/redis-server';
import { BUILT, startServing, type ServingProcess } from '../../kit/lastmile';
import { oneWay, PRIMARY_REGION } from '../geography';
import type { WorldOptions } from '../options';
import { Builds } from './builds';
import { Network } from './network';
import { ADMIN_TOKEN } from './arrivals';

const SECRET = 'a secret of nobody, for one machine';
const MAX_MEMORY = 128 * 2 ** 20;
/** What the origin is called, in every region, as UPSTREAM_URL is part of what an answer is kept under. */
const UPSTREAM = 'origin.test';
/** Has that name lead from each region over its own link. */
const UPSTREAM_NEARBY = join(__dirname, '../upstream-nearby.cjs');

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
  readonly network: Network;
  originPort = 0;
  readonly #options: WorldOptions;
  readonly #folder: Folder;
  readonly #builds: Builds;
  readonly #ports = new Map<string, number>();
  readonly #children = new Map<string, Child>();
  #placing = Promise.resolve();
  #isEnding = false;
  readonly #gateways = new Map<string, ServingProcess>();
  #primary: RedisServer | undefined;

  constructor(options: WorldOptions) {
    this.#options = options;
    const { regions, fromSource, beside } = options;
    this.#builds = new Builds({ regions, own: fromSource ? undefined : BUILT, beside });
    this.#folder = temporaryFolder('world');
    this.network = new Network();
    for (const child of this.network.children) this.#adopt(child);
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
    await this.#gateways.get(region)!.ready();
  }

  /** Starts another process of the world, ended with it. @throws Error when the world is ending */
  spawn(options: ChildOptions): Child {
    if (this.#isEnding) throw new Error(`The world is ending: there is no ${options.name} any more.`);
    return this.#adopt(startChild({ ...options, env: { ...process.env, ...options.env } }));
  }

  #adopt(child: Child): Child {
    this.#children.set(child.name, child);
    const niceness = getPriority();
    if (niceness !== 0) setSessionNiceness(child.pid, niceness);
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
    if (this.#primary) return this.#primary.restart();
    const settings = primarySettings({ port: 0, bind: '127.0.0.1', folder: '', secret: SECRET });
    this.#primary = await this.#startRedis('primary', settings);
  }

  killPrimary(): Promise<void> {
    return this.#primary!.kill();
  }

  killGateway(region: string): Promise<void> {
    return this.#gateways.get(region)!.kill();
  }

  async startGateway(region: string): Promise<void> {
    const isPrimary = region === PRIMARY_REGION;
    const { boundMs, controls, schema, parts, sharedUpstream } = this.#options;
    const link = (name: string): number => this.network.port(`${name} ${region}`);
    const env: Record<string, string> = {
      PORT: String(this.#port(`gateway ${region}`)),
      ADMIN_PORT: String(this.#port(`admin ${region}`)),
      ADMIN_TOKEN,
      REGION: region,
      PRIMARY_REGION,
      REDIS_URL: urlOf(SECRET, 'gateway', { host: '127.0.0.1', port: this.#port(`redis ${region}`) }),
      PRIMARY_REDIS_URL: urlOf(SECRET, 'purger', { host: '127.0.0.1', port: link('probe') }),
      UPSTREAM_URL: `http://${sharedUpstream ? UPSTREAM : `${region}.${UPSTREAM}`}/graphql`,
      UPSTREAM_LINK: String(link('upstream')),
      SCHEMA: schema,
      SESSION: 'header:authorization',
      // A region that trusts its copy for an hour has no proof of freshness to speak of.
      FRESHNESS_BOUND_MS: String(controls.includes('late-log') ? 3_600_000 : boundMs),
      PROBE_INTERVAL_MS: String(Math.min(1000, boundMs / 4)),
      NODE_ENV: 'production',
      DRAIN_MS: '500',
      PARTS: parts ? '1' : '0',
      WARM: '1',
      // To compare runs with and without, and with other bounds.
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => /^WARM(?:_|$)/.test(name))),
      ...(!isPrimary && { PRIMARY_URL: `http://127.0.0.1:${link('way')}/graphql` }),
    };
    const gateway = await startServing(env, {
      name: `gateway ${region}`,
      built: this.#builds.next(region),
      flags: ['--require', UPSTREAM_NEARBY],
      awaitReady: false,
      start: (options) => this.spawn(options),
    });
    this.#gateways.set(region, gateway);
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
    await this.#folder.remove();
  }

  async #startOrigin(): Promise<void> {
    const { seed, serviceMs, controls } = this.#options;
    const env = {
      PORT: String(this.originPort),
      SEED: String(seed),
      SERVICE_MS: String(serviceMs),
      CONTROLS: controls.join(),
    };
    const origin = this.spawn({
      name: 'origin',
      program: process.execPath,
      args: typescriptArgs(join(__dirname, 'origin.ts')),
      env: { ...env, NODE_ENV: 'production' },
    });
    await origin.printed(/^listening/);
  }

  async #startReplica(region: string): Promise<void> {
    const settings = regionSettings({
      port: 0,
      bind: '127.0.0.1',
      folder: '',
      secret: SECRET,
      primary: { host: '127.0.0.1', port: this.network.port(`replication ${region}`) },
      maxMemory: MAX_MEMORY,
    });
    await this.#startRedis(`redis ${region}`, settings);
  }

  /** @param settings lines of a redis.conf; port and folder are ours to say */
  #startRedis(name: string, settings: readonly string[]): Promise<RedisServer> {
    const path = join(this.#folder.path, name.replace(' ', '-'));
    return startRedis(settingsOf(settings), {
      port: this.#port(name),
      // It goes with the whole.
      folder: { path, remove: async () => {} },
      start: (options) => this.spawn({ ...options, name }),
    });
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
