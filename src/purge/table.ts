import type { PackedTags } from './packed-tags';
import {
  hasReached,
  isContiguous,
  laterPosition,
  nextPosition,
  ORIGIN,
  positionAt,
  type Position,
} from './position';
import type { Purge, PurgeKind, PurgeRecord } from './log';
import { FoldedRows, MOST_ROW_BYTES, RecentPurges, Rows } from './rows';
import { EVERYTHING, impliedBy, type TagSubject, type Tag } from './tag';

/**
 * Terminology
 *
 * position  the last record of the log this table has applied, in order and without a gap
 * as-of     the position a region had applied *before* it asked upstream for an answer
 * row       tag -> the last purge of it, as a sequence number of the table's epoch
 * folded    what is left of a row that had to go: that a tag with such a hash was purged, and when last
 * floor     answers with an as-of below it are not trusted: the history before it is not known here
 * ahead     a row newer than the position: a purge known here before the log brought it
 * awaited   a position that is known to be in the log and has not come: of another epoch, or of a purge whose tags are not
 *           known here
 */

/** What the table says of an answer, the worst word first. */
export type Verdict = 'distrusted' | 'purged' | 'soft-purged' | 'fresh';

const MAX_BYTES = 128 * 2 ** 20;
/** Of all that a table may take, for rows that had to go. */
const FOLDED_PART = 1 / 8;

/** Epochs whose floors are remembered. */
const MOST_EPOCHS = 16;

/** What is no longer true, as far as this process knows. Pure: no clock, no Redis. */
export class PurgeTable {
  /** Grows with every change that can turn an answer stale: an entry checked at this version need not be checked again. */
  version = 0;

  #position: Position = ORIGIN;
  #floor: Position = ORIGIN;
  /** The first of the records that are known without a gap up to the position. */
  #oldest: Position = ORIGIN;
  /** The floor of an epoch may not sink below this, however much of the log is read again. By epoch: sequence number. */
  readonly #distrusted = new Map<number, number>();
  readonly #hard = new Rows();
  readonly #soft = new Rows();
  /** Of rows that had to go, of either kind: what is left of them counts as hard. */
  readonly #folded: FoldedRows;
  readonly #maxRowBytes: number;
  readonly #recent = new RecentPurges();
  /** By epoch, the last awaited position, and the version when it was spoken of. Until it comes nothing is trusted. */
  readonly #awaited = new Map<number, { readonly seq: number; readonly version: number }>();
  readonly #onPurge: Set<(purges: readonly Purge[]) => void> = new Set();

  /** @param maxBytes of what is known of purges; past it the oldest rows are folded */
  constructor(maxBytes = MAX_BYTES) {
    this.#folded = new FoldedRows(maxBytes * FOLDED_PART);
    this.#maxRowBytes = maxBytes * (1 - FOLDED_PART);
  }

  get position(): Position {
    return this.#position;
  }

  get floor(): Position {
    return this.#floor;
  }

  /** Tags of which it is known when they were purged last. */
  get size(): number {
    return this.#hard.size + this.#soft.size;
  }

  /** Those of which only that is left which {@link FoldedRows} can tell. */
  get folded(): number {
    return this.#folded.size;
  }

  /** What it takes of memory. */
  get bytes(): number {
    return this.#hard.bytes + this.#soft.bytes + this.#folded.bytes;
  }

  /** False while no answer at all can be trusted: only a further record can change that, or what is awaited. */
  get trusts(): boolean {
    return this.isAboveFloor && this.#awaited.size === 0;
  }

  /** False while nothing was read yet, or the log has yet to pass the floor. */
  get isAboveFloor(): boolean {
    return this.#position.epoch !== 0 && this.#position.seq >= this.#floor.seq;
  }

