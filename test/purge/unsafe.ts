/**
 * Negative controls: each leaves out one part of what keeps a region true. A test that passes with one of these in
 * place does not test that part.
 */
import { FreshnessProof, type Probe } from '../../src/purge/proof';
import { positionAt, type Position } from '../../src/purge/position';
import { PurgeTable, type Verdict } from '../../src/purge/table';
import type { Tag } from '../../src/purge/tag';

/** Does not notice that records are missing. */
export class GapBlindTable extends PurgeTable {
  protected override continues(last: Position, next: Position): boolean {
    return last.epoch === next.epoch;
  }
}

/** Does not notice that the log has begun a new run. */
export class EpochBlindTable extends PurgeTable {
  protected override continues(last: Position, next: Position): boolean {
    return last.epoch !== 0 && (last.epoch !== next.epoch || super.continues(last, next));
  }

  override verdict(asOf: Position, tags: readonly Tag[]): Verdict {
    return super.verdict(positionAt(this.position.epoch, asOf.seq), tags);
  }
}

/** Calls itself current whenever a record arrives, as one does who trusts heartbeats in the log. */
export class HeartbeatProof extends FreshnessProof {
  readonly #now: () => number;

  constructor(boundMs: number, now: () => number) {
    super(boundMs);
    this.#now = now;
  }

  override advanced(position: Position): Probe | undefined {
    this.prove({ askedAt: this.#now() });
    return super.advanced(position);
  }
}
