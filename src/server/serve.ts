import type { Server } from 'node:http';
import { assemble, type Assembly } from './assemble';
import { ConfigError } from '../config/problem';
import { VARIABLES } from '../config/variables';
import { listenAll } from './listen-at';
import type { Tag } from '../purge/tag';
import { isAsUsual } from '../purge/cache-order';
import { describeOrder, reportSwitch } from './switch-report';
import type { Config } from '../config/config';
import { createAdmin, type AdminOptions } from '../http/admin/server';
import { AdminGate } from '../http/admin/gate';
import { createFront } from '../http/front';
import { drain, windDown } from '../http/listen';
import { socketsOf } from '../http/socket/sockets';
import { PurgeApi } from '../http/admin/purge-api';
import { CacheApi } from '../http/admin/cache-api';
import { ChangesApi } from '../http/admin/changes-api';
import { ReachedApi } from '../http/admin/reached-api';
import { SchemaApi } from '../http/admin/schema-api';
import { WebhookSignature } from '../http/admin/signature';
import { accepted } from '../gateway/media-type';
import { Renderer } from '../gateway/render';
import { bodyBytesOf } from '../gateway/request';
import type { Log } from '../report/log';
import { logOutages, type Outages } from '../report/outages';
import type { Capture } from '../capture/capture';
import { createCaptureOf, DATABASE_CAUSE } from './capture';
import { createCdnPurger } from './cdn';
import { describeState } from './metrics';
import { DashboardApi } from '../http/admin/dashboard-api';
import type { Dashboard } from '../dashboard/dashboard';
import { createDashboard } from './dashboard';
import { createOverloadReport, createSocketReport } from './overload';
import { startTracing } from '../observe/tracing/start-tracing';
import { announce } from './announce';
import { figuresText } from './figures-text';
import { placesOf } from './places';
import { refuseMisfits } from './redis-misfits';

const PATH = '/graphql';

