import { AggregatorRegistry } from 'prom-client';
import { assemble } from '../assemble';
import { createAdminOf, type Served } from '../serve';
import type { Config } from '../config/config';
import { drain, listen } from '../http/listen';
import type { Log } from '../report/log';
import { logOutages } from '../report/outages';
import { Crew } from './crew';
import type { Figures } from './messages';

/** Milliseconds a worker is given beyond the time its requests may take to finish. */
const GRACE = 3000;

/**
 * Several processes that share one port. This one answers no queries: it begins and replaces the others, and has the
 * admin port, with a gateway of its own behind it that purges and reads the schema as theirs do.
 *
 * Each process holds four connections to Redis, so there are 4 * (workers + 1).
 * @throws SchemaError, or an error of node:net when the admin port is taken
 */
export async function serveWithWorkers(config: Config, log: Log): Promise<Served> {
  const outages = logOutages(log, () => performance.now());
  const assembly = assemble(config, log, outages);
  const crew = new Crew(config.http.workers, log, outages);
  let stopping = false;
  const admin = createAdminOf(config, assembly, log, {
    ready: () => !stopping && assembly.ready() && crew.ready,
    metrics: async () => {
      const own = await assembly.metrics.registry.getMetricsAsJSON();
      const all = [
        labelled(own, 'first'),
        ...[...(await crew.figures())].map(([at, each]) => labelled(each, `${at}`)),
      ];
      return AggregatorRegistry.aggregate(all).metrics();
    },
  });
  await assembly.start();
  const adminPort = await listen(admin, config.admin.port, config.http.host);
  const port = await crew.start();
  for (const { variable, problem, remedy } of config.warnings) log.warn({ variable, remedy }, problem);
  log.info({ port, adminPort, workers: config.http.workers }, `serving GraphQL at port ${port}`);
  return {
    port,
    adminPort,
    reload: () => {
      void assembly.schema.look();
      crew.reload();
    },
    stop: async () => {
      stopping = true;
      await crew.stop(config.http.drainMs + GRACE);
      await assembly.close();
      await drain(admin, 1000);
    },
  };
}

/** Figures with the process they are of, so that nothing is added up that must not be, such as a position. */
function labelled(figures: Figures, worker: string): Figures {
  return figures.map((figure) => ({
    ...figure,
    values: figure.values.map((value) => ({ ...value, labels: { ...value.labels, worker } })),
  }));
}
