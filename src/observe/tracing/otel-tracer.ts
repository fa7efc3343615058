import type * as OpenTelemetry from '@opentelemetry/api';
import type { Attributes, Context, Span as OtelSpan, Tracer as OtelTracer } from '@opentelemetry/api';
import {
  formatTraceparent,
  parseTraceparent,
  type Span,
  type SpanFacts,
  type SpanIds,
  type SpanName,
  type Tracer,
} from '../../report/trace';
import { Sampling } from './sampling';

/** By the names that OpenTelemetry's conventions have for them, where they have one. */
const ATTRIBUTES: Readonly<Record<keyof SpanFacts, string>> = {
  operation: 'graphql.operation.name',
  kind: 'graphql.operation.type',
  outcome: 'lastmile.outcome',
  reason: 'lastmile.reason',
  at: 'lastmile.at',
  found: 'lastmile.found',
  status: 'http.response.status_code',
  stored: 'lastmile.stored',
  tags: 'lastmile.tags',
  position: 'lastmile.position',
  error: 'error.type',
};

/** Those of what is asked elsewhere. */
const KINDS: Readonly<Partial<Record<SpanName, keyof typeof OpenTelemetry.SpanKind>>> = {
  upstream: 'CLIENT',
  forward: 'CLIENT',
  purge: 'PRODUCER',
};

/** OpenTelemetry's API, which is loaded only where something is traced. */
export type TracingApi = Pick<typeof OpenTelemetry, 'ROOT_CONTEXT' | 'SpanKind' | 'SpanStatusCode' | 'trace'>;

/** A name that a client chose may be of any length. */
const LONGEST_NAME = 100;

/** Spans of the SDK. Contexts are handed on by hand: a context manager would cost every request, traced or not. */
export class SpansOfSdk implements Tracer {
  readonly #sampling: Sampling;

  /**
   * @param tracer of a provider that samples everything: what is not to be traced never gets there
   * @param part which part of the requests is traced whose clients do not say
   */
  constructor(
    readonly api: TracingApi,
    readonly tracer: OtelTracer,
    part: number,
  ) {
    this.#sampling = new Sampling(part);
  }

  begin(traceparent: string | undefined): Span | undefined {
    const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    if (!this.#sampling.takes(parent?.isSampled)) return undefined;
    const { ROOT_CONTEXT, SpanKind } = this.api;
    const context = parent ? this.#contextOf(parent) : ROOT_CONTEXT;
    return new SdkSpan(this, this.tracer.startSpan('request', { kind: SpanKind.SERVER }, context));
  }

  arrived(traceparent: string, position: string): void {
    const parent = parseTraceparent(traceparent);
    if (!parent?.isSampled) return;
    const options = { kind: this.api.SpanKind.CONSUMER, attributes: { [ATTRIBUTES.position]: position } };
    this.tracer.startSpan('purge arrival', options, this.#contextOf(parent)).end();
  }

  /** Of a span that is begun elsewhere, and sampled. */
  #contextOf({ traceId, spanId }: SpanIds): Context {
    const { trace, ROOT_CONTEXT } = this.api;
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1, isRemote: true });
  }
}

class SdkSpan implements Span {
  readonly #sdk: SpansOfSdk;
  readonly #span: OtelSpan;

  constructor(sdk: SpansOfSdk, span: OtelSpan) {
    this.#sdk = sdk;
    this.#span = span;
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  get traceparent(): string {
    const { traceId, spanId } = this.#span.spanContext();
    return formatTraceparent({ traceId, spanId, isSampled: true });
  }

  child(name: SpanName): Span {
    const { api, tracer } = this.#sdk;
    const context = api.trace.setSpan(api.ROOT_CONTEXT, this.#span);
    return new SdkSpan(
      this.#sdk,
      tracer.startSpan(name, { kind: api.SpanKind[KINDS[name] ?? 'INTERNAL'] }, context),
    );
  }

  set(facts: SpanFacts): void {
    const attributes: Attributes = {};
    for (const [name, value] of Object.entries(facts) as [keyof SpanFacts, string | undefined][])
      if (value !== undefined)
        attributes[ATTRIBUTES[name]] = name === 'operation' ? value.slice(0, LONGEST_NAME) : value;
    this.#span.setAttributes(attributes);
    // By the kind alone (OpenTelemetry's conventions for GraphQL): there are few of them.
    if (facts.kind !== undefined) this.#span.updateName(facts.kind);
  }

  end(isFailed = false): void {
    if (!this.#span.isRecording()) return;
    if (isFailed) this.#span.setStatus({ code: this.#sdk.api.SpanStatusCode.ERROR });
    this.#span.end();
  }
}
