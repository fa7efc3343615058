import type { CacheKey } from './entry';

/** Told when its client goes away. */
export type OnAbort = (callback: () => void) => void;

/**
 * Those who wait for one answer; whoever fetches it is told when the last has gone away. It has of an AbortSignal what a
 * call upstream looks at. A real one, with its controller and its listeners, costs a query eight microseconds.
 */
export class AbortGroup {
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
interface Queued<T> {
  readonly result: Promise<T>;
  readonly group: AbortGroup;
  readonly start: () => void;
}

/** The calls of one key: the last that began, and the one to come. */
interface CallQueue<T> {
  next: Queued<T> | undefined;
}

/** Milliseconds after which a call that goes on is no longer waited for before the next begins. */
const OLD_MS = 1000;

/**
 * Collapses requests where nobody knows what was purged meanwhile: there a request may not join a call that began before
 * it, for a purge may lie between (P02). It may join the next. One call of a key is under way, and those who come
 * meanwhile wait for one that begins when it ends, or when it is old: so the longest wait about doubles, and upstream sees
 * one call at a time for each key, where it would else see one for each request on the night on which it can bear that least.
 */
export class SerialFlight<T> {
  readonly #queues = new Map<CacheKey, CallQueue<T>>();

  constructor(readonly oldMs: number = OLD_MS) {}

  /** Keys with a call under way. */
  get size(): number {
    return this.#queues.size;
  }

  /**
   * Begins a call, or joins one that will begin later than now.
   * @param begin what to do; it is told when every client that waited has gone away
   * @param onAbort undefined: this caller waits to the end, whoever else goes away
   */
  join(
    key: CacheKey,
    begin: (group: AbortGroup) => Promise<T>,
    onAbort: OnAbort | undefined,
  ): { result: Promise<T>; collapsed: boolean } {
    const underWay = this.#queues.get(key);
    const queue = underWay ?? { next: undefined };
    const collapsed = queue.next !== undefined;
    const next = (queue.next ??= this.#wait(key, queue, begin));
    next.group.add(onAbort);
    if (!underWay) next.start();
    return { result: next.result, collapsed };
  }

  #wait(key: CacheKey, queue: CallQueue<T>, begin: (group: AbortGroup) => Promise<T>): Queued<T> {
    const group = new AbortGroup();
    let start = (): void => {};
    const started = new Promise<void>((resolve) => (start = resolve));
    const result = started.then(() => begin(group));
    return { result, group, start: () => (this.#begin(key, queue, result), start()) };
  }

  /** From now on whoever comes waits for the next. */
  #begin(key: CacheKey, queue: CallQueue<T>, result: Promise<T>): void {
    this.#queues.set(key, queue);
    queue.next = undefined;
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      if (queue.next) queue.next.start();
      else this.#queues.delete(key);
    };
    const timer = setTimeout(end, this.oldMs);
    result.then(end, end);
  }
}

/** One call upstream that several requests may wait for. */
interface SharedCall<T> {
  /** the purge table's version when it began */
  readonly version: number;
  readonly result: Promise<T>;
  readonly group: AbortGroup;
}

/**
 * One call per key at a time. A request joins a flight only if nothing was purged since the flight began: otherwise it
 * could be shown what was true before a purge that it came after (P02).
 */
export class SingleFlight<T> {
  readonly #calls = new Map<CacheKey, SharedCall<T>>();

  get size(): number {
    return this.#calls.size;
  }

  /**
   * Joins the flight for a key or begins one.
   * @param begin what to do; it is told when every client that waited has gone away
   * @param onAbort undefined: this caller waits to the end, whoever else goes away
   */
  join(
    key: CacheKey,
    version: number,
    begin: (group: AbortGroup) => Promise<T>,
    onAbort: OnAbort | undefined,
  ): { result: Promise<T>; collapsed: boolean } {
    const current = this.#calls.get(key);
    const collapsed = current?.version === version && !current.group.aborted;
    const call = collapsed ? current : this.#begin(key, version, begin);
    call.group.add(onAbort);
    return { result: call.result, collapsed };
  }

  /** Whether a refresh of this key, begun at this version, is under way. */
  has(key: CacheKey, version: number): boolean {
    return this.#calls.get(key)?.version === version;
  }

  #begin(key: CacheKey, version: number, begin: (group: AbortGroup) => Promise<T>): SharedCall<T> {
    const group = new AbortGroup();
    const result = begin(group);
    const call: SharedCall<T> = { version, result, group };
    this.#calls.set(key, call);
    const end = () => {
      if (this.#calls.get(key) === call) this.#calls.delete(key);
    };
    result.then(end, end);
    return call;
  }
}
