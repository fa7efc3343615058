import type { Operation } from '../operation/operation';
import type { Obstructions } from './obstructions';
import type { RecordedRun } from './read-log';
import { replay } from './replay';

/** An operation of the recording, as the schema knows it. */
export interface KnownOperation {
  readonly name: string;
  readonly operation: Operation;
  readonly runs: readonly RecordedRun[];
  readonly obstructions: Obstructions;
  /** its answers differ by who asks, by declaration or as the recording shows */
  readonly isPrivate: boolean;
  /** milliseconds of upstream's time that it would take without any cache */
  readonly upstreamMs: number;
}

/** An operation for which nothing is proposed. */
export interface LeftOperation {
  readonly operation: string;
  readonly upstreamMs: number;
  readonly why: string;
}

/** Seconds within which answers to two people are compared. */
const COMPARED = 60;
/** Part of the shared hits that may show something else before it is taken to depend on who asks. */
const SUSPICIOUS = 0.02;

/**
 * Whether answers seem to depend on who asks: shared, they would differ far more often than among one's own. Where the
 * data change unseen, both differ alike.
 */
export function differsByWho(runs: readonly RecordedRun[]): boolean {
  const { hits, shared, foreign, stale } = replay(runs, { maxAge: COMPARED, isPrivate: false });
  if (shared === 0) return false;
  const own = hits - shared;
  return foreign / shared > Math.max(SUSPICIOUS, own > 0 ? (3 * stale) / own : 0);
}
