import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EPOCH_KEY } from '../../purge/redis-log/wire';
import type { Log } from '../../report/log';
import { inUrl, passwordOf, type Address } from '../acl';
import { logOutages, type Place } from '../../report/outages';
import { encryptsRegion, type RedisServerSettings } from '../read-settings';
import { primarySettings, regionSettings, type ServerOptions } from '../redis-conf';
import { tlsFiles, writeTls } from '../server-tls';
import { type Discover, type Choice, PrimaryElection, type PolledCandidate } from './primary-election';
import { withRedis } from './with-redis';
import { RedisOutput } from './redis-output';
import { Supervised } from './supervised';

export interface RegionRedisDeps {
  readonly log: Log;
  /** undefined: this machine runs the primary, without asking anybody */
  readonly discover: Discover | undefined;
  /** the environment of redis-server: none of the secrets of ours */
  readonly env: NodeJS.ProcessEnv;
  /** milliseconds between two looks where the primary is */
  readonly lookEveryMs: number;
  /** milliseconds another machine's Redis has to answer */
  readonly timeoutMs: number;
}

/** redis-server may take its time to bring what replicas lack before it ends (`shutdown-timeout`, 10 s). */
const PATIENCE_MS = 15_000;

/**
 * The redis-servers of one machine: the region's own, and the primary while this machine leads. The region's own is
 * always a replica, also while there is no leader: it then follows a port at which no server listens yet.
 */
export class RegionRedis {
  readonly #settings: RedisServerSettings;
  readonly #deps: RegionRedisDeps;
  readonly #own: Address;
  readonly #ownPrimary: Address;
  readonly #election: PrimaryElection | undefined;
  readonly #region: Supervised;
  #primary: Supervised | undefined;
  readonly #outputs = new Map<string, RedisOutput>();
  /** whom the region's own Redis is to follow */
  #following: Address;
  /** another primary takes purges as well, and is to step down */
  #contested = false;
  /** primaries whose log must begin a new epoch, because another took purges at the same time */
  readonly #owed = new Map<string, Address>();
  #told = '';

  constructor(settings: RedisServerSettings, deps: RegionRedisDeps) {
    const { secret, port, primaryPort, bind, maxMemory, region, primaryRegion, tls } = settings;
    const { discover, timeoutMs, log } = deps;
    this.#settings = settings;
    this.#deps = deps;
    this.#own = { host: '127.0.0.1', port };
    const ownPrimary = { host: '127.0.0.1', port: primaryPort };
    this.#ownPrimary = ownPrimary;
    this.#following = ownPrimary;
    const mayLead = region === primaryRegion;
    const outages = logOutages(log, () => performance.now());
    const health = (address: Address) => outages.health(placeOf(address), 'election');
    this.#election =
      discover &&
      new PrimaryElection({ discover, secret, trust: tls, ownPrimary, mayLead, timeoutMs, health });
    const isEncrypted = encryptsRegion(settings);
    this.#region = this.#supervise('redis', (common) =>
      regionSettings({ ...common, port, bind, isEncrypted, maxMemory, primary: this.#following }),
    );
  }

  /** Runs until the signal comes. @returns the exit status: 0, or that of a server that did not end well */
  async run(signal: AbortSignal): Promise<number> {
    for (const name of ['redis', 'primary'] as const) await mkdir(this.#folderOf(name), { recursive: true });
    if (this.#settings.tls) await writeTls(this.#tlsFolder, this.#settings.tls);
    const end = new AbortController();
    const either = AbortSignal.any([signal, end.signal]);
    let early = 0;
    void this.#region.ended.then((status) => {
      early = status;
      end.abort();
    });
    this.#region.start();
    while (!either.aborted) {
      await this.#look();
      // Ended by the signal, which the loop looks at.
      await pause(this.#deps.lookEveryMs, undefined, { signal: either }).catch(() => {});
    }
    for (const output of this.#outputs.values()) output.ending();
    // The region's own first: it has nothing to bring to anybody.
    const statuses = [early, await this.#region.stop(), (await this.#primary?.stop()) ?? 0];
    return statuses.find((status) => status !== 0) ?? 0;
  }

  /** With its port, so that two regions may be started in one folder: a Redis writes over what another left there. */
  #folderOf(name: 'redis' | 'primary'): string {
    const { folder, port, primaryPort } = this.#settings;
    return join(folder, `${name}-${name === 'redis' ? port : primaryPort}`);
  }

  get #tlsFolder(): string {
    return join(this.#settings.folder, 'tls');
  }

  async #look(): Promise<void> {
    try {
      const alone: Choice<PolledCandidate> = { kind: 'lead', contested: false };
      await this.#act((await this.#election?.look(this.#primary !== undefined)) ?? alone);
    } catch (error) {
      this.#tell('cannot-look', error);
    }
    try {
      await this.#point();
      await this.#settleDebts();
    } catch (error) {
      // A Redis that is starting, or on its way out: tried again with the next look.
      this.#deps.log.debug({ err: error }, 'a Redis could not be told yet');
    }
  }

  async #act(choice: Choice<PolledCandidate>): Promise<void> {
    if (choice.kind === 'wait') return this.#tell(choice.why);
    if (choice.kind === 'follow') {
      const { host, port } = choice.whom;
      this.#following = { host, port };
      this.#tell(`following ${host}`);
      return this.#stepDown(choice.whom);
    }
    this.#following = this.#ownPrimary;
    this.#contested = choice.contested;
    if (choice.contested) this.#owed.set('own', this.#ownPrimary);
    this.#tell(choice.contested ? 'contested' : 'leading');
    if (this.#primary) return;
    const { primaryPort: port, primaryBind: bind } = this.#settings;
    this.#primary = this.#supervise('primary', (common) =>
      primarySettings({ ...common, port, bind, isEncrypted: true }),
    );
    this.#primary.start();
  }

  /** Ends our primary. What it acknowledged is in no other log, so the one that stays must begin a new epoch. */
  async #stepDown(whom: PolledCandidate): Promise<void> {
    const primary = this.#primary;
    if (!primary) return;
    this.#primary = undefined;
    await primary.stop();
    this.#owed.delete('own');
    this.#owed.set(whom.id, { host: whom.host, port: whom.port });
  }

