import type { Log } from '../../report/log';
import type { RedisServerSettings } from '../read-settings';
import { discoverByName, type Discover } from './primary-election';
import { RegionRedis } from './region-redis';
import { Supervised } from './supervised';

export interface RunRedisDeps {
  readonly log: Log;
  /** told when to stop */
  readonly signal: AbortSignal;
  /** see `RegionRedisDeps` */
  readonly env: NodeJS.ProcessEnv;
  /** takes what is to be called when the gateway is to read its schema again */
  readonly onReload?: (reload: () => void) => void;
  /** a gateway to run beside; undefined: none */
  readonly gateway?: GatewayProgram | undefined;
  /** default: the addresses of the primary's name */
  readonly discover?: Discover;
  readonly lookEveryMs?: number;
  readonly timeoutMs?: number;
}

export interface GatewayProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** milliseconds it may take to finish what is under way */
  readonly patienceMs: number;
}

/** A gateway that another process stopped, or that cannot run as it is configured. */
const FINAL = [0, 2];

/**
 * Runs the redis-servers of this machine, and a gateway beside them if so asked, until told to stop. A gateway that
 * dies is started again and finds its entries where they were; it is the first to stop, while its Redis is still there.
 * @returns the exit status
 */
export async function runRedis(settings: RedisServerSettings, deps: RunRedisDeps): Promise<number> {
  const { log, signal, env, gateway, lookEveryMs = 1_000, timeoutMs = 1_000 } = deps;
  const { primaryHost, primaryPort, ownAddress } = settings;
  const byName = primaryHost === undefined ? undefined : discoverByName(primaryHost, primaryPort, ownAddress);
  const discover = deps.discover ?? byName;
  const stopRedis = new AbortController();
  const redis = new RegionRedis(settings, { log, discover, env, lookEveryMs, timeoutMs });
  const redisEnded = redis.run(stopRedis.signal);

  const beside = gateway && new Supervised({ ...gateway, name: 'gateway', final: FINAL }, log);
  beside?.start();
  if (beside) deps.onReload?.(() => beside.signal('SIGHUP'));

  const told = new Promise<number>((resolve) => {
    if (signal.aborted) resolve(0);
    signal.addEventListener('abort', () => resolve(0), { once: true });
  });
  const first = await Promise.race([told, redisEnded, ...(beside ? [beside.ended] : [])]);
  const ofGateway = (await beside?.stop()) ?? 0;
  stopRedis.abort();
  const ofRedis = await redisEnded;
  return first || ofGateway || ofRedis;
}
