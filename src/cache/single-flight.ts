import type { CacheKey } from './entry';

/** Told when its client goes away. */
export type OnAbort = (callback: () => void) => void;

/**
 * Those who wait for one answer; whoever fetches it is told when the last has gone away. It has of an AbortSignal what a
 * call upstream looks at. A real one, with its controller and its listeners, costs a query eight microseconds.
 */
export class Audience {
  /** Nobody waits any more. */
  aborted = false;
  #listeners: Set<() => void> | undefined;
  #waiting = 0;

  /** @param onAbort undefined: this one waits to the end, whoever else goes away */
  add(onAbort: OnAbort | undefined): void {
    this.#waiting++;
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

/** A call upstream that has not begun: those who wait for it came while another was under way. */
interface Next<T> {
  readonly landing: Promise<T>;
  readonly audience: Audience;
  readonly depart: () => void;
}

/** The calls of one key: the last that began, and the one to come. */
interface Line<T> {
  next: Next<T> | undefined;
}

/** Milliseconds after which a call that goes on is no longer waited for before the next begins. */
const OLD_MS = 1000;

/**
 * Collapses requests where nobody knows what was purged meanwhile: there a request may not join a call that began before
 * it, for a purge may lie between (P02). It may join the next. One call of a key is under way, and those who come
 * meanwhile wait for one that begins when it ends, or when it is old: so the longest wait about doubles, and upstream sees
 * one call at a time for each key, where it would else see one for each request on the night on which it can bear that least.
 */
export class NextFlights<T> {
  readonly #lines = new Map<CacheKey, Line<T>>();

  constructor(readonly oldMs: number = OLD_MS) {}

  /** Keys with a call under way. */
  get size(): number {
    return this.#lines.size;
  }

  /**
   * Begins a call, or joins one that will begin later than now.
   * @param begin what to do; it is told when every client that waited has gone away
   * @param onAbort undefined: this caller waits to the end, whoever else goes away
   */
  join(
    key: CacheKey,
    begin: (audience: Audience) => Promise<T>,
    onAbort: OnAbort | undefined,
  ): { landing: Promise<T>; collapsed: boolean } {
    const underWay = this.#lines.get(key);
    const line = underWay ?? { next: undefined };
    const collapsed = line.next !== undefined;
    const next = (line.next ??= this.#wait(key, line, begin));
    next.audience.add(onAbort);
    if (!underWay) next.depart();
    return { landing: next.landing, collapsed };
  }

  #wait(key: CacheKey, line: Line<T>, begin: (audience: Audience) => Promise<T>): Next<T> {
    const audience = new Audience();
    let depart = (): void => {};
    const departed = new Promise<void>((resolve) => (depart = resolve));
    const landing = departed.then(() => begin(audience));
    return { landing, audience, depart: () => (this.#fly(key, line, landing), depart()) };
  }

  /** From now on whoever comes waits for the next. */
  #fly(key: CacheKey, line: Line<T>, landing: Promise<T>): void {
    this.#lines.set(key, line);
    line.next = undefined;
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      if (line.next) line.next.depart();
      else this.#lines.delete(key);
    };
    const timer = setTimeout(end, this.oldMs);
    landing.then(end, end);
  }
}

/** One call upstream that several requests may wait for. */
interface Flight<T> {
  /** the purge table's version when it began */
  readonly version: number;
  readonly landing: Promise<T>;
  readonly audience: Audience;
}

/**
 * One call per key at a time. A request joins a flight only if nothing was purged since the flight began: otherwise it
 * could be shown what was true before a purge that it came after (P02).
 */
export class Flights<T> {
  readonly #flights = new Map<CacheKey, Flight<T>>();

  get size(): number {
    return this.#flights.size;
  }

  /**
   * Joins the flight for a key or begins one.
   * @param begin what to do; it is told when every client that waited has gone away
   * @param onAbort undefined: this caller waits to the end, whoever else goes away
   */
  join(
    key: CacheKey,
    version: number,
    begin: (audience: Audience) => Promise<T>,
    onAbort: OnAbort | undefined,
  ): { landing: Promise<T>; collapsed: boolean } {
    const current = this.#flights.get(key);
    const collapsed = current?.version === version && !current.audience.aborted;
    const flight = collapsed ? current : this.#begin(key, version, begin);
    flight.audience.add(onAbort);
    return { landing: flight.landing, collapsed };
  }

  /** Whether a refresh of this key, begun at this version, is under way. */
  has(key: CacheKey, version: number): boolean {
    return this.#flights.get(key)?.version === version;
  }

  #begin(key: CacheKey, version: number, begin: (audience: Audience) => Promise<T>): Flight<T> {
    const audience = new Audience();
    const landing = begin(audience);
    const flight: Flight<T> = { version, landing, audience };
    this.#flights.set(key, flight);
    const land = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    landing.then(land, land);
    return flight;
  }
}
