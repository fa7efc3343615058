import type { Position } from './position';
import type { Purge, PurgeRecord } from './purge';

/**
 * The one ordered record of purges. Its primary takes appends; every region follows a copy. See PROTOCOL.md.
 * Two implementations pass one contract suite: `MemoryLog` (one process) and `RedisLog` (a Redis Stream).
 */
export interface PurgeLog {
  /**
   * Adds one record on the primary and resolves once it is acknowledged there.
   * @param purges at least one
   * @throws LastmileError PURGE_NOT_ACKNOWLEDGED; the record may or may not be in the log, so append again:
   *   purges are idempotent.
   */
  append(purges: readonly Purge[]): Promise<Position>;

  /** The primary's last position, asked of the primary itself. @throws when it cannot be asked. */
  touch(): Promise<Position>;

  /** Begins to tell a follower what the region's own copy holds. Never throws: faults are retried, and reported. */
  follow(follower: Follower): Promise<void>;

  close(): Promise<void>;
}

/** Who follows a log. Calls come in the order of the log, one at a time, and must not throw. */
export interface Follower {
  /**
   * The whole retained log was read: forget all that was known.
   * `records` may be empty (no purge yet); then nothing can be proven until the first record arrives.
   */
  restart(records: readonly PurgeRecord[]): void;
  /** A record that came after. It need not be contiguous: noticing that is the follower's work. */
  record(record: PurgeRecord): void;
  /** The copy cannot be read at present (`error` says why), or can be read again (undefined). */
  fault(error: Error | undefined): void;
}
