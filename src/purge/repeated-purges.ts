import { hash } from 'node:crypto';
import type { Purge } from './log';
import { EVERYTHING, type Tag } from './tag';

export interface RepeatedPurgesOptions {
  /** what a purge is made with; may reject: it is retried elsewhere then */
  readonly append: (purges: readonly Purge[]) => Promise<unknown>;
  /** milliseconds after the last mutation of a set of tags during which it is purged again */
  readonly forMs: number;
  /** milliseconds between two purges; default 2000 */
  readonly everyMs?: number;
  /** monotonic milliseconds */
  readonly now: () => number;
}

interface Schedule {
  readonly tags: Set<Tag>;
  readonly timer: NodeJS.Timeout;
  until: number;
}

/** Sets of tags that have their own schedule. Beyond these, sets share one, under this name. */
const MOST_SCHEDULES = 128;
const SHARED = '';
/** Tags of the shared schedule: past these it purges everything. */
const MOST_SHARED = 10_000;

/**
 * Purges again and again, for a while, what mutations without an answer touched: upstream may commit such a change
 * long after the gateway gave up on it, and a request in between would store what was true before it (P26).
 *
 * However many mutations wait for the same tags, they share one schedule; and the number of schedules is bounded.
 */
export class RepeatedPurges {
  readonly #options: RepeatedPurgesOptions;
  readonly #schedules = new Map<string, Schedule>();
  #closed = false;

  constructor(options: RepeatedPurgesOptions) {
    this.#options = options;
  }

  /** Sets of tags that are being purged again and again. */
  get size(): number {
    return this.#schedules.size;
  }

  /** @returns whether this began a schedule; else it prolonged one */
  add(tags: ReadonlySet<Tag>): boolean {
    if (this.#closed || tags.size === 0) return false;
    const own = hash('sha256', [...tags].sort().join('\0'), 'base64url');
    const name = this.#schedules.has(own) || this.#schedules.size < MOST_SCHEDULES ? own : SHARED;
    const until = this.#options.now() + this.#options.forMs;
    const known = this.#schedules.get(name);
    if (known) {
      known.until = until;
      for (const tag of tags) known.tags.add(tag);
      if (known.tags.size > MOST_SHARED && name === SHARED) {
        known.tags.clear();
        known.tags.add(EVERYTHING);
      }
      return false;
    }
    const timer = setInterval(() => this.#purge(name), this.#options.everyMs ?? 2000);
    timer.unref();
    this.#schedules.set(name, { tags: new Set(tags), timer, until });
    return true;
  }

  /** What is scheduled is not purged any more. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#schedules.values()) clearInterval(timer);
    this.#schedules.clear();
  }

  #purge(name: string): void {
    const { tags, timer, until } = this.#schedules.get(name)!;
    if (this.#options.now() >= until) {
      clearInterval(timer);
      this.#schedules.delete(name);
    }
    const purges = Array.from(tags, (tag): Purge => ({ tag, kind: 'hard' }));
    // An unacknowledged purge is applied here, and its appender retries it.
    this.#options.append(purges).catch(() => {});
  }
}
