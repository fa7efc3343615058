import { setTimeout as pause } from 'node:timers/promises';
import type { CacheKey } from './entry';
import type { Audience } from './audience';

/** What leases are written in: something that all processes of a region share. */
export interface Claims {
  /** @returns false when it is claimed already; undefined when nobody can say. Never rejects. */
  claim(name: string, milliseconds: number): Promise<boolean | undefined>;
  /** Ends a claim of this process. */
  unclaim(name: string): void;
}

export interface LeasesOptions {
  readonly claims: Claims;
  /** milliseconds a lease lasts, and so the longest that anyone waits for its holder; 0: no leases */
  readonly leaseMs: number;
  /** monotonic milliseconds */
  readonly now: () => number;
}

/** Between two looks for what the holder is fetching: milliseconds, doubled each time up to the longest. */
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 64;

/**
 * One call upstream per key among the processes of a region (P42). Whoever takes a key's lease asks upstream; the
 * others look for what it has stored, for as long as a lease lasts, and then ask for themselves. A holder that dies costs
 * them that time and no more; without an answer of Redis nobody waits.
 *
 * What a waiter finds has to pass its own look: the purges it knew of when it began hold for an entry whose fill began
 * before them (P02).
 */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #held = new Set<CacheKey>();

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /**
   * @param audience who they are; undefined: one who waits to the end
   * @param look what others have stored meanwhile, if it may be served
   * @param fill asks upstream, and has sent what it stores before it resolves
   */
  async collapse<T>(
    key: CacheKey,
    audience: Pick<Audience, 'aborted'> | undefined,
    look: () => Promise<T | undefined>,
    fill: () => Promise<T>,
  ): Promise<T> {
    const { claims, leaseMs, now } = this.#options;
    // This process is asking already, and its own flights know better why that call will not do.
    if (leaseMs === 0 || this.#held.has(key)) return fill();
    const until = now() + leaseMs;
    for (let wait = FIRST_PAUSE; ; wait = Math.min(2 * wait, LONGEST_PAUSE)) {
      // Sent together, and answered in this order: what the last holder stored is seen by the next.
      const [claimed, found] = await Promise.all([claims.claim(key, leaseMs), look()]);
      if (claimed) return this.#hold(key, found === undefined ? fill : () => Promise.resolve(found));
      if (found !== undefined) return found;
      if (claimed === undefined || audience?.aborted || now() + wait > until) return fill();
      await pause(wait);
    }
  }

  async #hold<T>(key: CacheKey, fill: () => Promise<T>): Promise<T> {
    const { claims, leaseMs, now } = this.#options;
    const over = now() + leaseMs;
    this.#held.add(key);
    try {
      return await fill();
    } finally {
      this.#held.delete(key);
      // A lease that has run out may be another's by now.
      if (now() < over) claims.unclaim(key);
    }
  }
}
