import { once } from 'node:events';
import type { Redis, RedisOptions } from 'ioredis';
import type { RedisTrust } from '../../config/config';
import { tlsOptions } from '../../connection/trust';

/** milliseconds between attempts to connect: doubled from the first to the last, for ever */
const FIRST_WAIT = 50;
const LAST_WAIT = 1_000;

/**
 * ioredis options for a connection that never hangs: its defaults queue commands for ever while a server is down,
 * and wait for ever for one that has gone silent.
 * @param timeoutMs after this long without an answer the command fails and the connection is re-established
 */
export function connectionOptions(
  name: string,
  timeoutMs: number,
  trust: RedisTrust | undefined,
): Omit<RedisOptions, 'replyMapping'> {
  return {
    tls: tlsOptions(trust),
    connectionName: `lastmile-${name}`,
    // CLIENT SETINFO is of Redis 7.2; the name above says who we are.
    disableClientInfo: true,
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    // A command that timed out leaves a connection on which nothing may ever arrive again, and no event says so.
    socketTimeout: timeoutMs,
    disconnectTimeout: 100,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // Commands sent before a connection broke may have run: their sender decides what to do.
    autoResendUnfulfilledCommands: false,
    // A server that is loading says so to each command.
    enableReadyCheck: false,
    retryStrategy: (attempt) => jitter(Math.min(FIRST_WAIT * 2 ** Math.min(attempt - 1, 10), LAST_WAIT)),
  };
}

/**
 * Waits until commands can be sent.
 * @throws the reason of the next failed attempt to connect, or AbortError
 */
export async function untilReady(redis: Redis, signal: AbortSignal): Promise<void> {
  if (redis.status === 'ready') return;
  // once() rejects on an 'error' event: the next failed attempt, while ioredis goes on trying.
  await once(redis, 'ready', { signal });
}

/** Between half and all of it, so that a thousand gateways do not come back in the same instant. */
function jitter(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random() / 2);
}
