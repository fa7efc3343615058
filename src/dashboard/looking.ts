import type { RegionReports } from './region-reports';

const SECOND_MS = 1000;
/** Purges of which other regions are told later: while the primary does not answer. */
const MOST_UNTOLD = 500;

interface LookingParts {
  readonly reports: RegionReports | undefined;
  readonly tick: () => void;
  readonly endRecords: () => void;
}

/** Everything that exists only while there is a viewer. */
export class Looking {
  /** what the log brought and other regions were not told of */
  readonly applied: { readonly position: string; readonly at: number }[] = [];
  readonly reports: RegionReports | undefined;
  readonly #parts: LookingParts;
  readonly #timer: NodeJS.Timeout;
  #hears = false;

  /** @param since monotonic milliseconds */
  constructor(
    readonly since: number,
    parts: LookingParts,
  ) {
    this.#parts = parts;
    this.reports = parts.reports;
    this.#timer = setInterval(parts.tick, SECOND_MS).unref();
  }

  /** @param isWanted there is a viewer here; for a viewer elsewhere no reports are needed */
  hear(isWanted: boolean): void {
    if (!isWanted || this.#hears || !this.reports) return;
    this.#hears = true;
    void this.reports.hear();
  }

  /** Notes what is to be told to other regions, if there are any. */
  apply(position: string, at: number): void {
    if (!this.reports) return;
    this.applied.push({ position, at });
    if (this.applied.length > MOST_UNTOLD) this.applied.shift();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#parts.endRecords();
    this.reports?.close();
  }
}
