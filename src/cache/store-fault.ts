import { ReplyError } from 'ioredis';
import { TIMED_OUT } from './answer-within';

/** Something that went wrong with the Redis that keeps entries. For logs and metrics: it may name a host. */
export interface StoreFault {
  readonly during: 'get' | 'set' | 'connect' | 'time';
  /**
   * `refused`: Redis answered with an error, such as OOM, READONLY or LOADING. `unreadable`: what it holds is no entry
   * of ours. `busy`: too much was on its way to Redis already, and this write was dropped.
   */
  readonly kind: 'timeout' | 'connection' | 'refused' | 'unreadable' | 'busy';
  readonly message: string;
}

/** Only the message goes on: a Redis error also carries its command, and with AUTH that holds the password. */
export function describeFault(during: StoreFault['during'], error: unknown): StoreFault {
  const message = error instanceof Error ? error.message : String(error);
  const kind = error === TIMED_OUT ? 'timeout' : error instanceof ReplyError ? 'refused' : 'connection';
  return { during, kind, message };
}
