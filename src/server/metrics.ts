import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { PrimaryRead } from '../gateway/read-replica';
import { VERIFIED, type Verified } from '../gateway/verifier';
import { PRIMARY_OUTCOMES, type PrimaryOutcome } from '../gateway/warm/primary-misses';
import { WARM_RESULTS, type WarmResult } from '../gateway/warm/warmer';
import { LatencyHistogram } from './latency-histogram';
import {
  type AnswerOutcome,
  MOST_OPERATIONS,
  OperationCounts,
  OTHER,
  outcomeOf,
  OUTCOMES,
  UNNAMED,
} from './operation-counts';
import type { CacheStatus } from '../report/cache-status';
import { formatPosition } from '../purge/position';
import type { CaptureStats } from '../capture/capture';
import type { PurgeStats } from '../purge/purges';
import type { CallOutcome } from '../upstream/timed-upstream';
import type { LookCause, Look, SchemaKeeper } from '../schema/schema-keeper';
import { type MeasuredRegion, RegionFigures } from './region-figures';

/** What the metrics are read from at a scrape. */
export interface Measured {
  readonly region: MeasuredRegion;
  readonly schema: () => Pick<SchemaKeeper, 'kept' | 'confirmedAt'>;
  /** monotonic milliseconds */
  readonly now: () => number;
}

