import type { DocumentNode, ExecutionResult, OperationTypeNode } from 'graphql';
import type { Cut } from '../json/long-text';
import type { Member } from '../json/text';
import type { LastmileError } from '../report/error';
import type { Span } from '../report/trace';
import type { Upload } from './upload';

/** Says that no request waits for an answer any more. An AbortSignal is one. */
export interface Abandonment {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** One operation, ready to be sent. */
export interface UpstreamRequest {
  /** One operation and the fragments it uses. The same object for the same text, so that it is printed once. */
  readonly document: DocumentNode;
  /** Its text, where that is not to be printed: some servers know documents by their characters. Used over HTTP. */
  readonly text?: string | undefined;
  readonly operation: OperationTypeNode;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The files among its variables, which can be sent once only. Over HTTP only. */
  readonly upload?: Upload | undefined;
  /** Lower-case names. Only what the gateway decided to forward: nothing is added but content negotiation. */
  readonly headers: Readonly<Record<string, string>>;
  /** What its client said once for all that it asks. By WebSocket only. */
  readonly connectionParams?: Readonly<Record<string, unknown>> | undefined;
  /** Parameters that stand in the URL behind those of UPSTREAM_URL, as their client wrote them. Over HTTP only. */
  readonly parameters?: string;
  /** Aborted when no request waits for the answer any more. Never set for mutations. */
  readonly signal?: Abandonment | undefined;
  /**
   * Asks for the answer only if it is no longer the one with this entity tag (RFC 9110 13.1.2): else status 304 is
   * answered, with an empty result. By GET, as the RFC has it, or by POST, where some servers do the same. Over HTTP only.
   */
  readonly unless?: { readonly etag: string; readonly method: 'GET' | 'POST' };
  /** What of an answer that is too long to be looked into is for the gateway alone. Over HTTP only. */
  readonly cut?: (() => Cut) | undefined;
  /** Of the request it is asked for, where that is traced. */
  readonly trace?: Span | undefined;
  /** The context of an executable schema's resolvers; not used over HTTP. */
  readonly context?: unknown;
}

/** What upstream said. */
export interface UpstreamAnswer {
  /** An iterable for subscriptions and for answers that come in parts; it never throws, a fault is its last item. */
  readonly result: ExecutionResult | AsyncIterable<ExecutionResult>;
  /** What upstream wrote, on one line: its digits, order and escapes are not all in `result`. Absent for a schema in this process. */
  readonly text?: string;
  /** True when the text says what `result` does and nothing else: it has no errors, and nothing that is kept from clients. */
  readonly isVerbatim?: boolean;
  /**
   * The members of the text of an answer that is too long, or too damaged, to be looked into: `result` then says what its errors and extensions
   * do, and that there is data, but not which.
   */
  readonly members?: readonly Member[];
  /** Characters were lost on its way here: its text is no valid UTF-8, nor of a charset that it names. It is not looked into. */
  readonly isDamaged?: true;
  /** The length of its text, where it had one. */
  readonly size?: number;
  /** Response headers, lower-case names; `set-cookie` joined by newlines. Empty for an executable schema. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * False when upstream could not be reached, timed out, or did not answer with GraphQL: `result` then holds our error. Where
   * a status alone says that it refused, that is an answer.
   */
  readonly answered: boolean;
  /** The HTTP status of upstream's answer, where there was one. */
  readonly status?: number;
  /** For the log, where `result` holds our error: what happened, with a detail that clients do not see. */
  readonly fault?: LastmileError;
}

/** Whether results come one after another. */
export function isInPieces({ result }: UpstreamAnswer): boolean {
  return Symbol.asyncIterator in result;
}

/** Who knows the truth: a GraphQL API over HTTP, or an executable schema in this process. */
export interface Upstream {
  /** Never rejects: a fault becomes an answer with `answered: false` and an error from the registry. */
  execute(request: UpstreamRequest): Promise<UpstreamAnswer>;
  close(): Promise<void>;
}
