import { lookup } from 'node:dns/promises';
import type { CheckReport } from '../check/report';
import type { Config, RedisConfig } from '../config/config';
import { observe, type ObservedRedis } from './observed-redis';

/** What a check says. `what` and `remedy` are sentences for an operator; they may name hosts, and hold no password. */
export interface DoctorFinding {
  /** of the check */
  readonly id: string;
  readonly severity: DoctorSeverity;
  readonly what: string;
  /** what to do; empty when all is well */
  readonly remedy: string;
}

/**
 * ok       as it should be
 * warning  works, and costs something; or could not be read
 * error    purges or entries do not work as promised
 */
export type DoctorSeverity = 'ok' | 'warning' | 'error';

/** A finding without the id, which its check adds. */
export type Observation = Omit<DoctorFinding, 'id'>;

export function ok(what: string): Observation {
  return { severity: 'ok', what, remedy: '' };
}

export function warning(what: string, remedy: string): Observation {
  return { severity: 'warning', what, remedy };
}

export function error(what: string, remedy: string): Observation {
  return { severity: 'error', what, remedy };
}

/** A managed Redis may hide its settings, and an account may lack the right to read them. That is no fault. */
export function hidden(what: string): Observation {
  return warning(
    `${what} could not be read: this account may not ask for it.`,
    'Check it where the Redis is managed, or give REDIS_PASSWORD where `lastmile redis` runs it.',
  );
}

/** What a region is to be like, as its gateway's configuration has it; the doctor compares. */
export interface DoctorOptions extends Pick<Config, 'fly'>, Partial<Pick<Config, 'warnings'>> {
  readonly region: Pick<Config['region'], 'name' | 'primary' | 'isPrimary' | 'primaryUrl'>;
  readonly redis:
    (Pick<RedisConfig, 'url' | 'cacheUrl' | 'primaryUrl'> & Partial<Pick<RedisConfig, 'trust'>>) | undefined;
  /** with the port of the gateway that runs here, where there may be one */
  readonly admin: Pick<Config['admin'], 'token'> & Partial<Pick<Config['admin'], 'port'>>;
  readonly http?: Pick<Config['http'], 'host'>;
  readonly freshness: Pick<Config['freshness'], 'boundMs'>;
  readonly upstream?: Pick<Config['upstream'], 'replica' | 'headers'> &
    Partial<Pick<Config['upstream'], 'url' | 'timeoutMs'>>;
  readonly capture?: Pick<Config['capture'], 'url' | 'slot' | 'publication'>;
  readonly limits: Pick<Config['limits'], 'purgeLogBytes'>;
  /** as `lastmile check` reads and judges it; undefined: it is not looked at. Throws where it cannot be read at all */
  readonly readSchema?: () => Promise<CheckReport>;
  /** REDIS_PASSWORD, where `lastmile redis` runs the servers: with it settings can be read that are hidden otherwise */
  readonly secret?: string | undefined;
  /** milliseconds any Redis has to answer; default 2,000 */
  readonly timeoutMs?: number;
  /** the addresses of a name; default: the system's own look-up */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/** What the checks look at. */
export interface DoctorContext {
  readonly options: DoctorOptions;
  readonly timeoutMs: number;
  readonly resolve: (host: string) => Promise<readonly string[]>;
  readonly regional: ObservedRedis;
  /** the same object as `regional` when entries are kept there */
  readonly cache: ObservedRedis;
  readonly primary: ObservedRedis;
}

/** A question that no Redis is needed for. */
export interface OptionsCheck {
  readonly id: string;
  /** what it asks, in a few words */
  readonly title: string;
  readonly run: (options: DoctorOptions) => Observation[] | Promise<Observation[]>;
}

/** The same, among those that are asked of a Redis. */
export function besideRedis({ id, title, run }: OptionsCheck): DoctorCheck {
  return { id, title, needs: [], run: ({ options }) => run(options) };
}

/** One question. */
export interface DoctorCheck {
  readonly id: string;
  /** what it asks, in a few words */
  readonly title: string;
  /** the Redis that must answer for it to be asked at all */
  readonly needs: readonly ('regional' | 'cache' | 'primary')[];
  readonly run: (context: DoctorContext) => Observation[] | Promise<Observation[]>;
}

export async function connectAll(
  options: DoctorOptions,
  redis: NonNullable<DoctorOptions['redis']>,
): Promise<DoctorContext> {
  const { secret, timeoutMs = 2_000, resolve = addressesOf } = options;
  const connect = { secret, timeoutMs, trust: redis.trust };
  const isShared = redis.cacheUrl === redis.url;
  const [regional, primary, cache] = await Promise.all([
    observe({ role: 'regional', variable: 'REDIS_URL', url: redis.url }, connect),
    observe({ role: 'primary', variable: 'PRIMARY_REDIS_URL', url: redis.primaryUrl }, connect),
    isShared
      ? undefined
      : observe({ role: 'cache', variable: 'CACHE_REDIS_URL', url: redis.cacheUrl }, connect),
  ]);
  return { options, timeoutMs, resolve, regional, primary, cache: cache ?? regional };
}

export function closeAll({ regional, cache, primary }: DoctorContext): void {
  for (const redis of new Set([regional, cache, primary])) redis.close();
}

/** Each Redis once, whatever it is called by. */
export function distinct({ regional, cache, primary }: DoctorContext): ObservedRedis[] {
  return [...new Set([primary, regional, cache])];
}

/** True when two addresses lead to one server. */
export function isSame(a: ObservedRedis, b: ObservedRedis): boolean {
  const runId = a.info.get('run_id');
  return a === b || (runId !== undefined && runId !== '' && runId === b.info.get('run_id'));
}

async function addressesOf(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
