import { assemble } from './assemble';
import { startTracing } from '../observe/tracing/start-tracing';
import { announce } from './announce';
import { figuresText } from './figures-text';
import { createCdnPurger } from './cdn';
import { captureOf, createFrontOf, createAdminOf, refuseExample, type Served } from './serve';
import type { Config } from '../config/config';
import { drain, listen, windDown } from '../http/listen';
import type { Log } from '../report/log';
import { Outages, logOutages } from '../report/outages';
import {
  isWorkerMessage,
  type WorkerMessage,
  WorkerPool,
  type Figures,
  type SchemaAnswer,
} from './worker-pool';
import { reportSwitch } from './switch-report';
import { SchemaOfFirst } from './schema-of-first';
import { findEntries } from '../dashboard/entries';
import { Lookout } from '../dashboard/lookout';
import { createDashboard } from './dashboard';
import { createServer } from 'node:http';
import { Server as NetServer } from 'node:net';
import { AggregatorRegistry } from 'prom-client';
import { listenAll } from './listen-at';
import { refuseMisfits } from './redis-misfits';
import type { LookCause, SchemaKeeper } from '../schema/schema-keeper';

/** Between two looks whether this process is ready. Milliseconds. */
const READY_INTERVAL = 50;
/** Between two messages that the same thing still cannot be used. Milliseconds. */
const OUTAGE_INTERVAL = 5_000;

/**
 * One of several processes that share the port. It keeps entries and follows the log like a gateway on its own; figures
 * and health leave by the first process.
 * @returns what finishes the requests under way and ends it
 * @throws as `serve` does
 */
export async function serveAsWorker(config: Config, log: Log): Promise<() => Promise<void>> {
  // The first process tells of them, once for all.
  const outages = new Outages({
    now: () => performance.now(),
    begun: (outage) => tell({ lastmile: 'outage', outage }),
    over: ({ address }) => tell({ lastmile: 'outage-over', address }),
    againMs: OUTAGE_INTERVAL,
  });
  const schema = new SchemaOfFirst(tell);
  // The example's schema comes with each process.
  const { url, schema: files } = config.upstream;
  const isShared = url !== undefined || files !== undefined;
  const tracing = await startTracing(config, log, outages);
  const assembly = assemble(config, log, outages, {
    ...(isShared && { read: schema.read }),
    tracer: tracing?.tracer,
  });
  const front = createFrontOf(config, assembly, log);
  // node:cluster closes it once no more connections come. That of node:http would cut those that are answered past it, which it
  // takes for idle, with the requests on them: see `drain`.
  front.close = (done) => NetServer.prototype.close.call(front, done) as typeof front;

  const answer = async (message: unknown): Promise<void> => {
    if (!isWorkerMessage(message)) return;
    if (message.lastmile === 'figures-wanted') {
      const figures = await assembly.metrics.registry.getMetricsAsJSON();
      tell({ lastmile: 'figures', id: message.id, figures });
    }
    if (message.lastmile === 'entries-wanted') {
      const found = await findEntries(assembly.region, new Set(message.tags));
      tell({ lastmile: 'entries', id: message.id, found });
    }
  };
  const lookout = new Lookout(assembly.recorder, (seen) => tell({ lastmile: 'seen', seen }));
  const noMore = new Promise<void>((resolve) => {
    process.on('message', (message) => {
      if (!isWorkerMessage(message)) return;
      if (message.lastmile === 'no-more') resolve();
      if (message.lastmile === 'order')
        assembly.region.purges.cacheSwitch.follow(message.held, message.pending);
      if (message.lastmile === 'schema-changed') void assembly.schema.look('told');
      if (message.lastmile === 'schema') schema.hear(message.id, message);
      if (message.lastmile === 'look') lookout.look(message.closeness);
    });
    process.once('disconnect', resolve);
  });
  process.on('message', (message) => {
    answer(message).catch((error: unknown) =>
      log.error({ err: error }, 'the first process could not be answered'),
    );
  });
  const looking = setInterval(() => {
    if (!assembly.ready()) return;
    clearInterval(looking);
    tell({ lastmile: 'ready' });
  }, READY_INTERVAL);

  await assembly.start();
  await listen(front, config.http.port, config.http.host);
  return async () => {
    clearInterval(looking);
    await windDown(front, config.http.drainDelayMs);
    tell({ lastmile: 'leaving' });
    // Then node:cluster closes the channel to the first process as well, once the last connection has ended.
    if (process.connected) await noMore;
    await drain(front, config.http.drainMs);
    await assembly.close();
    await tracing?.close();
  };
}

