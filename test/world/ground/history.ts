import type { ExampleData } from '../../../src/example/data';
import { now } from '../clock';

/** One change as the origin made it. */
export interface Commit {
  readonly subject: string;
  readonly version: number;
  /** monotonic milliseconds: see `clock.ts` */
  readonly at: number;
}

/** Keeps every version each object ever had from now on, with the moment it came to be. */
export function recordHistory(data: ExampleData): readonly Commit[] {
  const commits: Commit[] = [];
  const note = (row: { id: string; version: number } | undefined): void => {
    if (row) commits.push({ subject: row.id, version: row.version, at: now() });
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
  return commits;
}

/** What the three kinds of records have in common. */
interface Notable {
  add(make: unknown): { id: string; version: number };
  change(id: string, to: unknown): { id: string; version: number } | undefined;
}