/**
 * Figures for Prometheus. A request costs one addition to a plain number: names and labels are put to it when the
 * figures are asked for.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #answers = new Map<string, { count: number; readonly labels: Record<string, string> }>();
  /** of what the region knows, keeps and is told */
  readonly region: RegionFigures;
  /** how many WebSockets are open; known once there is a front */
  openSockets = (): number => 0;
  #hits = 0;
  readonly #operations = new OperationCounts();
  readonly #answerSeconds: LatencyHistogram<AnswerOutcome>;
  readonly #upstreamSeconds: LatencyHistogram<CallOutcome>;
  readonly #primarySeconds: LatencyHistogram<PrimaryOutcome>;
  readonly #storeFaults: Counter;
  readonly #purgeRequests: Counter;
  readonly #changes: Counter;
  readonly #cdnPurges: Counter;
  #cdnWaiting = (): number => 0;
  readonly #mutationPurges: Counter;
  readonly #schemaLooks: Counter;
  readonly #verified: Counter;
  readonly #warmed: Counter;
  readonly #upstreamReads: Counter;

  constructor(region: string, measured: Measured) {
    this.registry.setDefaultLabels({ region });
    collectDefaultMetrics({ register: this.registry });
    const registers = [this.registry];
    this.region = new RegionFigures(this.registry, measured.region);
    const answers = this.#answers;
    const hits = () => this.#hits;
    new Counter({
      name: 'lastmile_requests_total',
      help: 'Answered operations, in the words of Cache-Status',
      labelNames: ['outcome', 'fwd', 'detail', 'stored', 'collapsed'],
      registers,
      collect() {
        this.reset();
        if (hits() > 0) this.inc({ outcome: 'hit' }, hits());
        for (const { count, labels } of answers.values()) this.inc(labels, count);
      },
    });
    const operations = this.#operations;
    new Counter({
      name: 'lastmile_operations_total',
      help: `Answered operations, by the name that their clients give them: the first ${MOST_OPERATIONS} names, and "${OTHER}"`,
      labelNames: ['operation', 'outcome', 'reason'],
      registers,
      collect() {
        this.reset();
        for (const { count, labels } of operations) this.inc(labels, count);
      },
    });
    this.#answerSeconds = new LatencyHistogram(
      {
        name: 'lastmile_answer_seconds',
        help: 'Time from the arrival of a request until its answer could be sent, by outcome',
        label: 'outcome',
        registers,
      },
      OUTCOMES,
    );
    this.#upstreamSeconds = new LatencyHistogram(
      {
        name: 'lastmile_upstream_seconds',
        help: 'Time of calls upstream, retries included; for a streamed answer until it began',
        label: 'outcome',
        registers,
      },
      ['answered', 'failed'],
    );
    this.#primarySeconds = new LatencyHistogram(
      {
        name: 'lastmile_primary_seconds',
        help: "What asking the primary region's cache for a miss took: it was given, there was none in time, or it was measured and no client waited",
        label: 'outcome',
        registers,
      },
      PRIMARY_OUTCOMES,
    );
    gauge('lastmile_sockets', 'WebSockets that are open', () => this.openSockets());
    this.#storeFaults = new Counter({
      name: 'lastmile_store_faults_total',
      help: 'Faults of the Redis that stores entries; each was a miss',
      labelNames: ['during', 'kind'],
      registers,
    });

    this.#schemaLooks = new Counter({
      name: 'lastmile_schema_looks_total',
      help: 'Times the schema was read, by cause and outcome',
      labelNames: ['cause', 'outcome'],
      registers,
    });
    new Gauge({
      name: 'lastmile_schema_info',
      help: '1 for the version of the schema in use',
      labelNames: ['version'],
      registers,
      collect() {
        this.reset();
        const { kept } = measured.schema();
        if (kept) this.set({ version: kept.version }, 1);
      },
    });
    new Gauge({
      name: 'lastmile_schema_confirmed_age_seconds',
      help: 'Time since the schema in use was last confirmed by upstream and the files',
      registers,
      collect() {
        this.reset();
        const { confirmedAt } = measured.schema();
        if (confirmedAt !== undefined) this.set((measured.now() - confirmedAt) / 1000);
      },
    });
    this.#mutationPurges = new Counter({
      name: 'lastmile_purges_total',
      help: 'Mutations that purged something, by their field; equal ones at the same time may be one record',
      labelNames: ['mutation'],
      registers,
    });
    this.#cdnPurges = new Counter({
      name: 'lastmile_cdn_purges_total',
      help: 'Calls of the purge API of a CDN in front, by result: see CDN_PURGE_URL',
      labelNames: ['outcome'],
      registers,
    });
    gauge('lastmile_cdn_keys_waiting', 'Keys that a CDN in front has yet to be told to purge', () =>
      this.#cdnWaiting(),
    );
    this.#purgeRequests = new Counter({
      name: 'lastmile_purge_requests_total',
      help: 'Requests to the purge API, by result',
      labelNames: ['outcome'],
      registers,
    });
    this.#changes = new Counter({
      name: 'lastmile_changes_total',
      help: 'Change records sent to POST /changes, by result',
      labelNames: ['outcome'],
      registers,
    });
    this.#verified = new Counter({
      name: 'lastmile_verified_total',
      help: 'Hits compared with what upstream says now, by result: see VERIFY_SAMPLE',
      labelNames: ['result'],
      registers,
    });
    // Prometheus takes a counter that begins at 1 for one that did not grow.
    for (const result of VERIFIED) this.#verified.inc({ result }, 0);
    this.#warmed = new Counter({
      name: 'lastmile_warmed_total',
      help: 'Answers to be warmed before a client asks, by result; of those stored, later, whether they were used or wasted',
      labelNames: ['result'],
      registers,
    });
    for (const result of WARM_RESULTS) this.#warmed.inc({ result }, 0);
    this.#upstreamReads = new Counter({
      name: 'lastmile_upstream_reads_total',
      help: 'With UPSTREAM_READ_URL: misses, by who answered them, and why that was the primary',
      labelNames: ['from', 'reason'],
      registers,
    });

    function gauge(name: string, help: string, read: () => number): void {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    }
  }

  /**
   * Counts an answer. On the hit path: nothing here may allocate for a plain hit.
   * @param status undefined: of an error of the gateway's own
   * @param tookMs milliseconds since its request was here
   */
  readonly observe = (status: CacheStatus | undefined, tookMs: number, operation = UNNAMED): void => {
    const outcome = outcomeOf(status);
    this.#answerSeconds.add(outcome, tookMs / 1000);
    this.#operations.add(operation, outcome, status?.why ?? '');
    if (!status) return;
    if (status.kind === 'hit' && !status.why) {
      this.#hits++;
      return;
    }
    const { stored = false, collapsed = false } = status.kind === 'hit' ? {} : status;
    const name = status.kind === 'hit' ? status.why! : `${status.fwd} ${status.why} ${stored} ${collapsed}`;
    const known = this.#answers.get(name);
    if (known) known.count++;
    else this.#answers.set(name, { count: 1, labels: labelsOf(status) });
  };

  /** Keeps in which trace an answer took so long: {@link observe} has counted it. */
  readonly observeTrace = (status: CacheStatus | undefined, tookMs: number, traceId: string): void =>
    this.#answerSeconds.exemplify(outcomeOf(status), tookMs / 1000, traceId);

  readonly upstreamTook = (outcome: CallOutcome, ms: number): void =>
    this.#upstreamSeconds.add(outcome, ms / 1000);

  readonly primaryTook = (outcome: PrimaryOutcome, ms: number): void =>
    this.#primarySeconds.add(outcome, ms / 1000);

  /** Counts a miss that a replica was to answer. @param why it did not; undefined: it did */
  readUpstream(why: PrimaryRead | undefined): void {
    this.#upstreamReads.inc({ from: why === undefined ? 'replica' : 'primary', reason: why ?? '' });
  }

  /** @param mutation a field of the mutation type */
  mutationPurged(mutation: string): void {
    this.#mutationPurges.inc({ mutation });
  }

  /** @param outcome `purged`, `repeated`, or the code of an error, in lower case */
  purgeRequest(outcome: string): void {
    this.#purgeRequests.inc({ outcome });
  }

  /** @param outcome see `ChangesApi`, or the code of an error, in lower case */
  change(outcome: string): void {
    this.#changes.inc({ outcome });
  }

  verified(result: Verified): void {
    this.#verified.inc({ result });
  }

  warmed(result: WarmResult): void {
    this.#warmed.inc({ result });
  }

  schemaLook(outcome: Look['kind'], cause: LookCause): void {
    this.#schemaLooks.inc({ cause, outcome });
  }

  /** Counts a call of the purge API of a CDN in front. */
  cdnPurge(outcome: 'sent' | 'failed'): void {
    this.#cdnPurges.inc({ outcome });
  }

  /** @param waiting keys that the CDN is still to be told of */
  watchCdn(waiting: () => number): void {
    this.#cdnWaiting = waiting;
  }

  /** Figures of the database's log that this process reads, or stands by for. */
  watchCapture(stats: () => CaptureStats): void {
    const figure = (name: string, help: string, value: (stats: CaptureStats) => number): void => {
      const isCounter = name.endsWith('_total');
      const collect = function (this: Gauge | Counter): void {
        this.reset();
        this.inc(value(stats()));
      };
      const options = { name, help, registers: [this.registry], collect };
      if (isCounter) new Counter(options);
      else new Gauge(options);
    };
    figure('lastmile_capture_reads', '1 in the process that reads the log of the database', (s) =>
      s.state === 'capturing' ? 1 : 0,
    );
    figure('lastmile_capture_transactions_total', 'Commits read', (s) => s.transactions);
    figure('lastmile_capture_changes_total', 'Changed rows read', (s) => s.changes);
    figure('lastmile_capture_tags_total', 'Tags purged for them', (s) => s.tags);
    figure(
      'lastmile_capture_tags_again_total',
      'Tags purged once more, because their change was not visible at first',
      (s) => s.tagsAgain,
    );
    figure(
      'lastmile_capture_purged_all_total',
      'Times everything was purged, because it was unknown what had changed',
      (s) => s.purgedAll,
    );
    figure(
      'lastmile_capture_lag_bytes',
      "Bytes of the database's log that are not yet turned into purges",
      (s) => s.lagBytes ?? 0,
    );
    figure(
      'lastmile_capture_held_bytes',
      'Bytes of its log that the database keeps on disk for the slot: see max_slot_wal_keep_size',
      (s) => s.heldBytes ?? 0,
    );
  }

  storeFault(during: string, kind: string): void {
    this.#storeFaults.inc({ during, kind });
  }
}

function labelsOf(status: CacheStatus): Record<string, string> {
  if (status.kind === 'hit') return { outcome: 'stale', detail: status.why! };
  const { fwd, why, stored = false, collapsed = false } = status;
  return {
    outcome: 'forwarded',
    fwd,
    detail: why,
    stored: String(stored),
    collapsed: String(collapsed),
  };
}

/** Where a region stands, in one line for logs and probes. */
export function describeState({ state, reason, position }: PurgeStats): string {
  return `${state} (${reason}) at ${formatPosition(position)}`;
}
