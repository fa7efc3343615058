/**
 * What takes traces in a test: a collector of OpenTelemetry, as far as it speaks OTLP/HTTP in JSON.
 *
 *   const collector = cleanup.add(await startCollector());
 *   await startGateway({ ...collector.env });
 *   const [root] = await collector.until('the request is told of', (span) => span.name === 'query');
 */
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { LocalServer } from './local-server';
import { until } from './until';

/** A span, as it was told of. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly isFailed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** of who told of it */
  readonly resource: Readonly<Record<string, unknown>>;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Told {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<CollectedSpan, 'attributes' | 'resource' | 'isFailed'> & {
        readonly attributes: readonly Attribute[];
        readonly status?: { readonly code?: number };
      })[];
    }[];
  }[];
}

export class Collector {
  readonly spans: CollectedSpan[] = [];
  /** all that came, as it came */
  text = '';
  readonly #server = new LocalServer(async (request, response) => {
    const isSpans = request.method === 'POST' && request.url === '/v1/traces';
    const body =
      request.headers['content-encoding'] === 'gzip'
        ? gunzipSync(Buffer.concat(await request.toArray())).toString()
        : await text(request);
    response.writeHead(isSpans ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
    if (isSpans) this.#take(body);
  });

  /** What has a gateway tell it of every request, soon after it was answered. */
  get env(): Record<string, string> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#server.port}`,
      OTEL_TRACES_SAMPLER_ARG: '1',
    };
  }

  async listen(): Promise<this> {
    await this.#server.listen();
    return this;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  of(traceId: string): CollectedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  /** Resolves with the spans that fit, once there are so many. */
  async until(
    what: string,
    fits: (span: CollectedSpan) => boolean,
    count = 1,
  ): Promise<[CollectedSpan, ...CollectedSpan[]]> {
    const found = (): CollectedSpan[] => this.spans.filter(fits);
    await until(what, () => found().length >= count).catch((cause: unknown) => {
      const told = this.spans.map(({ name, resource }) => `${String(resource['cloud.region'])} ${name}`);
      throw new Error(`${what}: told of ${told.join(', ')}`, { cause });
    });
    return found() as [CollectedSpan, ...CollectedSpan[]];
  }

  #take(body: string): void {
    this.text += body;
    for (const { resource, scopeSpans } of (JSON.parse(body) as Told).resourceSpans)
      for (const { attributes, status, ...span } of scopeSpans.flatMap(({ spans }) => spans))
        this.spans.push({
          ...span,
          isFailed: status?.code === 2,
          attributes: valuesOf(attributes),
          resource: valuesOf(resource.attributes),
        });
  }
}

function valuesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** Gateways of this process tell it of spans after 50 ms from then on, not after 5 s. */
export function startCollector(): Promise<Collector> {
  process.env['OTEL_BSP_SCHEDULE_DELAY'] = '50';
  return new Collector().listen();
}