  /** True while an epoch was spoken of that the log has not brought. */
  get awaitsEpoch(): boolean {
    for (const epoch of this.#awaited.keys()) if (epoch !== this.#position.epoch) return true;
    return false;
  }

  /**
   * Begins again from what the log retains, or from a part of it: {@link apply} brings what came after, and
   * {@link learnBefore} what came before.
   * A table that knew something before distrusts every answer asked for until now, fills under way included: its copy
   * of the log was replaced, and what happened to it meanwhile cannot be seen. Only a further record raises the
   * position to the floor again.
   */
  restart(records: readonly PurgeRecord[]): void {
    if (this.#position !== ORIGIN) this.#distrust(nextPosition(this.#position));
    const [first, ...rest] = records;
    this.#forget(first?.position ?? ORIGIN);
    if (!first) return;
    this.#learn(first.position.seq, first.purges);
    for (const record of rest) this.apply(record);
  }

  /**
   * Applies the record that comes after the position. A record already applied changes nothing; a gap or another epoch
   * makes the table begin again from this record.
   * @returns false when the table had to begin again
   */
  apply({ position, purges }: PurgeRecord): boolean {
    if (position.epoch === this.#position.epoch && position.seq <= this.#position.seq) return true;
    const continues = this.continues(this.#position, position);
    if (continues) this.#moveTo(position);
    else this.#forget(position);
    this.#learn(position.seq, purges);
    return continues;
  }

  /**
   * Learns records from before everything it knows, and lowers the floor below them. What was trusted stays trusted:
   * it was requested after these records.
   * @param records the newest first
   * @returns false if no earlier records would help: there is a gap, the epoch began here, or the floor cannot sink
   */
  learnBefore(records: readonly PurgeRecord[]): boolean {
    let isContinued = true;
    for (const { position, purges } of records) {
      isContinued = isContiguous(position, this.#oldest);
      if (!isContinued) break;
      for (const purge of purges) this.#learnOld(purge, position.seq);
      this.#oldest = position;
    }
    const { epoch, seq } = this.#oldest;
    const least = this.#distrusted.get(epoch) ?? 0;
    this.#floor = positionAt(epoch, Math.max(seq, least));
    return isContinued && seq > least;
  }

  #learnOld({ tag, kind, keepsLists }: Purge, seq: number): void {
    this.#keepOld(tag, kind, seq);
    for (const implied of impliedBy(tag, keepsLists)) this.#keepOld(implied, kind, seq);
  }

  /** Nothing newer goes for it. */
  #keepOld(tag: Tag, kind: PurgeKind, seq: number): void {
    const rows = kind === 'hard' ? this.#hard : this.#soft;
    const hasRoom = this.#hard.bytes + this.#soft.bytes + MOST_ROW_BYTES <= this.#maxRowBytes;
    if (hasRoom || rows.has(tag)) rows.set(tag, seq);
    else this.#folded.fold(tag, seq);
  }

  /**
   * Applies a purge whose position is known before the log brought it, for example from a forwarded mutation's
   * answer. In any order, any number of times. One of another epoch than the table's is awaited.
   */
  applyAhead(position: Position, purges: readonly Purge[]): void {
    if (position.epoch === this.#position.epoch) return this.#learn(position.seq, purges);
    this.awaitPosition(position);
    this.#tell(purges);
  }

  /** Trusts nothing until the log has brought a position that is known to be in it. What is known here is not lost. */
  awaitPosition(position: Position): void {
    if (hasReached(this.#position, position)) return;
    this.#changed();
    const seq = Math.max(position.seq, this.#awaited.get(position.epoch)?.seq ?? 0);
    this.#awaited.set(position.epoch, { seq, version: this.version });
  }

  /**
   * Ends the wait for what has not come. To be called when the table was shown to be current: the primary, asked after
   * that position was spoken of, holds nothing that the table lacks, so what is awaited died with the primary that had it.
   * @param asked the table's version when the primary was asked; what was spoken of later stays
   */
  stopAwaiting(asked: number): void {
    for (const [epoch, { version }] of this.#awaited) if (version <= asked) this.#awaited.delete(epoch);
  }

  /** Distrusts every answer asked for before a position: something happened here that the log does not show. */
  distrustBefore(position: Position): void {
    this.#distrust(position);
    this.#raiseFloor(position);
    this.#changed();
  }

  /** May an answer with this as-of and these tags still be served? A tag without a row was not purged since the floor. */
  verdict(asOf: Position, tags: readonly Tag[]): Verdict {
    const { epoch, seq } = asOf;
    if (epoch !== this.#position.epoch || epoch === 0 || this.#awaited.size > 0) return 'distrusted';
    if (seq < this.#floor.seq) return 'distrusted';
    const hard = this.#hard;
    const folded = this.#folded;
    if (hard.isNewer(EVERYTHING, seq) || folded.isNewer(EVERYTHING, seq)) return 'purged';
    for (const tag of tags) if (hard.isNewer(tag, seq) || folded.isNewer(tag, seq)) return 'purged';
    const soft = this.#soft;
    if (soft.size === 0) return 'fresh';
    if (soft.isNewer(EVERYTHING, seq)) return 'soft-purged';
    for (const tag of tags) if (soft.isNewer(tag, seq)) return 'soft-purged';
    return 'fresh';
  }

  /** Whether an answer with these tags that was fresh at an earlier {@link version} is known to be so still: a short cut. */
  isUntouchedSince(version: number, tags: readonly Tag[] | PackedTags): boolean {
    return this.#recent.spared(tags, version, this.version);
  }

  /** Whether it is known that no purge since a {@link version} is about any of these. */
  hasSparedSince(version: number, subjects: Iterable<TagSubject>): boolean {
    return this.#recent.sparedSubjects(subjects, version);
  }

  /** Calls back after each purge, whatever brought it. @returns a function that ends this */
  onPurge(callback: (purges: readonly Purge[]) => void): () => void {
    this.#onPurge.add(callback);
    return () => this.#onPurge.delete(callback);
  }

  /** True when nothing can be missing between two records. Tests override it, to show what its absence would do. */
  protected continues(last: Position, next: Position): boolean {
    return isContiguous(last, next);
  }

  /**
   * Trusts nothing asked before `position`. Rows of the same epoch stay: they are purges that did happen, and may be
   * ahead of the log. Deleting them one by one would only block the process.
   */
  #forget(position: Position): void {
    if (position.epoch !== this.#position.epoch) {
      this.#hard.clear();
      this.#soft.clear();
      this.#folded.clear();
    }
    this.#moveTo(position);
    this.#floor = position;
    this.#oldest = position;
    const distrusted = this.#distrusted.get(position.epoch);
    if (distrusted !== undefined) this.#raiseFloor(positionAt(position.epoch, distrusted));
    this.#changed();
  }

  #moveTo(position: Position): void {
    this.#position = position;
    const awaited = this.#awaited.get(position.epoch);
    if (awaited && position.seq >= awaited.seq) this.#awaited.delete(position.epoch);
  }

  #distrust({ epoch, seq }: Position): void {
    const before = this.#distrusted.get(epoch) ?? 0;
    // Setting it again moves it to the end: a log that has gone through so many epochs does not come back to the
    // first.
    this.#distrusted.delete(epoch);
    this.#distrusted.set(epoch, Math.max(before, seq));
    const [oldest] = this.#distrusted.keys();
    if (this.#distrusted.size > MOST_EPOCHS) this.#distrusted.delete(oldest!);
  }

  #learn(seq: number, purges: readonly Purge[]): void {
    const learnt: Tag[] = [];
    for (const { tag, kind, keepsLists } of purges) {
      const rows = kind === 'hard' ? this.#hard : this.#soft;
      if (rows.set(tag, seq)) learnt.push(tag);
      // Of a tag that was purged later, too: that purge may have kept the lists.
      for (const implied of impliedBy(tag, keepsLists)) if (rows.set(implied, seq)) learnt.push(implied);
      this.#bound();
    }
    if (learnt.length === 0) return;
    if (learnt.includes(EVERYTHING)) this.#changed();
    else this.#recent.purged(++this.version, learnt);
    this.#tell(purges);
  }

  #bound(): void {
    while (this.#hard.bytes + this.#soft.bytes > this.#maxRowBytes) {
      const larger = this.#soft.bytes > this.#hard.bytes ? this.#soft : this.#hard;
      larger.dropOldest(this.#folded.fold);
    }
  }

  /** Something changed that may concern any answer. */
  #changed(): void {
    this.#recent.begin(++this.version);
  }

  #raiseFloor(position: Position): void {
    this.#floor = laterPosition(this.#floor, position);
  }

  #tell(purges: readonly Purge[]): void {
    for (const callback of this.#onPurge) callback(purges);
  }
}
