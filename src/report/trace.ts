/**
 * Traces, as the rest of the gateway sees them: spans that are there only for a request that is traced. Who makes them of what
 * is `observe/tracing`'s affair.
 *
 *   request ─┬─ look-up            the region's Redis, or the primary region's cache; memory takes no time worth a span
 *            ├─ wait               for another's call upstream, a lease, or what a token has seen
 *            ├─ fill ── upstream   asked, and stored
 *            ├─ upstream           asked past the cache
 *            ├─ purge              appended on the primary
 *            │   └─ purge arrival  in every region
 *            └─ forward            a mutation, to the primary region's gateway
 */
export type SpanName = 'look-up' | 'wait' | 'upstream' | 'fill' | 'purge' | 'forward';

/** All that a span may say: names, numbers and words of fixed lists. No value of a client's, no tag, no key, no header. */
export interface SpanFacts {
  /** an operation's name, as its client gave it */
  readonly operation?: string | undefined;
  readonly kind?: string;
  readonly outcome?: string;
  readonly reason?: string | undefined;
  /** where something was looked up, or what was waited for */
  readonly at?: 'redis' | 'primary' | 'collapsed' | 'lease' | 'token';
  /** what was found there */
  readonly found?: string;
  /** an HTTP status */
  readonly status?: number | undefined;
  readonly stored?: boolean;
  /** how many tags were purged */
  readonly tags?: number;
  /** a position of the purge log */
  readonly position?: string | undefined;
  /** a code of the error registry */
  readonly error?: string | undefined;
}

/** A part of a trace that has begun. */
export interface Span {
  /** 32 hexadecimal digits */
  readonly traceId: string;
  /** what is sent along, so that what happens there is part of the trace: a `traceparent` (W3C Trace Context 3.2) */
  readonly traceparent: string;
  child(name: SpanName): Span;
  set(facts: SpanFacts): void;
  /** Ends it, once. @param isFailed what it is about failed */
  end(isFailed?: boolean): void;
}

/** Begins spans. Nothing here may throw. */
export interface Tracer {
  /**
   * The span of a request. On the hit path: most are not traced, and cost next to nothing.
   * @param traceparent the request's header
   * @returns undefined: it is not traced
   */
  begin(traceparent: string | undefined): Span | undefined;
  /** A purge that was made in a trace has come here. @param traceparent of the purge @param position of its record */
  arrived(traceparent: string, position: string): void;
}

/**
 * Does something within a span, where its parent is there: else it costs nothing.
 * @param act given the span. What it rejects with leaves here too
 * @param facts what the span says of what came of it
 */
export function inSpan<T>(
  parent: Span | undefined,
  name: SpanName,
  act: (span: Span | undefined) => Promise<T>,
  facts?: (made: T) => SpanFacts,
): Promise<T> {
  return parent ? spanned(parent.child(name), act, facts) : act(undefined);
}

async function spanned<T>(
  span: Span,
  act: (span: Span) => Promise<T>,
  facts: ((made: T) => SpanFacts) | undefined,
): Promise<T> {
  try {
    const made = await act(span);
    if (facts) span.set(facts(made));
    return made;
  } finally {
    span.end();
  }
}

/** Who a span is, for those it has called. */
export interface SpanIds {
  /** 32 hexadecimal digits */
  readonly traceId: string;
  /** 16 */
  readonly spanId: string;
  /** its sampled flag: the caller records this trace */
  readonly isSampled: boolean;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/** Reads a `traceparent`; undefined for one that is none (W3C Trace Context 3.2.2, and 3.3 for later versions). */
export function parseTraceparent(text: string): SpanIds | undefined {
  const match = text.length <= 256 ? TRACEPARENT.exec(text) : null;
  if (!match) return undefined;
  const [, version, traceId = NO_TRACE, spanId = NO_SPAN, flags = '00', further] = match;
  if (version === 'ff' || (version === '00' && further !== undefined)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, isSampled }: SpanIds): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}
