import type { Entry } from '../cache/entry';
import type { BoundOperation } from '../operation/bound-operation';
import type { Purge } from '../purge/log';
import type { Position } from '../purge/position';
import { forwarded, type CacheStatus } from '../report/cache-status';
import type { ErrorCode } from '../report/error';
import type { Reason } from '../report/reason';
import type { UpstreamAnswer } from '../upstream/upstream';
import type { Execution } from '../yoga/execution';
import type { Client } from './client';
import type { BodyStream } from './request';
import type { Audience } from '../yoga/execution';
import type { Token } from './token';

/**
 * The outcome of an operation. Handlers return it; `Renderer` turns it into status, headers and bytes, once, at the
 * edge; metrics, logs and debugging clients read it and parse nothing.
 */
export type Outcome = FromEntry | FromUpstream | Failed;

interface Common {
  /** what `Cache-Status` says */
  readonly status: CacheStatus;
  /** the client's next token */
  readonly token?: Token | undefined;
  /** why it is so and what would be otherwise, for a client that debugs */
  readonly debug?: Debug;
}

/** What any cache may keep, whichever client asked: every field is declared PUBLIC, and it is fresh. */
interface Keepable {
  /** seconds from when the origin answered for which it may be kept; undefined: no cache but the gateway's own may */
  readonly publicFor?: number | undefined;
}

/** An entry is the answer. */
export interface FromEntry extends Common, Keepable {
  readonly kind: 'entry';
  readonly entry: Entry;
  readonly scope: Audience;
  /** seconds since the origin answered (RFC 9111 5.1) */
  readonly age: number;
}

/** Upstream was asked, and this is what it said. */
export interface FromUpstream extends Common, Keepable {
  readonly kind: 'answer';
  readonly httpStatus: number;
  readonly contentType: string;
  readonly body: string | Buffer | BodyStream;
  /** in place of `body`: results as JSON, one after another */
  readonly events?: AsyncIterable<string>;
  /** what was stored of it */
  readonly entry?: Entry | undefined;
  /** `body` is the entry's, byte for byte, so that its ETag holds for it */
  readonly isEntrysOwn?: boolean;
  /** all of upstream's response headers, where this client's request caused the call: see `response-headers.ts` */
  readonly own?: UpstreamAnswer['headers'] | undefined;
  /** the language of `body`, by upstream's Content-Language */
  readonly language?: string | undefined;
  /** further headers, names and values in turn */
  readonly further?: readonly string[];
  /** of a mutation: what it purged */
  readonly purged?: Purged | undefined;
  /** it goes to the gateway that forwarded the mutation, which learns what was purged */
  readonly tellsPurged?: boolean;
  /** what other caches on the way said in `Cache-Status` (RFC 9211 2) */
  readonly formerStatus?: string | undefined;
  /** what upstream was asked, and what was found in its answer */
  readonly execution?: Execution;
  /** the answer to a query: a client that sent it by GET may keep it, and ask whether it has changed */
  readonly isQuery?: boolean;
}

/** An error of the registry. */
export interface Failed extends Common {
  readonly kind: 'error';
  readonly code: ErrorCode;
  /** instead of the registry's sentence; goes to the client */
  readonly detail?: string | undefined;
  /** RFC 9110 10.2.1 */
  readonly allow?: string;
}

/** A purge, and its position in the log. */
export interface Purged {
  /** undefined: the primary has not acknowledged it; it is being retried */
  readonly position: Position | undefined;
  readonly purges: readonly Purge[];
}

export interface Debug {
  /** goes into `extensions.lastmile.explain` */
  readonly explanation: object;
  /** Server Timing (W3C) */
  readonly timing: string;
}

/** An observer of some operations, such as the operation log. */
export interface Observer {
  /** On the hit path: has to be quick, and to say no to nearly all. What the answer holds is then found out in any case. */
  wants(bound: BoundOperation, client: Client): boolean;
  /** Told of an operation it wanted. Must not throw. @param began when it was known what is asked; monotonic milliseconds */
  observe(bound: BoundOperation, client: Client, outcome: Outcome, began: number): void;
}

/** Codes that say something else of a request than that it is not valid. */
const REASON_OF: ReadonlyMap<ErrorCode, Reason> = new Map([
  ['NOT_READY', 'not-ready'],
  ['OVERLOADED', 'overloaded'],
  ['NOT_CACHED', 'request'],
  ['INTERNAL', 'error'],
  ['MUTATION_MISROUTED', 'mutation'],
  ['PRIMARY_GATEWAY_UNREACHABLE', 'mutation'],
]);

/** An error, with what `Cache-Status` says of it. @param more see {@link Failed} */
export function failed(code: ErrorCode, more: Pick<Failed, 'detail' | 'allow'> = {}): Failed {
  const why = REASON_OF.get(code) ?? 'invalid';
  return { kind: 'error', code, ...more, status: { kind: 'forwarded', fwd: forwarded(why), why } };
}
