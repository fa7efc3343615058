import type { Log } from '../report/log';

/** Milliseconds over which a mutation's purges are counted. */
const WINDOW_MS = 10_000;
/** A second, and over the whole window, from one process. */
const MANY_A_SECOND = 50;
const SAID_FOR_MS = 60_000;

interface Rate {
  since: number;
  count: number;
  saidAt: number;
}

/**
 * Names in the log the mutations that purge so often that little of what they touch can be kept, once a minute each. Their
 * names are those of the schema, so there are boundedly many.
 */
export class PurgeRates {
  readonly #rates = new Map<string, Rate>();

  /** @param now monotonic milliseconds */
  constructor(
    readonly log: Log,
    readonly now: () => number,
  ) {}

  note(field: string, tags: number): void {
    const now = this.now();
    let rate = this.#rates.get(field);
    if (!rate) this.#rates.set(field, (rate = { since: now, count: 0, saidAt: -Infinity }));
    if (now - rate.since >= WINDOW_MS) {
      rate.since = now;
      rate.count = 0;
    }
    rate.count++;
    if (rate.count < (MANY_A_SECOND * WINDOW_MS) / 1000 || now - rate.saidAt < SAID_FOR_MS) return;
    rate.saidAt = now;
    this.log.warn(
      { field: `Mutation.${field}`, purges: rate.count, withinMs: Math.round(now - rate.since), tags },
      'a mutation purges so often that little of what it touches can be kept: if it changes nothing that answers show, ' +
        'say so with @purges without arguments; else name what it changes with @purges(tags: ...), and what it leaves alone ' +
        'with lists: false and references: false',
    );
  }
}