  /** Has the region's own Redis follow whom it is to follow. */
  async #point(): Promise<void> {
    const { host, port } = this.#following;
    await this.#with(this.#own, async (redis) => {
      const [role, atHost, atPort] = (await redis.role()) as [string, string, number];
      if (role === 'slave' && atHost === host && Number(atPort) === port) return;
      await redis.replicaof(host, port);
      this.#deps.log.info({ host, port }, 'the region follows another primary');
    });
  }

  /** A primary whose stored replication id is not its own begins a new epoch with its next append or touch. */
  async #settleDebts(): Promise<void> {
    for (const [id, address] of this.#owed) {
      // While the other still takes purges it would be too early.
      if (id === 'own' && this.#contested) continue;
      await this.#with(address, (redis) => redis.hset(EPOCH_KEY, 'r', 'contested'));
      this.#owed.delete(id);
      const { host } = address;
      this.#deps.log.warn({ host }, 'two primaries took purges: every region forgets what it knew');
    }
  }

  #with<Answer>(address: Address, ask: Parameters<typeof withRedis<Answer>>[3]): Promise<Answer> {
    const { secret, tls } = this.#settings;
    const trust = address !== this.#own || encryptsRegion(this.#settings) ? tls : undefined;
    return withRedis(address, { secret, account: 'supervisor', trust }, this.#deps.timeoutMs, ask);
  }

  #supervise(
    name: 'redis' | 'primary',
    lines: (common: Pick<ServerOptions, 'secret' | 'folder' | 'tls'>) => string[],
  ): Supervised {
    const { secret, program, tls } = this.#settings;
    const { log, env } = this.#deps;
    const folder = this.#folderOf(name);
    const output = new RedisOutput(name, log, [passwordOf(secret, 'replica')]);
    this.#outputs.set(name, output);
    return new Supervised(
      {
        name,
        program,
        // Settings come by standard input: they hold a password, and a file would outlive them.
        args: ['-'],
        env,
        input: () => `${lines({ secret, folder, tls: tls && tlsFiles(this.#tlsFolder) }).join('\n')}\n`,
        onLine: (line) => output.line(line),
        onStart: () => output.started(),
        lastWords: () => output.lastWords,
        patienceMs: PATIENCE_MS,
      },
      log,
    );
  }

  /** Says where things stand, once until that changes. */
  #tell(standing: string, error?: unknown): void {
    if (standing === this.#told) return;
    this.#told = standing;
    const isWell = /^(leading|following|settling)/.test(standing);
    this.#deps.log[isWell ? 'info' : 'warn'](
      { standing, ...(error ? { err: error } : {}) },
      'where the primary is',
    );
  }
}

/** A machine that may run the primary. */
function placeOf({ host, port }: Address): Place {
  return {
    name: 'a machine that may run the primary',
    address: `${inUrl(host)}:${port}`,
    variables: ['PRIMARY_REDIS_HOST'],
    help: 'REDIS_PASSWORD and REDIS_TLS are to be the same in every region.',
  };
}
