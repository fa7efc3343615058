import Redis from 'ioredis';
import type { RedisTrust } from '../../config/config';
import { surviveClosing } from '../../connection/keep-connected';
import { tlsOptions } from '../../connection/trust';
import { passwordOf, type Account, type Address } from '../acl';

export interface Access {
  readonly secret: string;
  readonly account: Account;
  /** by what it is known where it speaks TLS; undefined: without */
  readonly trust: RedisTrust | undefined;
}

/**
 * Connects, asks, and leaves.
 * @param timeoutMs for each step
 * @throws why it could not be asked: an error of node:net with its `code`, a Redis error, or a time-out
 */
export async function withRedis<Answer>(
  { host, port }: Address,
  { secret, account, trust }: Access,
  timeoutMs: number,
  ask: (redis: Redis) => Promise<Answer>,
): Promise<Answer> {
  const redis = new Redis({
    host,
    port,
    username: account,
    password: passwordOf(secret, account),
    ...(trust && { tls: tlsOptions(trust) }),
    // Its handshake is AUTH alone.
    protocol: 2,
    disableClientInfo: true,
    lazyConnect: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disconnectTimeout: 1,
  });
  surviveClosing(redis);
  // The promise of connect() says only that the connection was closed; the reason comes as an event before it.
  let reason: unknown;
  redis.on('error', (error) => (reason ??= error));
  try {
    await redis.connect();
    return await ask(redis);
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
}
