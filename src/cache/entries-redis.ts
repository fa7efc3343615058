import { type Redis, type RedisOptions, ReplyError } from 'ioredis';
import type { RedisTrust } from '../config/config';
import { keepConnected } from '../connection/keep-connected';
import { tlsOptions } from '../connection/trust';
import type { Health } from '../report/outages';
import type { Unfit } from './entry-codec';

/** Where the entries' Redis is, and how it is waited for. */
export interface EntriesRedis {
  readonly url: string;
  readonly trust?: RedisTrust | undefined;
  /** milliseconds */
  readonly timeout: number;
}

/** Milliseconds without a reply, while a command waits for one, after which a connection is closed. */
const SILENCE = 2000;
/** The longest time between two attempts to connect. Milliseconds. */
const MAX_RECONNECT_DELAY = 1000;

/**
 * A connection for entries: nothing waits in a queue for it, and it comes back by itself for ever. Its commands have no
 * time-out of their own; see `answerWithin`.
 *
 * Auto-pipelining is off: measured, it cost a third of the throughput with 8 calls in flight and gained a tenth with 64.
 * Reads come here in batches: see `BatchedReads`.
 * @param health told why there is no connection
 */
export function connectToEntries(
  { url, timeout, trust }: EntriesRedis,
  health: Pick<Health, 'failed'>,
): Redis {
  const options: RedisOptions = {
    tls: tlsOptions(trust),
    // No handshake but AUTH, and no INFO: fewer rights to grant, and nothing here differs under RESP3.
    protocol: 2,
    disableClientInfo: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: SILENCE,
    socketTimeout: SILENCE,
    sentinelCommandTimeout: SILENCE,
    disconnectTimeout: timeout,
    // Spread, so that the gateways of a region do not come back all at once.
    retryStrategy: (attempt) =>
      Math.min(MAX_RECONNECT_DELAY, 25 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
  };
  return keepConnected(url, options, health);
}

/** Something that went wrong with the Redis that keeps entries. For logs and metrics: it may name a host. */
export interface StoreFault {
  readonly during: 'get' | 'set' | 'connect' | 'time';
  /**
   * `refused`: Redis answered with an error, such as OOM, READONLY or LOADING. `busy`: too much was on its way to Redis
   * already, and this write was dropped. The others are said of what it holds.
   */
  readonly kind: 'timeout' | 'connection' | 'refused' | 'busy' | Unfit;
  readonly message: string;
}

/** Only the message goes on: a Redis error also carries its command, and with AUTH that holds the password. */
export function describeFault(during: StoreFault['during'], error: unknown): StoreFault {
  const message = error instanceof Error ? error.message : String(error);
  const kind = error === TIMED_OUT ? 'timeout' : error instanceof ReplyError ? 'refused' : 'connection';
  return { during, kind, message };
}

/** What an answer that did not come in time is rejected with. One for all: it needs no stack of its own. */
export const TIMED_OUT = new Error('no answer in time');

/**
 * Waits so long for an answer, and no longer. When the time is over it looks at the network once more: after this
 * process itself was busy for longer than the time-out, timers fire before what arrived meanwhile is read, and every
 * call would be taken for a fault of the other side.
 * @param milliseconds from now
 * @throws TIMED_OUT, or what the answer was rejected with
 */
export function answerWithin<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(reject, TIMED_OUT), milliseconds);
    answer.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
