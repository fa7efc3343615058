import { setTimeout as pause } from 'node:timers/promises';
import type { Lsn } from '../purge/database-position';
import type { CaptureLog } from '../purge/log';
import type { Tag } from '../purge/tag';
import { joinBatches, type Batch, type BatchQueue } from './batches';
import type { VisibleSnapshot } from './snapshot';

export interface AppenderOptions {
  readonly queue: BatchQueue;
  readonly log: Pick<CaptureLog, 'append' | 'appendKnown'>;
  /** told what is about to be appended */
  readonly purging: (tags: ReadonlySet<Tag>) => void;
  /** of the database: see `DatabasePosition` */
  readonly timeline: string;
  /** what a new reader of the database sees now; rejects when it cannot be asked */
  readonly snapshot: () => Promise<VisibleSnapshot>;
  /** has it kept that all up to here is done with; false: not now, so try again. Rejects when another has taken over */
  readonly keep: (end: Lsn) => Promise<boolean>;
  /** whether nothing that is mapped is missing in what is read */
  readonly isComplete: () => boolean;
  /** told of each append: whether it was the first of its batch, and how many tags it had */
  readonly appended: (isFirst: boolean, tags: number) => void;
  /** monotonic milliseconds */
  readonly now: () => number;
}

/** Between two looks whether a change is visible by now: doubled from the first to the last. Milliseconds. */
const FIRST_LOOK_MS = 2;
const LAST_LOOK_MS = 100;
/** Between two attempts to append. Milliseconds. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;
/** How often it is kept how far all is done with. Milliseconds. */
const KEEP_MS = 200;
/** Batches that wait for their changes to be visible; more become one. */
const MOST_WAITING = 64;

/** A batch that was appended. */
interface Appended {
  batch: Batch;
  /** and was visible before it was appended last */
  isDone: boolean;
}

/**
 * Appends what was read, batch by batch. A commit is in the database's log before its change is visible to others: a
 * change that is not yet visible is appended at once, and again when it is, so that an answer fetched in between is
 * refused as well.
 */
export class Appender {
  readonly #options: AppenderOptions;
  /** in order */
  readonly #waiting: Appended[] = [];
  #settled: Lsn | undefined;
  #keptAt = -Infinity;
  #lookMs = FIRST_LOOK_MS;
  #wake: () => void = () => {};
  readonly #end = new AbortController();

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  /** Something is in the queue. */
  wake(): void {
    this.#wake();
  }

  close(): void {
    this.#end.abort();
    this.#wake();
  }

  /**
   * Goes on until it is closed.
   * @param first what is to be appended before anything of the queue
   * @throws what `snapshot` or `keep` rejects with
   */
  async run(first: Batch | undefined): Promise<void> {
    const { queue } = this.#options;
    if (first) await this.#append(first);
    while (!this.#end.signal.aborted) {
      const batch = queue.take();
      if (batch) await this.#append(batch);
      await this.#settle();
      await this.#keep();
      if (queue.isEmpty) await this.#rest();
    }
  }

  async #append(batch: Batch): Promise<void> {
    let isDone = batch.tags.size === 0;
    if (!isDone) {
      isDone = isVisible(await this.#options.snapshot(), batch);
      await this.#appendTags(batch.tags, true);
      this.#lookMs = FIRST_LOOK_MS;
    }
    const last = this.#waiting.at(-1);
    if (last && this.#waiting.length >= MOST_WAITING) {
      last.batch = joinBatches(last.batch, batch);
      last.isDone &&= isDone;
    } else {
      this.#waiting.push({ batch, isDone });
    }
  }

  /** Goes over those that are done with, in their order. */
  async #settle(): Promise<void> {
    const { log, timeline, snapshot, isComplete } = this.#options;
    let seen: VisibleSnapshot | undefined;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const { batch } = next;
      if (!next.isDone) {
        seen ??= await snapshot();
        if (!isVisible(seen, batch)) return;
        await this.#appendTags(batch.tags, false);
      }
      this.#waiting.shift();
      this.#settled = batch.end;
      // One that is not acknowledged is not missed: the next follows soon.
      if (!batch.known || !isComplete()) continue;
      const { asOf, end: lsn } = batch.known;
      await log.appendKnown(asOf, { timeline, lsn }).catch(() => {});
    }
  }

  /** Until it is acknowledged, however long that takes. */
  async #appendTags(tags: ReadonlySet<Tag>, isFirst: boolean): Promise<void> {
    const { log, queue, snapshot, appended, purging } = this.#options;
    const purges = Array.from(tags, (tag) => ({ tag, kind: 'hard' as const }));
    for (let wait = FIRST_RETRY_MS; !this.#end.signal.aborted; wait = Math.min(2 * wait, LAST_RETRY_MS)) {
      try {
        purging(tags);
        await log.append(purges);
        appended(isFirst, tags.size);
        return;
      } catch {
        // The log has said why. What is read meanwhile is to take little memory.
        const seen = await snapshot();
        queue.seen((xid) => seen.sees(xid));
        await this.#pause(wait);
      }
    }
    throw new Error('closed before the purge log acknowledged what was read');
  }

  async #keep(): Promise<void> {
    const end = this.#settled;
    const now = this.#options.now();
    if (end === undefined || now - this.#keptAt < KEEP_MS) return;
    this.#keptAt = now;
    if ((await this.#options.keep(end)) && this.#settled === end) this.#settled = undefined;
  }

  /** Until there is work, or it is time to look again. */
  async #rest(): Promise<void> {
    const { now } = this.#options;
    const looks = this.#waiting.length > 0 ? this.#lookMs : Infinity;
    this.#lookMs = Math.min(2 * this.#lookMs, LAST_LOOK_MS);
    const keeps = this.#settled === undefined ? Infinity : Math.max(1, this.#keptAt + KEEP_MS - now());
    const wait = Math.min(looks, keeps);
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (wait !== Infinity) timer = setTimeout(resolve, wait);
      if (this.#end.signal.aborted || !this.#options.queue.isEmpty) resolve();
    });
    clearTimeout(timer);
  }

  #pause(milliseconds: number): Promise<void> {
    return pause(milliseconds, undefined, { signal: this.#end.signal }).catch(() => {});
  }
}

function isVisible(seen: VisibleSnapshot, { xids, horizon }: Batch): boolean {
  return (horizon === undefined || seen.isPast(horizon)) && xids.every((xid) => seen.sees(xid));
}
