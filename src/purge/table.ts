import { comparePositions, isContiguous, ORIGIN, positionAt, type Position } from './position';
import type { Purge, PurgeRecord } from './purge';
import { EVERYTHING, type Tag } from './tag';

/**
 * Terminology
 *
 * position  the last record of the log this table has applied, in order and without a gap
 * as-of     the position a region had applied *before* it asked upstream for an answer
 * row       tag -> the last purge of it, as a sequence number of the table's epoch
 * floor     answers with an as-of below it are not trusted: the history before it is not known here
 * ahead     a row newer than the position: a purge known here before the log brought it
 */

/** What the table says of an answer, the worst word first. */
export type Verdict = 'distrusted' | 'purged' | 'soft-purged' | 'fresh';

/** What is no longer true, as far as this process knows. Pure: no clock, no Redis. */
export class PurgeTable {
  /** Grows with every change that can turn an answer stale: an entry checked at this version need not be checked again. */
  version = 0;

  #position: Position = ORIGIN;
  #floor: Position = ORIGIN;
  readonly #hard = new Map<Tag, number>();
  readonly #soft = new Map<Tag, number>();
  /** An epoch some answer spoke of that the log has not brought yet: until it does, nothing is trusted. */
  #promisedEpoch = 0;
  readonly #maxRows: number;
  readonly #onPurge: Set<(purges: readonly Purge[]) => void> = new Set();

  /** @param maxRows rows kept for each kind of purge; past it the oldest is forgotten and the floor rises over it */
  constructor(maxRows = 1_000_000) {
    this.#maxRows = maxRows;
  }

  get position(): Position {
    return this.#position;
  }

  get floor(): Position {
    return this.#floor;
  }

  get size(): number {
    return this.#hard.size + this.#soft.size;
  }

  /** Forgets everything and begins again from what the log retains. Rows ahead of it stay. */
  restart(records: readonly PurgeRecord[]): void {
    const [first, ...rest] = records;
    this.#forget(first?.position ?? ORIGIN);
    if (!first) return;
    this.#write(first.position.seq, first.purges);
    this.#tell(first.purges);
    for (const record of rest) this.apply(record);
  }

  /**
   * Applies the record that comes after the position.
   * A record already applied changes nothing; a gap, a new epoch or a step back forgets the table.
   * @returns false when the table had to be forgotten
   */
  apply({ position, purges }: PurgeRecord): boolean {
    if (comparePositions(position, this.#position) === 0) return true;
    const contiguous = isContiguous(this.#position, position);
    if (contiguous) {
      this.#position = position;
      this.version++;
    } else {
      this.#forget(position);
    }
    this.#write(position.seq, purges);
    this.#tell(purges);
    return contiguous;
  }

  /**
   * Applies a purge whose position is known before the log brought it, for example from a forwarded mutation's
   * answer. In any order, any number of times.
   */
  applyAhead(position: Position, purges: readonly Purge[]): void {
    if (position.epoch < this.#position.epoch) return;
    if (position.epoch > this.#position.epoch)
      this.#promisedEpoch = Math.max(this.#promisedEpoch, position.epoch);
    else this.#write(position.seq, purges);
    this.version++;
    this.#tell(purges);
  }

  /** Distrusts every answer asked for before now: something happened here that the log does not show. */
  distrustBefore(position: Position): void {
    if (comparePositions(position, this.#floor) > 0) this.#floor = position;
    this.version++;
  }

  /** May an answer with this as-of and these tags still be served? A tag without a row was not purged since the floor. */
  verdict(asOf: Position, tags: readonly Tag[]): Verdict {
    if (asOf.epoch !== this.#position.epoch || this.#promisedEpoch > asOf.epoch) return 'distrusted';
    if (comparePositions(asOf, this.#floor) < 0) return 'distrusted';
    const seq = asOf.seq;
    if (isNewer(this.#hard, EVERYTHING, seq)) return 'purged';
    let soft = isNewer(this.#soft, EVERYTHING, seq);
    for (const tag of tags) {
      if (isNewer(this.#hard, tag, seq)) return 'purged';
      soft ||= isNewer(this.#soft, tag, seq);
    }
    return soft ? 'soft-purged' : 'fresh';
  }

  /** Calls back after each purge, whatever brought it. @returns a function that ends this */
  onPurge(callback: (purges: readonly Purge[]) => void): () => void {
    this.#onPurge.add(callback);
    return () => this.#onPurge.delete(callback);
  }

  #forget(position: Position): void {
    const sameEpoch = position.epoch === this.#position.epoch;
    for (const rows of [this.#hard, this.#soft]) {
      if (!sameEpoch) rows.clear();
      else for (const [tag, seq] of rows) if (seq <= position.seq) rows.delete(tag);
    }
    this.#floor = position;
    this.#position = position;
    this.version++;
  }

  #write(seq: number, purges: readonly Purge[]): void {
    for (const { tag, kind } of purges) {
      const rows = kind === 'hard' ? this.#hard : this.#soft;
      const before = rows.get(tag);
      if (before !== undefined && before >= seq) continue;
      // Deleted first, so that the map's order stays the order of the purges and its first row is the oldest.
      if (before !== undefined) rows.delete(tag);
      rows.set(tag, seq);
      if (rows.size > this.#maxRows) this.#dropOldest(rows);
    }
  }

  #dropOldest(rows: Map<Tag, number>): void {
    for (const [tag, seq] of rows) {
      rows.delete(tag);
      const floor = positionAt(this.#position.epoch, seq);
      if (comparePositions(floor, this.#floor) > 0) this.#floor = floor;
      return;
    }
  }

  #tell(purges: readonly Purge[]): void {
    if (purges.length > 0) for (const callback of this.#onPurge) callback(purges);
  }
}

function isNewer(rows: ReadonlyMap<Tag, number>, tag: Tag, seq: number): boolean {
  const row = rows.get(tag);
  return row !== undefined && row > seq;
}