function tell(message: WorkerMessage): void {
  // The first process may be gone: then this one is about to end as well.
  if (process.connected) process.send?.(message);
}

/** Milliseconds a worker is given beyond the time its requests may take to finish. */
const GRACE = 3000;

/**
 * Several processes that share one port. This one answers no queries: it begins and replaces the others, and has the
 * admin port, with a gateway of its own behind it that purges and reads the schema as theirs do.
 *
 * Each process holds four connections to Redis, so there are 4 * (workers + 1).
 * @throws SchemaError; ConfigError for a Redis that is of no use as its URL has it, and where a port is taken
 */
export async function serveWithWorkers(config: Config, log: Log): Promise<Served> {
  refuseExample(config);
  await refuseMisfits(config);
  const outages = logOutages(log, () => performance.now());
  const assembly = assemble(config, log, outages, {
    onChange: () => {
      pool.schemaChanged();
      cdn?.purgeAll();
      capture?.schemaChanged();
    },
  });
  // The workers leave it to this process.
  const cdn = createCdnPurger(config, assembly.region, { outages, metrics: assembly.metrics });
  const capture = captureOf(config, assembly, outages, log);
  const { cacheSwitch } = assembly.region.purges;
  const pool = new WorkerPool(config.http.workers, {
    log,
    outages,
    schema: (cause, digest) => schemaFor(assembly.schema, cause, digest),
    cacheSwitch,
  });
  const endReport = reportSwitch(cacheSwitch, log);
  let stopping = false;
  const dashboard = createDashboard(config, assembly, log, pool);
  const admin = createAdminOf(config, assembly, log, {
    dashboard,
    ready: () => !stopping && assembly.ready() && pool.ready,
    metrics: async (accept) => {
      const own = await assembly.metrics.registry.getMetricsAsJSON();
      const all = [
        labelled(own, 'first'),
        ...[...(await pool.figures())].map(([at, each]) => labelled(each, `${at}`)),
      ];
      return figuresText(accept, await AggregatorRegistry.aggregate(all).metrics(), all);
    },
  });
  await assembly.start();
  // The workers will share it; a port that is taken is found out here, where it can be said.
  const trial = createServer();
  const [, adminPort] = await listenAll([
    { variable: 'PORT', server: trial, at: config.http },
    { variable: 'ADMIN_PORT', server: admin, at: config.admin },
  ]).catch(async (error: unknown) => {
    await assembly.close();
    throw error;
  });
  await drain(trial, 0);
  const port = await pool.start();
  cdn?.start();
  capture?.start();
  const ended = new AbortController();
  const ready = (): boolean => assembly.ready() && pool.ready;
  void announce(config, log, { port, adminPort, assembly, ready, signal: ended.signal });
  return {
    port,
    adminPort,
    reload: () => void assembly.schema.look('told'),
    stop: async () => {
      stopping = true;
      ended.abort();
      endReport();
      dashboard.close();
      await pool.stop(config.http.drainDelayMs + config.http.drainMs + GRACE);
      await capture?.close();
      await cdn?.close();
      await assembly.close();
      await drain(admin, 1000);
    },
  };
}

/** What the schema in use is made of: one process of a machine asks upstream and reads the files, for all of them. */
async function schemaFor(
  schema: SchemaKeeper,
  cause: LookCause,
  digest: string | undefined,
): Promise<SchemaAnswer> {
  if (cause === 'operation') await schema.recheck();
  const text = schema.kept?.text;
  if (!text) return { isMissing: true };
  if (text.digest === digest) return {};
  const { introspection } = text;
  return {
    text: {
      digest: text.digest,
      sources: text.sources.map(({ name, body }) => [name, body]),
      ...(introspection !== undefined && { introspection }),
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
