import type { CacheSwitch } from './cache-switch';
import type { Position } from './position';
import type { CaptureLog, Purge, PurgeRecord } from './log';
import type { ReplicaCoverage } from './replica-coverage';
import type { PurgeTable } from './table';

/**
 * starting   the table was not yet shown to be current with the log
 * proven     the table was shown to be current within the bound: entries may be served
 * unproven   it was proven once, and is not now: everything goes upstream
 * cold       proven, but what the region knew was lost within the last minute, or is not trusted until the next
 *            record: entries are being filled again
 */
export type RegionState = 'starting' | 'proven' | 'unproven' | 'cold';

/**
 * current              proven, and nothing else to say
 * not-asked            the primary has not been asked yet
 * primary-unreachable  the primary does not answer
 * other-primary        the primary that answers is of an earlier run than the copy follows: two primaries, or a wrong address
 * copy-unreadable      the region's copy of the log cannot be read
 * copy-behind          the region's copy lacks records the primary holds
 * copy-ahead           the region's copy had records that the primary does not have: something wrote to the copy
 * gap                  records are missing in the copy: it dropped them
 * new-run              the log has begun a new run: its primary was restarted or replaced
 * copy-replaced        the copy was loaded again
 * database-unknown     CAPTURE_REQUIRED: it is not known that the database's changes of longer ago than the bound are in the log
 */
export type StateReason =
  | 'current'
  | 'not-asked'
  | 'primary-unreachable'
  | 'other-primary'
  | 'copy-unreadable'
  | 'copy-behind'
  | 'copy-ahead'
  | 'gap'
  | 'new-run'
  | 'copy-replaced'
  | 'database-unknown';

/** What a region knows of purges, and what it can prove. The gateway's one door to the purge log. */
export interface Purges {
  readonly table: PurgeTable;

  /** Which part of the log a replica of the captured database covers. */
  readonly coverage: ReplicaCoverage;

  /** The log itself, for who sees to it that all is appended. */
  readonly log: CaptureLog;

  /** Whether the caches of all regions are to be used. */
  readonly cacheSwitch: CacheSwitch;

  /** True while the table was current at most the freshness bound ago. @param now monotonic milliseconds */
  isProven(now: number): boolean;

  state(now: number): RegionState;

  /**
   * Applies to the local table, before this returns, and appends to the log. Resolves when the primary acknowledged.
   * @param trace the `traceparent` of the trace they are made in
   * @throws LastmileError PURGE_NOT_ACKNOWLEDGED; the purge is applied here all the same, and goes on being retried in
   *   the background until it is acknowledged
   */
  append(purges: readonly Purge[], trace?: string): Promise<Position>;

  /**
   * Applies here what another gateway appended, before the log brings it.
   * @param purges undefined: not known; nothing is served from the cache until the log has brought the position
   */
  applyAhead(position: Position, purges: readonly Purge[] | undefined): void;

  /** True while a purge that was made here has no position yet: by which answers of other regions' gateways it cannot be judged. */
  readonly hasUnacknowledged: boolean;

  /** Resolves true once the local table has reached a position, false when that took longer than `withinMs`. Never throws. */
  reached(position: Position, withinMs: number): Promise<boolean>;

  /**
   * A position that every purge acknowledged before `since` is at or before. An answer of upstream may show changes
   * whose purges have not reached this region yet; this bounds them.
   * @param since monotonic milliseconds
   * @returns undefined when the primary was not probed since then: see {@link latestPosition}
   */
  latestPositionSince(since: number): Position | undefined;

  /** The same as of now, asked of the primary. Undefined when that takes longer, or usually does. Never rejects. */
  latestPosition(withinMs: number): Promise<Position | undefined>;

  /** What changes while a dashboard shows all regions: see `PurgeLog`. */
  readonly lookMark: string | undefined;

  /** Calls back with each record that the log brings here, once it is applied. @returns a function that ends this */
  onRecord(callback: (record: PurgeRecord) => void): () => void;

  /** Figures for metrics. */
  stats(): PurgeStats;

  /** Bytes of the log on the primary: see `PurgeLog`. */
  logSize(): number | undefined;

  /** Begins to follow the log. Does not wait for it: see {@link state}. */
  start(): Promise<void>;

  /** Tries a last time to append what was not acknowledged, and ends. */
  close(): Promise<void>;
}

/** Counts are since the start. */
export interface PurgeStats {
  readonly state: RegionState;
  readonly reason: StateReason;
  /** why the copy cannot be read, or the primary not asked, while that is so; for the log, never for clients */
  readonly fault: Error | undefined;
  readonly position: Position;
  readonly floor: Position;
  /** what the primary said its last position was, when it was last asked */
  readonly primaryPosition: Position | undefined;
  /** milliseconds since the table was last shown to be current; Infinity for never, 0 where nothing can lag */
  readonly provenAgo: number;
  /** milliseconds since when the database's changes may be missing; undefined where that is not asked for */
  readonly databaseProvenAgo: number | undefined;
  /** tags of which it is known when they were purged last */
  readonly rows: number;
  /** tags of which that is known but roughly, since there was no room; in the present epoch of the log */
  readonly rowsFolded: number;
  /** memory of both */
  readonly tableBytes: number;
  /** records the log brought */
  readonly records: number;
  /** times the table had to begin again, by why */
  readonly gaps: number;
  readonly newEpochs: number;
  readonly replicasReplaced: number;
  readonly replicasAhead: number;
  readonly probes: number;
  readonly probesUnanswered: number;
  /** appends acknowledged at once, and those that were not */
  readonly appends: number;
  readonly appendsNotAcknowledged: number;
  /** background attempts for those, and tags still not acknowledged */
  readonly retries: number;
  readonly tagsNotAcknowledged: number;
  readonly noops: number;
  /** times the copy could not be read */
  readonly faults: number;
  /** requests that wait for a position now */
  readonly waiting: number;
}
