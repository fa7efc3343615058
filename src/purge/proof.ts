import { hasReached, type Position } from './position';

/**
 * Proof of freshness.
 *
 * A heartbeat that arrives says only that it arrived: behind a queue of three seconds heartbeats come on time, each
 * three seconds old. So a region asks. It notes the time, asks the primary for its last position L, and once its own
 * table has reached L, in the same epoch, the table is known to hold every purge acknowledged before it asked.
 * One monotonic clock is read, this process's own.
 *
 *      asked ─────────── primary says L ─────────── table reaches L
 *        └── proven: nothing acknowledged before this moment is missing ──┘
 */

/** A question under way to the primary. */
export interface Probe {
  /** monotonic milliseconds, noted before the question left */
  readonly askedAt: number;
  /** where the table stood then */
  readonly position: Position;
  /** the table's version then */
  readonly version: number;
}

/**
 * proven         the table had reached the answer already
 * waiting        the copy has yet to bring what the primary holds
 * other-primary  the answer is of a run with a lower number than the table's: most likely, the Redis that was asked is not the one
 *                the copy follows
 * copy-ahead     the table had applied records of this very run before the question, which its primary does not hold
 */
export type ProofStep = 'proven' | 'waiting' | 'other-primary' | 'copy-ahead';

interface Answer {
  readonly probe: Probe;
  readonly last: Position;
}

/** Pure: times are handed in. */
export class FreshnessProof {
  readonly #boundMs: number;
  #provenAt = -Infinity;
  /** Answers the table has not reached, by the time of their question. */
  #waiting: Answer[] = [];

  /** @param boundMs for how many milliseconds after the question a proof holds */
  constructor(boundMs: number) {
    this.#boundMs = boundMs;
  }

  /** The moment at which the table was last shown to be current; -Infinity for never. */
  get provenAt(): number {
    return this.#provenAt;
  }

  /** Answers the table has yet to reach. */
  get waiting(): number {
    return this.#waiting.length;
  }

  isProven(now: number): boolean {
    return now - this.#provenAt < this.#boundMs;
  }

  /**
   * @param last the primary's answer
   * @param position where the table stands now
   * @param now monotonic milliseconds
   */
  answered(probe: Probe, last: Position, position: Position, now: number): ProofStep {
    if (last.epoch === probe.position.epoch && last.seq < probe.position.seq) return 'copy-ahead';
    if (hasReached(position, last)) {
      this.prove(probe);
      return 'proven';
    }
    // What is older than the bound proves nothing any more, so the list is as short as the bound has probes.
    this.#waiting = this.#waiting.filter((answer) => now - answer.probe.askedAt < this.#boundMs);
    this.#waiting.push({ probe, last });
    return last.epoch < position.epoch ? 'other-primary' : 'waiting';
  }

  /** Tells where the table stands after it applied a record. @returns the latest question this settled, if any */
  advanced(position: Position): Probe | undefined {
    if (this.#waiting.length === 0) return undefined;
    let settled: Probe | undefined;
    this.#waiting = this.#waiting.filter(({ probe, last }) => {
      if (!hasReached(position, last)) return true;
      if (!settled || probe.askedAt > settled.askedAt) settled = probe;
      return false;
    });
    if (settled) this.prove(settled);
    return settled;
  }

  /** For a log that cannot lag. */
  proveForEver(): void {
    this.#provenAt = Infinity;
  }

  /** Takes the proof back: what it was about is gone. Answers under way may still prove what the table is now. */
  withdraw(): void {
    this.#provenAt = -Infinity;
  }

  protected prove({ askedAt }: Pick<Probe, 'askedAt'>): void {
    this.#provenAt = Math.max(this.#provenAt, askedAt);
  }
}
