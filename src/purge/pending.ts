import type { Purge, PurgeKind } from './purge';
import { EVERYTHING, type Tag } from './tag';

/** Past this many tags one purge of everything takes their place: more is purged than need be, and nothing is lost. */
const MOST_TAGS = 100_000;

/** Purges the primary has not acknowledged yet: one for each tag, however often it was purged, and boundedly many. */
export class PendingPurges {
  readonly #kinds = new Map<Tag, PurgeKind>();
  readonly #most: number;

  constructor(most = MOST_TAGS) {
    this.#most = most;
  }

  get size(): number {
    return this.#kinds.size;
  }

  add(purges: readonly Purge[]): void {
    for (const { tag, kind } of purges) {
      // A hard purge does all that a soft one does.
      if (kind === 'hard' || !this.#kinds.has(tag)) this.#kinds.set(tag, kind);
      if (this.#kinds.size > this.#most) {
        this.#kinds.clear();
        this.#kinds.set(EVERYTHING, 'hard');
      }
    }
  }

  /** Hands out what is pending. Whoever takes it and does not get it acknowledged adds it again. */
  take(): Purge[] {
    const purges = Array.from(this.#kinds, ([tag, kind]) => ({ tag, kind }));
    this.#kinds.clear();
    return purges;
  }
}
