import type { Entry } from '../cache/entry';
import type { Exchange } from '../yoga/execution';
import type { Asked } from '../operation/bound-operation';
import type { Session } from './session';
import type { CacheStatus } from '../report/cache-status';

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

/** A request as any HTTP server can describe it. Nothing here knows node:http. */
export interface GatewayRequest {
  readonly method: string;
  /** what stands behind the `?` of the URL, or nothing */
  readonly search: string;
  /** lower-case names */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  /** calls back at most once, if the client goes away before it was answered */
  readonly onAbort?: (callback: () => void) => void;
  /** it comes from this machine itself, and nobody passed it on */
  readonly isLocal?: boolean;
  /** its answer becomes part of another, so it may not leave in a content coding */
  readonly isPart?: boolean;
  /** told what the request meets; undefined: nobody wants to know */
  readonly witness?: Witness;
}

/** The same request, with something more known of it. What a hit does not ask for is not made here either. */
export function noting(
  request: GatewayRequest,
  { isPart = request.isPart, witness = request.witness }: Pick<GatewayRequest, 'isPart' | 'witness'>,
): GatewayRequest {
  const { method, search, headers, body } = request;
  return {
    method,
    search,
    headers,
    body,
    ...(isPart !== undefined && { isPart }),
    ...(witness && { witness }),
    get isLocal() {
      return request.isLocal;
    },
    get onAbort() {
      return request.onAbort;
    },
  };
}

/** The body of a reply that comes in parts. */
export type Parts = AsyncIterable<Uint8Array>;

/** What leaves. */
export interface Reply {
  readonly status: number;
  /** names and values in turn: the form that node:http writes with the least work */
  readonly headers: readonly string[];
  readonly body: Buffer | string | Parts;
  /** of a body that is a string: `latin1` has one character for each byte; default UTF-8 */
  readonly encoding?: 'latin1' | undefined;
}

/** A reply that does not come in parts. */
export type WholeReply = Reply & { readonly body: Buffer | string };

/** The parts of a reply; undefined when it is a {@link WholeReply}. */
export function partsOf({ body }: Reply): Parts | undefined {
  return typeof body === 'object' && Symbol.asyncIterator in body ? body : undefined;
}

/** One header of a request; of several with one name the first. */
export function header(request: GatewayRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' || value === undefined ? value : value[0];
}

/**
 * Whether a request's Cache-Control holds a directive (RFC 9111 5.2.1). Of these the gateway obeys `no-store` and
 * `only-if-cached`. It does not obey `no-cache` and `max-age`, which are advice to a cache that cannot know whether its
 * copies are true: this one knows, and whoever could make it ask upstream at will could overload upstream.
 */
export function isAsked(request: GatewayRequest, directive: 'no-store' | 'only-if-cached'): boolean {
  const value = header(request, 'cache-control');
  if (value === undefined) return false;
  return value.split(',').some((part) => part.trim().toLowerCase() === directive);
}
