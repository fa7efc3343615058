import type { CacheOrder } from './cache-order';
import type { Captured } from './captured';
import type { DatabasePosition } from './database-position';
import type { Position } from './position';
import type { Tag } from './tag';

/**
 * The step of the purge log's protocol that this version speaks: see PROTOCOL.md. It is part of every entry's key,
 * so that entries whose tags an earlier or later version made are not trusted.
 *
 *     1  the first; it had no number
 *     2  tags of sessions; records say by which protocol they were written
 *     3  records `known`: a database's log has been read up to where it was after a position of this one
 *     4  what counts members of lists has its own tag, and a purge can say that it moves none
 */
export const LOG_PROTOCOL = 4;

/**
 * `hard`: answers that carry the tag must not be served again.
 * `soft`: they may still be served stale while they are revalidated.
 */
export type PurgeKind = 'hard' | 'soft';

/** One tag of one record. */
export interface Purge {
  readonly tag: Tag;
  readonly kind: PurgeKind;
  /**
   * What changed is in the same lists as before, by the word of an operator: what carries no more than the `membershipTag` of
   * its type stays. Of an entity alone.
   */
  readonly keepsLists?: true;
}

/** What the log holds at one position. */
export interface PurgeRecord {
  readonly position: Position;
  readonly purges: readonly Purge[];
  /** the `traceparent` of the purge, where it was made in a trace */
  readonly trace?: string;
  /** a gateway of an earlier protocol wrote it: `purges` are all that it may have meant */
  readonly isOlder?: true;
  /** it purges nothing, and says that all that was committed while this was the last position is in the log before it */
  readonly known?: Position;
  /**
   * for such a record: a replica that has replayed the database's log up to here has every change purged up to
   * `known`
   */
  readonly database?: DatabasePosition;
}

/**
 * The one ordered record of purges. Its primary takes appends; every region follows a copy. See PROTOCOL.md.
 * Two implementations pass one contract suite: `MemoryLog` (one process) and `RedisLog` (a Redis Stream).
 */
export interface PurgeLog {
  /** True when followers have applied a record before its append resolves, so that there is nothing to prove. */
  readonly neverLags: boolean;

  /**
   * Adds a record on the primary and resolves once it is acknowledged there; several records when there are many
   * purges, and then with the position of the last.
   * @param purges none: a no-op, which purges nothing and only takes a position
   * @param trace the `traceparent` of the trace they are made in, for those who follow
   * @throws LastmileError PURGE_NOT_ACKNOWLEDGED; the record may or may not be in the log, so append again:
   *   purges are idempotent.
   */
  append(purges: readonly Purge[], trace?: string): Promise<Position>;

  /**
   * The primary's last position, asked of the primary itself.
   * @throws LastmileError PRIMARY_UNREACHABLE when it cannot be asked
   */
  lastPosition(): Promise<Position>;

  /**
   * What the primary said beside its last position, when it was last asked for that: for how long the record there had been
   * appended, by its own clock. Undefined where that is not known.
   */
  readonly lastAppend: { readonly position: Position; readonly agoMs: number } | undefined;

  /** Bytes the log takes on the primary, as last known; reading it starts a new query, and does not wait for it. */
  size(): number | undefined;

  /** The order that the primary held when it last answered: a question for its last position, or {@link keepOrder}. */
  readonly heldOrder: CacheOrder;

  /** What the primary had then in `w` of the hash: it changes every few seconds while a dashboard shows all regions. */
  readonly lookMark: string | undefined;

  /**
   * Has the primary hold an order, unless it holds one with the same number or a higher one, and has every region hear of it.
   * @returns what it holds then
   * @throws LastmileError CACHE_ORDER_NOT_ACKNOWLEDGED; it may hold it or not, so try again
   */
  keepOrder(order: CacheOrder): Promise<CacheOrder>;

  /**
   * Adds a record which says that everything that a captured database had committed while `asOf` was the last position is in the
   * log before it. See `database-proof.ts`.
   * @param database where the message ends that was written into the database's log after that: see `replica-coverage.ts`
   * @throws as {@link append} does
   */
  appendKnown(asOf: Position, database: DatabasePosition): Promise<Position>;

  /**
   * How far a database has been captured, asked of the primary itself; undefined where none was.
   * @throws LastmileError PRIMARY_UNREACHABLE when it cannot be asked
   */
  captured(): Promise<Captured | undefined>;

  /**
   * Has the primary hold how far a database has been captured.
   * @returns false when it holds what a later process said
   * @throws LastmileError PRIMARY_UNREACHABLE; it may hold it or not
   */
  keepCaptured(captured: Captured): Promise<boolean>;

  /** Begins to tell a follower what the region's own copy holds. Never throws: faults are retried, and reported. */
  follow(follower: Follower): Promise<void>;

  /**
   * What the primary says and what the copy holds have not gone together for long: one of the two may be reached by a
   * connection from before its name led elsewhere. Connects again, where that was not done only just now.
   */
  redial(): void;

  close(): Promise<void>;
}

/** What capture needs of a log: it appends and retries on its own. */
export type CaptureLog = Pick<
  PurgeLog,
  'append' | 'appendKnown' | 'lastPosition' | 'captured' | 'keepCaptured'
>;

/** Who follows a log. Calls come in the order of the log, one at a time, and must not throw. */
export interface Follower {
  /**
   * The retained log is read, at first or because the copy was replaced: forget all that was known. `records` begins where
   * it is read from, {@link record} brings what came after, and {@link history} what came before. When it is empty there
   * was no purge yet, and nothing can be proven until the first record arrives.
   */
  restart(records: readonly PurgeRecord[]): void;
  /**
   * The log's earlier records, newest first, part by part.
   * @returns false when no more of it is useful
   */
  history(records: readonly PurgeRecord[]): boolean;
  /** A record that came after. It need not be contiguous: noticing that is the follower's work. */
  record(record: PurgeRecord): void;
  /** The copy cannot be read at present (`error` says why), or can be read again (undefined). */
  fault(error: Error | undefined): void;
}
