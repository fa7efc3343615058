import type { PurgeLog } from './log';
import { PendingPurges } from './pending';
import type { Position } from './position';
import type { Purge } from './purge';

/** milliseconds between two attempts: doubled from the first to the last */
const FIRST_WAIT = 100;
const LAST_WAIT = 5_000;

/** Appends what the primary did not acknowledge, again and again until it does. */
export class AppendRetry {
  /** attempts made in the background, of which {@link failures} failed */
  attempts = 0;
  failures = 0;
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
    // Unlike an append, a question waits for a connection that is being made anew. Whether it is answered does not matter.
    await this.#log.touch().catch(() => {});
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
      // Why it failed was told to whoever appended first; here it only has to be tried again, and is counted.
      this.failures++;
      this.#underWay = [];
      this.#pending.add(purges);
    }
    this.#schedule();
  }
}
