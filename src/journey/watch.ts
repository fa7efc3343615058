import type { Entry } from '../cache/entry';
import type { Exchange } from '../engine/exchange';
import type { Asked } from '../operation/asked';
import type { Session } from '../session/session';
import type { CacheStatus } from './cache-status';
import type { GatewayRequest, Reply } from './request';

/** What one operation met on its way, filled in as it goes. */
export interface Witness {
  /** when it was known what is asked; monotonic milliseconds */
  readonly began: number;
  session?: Session;
  status?: CacheStatus;
  /** what was served from, or stored */
  entry?: Entry | undefined;
  /** what upstream was asked, if it was */
  exchange?: Exchange;
}

/** Somebody who looks closer at some operations: the operation log, or a client that debugs. */
export interface Watcher {
  /** On the hit path: has to be quick, and to say no to nearly all. */
  wants(asked: Asked, request: GatewayRequest): boolean;
  /** Told when an operation it wanted has its answer. @returns the answer, or another in its place. Must not throw. */
  seen(asked: Asked, request: GatewayRequest, witness: Witness, reply: Reply): Reply;
}

/** Two watchers as one. */
export function joinWatchers(first: Watcher, second: Watcher): Watcher {
  return {
    wants: (asked, request) => first.wants(asked, request) || second.wants(asked, request),
    seen(asked, request, witness, reply) {
      const between = first.wants(asked, request) ? first.seen(asked, request, witness, reply) : reply;
      return second.wants(asked, request) ? second.seen(asked, request, witness, between) : between;
    },
  };
}
