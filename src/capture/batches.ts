import type { Lsn } from '../purge/database-position';
import type { Position } from '../purge/position';
import { EVERYTHING, type Tag } from '../purge/tag';

/** Tags of which there are more become one purge of everything: they take memory while the purge log cannot be appended to. */
const MOST_TAGS = 100_000;

/** A message that came back out of the database's log. */
export interface KnownSince {
  /** the purge log's last position before it was written */
  readonly asOf: Position;
  /** where its commit ends */
  readonly end: Lsn;
}

/** Commits in a row, to be appended at once. */
export interface Batch {
  readonly tags: Set<Tag>;
  /** the transactions that must be visible for that to be the last time; their lower 32 bits */
  xids: number[];
  /** every transaction before this one must have ended too */
  readonly horizon?: bigint;
  /** the log of the database is done with up to here once it was appended */
  end: Lsn;
  /** once it was appended, this is known of the database: see {@link CaptureLog} */
  known: KnownSince | undefined;
}

/** What was read and is yet to be appended: whatever comes while an append is under way is the next batch. Pure. */
export class BatchQueue {
  #next: Batch | undefined;

  get isEmpty(): boolean {
    return this.#next === undefined;
  }

  /** @param end where the commit's record ends */
  add(tags: ReadonlySet<Tag>, xid: number, end: Lsn): void {
    const batch = this.#at(end);
    if (tags.size === 0) return;
    addTags(batch.tags, tags);
    batch.xids.push(xid);
  }

  /** A message came back that was written after the purge log's last position was this one. */
  addKnown(asOf: Position, end: Lsn): void {
    this.#at(end).known = { asOf, end };
  }

  /** Nothing that is of interest was committed up to here. */
  pass(end: Lsn): void {
    this.#at(end);
  }

  take(): Batch | undefined {
    const batch = this.#next;
    this.#next = undefined;
    return batch;
  }

  /** Forgets transactions that were seen to be visible: what is appended later is late enough for them. */
  seen(isVisible: (xid: number) => boolean): void {
    if (this.#next) this.#next.xids = this.#next.xids.filter((xid) => !isVisible(xid));
  }

  #at(end: Lsn): Batch {
    this.#next ??= { tags: new Set(), xids: [], end, known: undefined };
    this.#next.end = end;
    return this.#next;
  }
}

/** One batch in the place of two. */
export function joinBatches(first: Batch, second: Batch): Batch {
  addTags(first.tags, second.tags);
  return {
    ...first,
    xids: [...first.xids, ...second.xids],
    end: second.end,
    known: second.known ?? first.known,
  };
}

function addTags(all: Set<Tag>, tags: Iterable<Tag>): void {
  if (all.has(EVERYTHING)) return;
  for (const tag of tags) {
    all.add(tag);
    if (tag !== EVERYTHING && all.size <= MOST_TAGS) continue;
    all.clear();
    all.add(EVERYTHING);
    return;
  }
}
