import type { Position } from './position';
import type { Tag } from './tag';

/**
 * `hard`: answers that carry the tag must not be served again.
 * `soft`: they may still be served stale while they are revalidated.
 */
export type PurgeKind = 'hard' | 'soft';

/** One tag of one record. */
export interface Purge {
  readonly tag: Tag;
  readonly kind: PurgeKind;
}

/** What the log holds at one position. */
export interface PurgeRecord {
  readonly position: Position;
  readonly purges: readonly Purge[];
}
