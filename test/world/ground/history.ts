import type { ExampleData } from '../../../src/example/data';
import { now } from '../clock';

/** One change as the origin made it. */
export interface Commit {
  readonly subject: string;
  readonly version: number;
  /** monotonic milliseconds: see `clock.ts` */
  readonly at: number;
}

/** What was committed, until somebody has heard of it: a run of hours keeps no more than one of a minute. */
export class History {
  /** those from number {@link #from} on */
  readonly #commits: Commit[] = [];
  #from = 0;

  add(commit: Commit): void {
    this.#commits.push(commit);
  }

  /** All from this number on. Whoever asks so knows of those before: they are forgotten. */
  since(from: number): readonly Commit[] {
    const known = Math.max(0, from - this.#from);
    this.#commits.splice(0, known);
    this.#from += known;
    return this.#commits;
  }
}

/** Keeps every version each object ever had from now on, with the moment it came to be. */
export function recordHistory(data: ExampleData): History {
  const history = new History();
  const note = (row: { id: string; version: number } | undefined): void => {
    if (row) history.add({ subject: row.id, version: row.version, at: now() });
  };
  for (const records of [data.travellers, data.trips, data.reviews] as unknown as Notable[]) {
    const { add, change } = records;
    records.add = (make) => {
      const row = add.call(records, make);
      note(row);
      return row;
    };
    records.change = (id, to) => {
      const row = change.call(records, id, to);
      note(row);
      return row;
    };
  }
  return history;
}

/** What the three kinds of records have in common. */
interface Notable {
  add(make: unknown): { id: string; version: number };
  change(id: string, to: unknown): { id: string; version: number } | undefined;
}
