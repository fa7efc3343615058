import { Audience, type OnAbort } from './audience';
import type { CacheKey } from './entry';

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
