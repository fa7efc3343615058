import type { Purge, PurgeLog } from './log';
import { EVERYTHING, type Tag } from './tag';
import type { Position } from './position';

/** Past this many tags one purge of everything takes their place: more is purged than need be, and nothing is lost. */
const MOST_TAGS = 100_000;

/** Purges the primary has not acknowledged yet: one for each tag, however often it was purged, and boundedly many. */
export class PendingPurges {
  readonly #purges = new Map<Tag, Purge>();
  readonly #most: number;

  constructor(most = MOST_TAGS) {
    this.#most = most;
  }

  get size(): number {
    return this.#purges.size;
  }

  add(purges: readonly Purge[]): void {
    for (const purge of purges) {
      const known = this.#purges.get(purge.tag);
      this.#purges.set(purge.tag, known ? stronger(known, purge) : purge);
      if (this.#purges.size > this.#most) {
        this.#purges.clear();
        this.#purges.set(EVERYTHING, { tag: EVERYTHING, kind: 'hard' });
      }
    }
  }

  /** Hands out what is pending. A caller that takes it and gets no acknowledgement must add it again. */
  take(): Purge[] {
    const purges = [...this.#purges.values()];
    this.#purges.clear();
    return purges;
  }
}

/** One that does all that two purges of a tag do: a hard one does all that a soft one does. */
function stronger(one: Purge, other: Purge): Purge {
  const { tag } = one;
  const kind = one.kind === 'hard' ? 'hard' : other.kind;
  return one.keepsLists && other.keepsLists ? { tag, kind, keepsLists: true } : { tag, kind };
}

/** milliseconds between two attempts: doubled from the first to the last */
const FIRST_WAIT = 100;
const LAST_WAIT = 5_000;

/** Appends what the primary did not acknowledge, again and again until it does. */
export class AppendRetry {
  /** made in the background */
  attempts = 0;
  readonly #log: PurgeLog;
  readonly #acknowledged: (position: Position, purges: readonly Purge[]) => void;
  readonly #pending = new PendingPurges();
  #underWay: readonly Purge[] = [];
  #attempted: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #wait = FIRST_WAIT;
  #closed = false;

  constructor(log: PurgeLog, acknowledged: (position: Position, purges: readonly Purge[]) => void) {
    this.#log = log;
    this.#acknowledged = acknowledged;
  }

  /** Tags whose purge is not acknowledged. */
  get size(): number {
    return this.#pending.size + this.#underWay.length;
  }

  add(purges: readonly Purge[]): void {
    this.#pending.add(purges);
    this.#schedule();
  }

  /** The primary answers: no need to wait any longer. */
  now(): void {
    if (!this.#timer) return;
    this.#wait = FIRST_WAIT;
    this.#attempt();
  }

  /** Tries a last time. What is still not acknowledged then is lost with the process: see PROTOCOL.md. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#attempted;
    clearTimeout(this.#timer);
    if (this.#pending.size === 0) return;
    // Unlike an append, a question waits while the connection is re-established. Whether it is answered does not
    // matter.
    await this.#log.lastPosition().catch(() => {});
    this.#attempt();
    await this.#attempted;
  }

  #schedule(): void {
    if (this.#closed || this.#timer || this.#underWay.length > 0 || this.#pending.size === 0) return;
    this.#timer = setTimeout(() => this.#attempt(), this.#wait);
    this.#wait = Math.min(2 * this.#wait, LAST_WAIT);
  }

  #attempt(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#underWay = this.#pending.take();
    this.#attempted = this.#append(this.#underWay);
  }

  async #append(purges: readonly Purge[]): Promise<void> {
    this.attempts++;
    try {
      const position = await this.#log.append(purges);
      this.#underWay = [];
      this.#wait = FIRST_WAIT;
      this.#acknowledged(position, purges);
    } catch {
      // The first appender was told why it failed; here it only has to be retried, and is counted.
      this.#underWay = [];
      this.#pending.add(purges);
    }
    this.#schedule();
  }
}
