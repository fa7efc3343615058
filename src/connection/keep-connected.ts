import type { Redis, RedisOptions } from 'ioredis';
import { entriesUrlFault } from '../config/redis-url';
import type { Health } from '../report/outages';
import { openRedis } from './open-redis';

/**
 * What a Redis says whose role has moved to another while it lives on: it keeps the connections it has, and only a new one
 * leads to where the name leads now. NOTPRIMARY is our own script's word.
 */
const MOVED = /^(?:NOTPRIMARY|READONLY|NOREPLICAS|MASTERDOWN)\b/;

/** Milliseconds between two connections that are given up: doubled from the first to the last. */
const FIRST_WAIT = 1_000;
const LAST_WAIT = 5_000;

/** Milliseconds until a Redis is connected to again that refused the database of its URL. */
const REFUSED_WAIT = 1_000;

/**
 * How often a connection may be given up so that the next leads to where the name leads now. What made it so may last, and
 * each new connection costs the calls under way: so it comes ever less often, until it was not asked for in a while.
 */
export class Redials {
  readonly #lastWait: number;
  #next = -Infinity;
  #wait = FIRST_WAIT;

  /** @param lastWait milliseconds between two, at most */
  constructor(lastWait = LAST_WAIT) {
    this.#lastWait = lastWait;
  }

  /** @param now milliseconds. @returns true when it is time; then that counts as one */
  isDue(now: number): boolean {
    if (now < this.#next) return false;
    this.#wait = now - this.#next > this.#lastWait ? FIRST_WAIT : Math.min(2 * this.#wait, this.#lastWait);
    this.#next = now + this.#wait;
    return true;
  }
}

/**
 * A connection that comes back by itself, for ever, and is used only where its URL leads:
 * - it is made again when its Redis says that its role has moved;
 * - one on which the database of the URL was refused is given up: ioredis would go on in database 0, among keys of
 *   another application.
 * @param options with a `retryStrategy`, and with what counts where the URL asks for TLS
 * @param health told why there is no connection, which no command's own fault says
 * @throws TypeError for a URL that has a fault
 */
export function keepConnected(
  url: string,
  options: Omit<RedisOptions, 'replyMapping'>,
  health: Pick<Health, 'failed'>,
): Redis {
  const fault = entriesUrlFault(url);
  if (fault !== undefined) throw new TypeError(`A URL of a Redis cannot be used. ${fault}`);
  const redials = new Redials();
  let wasRefused = false;
  const redis = openRedis(url, {
    ...options,
    reconnectOnError: ({ message }: Error) => MOVED.test(message) && redials.isDue(performance.now()),
    retryStrategy(attempt: number) {
      if (!wasRefused) return options.retryStrategy?.(attempt);
      wasRefused = false;
      return REFUSED_WAIT;
    },
  });
  redis.on('error', (error: Error) => {
    health.failed(error);
    if (!isOfSelect(error)) return;
    wasRefused = true;
    // From here on nothing can be written to it.
    redis.disconnect(true);
  });
  surviveClosing(redis);
  return redis;
}

/**
 * A TLS connection that is closed in the middle of its handshake ends with more than one error. ioredis listens for the first
 * alone, and the next would end the process.
 */
export function surviveClosing(redis: Redis): void {
  // The socket is made just after this event.
  redis.on('connecting', () => setImmediate(() => redis.stream?.on('error', () => {})));
}

/** Whether it is the answer to SELECT, which ioredis sends for the database that a URL names. */
export function isOfSelect(error: Error): boolean {
  return (error as { command?: { name?: string } }).command?.name === 'select';
}
