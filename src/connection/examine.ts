import type { ConnectionOptions } from 'node:tls';
import type { Redis } from 'ioredis';
import type { RedisTrust } from '../config/config';
import { isOfSelect, surviveClosing } from './keep-connected';
import { openRedis } from './open-redis';
import { tlsOptions } from './trust';

/** What makes a Redis of no use as its URL has it, whatever one waits for. */
export type Misfit =
  /** It has no such database, or the account may not SELECT it. */
  | { readonly kind: 'database'; readonly number: number; readonly said: string }
  /** Keys are spread over slots: what touches two of them at once is refused. */
  | { readonly kind: 'cluster' };

/** As Redis refuses a SELECT for good; anything else, such as LOADING, may pass. */
const REFUSED = /DB index|SELECT is not allowed|^NOPERM|unknown command/i;

/** Milliseconds for each step of one look: what does not answer in that time is no misfit that one knows of. */
const PATIENCE = 1_000;

/**
 * A connection for one look: made once, never again, and never longer waited for.
 * @param tls what counts where the URL asks for TLS
 */
export function connectOnce(url: string, timeoutMs: number, tls: ConnectionOptions): Redis {
  const redis = openRedis(url, {
    tls,
    // Lists, not maps: the same from every version.
    protocol: 2,
    disableClientInfo: true,
    lazyConnect: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    sentinelCommandTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    disconnectTimeout: 1,
  });
  surviveClosing(redis);
  return redis;
}

/** Looks whether a Redis takes the database its URL names, and whether it is a cluster. @returns undefined also for one that cannot be asked */
export async function examine(url: string, trust?: RedisTrust): Promise<Misfit | undefined> {
  const redis = connectOnce(url, PATIENCE, tlsOptions(trust));
  let refused: string | undefined;
  redis.on('error', (error: Error) => {
    if (isOfSelect(error) && REFUSED.test(error.message)) refused = error.message;
  });
  try {
    await redis.connect();
    if (refused !== undefined) return { kind: 'database', number: redis.options.db ?? 0, said: refused };
    const isCluster = /^cluster_enabled:1\r?$/m.test(await redis.info('cluster'));
    return isCluster ? { kind: 'cluster' } : undefined;
  } catch {
    // Why it cannot be asked is told of as long as it lasts: see Outages.
    return undefined;
  } finally {
    redis.disconnect();
  }
}
