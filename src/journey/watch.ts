import type { Entry } from '../cache/entry';
import type { Exchange } from '../engine/exchange';
import type { Asked } from '../operation/asked';
import type { Session } from '../session/session';
import type { CacheStatus } from './cache-status';
import type { GatewayRequest, Reply } from './request';

/** What one operation met on its way, filled in as it goes. */
export interface Witness {
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

/** The same request with a witness to write to. */
export function witnessed(request: GatewayRequest, witness: Witness): GatewayRequest {
  const { method, search, headers, body } = request;
  return {
    method,
    search,
    headers,
    body,
    witness,
    get onAbort() {
      return request.onAbort;
    },
  };
}

/** Several watchers as one. */
export function joinWatchers(watchers: readonly Watcher[]): Watcher | undefined {
  if (watchers.length < 2) return watchers[0];
  return {
    wants: (asked, request) => watchers.some((watcher) => watcher.wants(asked, request)),
    seen: (asked, request, witness, reply) =>
      watchers.reduce(
        (last, watcher) =>
          watcher.wants(asked, request) ? watcher.seen(asked, request, witness, last) : last,
        reply,
      ),
  };
}
