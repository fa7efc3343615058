import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config/config';
import type { Log } from '../report/log';
import { banner, cachedTypes, upstreamOf } from './banner';
import type { Assembly } from './assemble';
import { describeState } from './metrics';
import { placesOf } from './places';

/** Milliseconds that the first proof, and the schema, are given before it is said that they are not there. */
const PATIENCE_MS = 1000;
const LOOK_MS = 20;

/** What is about to be told. */
export interface Announced {
  readonly port: number;
  readonly adminPort: number;
  readonly assembly: Pick<Assembly, 'ready' | 'schema' | 'region'>;
  /** whether all processes are ready; default: whether this one is */
  readonly ready?: () => boolean;
  /** aborted: the gateway ends, and there is nothing more to say */
  readonly signal: AbortSignal;
}

/**
 * Says once, in the log and on a terminal, what is served where, what it stands in front of and what it keeps; as soon as it
 * is ready, and after a second what it is still waiting for. Never rejects.
 */
export async function announce(config: Config, log: Log, announced: Announced): Promise<void> {
  // Its sentences begin with It.
  for (const { variable, problem, remedy } of config.warnings)
    log.warn({ variable, remedy }, `${variable}: ${problem}`);
  const { port, adminPort, assembly, signal, ready = assembly.ready } = announced;
  const until = performance.now() + PATIENCE_MS;
  while (!ready() && performance.now() < until && !signal.aborted)
    await pause(LOOK_MS, undefined, { ref: false });
  if (signal.aborted) return;
  const { kept } = assembly.schema;
  const waiting = ready() ? undefined : waitsFor(announced);
  const types = kept && cachedTypes(kept, config);
  log.info(
    {
      port,
      adminPort,
      region: config.region.name,
      ...(config.http.workers > 1 && { workers: config.http.workers }),
      upstream: upstreamOf(config) ?? 'the example API',
      redis: placesOf(config).redis?.copy.address ?? 'none: in memory',
      schema: kept?.sources.map(({ name }) => name),
      typesWithMaxAge: types?.length,
    },
    `serving GraphQL at port ${port}, in front of ${upstreamOf(config) ?? 'the example API: set UPSTREAM_URL to stand in front of yours'}` +
      `${waiting === undefined ? '' : `; not ready yet: ${waiting}`}`,
  );
  if (process.stdout.isTTY)
    process.stdout.write(banner(config, { port, adminPort, kept, waiting, width: process.stdout.columns }));
}

/** What stands in the way, in words; its cause is in the log where there is one. */
function waitsFor({ assembly: { schema, region, ready } }: Announced): string {
  if (!schema.kept) return 'the schema has not been read';
  if (!ready()) return `the region is ${describeState(region.purges.stats())}`;
  return 'not all processes are';
}
