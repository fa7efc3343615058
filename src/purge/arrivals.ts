import { hasReached, isSamePosition, type Position } from './position';

/** What the primary said of its last record, and when this process asked. Times are monotonic milliseconds of this process. */
export interface LastRecordAnswer {
  readonly position: Position;
  /** for how many milliseconds the record had been there when the primary answered, by the primary's clock alone */
  readonly agoMs: number;
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** Records whose arrival is remembered, a power of two: those of a second in which many thousands come are too many. */
const REMEMBERED = 1024;
/** Answers that wait for their record. Of a region that is cut off for longer, later ones say no more than these. */
const MOST_AWAITED = 64;

/**
 * How long purges take from the primary to this process.
 *
 * No clock is compared with another. The primary says for how long its last record has been there, which its own clock
 * tells; this process notes when it asked, when it was answered, and when the log brought that record, which its own clock
 * tells. The record was appended so long before some moment between question and answer: the middle is taken, and is right
 * within half of that round trip. So one purge is measured for each question to the primary that finds a new one.
 */
export class PurgeArrivals {
  readonly #seqs = new Float64Array(REMEMBERED).fill(-1);
  readonly #times = new Float64Array(REMEMBERED);
  #epoch = -1;
  #awaited: LastRecordAnswer[] = [];
  #answered: Position | undefined;

  /** @param arrived told of milliseconds, at least 0. Must not throw */
  constructor(readonly arrived: (ms: number) => void) {}

  /** The log has brought a record that purges something. @param now monotonic milliseconds */
  applied(position: Position, now: number): void {
    const { epoch, seq } = position;
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#seqs.fill(-1);
    }
    const place = seq % REMEMBERED;
    this.#seqs[place] = seq;
    this.#times[place] = now;
    if (this.#awaited.length > 0) this.#settle(position, now);
  }

  /** @param reached where the table stands now */
  answered(answer: LastRecordAnswer, reached: Position): void {
    const { epoch, seq } = answer.position;
    // Nothing was appended since the last question.
    if (this.#answered && isSamePosition(this.#answered, answer.position)) return;
    this.#answered = answer.position;
    const place = seq % REMEMBERED;
    if (epoch === this.#epoch && this.#seqs[place] === seq) this.#tell(answer, this.#times[place]!);
    else if (!hasReached(reached, answer.position) && this.#awaited.length < MOST_AWAITED)
      this.#awaited.push(answer);
  }

  #settle(position: Position, now: number): void {
    this.#awaited = this.#awaited.filter((answer) => {
      if (isSamePosition(answer.position, position)) this.#tell(answer, now);
      // What was passed over purged nothing, or was of an epoch that is over.
      return answer.position.epoch === position.epoch && answer.position.seq > position.seq;
    });
  }

  #tell({ agoMs, askedAt, answeredAt }: LastRecordAnswer, appliedAt: number): void {
    const appendedAt = (askedAt + answeredAt) / 2 - agoMs;
    this.arrived(Math.max(0, appliedAt - appendedAt));
  }
}
