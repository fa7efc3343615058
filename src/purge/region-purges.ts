import { DatabaseProof } from './database-proof';
import { ReplicaCoverage } from './replica-coverage';
import type { DatabasePosition } from './database-position';
import { LastmileError } from '../report/error';
import type { Follower, PurgeLog, Purge, PurgeRecord } from './log';
import { hasReached, nextPosition, type Position } from './position';
import { NoopSchedule } from './noop-schedule';
import { Prober } from './prober';
import { FreshnessProof, type Probe, type ProofStep } from './proof';
import type { Purges, PurgeStats, RegionState, StateReason } from './purges';
import { PurgeArrivals } from './arrivals';
import { AppendRetry } from './append-retry';
import { CacheSwitch } from './cache-switch';
import { RegionStateTracker } from './region-state';
import { PurgeTable } from './table';
import { Waiters } from './waiters';

/** Milliseconds in which the primary answers and nothing is proven, until there may be another behind its name, or the copy's. */
const STUCK_MS = 3_000;

export interface PurgesOptions {
  readonly log: PurgeLog;
  /** monotonic milliseconds, for example `performance.now()` */
  readonly now: () => number;
  /** for how many milliseconds after it was shown to be current the table may be served by */
  readonly freshnessBoundMs: number;
  /** milliseconds between two questions to the primary */
  readonly probeIntervalMs: number;
  /** for how many milliseconds after a database was known nothing older is served; undefined: nothing has to be known of one */
  readonly databaseBoundMs?: number | undefined;
  /** see {@link PurgeTable}; default 128 MiB */
  readonly tableBytes?: number;
  /** Called when the state, or the reason for it, has changed. */
  readonly onState?: (state: RegionState, reason: StateReason) => void;
  /** Told of a purge that was made in a trace, once the log has brought it. Must not throw. */
  readonly onTraced?: (trace: string, position: Position) => void;
  /** Told how long a purge took from the primary to here: see {@link PurgeArrivals}. Must not throw. */
  readonly onArrival?: (ms: number) => void;
  /** Called once when a gateway of an earlier protocol writes to the log. Must not throw. */
  readonly onOlder?: () => void;
}

/** Log, table and proof of one region, put together. */
export function createPurges(options: PurgesOptions): Purges {
  return new RegionPurges(
    options,
    new PurgeTable(options.tableBytes),
    new FreshnessProof(options.freshnessBoundMs),
  );
}

export class RegionPurges implements Purges {
  readonly table: PurgeTable;
  readonly cacheSwitch: CacheSwitch;
  readonly log: PurgeLog;
  readonly coverage = new ReplicaCoverage();
  readonly #now: () => number;
  readonly #boundMs: number;
  readonly #databaseBoundMs: number;
  readonly #proof: FreshnessProof;
  readonly #database: DatabaseProof | undefined;
  readonly #prober: Prober;
  readonly #arrivals: PurgeArrivals;
  readonly #onTraced: PurgesOptions['onTraced'];
  readonly #state: RegionStateTracker;
  readonly #retry: AppendRetry;
  readonly #noops = new NoopSchedule();
  readonly #waiters = new Waiters();
  readonly #counts = { records: 0, gaps: 0, newEpochs: 0, replicasReplaced: 0, replicasAhead: 0, faults: 0 };
  readonly #appended = { appends: 0, appendsNotAcknowledged: 0, noops: 0 };
  /** undefined once it was told */
  #onOlder: (() => void) | undefined;
  #replicaFault: Error | undefined;
  #probeFault: Error | undefined;
  /** since when answers of the primary have proven nothing */
  #stuckSince: number | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #databaseExpiry: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #onRecord = new Set<(record: PurgeRecord) => void>();
  #appending = 0;

