import type { Position } from './position';

/**
 * Proof of freshness that reaches into a database.
 *
 * The process that captures the database notes the purge log's last position N, then writes a message into the
 * database's log, and appends a record `known` with N when the message has come back. By then every commit before
 * the message is in the purge log.
 *
 *     this region asks at t0 ─── the primary says L ─── N > L is noted ─── the message ─── `known` ─── the table reaches it
 *          └── nothing committed before this moment is missing in the table ──────────────────────────────┘
 *
 * N > L shows that the message was written after the primary said L, and so after t0. Reads no clock but this
 * process's own. Pure.
 */
export class DatabaseProof {
  readonly #boundMs: number;
  #provenAt = -Infinity;
  /** what the last record `known` said */
  #known: Position | undefined;
  #waiting: { readonly askedAt: number; readonly last: Position }[] = [];

  /** @param boundMs for how many milliseconds after the question a proof holds */
  constructor(boundMs: number) {
    this.#boundMs = boundMs;
  }

  /** The moment as of which the table was last shown to hold all that was committed; -Infinity for never. */
  get provenAt(): number {
    return this.#provenAt;
  }

  isProven(now: number): boolean {
    return now - this.#provenAt < this.#boundMs;
  }

  /**
   * The primary has said its last position.
   * @param askedAt monotonic milliseconds, noted before it was asked
   */
  answered(askedAt: number, last: Position, now: number): void {
    if (this.proves(last)) {
      this.#prove(askedAt);
      return;
    }
    this.#waiting = this.#waiting.filter((answer) => now - answer.askedAt < this.#boundMs);
    this.#waiting.push({ askedAt, last });
  }

  /**
   * The table has reached a record `known`.
   * @param at the record's position
   * @param asOf N
   */
  known(at: Position, asOf: Position): void {
    // What was appended before another run of the log began may be lost, and its purges with it.
    if (asOf.epoch !== at.epoch) return;
    this.#known = asOf;
    const settled = this.#waiting.filter(({ last }) => this.proves(last));
    if (settled.length === 0) return;
    this.#waiting = this.#waiting.filter((answer) => !settled.includes(answer));
    for (const { askedAt } of settled) this.#prove(askedAt);
  }

  /** Takes the proof back: the table it was about is gone. */
  withdraw(): void {
    this.#provenAt = -Infinity;
    this.#known = undefined;
  }

  /** Whether what is known was asked for after this was the last position. Tests override it, to show what its absence would do. */
  protected proves(last: Position): boolean {
    const known = this.#known;
    return known !== undefined && known.epoch === last.epoch && known.seq > last.seq;
  }

  #prove(askedAt: number): void {
    this.#provenAt = Math.max(this.#provenAt, askedAt);
  }
}
