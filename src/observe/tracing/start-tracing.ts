import type { Config } from '../../config/config';
import { VERSION } from '../../config/version';
import type { Log } from '../../report/log';
import type { Outages } from '../../report/outages';
import type { Tracer } from '../../report/trace';
import { SpansOfSdk } from './otel-tracer';

/** What sends traces: large, so they are loaded only here, and an install may leave them out. */
const SDK_PACKAGES = [
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/resources',
] as const;

/** Milliseconds a collector has to take spans, tried again meanwhile: for little longer the end of a process is held up. */
const EXPORT_MS = 3000;
/** Milliseconds that the end of a process waits for it. */
const LAST_MS = 2000;

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is left. Takes a bounded time, and never rejects. */
  readonly close: () => Promise<void>;
}

/**
 * Traces for a collector that speaks OTLP/HTTP, where OTEL_EXPORTER_OTLP_ENDPOINT says one. Nothing of OpenTelemetry is loaded
 * otherwise. A collector that cannot be reached is told of like everything else that cannot be used, and costs spans, never requests.
 * @returns undefined: nothing is traced
 */
export async function startTracing(
  { traces, region }: Pick<Config, 'traces' | 'region'>,
  log: Log,
  outages: Pick<Outages, 'health'>,
): Promise<Tracing | undefined> {
  if (!traces) return undefined;
  const sdk = await loadSdk().catch((error: unknown) => error as Error);
  if (sdk instanceof Error) {
    log.warn(
      {
        variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
        remedy: `npm install ${SDK_PACKAGES.join(' ')}`,
        detail: sdk.message,
      },
      'nothing is traced: the packages that send traces are not installed',
    );
    return undefined;
  }
  const { NodeTracerProvider, BatchSpanProcessor, AlwaysOnSampler, OTLPTraceExporter } = sdk;
  const url = `${traces.endpoint.replace(/\/+$/, '')}/v1/traces`;
  const health = outages.health(
    {
      name: 'the collector of traces',
      address: new URL(url).host,
      variables: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
      help: 'Requests are answered as ever; their spans are lost meanwhile.',
    },
    'traces',
  );
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_MS });
  const provider = new NodeTracerProvider({
    sampler: new AlwaysOnSampler(),
    resource: sdk.resourceFromAttributes({
      'service.name': traces.serviceName,
      'service.version': VERSION,
      'service.instance.id': `${region.name}-${process.pid}`,
      'cloud.region': region.name,
    }),
    spanProcessors: [
      new BatchSpanProcessor({
        export: (spans, done) =>
          exporter.export(spans, (result) => {
            if (result.code === 0) health.well();
            else health.failed(result.error ?? new Error('the collector refuses spans'));
            done(result);
          }),
        shutdown: () => exporter.shutdown(),
        forceFlush: () => exporter.forceFlush(),
      }),
    ],
  });
  return {
    tracer: new SpansOfSdk(sdk, provider.getTracer('lastmile'), traces.sample),
    close: async () => {
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, LAST_MS)));
      // A collector that is away rejects, sometimes with nothing: it was told of.
      await Promise.race([provider.shutdown().catch(() => {}), limit]);
      clearTimeout(timer);
    },
  };
}

/** Rejects where one of the packages is not installed. */
async function loadSdk() {
  const [api, node, exporter, resources] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  return { ...api, ...node, ...exporter, ...resources };
}
