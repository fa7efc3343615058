import type { Position } from './position';
import type { Purge } from './purge';
import type { PurgeTable } from './table';

/**
 * starting   nothing was proven yet
 * proven     the table was shown to be current within the bound: entries may be served
 * unproven   it was proven once, and is not now: everything goes upstream
 * cold       proven, but a resync or a lost log emptied what the region knew: entries are being filled again
 */
export type RegionState = 'starting' | 'proven' | 'unproven' | 'cold';

/** What a region knows of purges, and what it can prove. The gateway's one door to the purge log. */
export interface Purges {
  readonly table: PurgeTable;

  /** True while the table was current at most the freshness bound ago. @param now monotonic milliseconds */
  isProven(now: number): boolean;

  state(now: number): RegionState;

  /**
   * Appends to the log and applies to the local table. Resolves when the primary acknowledged.
   * @throws LastmileError PURGE_NOT_ACKNOWLEDGED; the purge goes on being retried in the background until it is acknowledged
   */
  append(purges: readonly Purge[]): Promise<Position>;

  /** Resolves true once the local table has reached a position, false when that took longer than `withinMs`. Never throws. */
  reached(position: Position, withinMs: number): Promise<boolean>;

  start(): Promise<void>;

  close(): Promise<void>;
}
