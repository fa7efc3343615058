import type { Upload } from '../upstream/upload';

/** The methods that GraphQL takes, as `Allow` lists them. */
export const METHODS = 'GET, HEAD, POST, QUERY';

/** Whether a request of this method says in its body what it asks, and not in its URL: POST, and QUERY (RFC 10008 2). */
export function asksInBody(method: string): boolean {
  return method === 'POST' || method === 'QUERY';
}

/** A request as any HTTP server can describe it. Nothing here knows node:http. What its headers say: see `Client`. */
export interface GatewayRequest {
  readonly method: string;
  /** what stands behind the `?` of the URL, or nothing */
  readonly search: string;
  /** lower-case names */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** of a request that brings files: its `operations` */
  readonly body: Buffer;
  /** the files it brings, which are still on their way */
  readonly upload?: Upload;
  /** calls back at most once, if the client goes away before it was answered */
  readonly onAbort?: (callback: () => void) => void;
  /** it comes from this machine itself, and no proxy passed it on */
  readonly isLocal?: boolean;
  /**
   * It came as a message, by a WebSocket or its like: no header leaves with its answer, and results that come one after
   * another leave as `events`.
   */
  readonly isMessage?: boolean;
  /** what a client said once for all its messages */
  readonly connectionParams?: Readonly<Record<string, unknown>> | undefined;
}

/** The body of a reply that comes in parts. */
export type BodyStream = AsyncIterable<Uint8Array>;

/** What leaves. */
export interface Reply {
  readonly status: number;
  /** names and values in turn: the form that node:http writes with the least work */
  readonly headers: readonly string[];
  readonly body: Buffer | string | BodyStream;
  /** of a body that is a string: `latin1` has one character for each byte; default UTF-8 */
  readonly encoding?: 'latin1' | undefined;
  /** in place of `body`, for a message: results as JSON, one after another */
  readonly events?: AsyncIterable<string>;
}

/** A reply that does not come in parts. */
export type WholeReply = Reply & { readonly body: Buffer | string };

/** The parts of a reply; undefined when it is a {@link WholeReply}. */
export function bodyStreamOf({ body }: Reply): BodyStream | undefined {
  return typeof body === 'object' && Symbol.asyncIterator in body ? body : undefined;
}

/** How many bytes the body of a reply has; undefined where it comes in parts. */
export function bodyBytesOf({ body, encoding, events }: Reply): number | undefined {
  if (events) return undefined;
  if (typeof body === 'string') return encoding === 'latin1' ? body.length : Buffer.byteLength(body);
  return Buffer.isBuffer(body) ? body.length : undefined;
}
