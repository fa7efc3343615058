import type { Server } from 'node:http';
import { assemble, type Assembly } from './assemble';
import type { Config } from '../config/config';
import { createAdmin, type AdminOptions } from '../http/admin/server';
import { AdminGate } from '../http/admin/gate';
import { createFront } from '../http/front';
import { drain, listen } from '../http/listen';
import { PurgeApi } from '../http/admin/purge-api';
import { SchemaApi } from '../http/admin/schema-api';
import { accepted } from '../gateway/media-type';
import { Renderer } from '../gateway/render';
import type { Log } from '../report/log';
import { describeState } from './metrics';
import { createOverloadReport } from './overload';
import { banner } from './banner';
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
 * @throws SchemaError; ConfigError for a Redis that is of no use as its URL has it; an error of node:net when a port is taken
 */
export async function serve(config: Config, log: Log): Promise<Served> {
  await refuseMisfits(config);
  const assembly = assemble(config, log);
  const { metrics } = assembly;
  let stopping = false;
  const front = createFrontOf(config, assembly, log);
  const admin = createAdminOf(config, assembly, log, {
    ready: () => !stopping && assembly.ready(),
    metrics: () => metrics.registry.metrics(),
  });
  await assembly.start();
  const port = await listen(front, config.http.port, config.http.host);
  const adminPort = await listen(admin, config.admin.port, config.admin.host);
  for (const { variable, problem, remedy } of config.warnings) log.warn({ variable, remedy }, problem);
  log.info({ port, adminPort, region: config.region.name }, `serving GraphQL at port ${port}`);
  if (process.stdout.isTTY) process.stdout.write(banner(config, port, adminPort, assembly.schema.kept));

  return {
    port,
    adminPort,
    reload: () => void assembly.schema.look('told'),
    stop: async () => {
      stopping = true;
      await drain(front, config.http.drainMs);
      await assembly.close();
      await drain(admin, 1000);
    },
  };
}

/** The public server of a gateway, which does not listen yet. */
export function createFrontOf(config: Config, { gateway, metrics }: Assembly, log: Log): Server {
  const { maxBodyBytes, maxInFlight } = config.limits;
  const renderer = new Renderer({
    region: config.region.name,
    varying: [],
    tokenCookie: false,
    compressor: undefined,
  });
  return createFront({
    path: PATH,
    maxBodyBytes,
    maxInFlight,
    overloaded: createOverloadReport(maxInFlight, metrics, log),
    corsOrigins: config.http.corsOrigins,
    handle: (request) => gateway.handle(request),
    refuse: (code, accept) => renderer.error(code, accepted(accept).json ?? 'application/json'),
    fault: (error: unknown) => log.error({ err: error }, 'a request met a fault of the front'),
  });
}

/** The server of its admin port, which does not listen yet. */
export function createAdminOf(
  config: Config,
  { gateway, metrics, region, schema }: Assembly,
  log: Log,
  { ready, metrics: figures }: Pick<AdminOptions, 'ready' | 'metrics'>,
): Server {
  const now = () => performance.now();
  const gate = new AdminGate(config.admin.token, config.isProduction, now);
  return createAdmin({
    live: () => true,
    ready,
    describeState: () => describeState(region.purges.stats()),
    metrics: figures,
    metricsType: metrics.registry.contentType,
    purgeApi: new PurgeApi({
      region: config.region.name,
      gate,
      purges: region.purges,
      purge: (tags, kind) => region.purgeTags(tags, kind),
      knowledge: () => gateway.snapshot?.catalogue.knowledge,
      now,
      log,
      count: (outcome) => metrics.purgeRequest(outcome),
    }),
    schemaApi: new SchemaApi(gate, schema),
    fault: (error: unknown) => log.error({ err: error }, 'a request met a fault of the front'),
  });
}
