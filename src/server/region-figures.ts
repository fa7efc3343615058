import { Counter, Gauge, type Registry } from 'prom-client';
import { LEASE_OUTCOMES, type LeaseOutcome } from '../cache/leases';
import type { PurgeStats } from '../purge/purges';
import type { Region, RegionCounts } from '../region/region';
import type { RedisCall } from '../report/redis-places';
import { LatencyHistogram } from './latency-histogram';

/** Of a region what its figures are read from when they are asked for. */
export type MeasuredRegion = Pick<Region, 'near' | 'far' | 'purges'>;

const REDIS_CALLS = ['read', 'write', 'lease', 'append', 'probe'] as const satisfies readonly RedisCall[];

/** Figures of what a region's process knows, keeps and is told: of purges, entries and leases. */
export class RegionFigures implements RegionCounts {
  readonly #redisSeconds: LatencyHistogram<RedisCall>;
  readonly #arrivalSeconds: LatencyHistogram<'purge'>;
  readonly #leases: Counter;

  constructor(registry: Registry, { near, far, purges }: MeasuredRegion) {
    const registers = [registry];
    this.#redisSeconds = new LatencyHistogram(
      {
        name: 'lastmile_redis_seconds',
        help: 'Time of calls to Redis, answered or not. read, write and lease concern entries, in the region; append and probe the purge log, on the primary',
        label: 'call',
        registers,
      },
      REDIS_CALLS,
    );
    this.#arrivalSeconds = new LatencyHistogram(
      {
        name: 'lastmile_purge_arrival_seconds',
        help: 'Time from appending a purge on the primary until the log brought it here, for the last one before each probe of the primary. No clocks are compared: it is exact to half the time of lastmile_redis_seconds{call="probe"}',
        registers,
      },
      ['purge'],
    );
    this.#leases = new Counter({
      name: 'lastmile_leases_total',
      help: 'Misses that requested the lease of their key. held: this process asked upstream; found: another did; futile: another did, and its answer was not stored; unleased: asked upstream without a lease',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of LEASE_OUTCOMES) this.#leases.inc({ outcome }, 0);
    new Gauge({
      name: 'lastmile_redis_breaker_open',
      help: '1 while the circuit breaker of the Redis that stores entries is open, because calls failed',
      labelNames: ['call'],
      registers,
      collect() {
        if (!far) return;
        for (const call of ['read', 'write'] as const) this.set({ call }, far.isStopped(call) ? 1 : 0);
      },
    });
    gauge('lastmile_memory_entries', 'Entries kept in this process', () => near.size);
    gauge('lastmile_memory_bytes', 'Bytes they take', () => near.bytes);
    gauge('lastmile_cache_off', '1 while the cache is switched off', () =>
      purges.cacheSwitch.current.serve ? 0 : 1,
    );
    gauge(
      'lastmile_cache_off_operations',
      'Operation names that are switched off',
      () => purges.cacheSwitch.current.without.length,
    );
    gauge(
      'lastmile_purge_log_bytes',
      'Memory the purge log takes on the primary, as of the previous scrape: see PURGE_LOG_BYTES',
      () => purges.logSize(),
    );
    purgeFigure('lastmile_purge_table_rows', 'Tags whose last purge is known', ({ rows }) => rows);
    purgeFigure(
      'lastmile_purge_table_folded',
      'Tags whose last purge is known only approximately, for lack of room: see PURGE_TABLE_BYTES',
      ({ rowsFolded }) => rowsFolded,
    );
    purgeFigure('lastmile_purge_table_bytes', 'Memory of the purge table', (s) => s.tableBytes);
    purgeFigure(
      'lastmile_purge_position_seq',
      'Last record applied, within its epoch',
      (s) => s.position.seq,
    );
    purgeFigure(
      'lastmile_purge_position_epoch',
      'Epoch of the log that is followed',
      (s) => s.position.epoch,
    );
    purgeFigure(
      'lastmile_freshness_age_seconds',
      'Time since the purge table was last proven current',
      (s) => s.provenAgo / 1000,
    );
    purgeFigure(
      'lastmile_database_age_seconds',
      'For how long changes of the database may be missing; 0 without CAPTURE_REQUIRED',
      (s) => (s.databaseProvenAgo ?? 0) / 1000,
    );
    purgeCounter(
      'lastmile_purge_gaps_total',
      'Times records were missing in the copy of the log',
      (s) => s.gaps,
    );
    purgeCounter('lastmile_purge_runs_total', 'Times the log began a new epoch', (s) => s.newEpochs);
    purgeCounter(
      'lastmile_purge_copies_replaced_total',
      'Times the copy of the log was replaced and read again',
      (s) => s.replicasReplaced,
    );
    purgeFigure(
      'lastmile_purges_unacknowledged',
      'Tags whose purge is being retried',
      (s) => s.tagsNotAcknowledged,
    );
    purgeCounter('lastmile_probes_total', 'Questions to the primary', (s) => s.probes);
    purgeCounter('lastmile_probes_unanswered_total', 'Those without an answer', (s) => s.probesUnanswered);
    purgeCounter(
      'lastmile_purges_appended_total',
      'Appends the primary acknowledged at once',
      (s) => s.appends,
    );
    purgeCounter(
      'lastmile_purges_not_acknowledged_total',
      'Appends it did not; each is retried',
      (s) => s.appendsNotAcknowledged,
    );
    new Gauge({
      name: 'lastmile_region_state',
      help: '1 for the state the region is in',
      labelNames: ['state', 'reason'],
      registers,
      collect() {
        this.reset();
        const { state, reason } = purges.stats();
        this.set({ state, reason }, 1);
      },
    });

    function gauge(name: string, help: string, read: () => number | undefined): void {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          const value = read();
          if (value !== undefined) this.set(value);
        },
      });
    }

    function purgeCounter(name: string, help: string, read: (stats: PurgeStats) => number): void {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read(purges.stats()));
        },
      });
    }

    function purgeFigure(name: string, help: string, read: (stats: PurgeStats) => number): void {
      gauge(name, help, () => read(purges.stats()));
    }
  }

  readonly redisTook = (call: RedisCall, ms: number): void => this.#redisSeconds.add(call, ms / 1000);

  readonly purgeArrived = (ms: number): void => this.#arrivalSeconds.add('purge', ms / 1000);

  readonly leaseFared = (outcome: LeaseOutcome): void => this.#leases.inc({ outcome });
}
