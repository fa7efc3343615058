import { EVERYTHING, type Tag } from '../purge/tag';
import type { RowChange } from './pgoutput';
import { tagsOfAnyRow, tagsOfFormats, tagsOfRow, type TablePlan } from './row-tags';

/** Of one table in one transaction. */
interface Part {
  rows: number;
  /** of its rows, while they are few */
  readonly tags: Set<Tag>;
  readonly ofFormats: Set<Tag>;
}

/**
 * What a transaction purges. However many rows it changes it takes little memory: of a table of which there are too many the type is
 * purged in place of the rows.
 */
export class TransactionTags {
  readonly #most: number;
  readonly #parts = new Map<TablePlan, Part>();
  #isEverything = false;

  /** @param most rows of a table, and tags of its formats, that are purged one by one */
  constructor(most: number) {
    this.#most = most;
  }

  row(plan: TablePlan, change: RowChange): void {
    const part = this.#partOf(plan);
    if (++part.rows > this.#most) part.tags.clear();
    else tagsOfRow(plan, change, (tag) => part.tags.add(tag));
    if (plan.formats.length === 0 || part.ofFormats.size > this.#most) return;
    tagsOfFormats(plan, change, (tag) => part.ofFormats.add(tag));
  }

  truncate(plan: TablePlan): void {
    this.#partOf(plan).rows = Infinity;
    for (const tag of tagsOfAnyRow(plan)) this.#partOf(plan).ofFormats.add(tag);
  }

  /** Something changed of which it is not known what it is. */
  everything(): void {
    this.#isEverything = true;
  }

  /** Whether nothing was changed that is mapped. */
  get isEmpty(): boolean {
    return this.#parts.size === 0 && !this.#isEverything;
  }

  /** All of it, for a log of its own. */
  tags(): ReadonlySet<Tag> {
    if (this.#isEverything) return new Set([EVERYTHING]);
    const all = new Set<Tag>();
    for (const [plan, { rows, tags, ofFormats }] of this.#parts) {
      const few = rows > this.#most ? plan.whole : tags;
      const named = ofFormats.size > this.#most ? tagsOfAnyRow(plan) : ofFormats;
      for (const tag of few) all.add(tag);
      for (const tag of named) all.add(tag);
    }
    return all.has(EVERYTHING) ? new Set([EVERYTHING]) : all;
  }

  #partOf(plan: TablePlan): Part {
    let part = this.#parts.get(plan);
    if (!part) this.#parts.set(plan, (part = { rows: 0, tags: new Set(), ofFormats: new Set() }));
    return part;
  }
}