/** A gateway that listens. */
export interface Served {
  readonly port: number;
  readonly adminPort: number;
  /** Reads the schema again at once. */
  readonly reload: () => void;
  /** Finishes what is under way, refuses what is new, and ends. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts one gateway. It listens before its upstream or its Redis can be reached, and says not ready until then.
 * @throws SchemaError; ConfigError for a Redis that is of no use as its URL has it, and where it cannot listen
 */
export async function serve(config: Config, log: Log): Promise<Served> {
  refuseExample(config);
  await refuseMisfits(config);
  const outages = logOutages(log, () => performance.now());
  const tracing = await startTracing(config, log, outages);
  const assembly = assemble(config, log, outages, {
    onChange: () => {
      cdn?.purgeAll();
      capture?.schemaChanged();
    },
    tracer: tracing?.tracer,
  });
  const { metrics } = assembly;
  const cdn = createCdnPurger(config, assembly.region, { outages, metrics });
  const capture = captureOf(config, assembly, outages, log);
  let stopping = false;
  const front = createFrontOf(config, assembly, log);
  const dashboard = createDashboard(config, assembly, log);
  const admin = createAdminOf(config, assembly, log, {
    ready: () => !stopping && assembly.ready(),
    metrics: async (accept) =>
      figuresText(accept, await metrics.registry.metrics(), [await metrics.registry.getMetricsAsJSON()]),
    dashboard,
  });
  const endReport = reportSwitch(assembly.region.purges.cacheSwitch, log);
  await assembly.start();
  const [port, adminPort] = await listenAll([
    { variable: 'PORT', server: front, at: config.http },
    { variable: 'ADMIN_PORT', server: admin, at: config.admin },
  ]).catch(async (error: unknown) => {
    await assembly.close();
    throw error;
  });
  if (assembly.page) assembly.page.adminPort = adminPort;
  cdn?.start();
  capture?.start();
  const ended = new AbortController();
  void announce(config, log, { port, adminPort, assembly, signal: ended.signal });

  return {
    port,
    adminPort,
    reload: () => void assembly.schema.look('told'),
    stop: async () => {
      stopping = true;
      ended.abort();
      await windDown(front, config.http.drainDelayMs);
      await drain(front, config.http.drainMs);
      endReport();
      dashboard.close();
      await capture?.close();
      await cdn?.close();
      await assembly.close();
      await tracing?.close();
      await drain(admin, 1000);
    },
  };
}

/** Who reads the database's own log for the gateways of a machine; undefined where that is not configured. */
export function captureOf(
  config: Config,
  { gateway, region, metrics, recorder }: Assembly,
  outages: Outages,
  log: Log,
): Capture | undefined {
  const schema = () => gateway.snapshot?.catalogue.knowledge;
  const purging = (tags: ReadonlySet<Tag>) => recorder.purging(DATABASE_CAUSE, tags);
  return createCaptureOf(config, { purges: region.purges.log, schema, outages, log, purging }, metrics);
}

/** @throws ConfigError if the example was not requested, and nothing else is behind the gateway */
export function refuseExample({
  upstream,
  http,
  warnings,
}: Pick<Config, 'upstream' | 'http' | 'warnings'>): void {
  if (upstream.url !== undefined || http.example) return;
  throw new ConfigError([
    {
      variable: 'UPSTREAM_URL',
      problem: 'It is not set, and in production the example API is served only where it is asked for.',
      remedy: 'Set it to the URL of your GraphQL API, or EXAMPLE=1 to serve the example.',
    },
    // It may be set under a name that is none.
    ...warnings.filter(({ variable }) => !Object.hasOwn(VARIABLES, variable)),
  ]);
}

/** The public server of a gateway, which does not listen yet. */
export function createFrontOf(config: Config, { gateway, metrics, access }: Assembly, log: Log): Server {
  const { maxBodyBytes, maxUploadBytes, maxInFlight, maxSockets, maxSocketOperations } = config.limits;
  const renderer = new Renderer({
    region: config.region.name,
    varying: [],
    tokenCookie: false,
    compressor: undefined,
  });
  const front = createFront({
    path: PATH,
    maxBodyBytes,
    maxUploadBytes,
    maxInFlight,
    keepAliveMs: config.http.keepAliveMs,
    overloaded: createOverloadReport(maxInFlight, metrics, log),
    corsOrigins: config.http.corsOrigins,
    sockets: {
      parameters: parametersOf(config),
      maxSockets,
      maxOperations: maxSocketOperations,
      refused: createSocketReport(maxSockets, log),
    },
    handle: (request) => gateway.handle(request),
    refuse: (code, accept, detail) => {
      const reply = renderer.error(code, accepted(accept).json ?? 'application/json', detail);
      access?.({ status: reply.status, outcome: 'error', error: code, bytes: bodyBytesOf(reply) ?? 0 });
      return reply;
    },
    fault: (error: unknown) => log.error({ err: error }, 'the HTTP front failed on a request'),
  });
  metrics.openSockets = () => socketsOf(front)?.size ?? 0;
  return front;
}

/** Which headers a client may give once for its WebSocket: its token, and what says who it is. */
function parametersOf({ session }: Config): readonly string[] {
  const header = session?.kind === 'header' ? [session.name] : [];
  return ['authorization', 'lastmile-token', ...header];
}

/** The server of its admin port, which does not listen yet. */
export function createAdminOf(
  config: Config,
  { gateway, metrics, region, schema, rules, recorder }: Assembly,
  log: Log,
  { ready, metrics: figures, dashboard }: Pick<AdminOptions, 'ready' | 'metrics'> & { dashboard: Dashboard },
): Server {
  const now = () => performance.now();
  const gate = new AdminGate(config.admin.token, config.isProduction, now);
  return createAdmin({
    live: () => true,
    ready,
    describeState: () => {
      const { cacheSwitch } = region.purges;
      const order = isAsUsual(cacheSwitch.current) ? '' : `; ${describeOrder(cacheSwitch.current)}`;
      const unread = gateway.snapshot ? '' : '; the schema has not been read';
      return `${describeState(region.purges.stats())}${order}${unread}`;
    },
    metrics: figures,
    purgeApi: new PurgeApi({
      region: config.region.name,
      gate,
      purges: region.purges,
      purge: (tags, kind) => {
        recorder.purging('purge API', tags);
        return region.purgeTags(tags, kind);
      },
      primary: placesOf(config).redis?.primary,
      knowledge: () => gateway.snapshot?.catalogue.knowledge,
      now,
      log,
      count: (outcome) => metrics.purgeRequest(outcome),
    }),
    schemaApi: new SchemaApi(gate, schema),
    graphiql: config.http.graphiql,
    dashboardApi: new DashboardApi({
      gate,
      dashboard,
      catalogue: () => gateway.snapshot?.catalogue,
      plans: () => gateway.snapshot?.plans,
      logged: config.log.operations?.sample ?? 0,
      rules,
    }),
    reachedApi: new ReachedApi(gate, region.purges.log, now),
    changesApi: new ChangesApi({
      gate,
      signature:
        config.admin.token === undefined ? undefined : new WebhookSignature(config.admin.token, Date.now),
      purge: (tags) => {
        recorder.purging(DATABASE_CAUSE, tags);
        return region.purgeTags(tags);
      },
      primary: placesOf(config).redis?.primary,
      knowledge: () => gateway.snapshot?.catalogue.knowledge,
      now,
      log,
      count: (outcome) => metrics.change(outcome),
    }),
    cacheApi: new CacheApi(config.region.name, gate, region.purges.cacheSwitch, log),
    fault: (error: unknown) => log.error({ err: error }, 'the HTTP front failed on a request'),
  });
}
