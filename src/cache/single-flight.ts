import type { CacheKey } from './entry';

/** Told when its client goes away. */
export type OnAbort = (callback: () => void) => void;

/**
 * The requests that wait for one answer; the fetch is told when the last one has gone away. It has the part of an
 * AbortSignal that an upstream call uses. A real one, with its controller and listeners, costs a query eight
 * microseconds.
 */
export class AbortGroup {
  /** No request waits any more. */
  aborted = false;
  #listeners: Set<() => void> | undefined;
  #waiting = 0;

  /**
   * Must not be called once the last has gone away and a listener was told. If there was no listener yet, nothing
   * has been aborted, and a request that arrives now is waited for.
   * @param onAbort undefined: this one waits to the end, even if all others go away
   */
  add(onAbort: OnAbort | undefined): void {
    this.#waiting++;
    this.aborted = false;
    onAbort?.(() => {
      this.#waiting--;
      if (this.#waiting > 0) return;
      this.aborted = true;
      for (const listener of this.#listeners ?? []) listener();
    });
  }

  /** Calls back when the last one goes away. */
  addEventListener(_: 'abort', listener: () => void): void {
    (this.#listeners ??= new Set()).add(listener);
  }

  removeEventListener(_: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener);
  }
}

/** What a key's requests may wait for. */
interface CallsOfKey<T> {
  /** the call that began last, while it is under way */
  last: SharedCall<T> | undefined;
  /** the call that begins next: those who wait for it came while they could neither join the last nor begin one */
  next: { readonly result: Promise<T>; readonly group: AbortGroup } | undefined;
  /** when the last two calls that count began, the newest last: monotonic milliseconds */
  readonly began: number[];
}

/** One call upstream that several requests may wait for. */
interface SharedCall<T> {
  /** the purge table's version when it began */
  readonly since: number;
  readonly result: Promise<T>;
  readonly group: AbortGroup;
}

/** A request that wants an answer. */
export interface Joiner<T> {
  /** what to do if there is no call to join; it is told when every waiting client has gone away */
  readonly begin: (group: AbortGroup) => Promise<T>;
  /** undefined: this one waits to the end, even if all others go away */
  readonly onAbort: OnAbort | undefined;
  /** whether it may be given the answer of a call that began at this version of the purge table */
  readonly mayJoin: (since: number) => boolean;
}

/** What it waits for. */
export interface Joined<T> {
  readonly result: Promise<T>;
  /** the call is shared with another request, which came first */
  readonly collapsed: boolean;
  /** the table's version when the call began, where it had begun already */
  readonly since: number | undefined;
}

export interface SingleFlightOptions<T> {
  /** the purge table's version now */
  readonly version: () => number;
  /** whether the next request will find nothing stored after this, by the nature of the answer: it is not held back */
  readonly isFutile?: (result: T) => boolean;
  /** whether it was found, and cost upstream nothing: then it does not count among the calls of its key */
  readonly isFound?: (result: T) => boolean;
  readonly clock?: FlightClock;
}

/** Monotonic milliseconds. */
export interface FlightClock {
  readonly now: () => number;
  readonly after: (milliseconds: number, callback: () => void) => void;
}

const PROCESS_CLOCK: FlightClock = {
  now: () => performance.now(),
  after: (milliseconds, callback) => void setTimeout(callback, milliseconds),
};

/** In so many milliseconds at most two calls of a key begin. */
const WINDOW_MS = 50;

/**
 * One call for any number of requests for a key. A request joins the call under way unless something that may be in
 * its answer was purged since the call began: otherwise it could get an answer from before a purge that it came
 * after (P02). A request that may not join begins its own call, or takes part in the next, which is delayed if there
 * would otherwise be more than two in 50 ms. So it never waits for the end of a call that began before it came, and
 * a key costs upstream at most 40 calls a second, whatever is purged (P48). Answers that are never stored are exempt
 * from that limit, and lookups that found an entry do not count.
 */
export class SingleFlight<T> {
  readonly #keys = new Map<CacheKey, CallsOfKey<T>>();
  readonly #options: SingleFlightOptions<T>;
  readonly #clock: FlightClock;
  /** Some keys are remembered only for the start of their last calls, which is checked later. */
  #isSweeping = false;
  #underWay = 0;

  constructor(options: SingleFlightOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? PROCESS_CLOCK;
  }

  /** Calls under way. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Keys with a call under way, or one that began a moment ago: in the last two windows. */
  get size(): number {
    return this.#keys.size;
  }

  /** Whether a call of this key is under way, or about to begin. */
  has(key: CacheKey): boolean {
    const calls = this.#keys.get(key);
    return calls !== undefined && (calls.next !== undefined || calls.last?.group.aborted === false);
  }

  /** Joins a call of a key, or begins one, now or as soon as may be. */
  join(key: CacheKey, joiner: Joiner<T>): Joined<T> {
    const calls = this.#callsOf(key);
    const { last, next } = calls;
    if (last && !last.group.aborted && joiner.mayJoin(last.since)) {
      last.group.add(joiner.onAbort);
      return { result: last.result, collapsed: true, since: last.since };
    }
    if (next) {
      next.group.add(joiner.onAbort);
      return { result: next.result, collapsed: true, since: undefined };
    }
    const group = new AbortGroup();
    group.add(joiner.onAbort);
    const wait = calls.began.length < 2 ? 0 : calls.began[0]! + WINDOW_MS - this.#clock.now();
    const { result } =
      wait > 0
        ? (calls.next = { result: this.#beginIn(wait, key, joiner.begin, group), group })
        : this.#begin(key, calls, joiner.begin, group);
    return { result, collapsed: false, since: undefined };
  }

  #callsOf(key: CacheKey): CallsOfKey<T> {
    const known = this.#keys.get(key);
    if (known) return known;
    const calls = { last: undefined, next: undefined, began: [] };
    this.#keys.set(key, calls);
    return calls;
  }

  #beginIn(wait: number, key: CacheKey, begin: Joiner<T>['begin'], group: AbortGroup): Promise<T> {
    return new Promise((resolve) => {
      this.#clock.after(wait, () => {
        const calls = this.#callsOf(key);
        calls.next = undefined;
        resolve(this.#begin(key, calls, begin, group).result);
      });
    });
  }

  #begin(key: CacheKey, calls: CallsOfKey<T>, begin: Joiner<T>['begin'], group: AbortGroup): SharedCall<T> {
    const { version, isFutile, isFound } = this.#options;
    const { began } = calls;
    const now = this.#clock.now();
    this.#underWay++;
    if (began.push(now) > 2) began.shift();
    const call: SharedCall<T> = { since: version(), result: begin(group), group };
    calls.last = call;
    const end = (futile: boolean, found: boolean): void => {
      this.#underWay--;
      if (calls.last === call) calls.last = undefined;
      if (futile) began.length = 0;
      else if (found && began.includes(now)) began.splice(began.indexOf(now), 1);
      this.#forget(key, calls);
    };
    call.result.then(
      (result) => end(isFutile?.(result) ?? false, isFound?.(result) ?? false),
      () => end(true, false),
    );
    return call;
  }

  #forget(key: CacheKey, calls: CallsOfKey<T>): void {
    if (calls.last || calls.next) return;
    if (calls.began.length > 0) this.#sweepLater();
    else if (this.#keys.get(key) === calls) this.#keys.delete(key);
  }

  /** When calls began is remembered for as long as it counts. One timer sees to all keys: with one for each, misses pay for it. */
  #sweepLater(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#clock.after(WINDOW_MS, () => this.#sweep());
  }

  #sweep(): void {
    this.#isSweeping = false;
    const before = this.#clock.now() - WINDOW_MS;
    for (const [key, { last, next, began }] of this.#keys) {
      if (last || next) continue;
      if (began.every((at) => at <= before)) this.#keys.delete(key);
      else this.#sweepLater();
    }
  }
}
