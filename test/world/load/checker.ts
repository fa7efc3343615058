import { comparePositions, type Position } from '../../../src/purge/position';

/**
 * Terminology
 *
 * subject   what has a version: an object, the newest member of a list, the length of a list, a counter
 * change    a mutation that was answered, with its token: its purge is acknowledged, at a position of the log
 * read      one subject as an answer showed it
 *
 * What is promised, and so what is checked
 *
 * bound   a read that begins at t shows every change acknowledged before t - bound, in every region, whatever is
 *         broken. No slack is needed: one clock is read here, the client hears of the acknowledgement after it was
 *         given, and the gateway judges after the client has asked.
 * token   a read sent with the token p shows every change whose own token is p or before it. That is both halves of
 *         the promise to a token's holder. Its own write: the change's token was p. Never back in time: an answer
 *         says in its token up to where it had seen. What an answer shows beyond its token is not counted against the
 *         next one: an answer that went past the cache can hold a change between its commit and the acknowledgement
 *         of its purge, of which no token speaks yet.
 */
export interface Change {
  readonly subject: string;
  /** what the change made of it; for a counter nothing: every change adds one */
  readonly version: number | undefined;
  readonly position: Position;
  /** monotonic milliseconds at which its client had the answer */
  readonly at: number;
}

export interface Read {
  readonly subject: string;
  readonly version: number;
  /** monotonic milliseconds at which its client asked */
  readonly began: number;
  readonly token: Position | undefined;
}

/** What was promised and not kept. */
export interface Broken {
  readonly promise: 'bound' | 'token';
  /** the least version the read had to show */
  readonly wanted: number;
}

interface Known {
  readonly at: number;
  readonly position: Position;
  readonly version: number;
  /** how many changes this stands for: more than one when they were forgotten one by one */
  readonly count: number;
  /** the newest version of all changes up to this one */
  readonly newest: number;
}

/** Knows of every change that was acknowledged, and holds every read against them. Pure: times are handed in. */
export class Checker {
  readonly #boundMs: number;
  readonly #known = new Map<string, Known[]>();
  readonly #base: (subject: string) => number;

  /** @param base what a counter stood at before the first change */
  constructor(boundMs: number, base: (subject: string) => number = () => 0) {
    this.#boundMs = boundMs;
    this.#base = base;
  }

  /** To be called in the order of `at`. */
  acknowledged({ subject, version, position, at }: Change): void {
    const list = this.#known.get(subject) ?? [];
    const last = list.at(-1)?.newest ?? this.#base(subject);
    const own = version ?? last + 1;
    list.push({ at, position, version: own, count: 1, newest: Math.max(last, own) });
    this.#known.set(subject, list);
  }

  /**
   * Keeps of the changes acknowledged before a moment only their sum, so that a run of hours needs no more memory than
   * one of a minute. A read that began longer than the bound after it is held to as much as before, unless its token is
   * older than the newest of them; no read is held to more.
   */
  forget(before: number): void {
    for (const [subject, list] of this.#known) {
      const first = list.findIndex(({ at }) => at >= before);
      const past = first < 0 ? list.length : first;
      if (past < 2) continue;
      const sum = list.slice(0, past).reduce((a, b) => ({
        at: b.at,
        position: comparePositions(a.position, b.position) > 0 ? a.position : b.position,
        version: Math.max(a.version, b.version),
        count: a.count + b.count,
        newest: b.newest,
      }));
      this.#known.set(subject, [sum, ...list.slice(past)]);
    }
  }

  /** How many changes are remembered one by one, or as a sum. */
  get size(): number {
    return [...this.#known.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** @param isCounter see {@link Change.version} @returns what was broken, if anything */
  read({ subject, version, began, token }: Read, isCounter = false): Broken | undefined {
    const list = this.#known.get(subject);
    if (!list) return undefined;
    const bound = newestBefore(list, began - this.#boundMs)?.newest ?? 0;
    if (version < bound) return { promise: 'bound', wanted: bound };
    if (!token) return undefined;
    const covered = list.filter(({ position }) => comparePositions(position, token) <= 0);
    const wanted = isCounter
      ? covered.reduce((sum, { count }) => sum + count, this.#base(subject))
      : covered.reduce((most, each) => Math.max(most, each.version), 0);
    return version < wanted ? { promise: 'token', wanted } : undefined;
  }

  /** For how many milliseconds a newer version had been acknowledged when the read began; 0 for the newest. */
  staleness({ subject, version, began }: Read): number {
    const list = this.#known.get(subject);
    const last = list && newestBefore(list, began);
    if (!list || !last || version >= last.newest) return 0;
    const missed = list.find(({ newest }) => newest > version);
    return missed ? began - missed.at : 0;
  }
}

/** The last change acknowledged before a moment, by halving. */
function newestBefore(list: readonly Known[], moment: number): Known | undefined {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.at < moment) low = middle + 1;
    else high = middle;
  }
  return list[low - 1];
}
