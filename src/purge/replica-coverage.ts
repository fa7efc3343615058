import type { DatabasePosition } from './database-position';
import { isSamePosition, type Position } from './position';

/** What an answer is as of that was read from a replica of the database. */
export interface ReplicaAsOf {
  /** the replica has each change whose purge is in the purge log up to here */
  readonly position: Position;
  /** monotonic milliseconds of this process: the replica holds all that was committed before */
  readonly since: number;
}

/** What a record `known` says of the two logs, and since when that is. */
interface Covered {
  readonly asOf: Position;
  readonly database: DatabasePosition;
  since: number;
}

/** One comes each second: a replica that is further behind is not asked. */
const MOST_COVERED = 120;
/** What the primary said, of which a record to come may show that it is older than its message. */
const MOST_ANSWERS = 1_000;

/**
 * Which part of the purge log a position of the database's log covers.
 *
 * The capturing process notes the purge log's last position N, then writes a message into the database's log, which
 * ends at X. What was purged up to N was committed before its purge was appended, and so before the message. A
 * replica that has replayed the log up to X has all of it, whoever appended the purges. So an answer read there is
 * as of N, like an answer requested from upstream when the table stood at N, and the table judges both alike.
 *
 * It also has everything committed before this region asked the primary and got a last position below N: the message
 * is younger than that probe. Reads no clock but this process's own. Pure.
 */
export class ReplicaCoverage {
  /** the oldest first */
  #covered: Covered[] = [];
  #answers: { readonly askedAt: number; readonly last: Position }[] = [];

  /**
   * The primary has said its last position.
   * @param askedAt monotonic milliseconds, noted before it was asked
   */
  answered(askedAt: number, last: Position): void {
    const before = this.#answers.at(-1);
    if (!before || !isSamePosition(before.last, last)) this.#answers.push({ askedAt, last });
    else if (before.askedAt < askedAt) this.#answers[this.#answers.length - 1] = { askedAt, last };
    if (this.#answers.length > MOST_ANSWERS) this.#answers.shift();
    for (const covered of this.#covered) {
      if (isYounger(covered.asOf, last)) covered.since = Math.max(covered.since, askedAt);
    }
  }

  /**
   * The table has reached a record `known`.
   * @param at the record's position
   * @param asOf N
   * @param database X
   */
  known(at: Position, asOf: Position, database: DatabasePosition): void {
    // What was appended before another run of the log began may be lost, and its purges with it.
    if (asOf.epoch !== at.epoch) return;
    const asked = this.#answers.filter(({ last }) => isYounger(asOf, last));
    const since = Math.max(-Infinity, ...asked.map(({ askedAt }) => askedAt));
    this.#covered.push({ asOf, database, since });
    if (this.#covered.length > MOST_COVERED) this.#covered.shift();
  }

  /** Whether anything is known of the database's log: something captures it. */
  get isKnown(): boolean {
    return this.#covered.length > 0;
  }

  /**
   * @param replayed up to where a replica had replayed the log, at or before the moment when it was read
   * @returns what was read there is as of; undefined: that is not known, as it is too far behind, or on another timeline
   */
  asOf(replayed: DatabasePosition): ReplicaAsOf | undefined {
    const covered = this.#covered.findLast(
      ({ database, since }) => since !== -Infinity && this.covers(replayed, database),
    );
    return covered && { position: covered.asOf, since: covered.since };
  }

  /** The table is gone that this was about. */
  withdraw(): void {
    this.#covered = [];
    this.#answers = [];
  }

  /** Tests override it, to show what its absence would do. */
  protected covers(replayed: DatabasePosition, message: DatabasePosition): boolean {
    return replayed.timeline === message.timeline && replayed.lsn >= message.lsn;
  }
}

/** Whether a position was noted after the primary had said that another one is its last. */
function isYounger(noted: Position, last: Position): boolean {
  return noted.epoch === last.epoch && noted.seq > last.seq;
}