  /** Use {@link createPurges}; tests hand in a table or a proof of their own. */
  constructor(options: PurgesOptions, table: PurgeTable, proof: FreshnessProof) {
    const { log, now, probeIntervalMs: intervalMs } = options;
    this.table = table;
    this.cacheSwitch = new CacheSwitch(log);
    this.log = log;
    this.#now = now;
    this.#boundMs = options.freshnessBoundMs;
    this.#onOlder = options.onOlder;
    this.#proof = proof;
    this.#database =
      options.databaseBoundMs === undefined ? undefined : new DatabaseProof(options.databaseBoundMs);
    this.#databaseBoundMs = options.databaseBoundMs ?? 0;
    const proofs = { proof, database: this.#database };
    this.#state = new RegionStateTracker(table, proofs, options.onState ?? (() => {}));
    this.#retry = new AppendRetry(log, (position, purges) => this.applyAhead(position, purges));
    const onStep = this.#step.bind(this);
    const onAnswer = this.#answered.bind(this);
    this.#onTraced = options.onTraced;
    this.#arrivals = new PurgeArrivals(options.onArrival ?? (() => {}));
    this.#prober = new Prober({
      log,
      table,
      proof,
      now,
      intervalMs,
      onAnswer,
      onStep,
      arrivals: this.#arrivals,
    });
  }

  isProven(now: number): boolean {
    return this.#state.isProven(now);
  }

  state(now: number): RegionState {
    return this.#state.state(now);
  }

  async append(purges: readonly Purge[], trace?: string): Promise<Position> {
    this.#applyHere(purges);
    this.#appending++;
    try {
      const position = await this.log.append(purges, trace);
      this.#appended.appends++;
      this.applyAhead(position, purges);
      return position;
    } catch (cause) {
      this.#appended.appendsNotAcknowledged++;
      this.#retry.add(purges);
      this.#applyHere(purges);
      throw cause instanceof LastmileError
        ? cause
        : new LastmileError('PURGE_NOT_ACKNOWLEDGED', undefined, { cause });
    } finally {
      this.#appending--;
    }
  }

  get hasUnacknowledged(): boolean {
    return this.#appending > 0 || this.#retry.size > 0;
  }

  applyAhead(position: Position, purges: readonly Purge[] | undefined): void {
    if (purges) this.table.applyAhead(position, purges);
    else this.table.awaitPosition(position);
    // Whether that epoch is to come or is over only the primary knows; until it has said so nothing is served.
    if (position.epoch !== this.table.position.epoch) this.#prober.probe();
  }

  reached(position: Position, withinMs: number): Promise<boolean> {
    if (hasReached(this.table.position, position)) return Promise.resolve(true);
    if (this.#closed || withinMs <= 0) return Promise.resolve(false);
    return this.#waiters.wait(position, withinMs);
  }

  latestPositionSince(since: number): Position | undefined {
    return this.log.neverLags ? this.table.position : this.#prober.askedSince(since);
  }

  async latestPosition(withinMs: number): Promise<Position | undefined> {
    return this.log.neverLags ? this.table.position : this.#prober.ask(withinMs);
  }

  get lookMark(): string | undefined {
    return this.log.lookMark;
  }

  onRecord(callback: (record: PurgeRecord) => void): () => void {
    this.#onRecord.add(callback);
    return () => this.#onRecord.delete(callback);
  }

  async start(): Promise<void> {
    this.#state.look(this.#now());
    // Where nothing can lag there is nothing to ask: it is proven for ever.
    if (this.log.neverLags) this.#proof.proveForEver();
    await this.log.follow(this.#follower);
    if (!this.log.neverLags || this.#database) this.#prober.start();
    this.#state.look(this.#now());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#prober.close();
    clearTimeout(this.#expiry);
    clearTimeout(this.#databaseExpiry);
    this.#waiters.end();
    await this.#retry.close();
    await this.log.close();
  }

  logSize(): number | undefined {
    return this.log.size();
  }

  stats(): PurgeStats {
    const now = this.#now();
    return {
      ...this.#counts,
      ...this.#appended,
      state: this.#state.state(now),
      reason: this.#state.reason(now),
      fault: this.#replicaFault ?? this.#probeFault,
      position: this.table.position,
      floor: this.table.floor,
      primaryPosition: this.#prober.last,
      provenAgo: Math.max(0, now - this.#proof.provenAt),
      databaseProvenAgo: this.#database && now - this.#database.provenAt,
      rows: this.table.size,
      rowsFolded: this.table.folded,
      tableBytes: this.table.bytes,
      probes: this.#prober.sent,
      probesUnanswered: this.#prober.unanswered,
      retries: this.#retry.attempts,
      tagsNotAcknowledged: this.#retry.size,
      waiting: this.#waiters.size,
    };
  }

  /** Its position is not known yet, so here it counts as the next one: nothing asked until now survives it. */
  #applyHere(purges: readonly Purge[]): void {
    this.table.applyAhead(nextPosition(this.table.position), purges);
  }

  readonly #follower: Follower = {
    restart: (records) => this.#restart(records),
    record: (record) => this.#record(record),
    history: (records) => this.#history(records),
    fault: (error) => {
      this.#replicaFault = error;
      if (error) this.#counts.faults++;
    },
  };

  #restart(records: readonly PurgeRecord[]): void {
    const replaced = this.table.position.epoch !== 0;
    this.table.restart(records);
    this.#counts.records += records.length;
    if (replaced) {
      this.#counts.replicasReplaced++;
      this.#lost('copy-replaced');
    }
    this.#advanced();
  }

  #history(records: readonly PurgeRecord[]): boolean {
    this.#counts.records += records.length;
    return this.table.learnBefore(records);
  }

  #record(record: PurgeRecord): void {
    const { epoch } = this.table.position;
    this.#counts.records++;
    // Of what was retained from before it is known that it was, and nothing is to be done.
    if (record.isOlder && this.#state.everProven) {
      this.#onOlder?.();
      this.#onOlder = undefined;
    }
    // It may tell of an order.
    if (record.purges.length > 0) this.#arrivals.applied(record.position, this.#now());
    else if (!record.known) this.#prober.probe();
    if (!this.table.apply(record) && epoch !== 0) {
      const gap = record.position.epoch === epoch;
      if (gap) this.#counts.gaps++;
      else this.#counts.newEpochs++;
      this.#lost(gap ? 'gap' : 'new-run');
    }
    this.#advanced();
    if (record.known) this.#known(record.position, record.known, record.database);
    if (record.trace !== undefined) this.#onTraced?.(record.trace, record.position);
    for (const callback of this.#onRecord) callback(record);
  }

  #known(at: Position, asOf: Position, database: DatabasePosition | undefined): void {
    if (database) this.coverage.known(at, asOf, database);
    this.#database?.known(at, asOf);
    this.#databaseMoved();
  }

  #answered({ askedAt }: Probe, last: Position): void {
    this.coverage.answered(askedAt, last);
    this.#database?.answered(askedAt, last, this.#now());
    this.#databaseMoved();
  }

  #databaseMoved(): void {
    if (!this.#database || this.#closed) return;
    const now = this.#now();
    clearTimeout(this.#databaseExpiry);
    const left = this.#databaseBoundMs - (now - this.#database.provenAt);
    if (left > 0) this.#databaseExpiry = setTimeout(() => this.#state.look(this.#now()), left + 1);
    this.#state.look(now);
  }

  /** The state that the proof was about is gone: it probes again, at once. */
  #lost(reason: StateReason): void {
    if (this.log.neverLags) return;
    this.#proof.withdraw();
    this.coverage.withdraw();
    this.#database?.withdraw();
    this.#state.lost(reason, this.#now());
    this.#state.look(this.#now());
    if (reason !== 'copy-ahead') this.#prober.probe();
  }

  #advanced(): void {
    const { position } = this.table;
    const settled = this.#proof.advanced(position);
    if (settled) this.#proven(settled);
    this.#waiters.reached(position);
  }

  #step(step: ProofStep | 'unanswered', probe: Probe, error?: unknown): void {
    // The primary is back: what it has not acknowledged need not wait any longer.
    if (this.#probeFault && step !== 'unanswered') this.#retry.now();
    this.#probeFault = step === 'unanswered' ? (error as Error) : undefined;
    // In the same turn as the proof: nothing is served by a proof without the order that came with it.
    if (step !== 'unanswered') this.cacheSwitch.learn(this.log.heldOrder);
    if (step === 'proven') this.#proven(probe);
    else if (step === 'waiting') this.#behind();
    else if (step === 'copy-ahead') this.#ahead();
    else this.#state.doubt(step === 'unanswered' ? 'primary-unreachable' : 'other-primary');
    if (step === 'waiting' || step === 'other-primary') this.#stuck();
    this.#state.look(this.#now());
  }

  #stuck(): void {
    this.#stuckSince ??= this.#now();
    if (this.#now() - this.#stuckSince >= STUCK_MS) this.log.redial();
  }

  #proven(probe: Probe): void {
    const now = this.#now();
    this.#stuckSince = undefined;
    this.table.stopAwaiting(probe.version);
    this.#state.doubt(this.#replicaFault ? 'copy-unreadable' : 'copy-behind');
    this.#state.look(now);
    clearTimeout(this.#expiry);
    if (this.#closed) return;
    const left = this.#boundMs - (now - probe.askedAt);
    this.#expiry = setTimeout(() => this.#state.look(this.#now()), left + 1);
    if (this.table.isAboveFloor) this.#noops.settled();
    else this.#appendNoop(0);
  }

  #behind(): void {
    this.#state.doubt(this.#replicaFault ? 'copy-unreadable' : 'copy-behind');
    this.#appendNoop(this.#boundMs);
  }

  /** A write to the copy took the id of a record to come. Nothing is trusted until the log has passed it. */
  #ahead(): void {
    this.#counts.replicasAhead++;
    this.table.distrustBefore(nextPosition(this.table.position));
    this.#lost('copy-ahead');
    this.#appendNoop(0);
  }

  #appendNoop(patience: number): void {
    if (!this.#noops.takeTurn(this.#now(), patience)) return;
    this.log.append([]).then(
      () => {
        this.#appended.noops++;
        this.#prober.probe();
      },
      // The next question to the primary fails as well and says so; the schedule tries again.
      () => {},
    );
  }
}
