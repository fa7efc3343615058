import { setTimeout as pause } from 'node:timers/promises';
import type { CacheKey } from './entry';
import type { AbortGroup } from './single-flight';

/** What leases are written in: something that all processes of a region share. */
export interface Claims {
  /** @returns false when it is claimed already; undefined when nobody can say. Never rejects. */
  claim(name: string, milliseconds: number): Promise<boolean | undefined>;
  /** Makes a claim of this process last so long from now. @returns false when it has run out. Never rejects. */
  renew(name: string, milliseconds: number): Promise<boolean | undefined>;
  /** Ends a claim of this process. */
  unclaim(name: string): void;
}

export interface LeasesOptions {
  readonly claims: Claims;
  /** milliseconds a lease lasts unless it is renewed, and so the longest that anyone waits for a holder that died; 0: no leases */
  readonly leaseMs: number;
  /** milliseconds anyone waits for a holder that lives */
  readonly patienceMs: number;
  /** monotonic milliseconds */
  readonly now: () => number;
}

/** Between two looks for what the holder is fetching: milliseconds, doubled each time up to the longest. */
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 64;
/** How often a lease is renewed while it lasts: one renewal may come late, and one may be lost. */
const RENEWALS = 3;

/**
 * One call upstream per key among the processes of a region (P42). Whoever takes a key's lease asks upstream, and renews
 * it until the answer is there; the others look for what it has stored, as those do who wait in the holder's own process.
 * A holder that dies costs them a lease and no more; without an answer of Redis nobody waits.
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
   * @param group who they are; undefined: one who waits to the end
   * @param look what others have stored meanwhile, if it may be served
   * @param fill asks upstream, and has sent what it stores before it resolves
   */
  async collapse<T>(
    key: CacheKey,
    group: Pick<AbortGroup, 'aborted'> | undefined,
    look: () => Promise<T | undefined>,
    fill: () => Promise<T>,
  ): Promise<T> {
    const { claims, leaseMs, patienceMs, now } = this.#options;
    // This process is asking already, and its own flights know better why that call will not do.
    if (leaseMs === 0 || this.#held.has(key)) return fill();
    const until = now() + patienceMs;
    for (let wait = FIRST_PAUSE; ; wait = Math.min(2 * wait, LONGEST_PAUSE)) {
      // Sent together, and answered in this order: what the last holder stored is seen by the next.
      const [claimed, found] = await Promise.all([claims.claim(key, leaseMs), look()]);
      if (claimed) return this.#hold(key, found === undefined ? fill : () => Promise.resolve(found));
      if (found !== undefined) return found;
      if (claimed === undefined || group?.aborted || now() + wait > until) return fill();
      await pause(wait);
    }
  }

  async #hold<T>(key: CacheKey, fill: () => Promise<T>): Promise<T> {
    const { claims, leaseMs, now } = this.#options;
    let over = now() + leaseMs;
    const renewing = setInterval(() => {
      const sentAt = now();
      void claims.renew(key, leaseMs).then((renewed) => {
        if (renewed) over = sentAt + leaseMs;
      });
    }, leaseMs / RENEWALS);
    this.#held.add(key);
    try {
      return await fill();
    } finally {
      clearInterval(renewing);
      this.#held.delete(key);
      // A lease that has run out may be another's by now.
      if (now() < over) claims.unclaim(key);
    }
  }
}
