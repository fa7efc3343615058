import { setTimeout as pause } from 'node:timers/promises';
import type { CacheKey } from './entry';
import type { AbortGroup } from './single-flight';

/** What leases are written in: something that all processes of a region share. */
export interface Claims {
  /** @returns the state of the lease; undefined when it is unknown. Never rejects. */
  claim(name: string, milliseconds: number): Promise<LeaseState | undefined>;
  /** Makes a claim of this process last so long from now. @returns false when it has run out. Never rejects. */
  renew(name: string, milliseconds: number): Promise<boolean | undefined>;
  /** Ends a claim of this process. */
  unclaim(name: string): void;
  /** Says for so long, in place of a claim, that waiting is futile: what was fetched is not stored. */
  sayFutile(name: string, milliseconds: number): void;
}

/**
 * mine    this process has it from now on
 * taken   another has it
 * futile  it is not needed: see {@link Claims.sayFutile}
 */
export type LeaseState = 'mine' | 'taken' | 'futile';

/** What the processes of a region do for a key once for all. */
export interface SharedWork<T> {
  /** who they are that wait; undefined: one who waits to the end */
  readonly group: Pick<AbortGroup, 'aborted'> | undefined;
  /** what others have stored meanwhile, if it may be served */
  readonly look: () => Promise<T | undefined>;
  /** asks upstream, and has sent what it stores before it resolves */
  readonly fill: () => Promise<T>;
  /** whether nothing was stored, by the nature of the answer: then the others need not wait for the next either */
  readonly isFutile: (answer: T) => boolean;
}

export interface LeasesOptions {
  readonly claims: Claims;
  /** milliseconds a lease lasts unless it is renewed, and so the longest that anyone waits for a holder that died; 0: no leases */
  readonly leaseMs: number;
  /** milliseconds anyone waits for a holder that lives */
  readonly patienceMs: number;
  /** monotonic milliseconds */
  readonly now: () => number;
  /** Told how each request that came for one fared. Must not throw. */
  readonly fared?: (how: LeaseOutcome) => void;
}

/**
 * held      this process took it, and asked upstream
 * found     another did, and this process took what it stored
 * futile    what others had fetched was not stored, so this process asked itself
 * unleased  it asked without a lease: Redis did not answer, or the holder took too long
 */
export const LEASE_OUTCOMES = ['held', 'found', 'futile', 'unleased'] as const;
export type LeaseOutcome = (typeof LEASE_OUTCOMES)[number];

/** Between two looks for what the holder is fetching: milliseconds, doubled each time up to the longest. */
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 64;
/**
 * For this many milliseconds after an answer that was not stored, all processes ask at once. Longer than the longest
 * pause, so that every waiter learns of it. Each such answer renews it, so for an answer that is never stored they
 * wait only once.
 */
const FUTILE_MS = 1000;
/** How often a lease is renewed while it lasts: one renewal may come late, and one may be lost. */
const RENEWALS = 3;

/**
 * One call upstream per key among the processes of a region (P42). The process that takes a key's lease asks
 * upstream, and renews the lease until the answer has arrived; the others look for the stored answer, as do the
 * requests that wait in the holder's own process. If the holder dies, they lose one lease time and no more; if Redis
 * does not answer, no request waits. Nor does any wait for an answer that is not stored, such as an error or one
 * that sets a cookie: it would reach one process after the other.
 *
 * A waiter checks what it finds by its own lookup: the purges it knew of when it began hold for an entry whose fill
 * began before them (P02).
 */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #held = new Set<CacheKey>();

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  async collapse<T>(key: CacheKey, shared: SharedWork<T>): Promise<T> {
    const { claims, leaseMs, patienceMs, now, fared = () => {} } = this.#options;
    const { group, look, fill } = shared;
    // This process is asking already, and its own flights know better why that call will not do.
    if (leaseMs === 0 || this.#held.has(key)) return fill();
    const until = now() + patienceMs;
    for (let wait = FIRST_PAUSE; ; wait = Math.min(2 * wait, LONGEST_PAUSE)) {
      // Sent together, and answered in this order: what the last holder stored is seen by the next.
      const [claim, found] = await Promise.all([claims.claim(key, leaseMs), look()]);
      if (found !== undefined) fared('found');
      else if (claim === 'mine') fared('held');
      if (claim === 'mine') return this.#hold(key, found, shared);
      if (found !== undefined) return found;
      if (claim === 'futile') {
        fared('futile');
        return this.#fillAtOnce(key, shared);
      }
      if (claim === undefined || group?.aborted || now() + wait > until) {
        fared('unleased');
        return fill();
      }
      await pause(wait);
    }
  }

  /**
   * Background work that one process of the region does for all.
   * @returns undefined: another is at it
   */
  async once<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    const { claims, leaseMs } = this.#options;
    if (leaseMs === 0) return work();
    const claim = await claims.claim(name, leaseMs);
    if (claim !== undefined && claim !== 'mine') return undefined;
    try {
      return await work();
    } finally {
      if (claim === 'mine') claims.unclaim(name);
    }
  }

  async #hold<T>(key: CacheKey, found: T | undefined, { fill, isFutile }: SharedWork<T>): Promise<T> {
    const { claims, leaseMs, now } = this.#options;
    let over = now() + leaseMs;
    const renewing = setInterval(() => {
      const sentAt = now();
      void claims.renew(key, leaseMs).then((renewed) => {
        if (renewed) over = sentAt + leaseMs;
      });
    }, leaseMs / RENEWALS);
    this.#held.add(key);
    let futile = false;
    try {
      if (found !== undefined) return found;
      const answer = await fill();
      futile = isFutile(answer);
      return answer;
    } finally {
      clearInterval(renewing);
      this.#held.delete(key);
      if (futile) claims.sayFutile(key, FUTILE_MS);
      // A lease that has run out may be another's by now.
      else if (now() < over) claims.unclaim(key);
    }
  }

  async #fillAtOnce<T>(key: CacheKey, { fill, isFutile }: SharedWork<T>): Promise<T> {
    const answer = await fill();
    if (isFutile(answer)) this.#options.claims.sayFutile(key, FUTILE_MS);
    return answer;
  }
}
