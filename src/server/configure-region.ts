import { entrySecret, type Config } from '../config/config';
import { formatPosition } from '../purge/position';
import type { RegionState } from '../purge/purges';
import type { RegionSettings } from '../region/region';
import type { Log } from '../report/log';
import type { Outages } from '../report/outages';
import type { Tracer } from '../report/trace';
import type { Metrics } from './metrics';
import { placesOf } from './places';
import { reportRegion } from './region-report';

/** Those of a process who are told of its region. They may be made after it: it begins when it is started. */
export interface RegionObservers {
  /** seconds for which an answer may be served at most; undefined: the schema was not read yet, and it is not known */
  readonly longestServed: () => number | undefined;
  readonly metrics: () => Metrics;
  readonly tracer: Tracer | undefined;
  readonly onState: (state: RegionState) => void;
}

/** What the configuration says of the region, and who is told what happens in it. */
export function configureRegion(
  config: Config,
  log: Log,
  outages: Outages,
  observers: RegionObservers,
): RegionSettings {
  const { redis: place } = placesOf(config);
  const { maxEntryBytes, memoryCacheBytes, leaseMs } = config.limits;
  const tellRegion = reportRegion(log);
  return {
    redis: config.redis && { ...config.redis, entrySecret: entrySecret(config)?.secret },
    ...(place && {
      health: {
        copy: outages.health(place.copy, 'copy'),
        primary: outages.health(place.primary, 'primary'),
        entries: outages.health(place.entries, 'entries'),
      },
    }),
    freshnessBoundMs: config.freshness.boundMs,
    probeIntervalMs: config.freshness.probeIntervalMs,
    databaseBoundMs: config.capture.boundMs,
    settleMs: config.policy.settleMs,
    upstreamTimeoutMs: config.upstream.timeoutMs,
    purgeLog: {
      maxBytes: config.limits.purgeLogBytes,
      tableBytes: config.limits.purgeTableBytes,
      retainSeconds: () =>
        (observers.longestServed() ?? config.policy.maxAgeLimit) + config.policy.staleIfError,
    },
    memoryCacheBytes,
    maxEntryBytes,
    leases: { leaseMs, patienceMs: config.upstream.timeoutMs },
    onSuspended: (milliseconds) =>
      log.warn(
        { suspendedMs: Math.round(milliseconds) },
        'this machine was suspended, or its clock was set forward: nothing is served from the cache until the region is proven again',
      ),
    onState: (state, reason) => {
      observers.onState(state);
      tellRegion(state, reason);
    },
    onTracedPurge: (trace, position) => observers.tracer?.arrived(trace, formatPosition(position)),
    counted: {
      redisTook: (call, ms) => observers.metrics().region.redisTook(call, ms),
      purgeArrived: (ms) => observers.metrics().region.purgeArrived(ms),
      leaseFared: (how) => observers.metrics().region.leaseFared(how),
    },
    onOtherVersion: ({ code, message, remedy }) => log.warn({ code, remedy }, message),
    onStoreFault: ({ during, kind, message }) => {
      observers.metrics().storeFault(during, kind);
      log.debug({ during, kind, message }, 'the cache Redis failed');
    },
  };
}
