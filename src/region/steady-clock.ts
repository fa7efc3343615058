/** The two clocks of a machine, both in milliseconds. */
export interface Clocks {
  /** never goes back, and stands still while the machine is suspended */
  readonly monotonic: () => number;
  /** goes on, and may be set by anybody */
  readonly wall: () => number;
}

/** By so many milliseconds the one may run ahead of the other before the machine is taken to have been suspended. */
const TOLERANCE_MS = 1000;

export const OWN_CLOCKS: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() };

/**
 * A monotonic clock in which the time counts for which the machine was suspended. A virtual machine that is paused for an hour
 * finds its monotonic clock where it left it: a proof of freshness would hold and entries would be young, for all that
 * happened meanwhile. Its wall clock has gone on, by as much more.
 *
 * A wall clock that is set forward looks the same, and makes the region unproven until the primary was asked, and entries older;
 * one that is set back changes nothing. Neither is compared with a clock of another machine (P15).
 * @param suspended told for how many milliseconds the machine seems to have been
 * @returns milliseconds
 */
export function createSteadyClock(
  suspended: (milliseconds: number) => void = () => {},
  { monotonic, wall }: Clocks = OWN_CLOCKS,
): () => number {
  let ahead = wall() - monotonic();
  let added = 0;
  return () => {
    const now = monotonic();
    const gone = wall() - now - ahead;
    if (gone < 0) ahead += gone;
    if (gone <= TOLERANCE_MS) return now + added;
    ahead += gone;
    added += gone;
    suspended(gone);
    return now + added;
  };
}
