import type { CacheKey } from './entry';
import { Audience, type OnAbort } from './audience';

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
