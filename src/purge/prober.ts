import type { PurgeLog } from './log';
import type { Position } from './position';
import type { FreshnessProof, Probe, ProofStep } from './proof';
import type { PurgeTable } from './table';

export interface ProberOptions {
  readonly log: PurgeLog;
  readonly table: PurgeTable;
  readonly proof: FreshnessProof;
  /** monotonic milliseconds */
  readonly now: () => number;
  readonly intervalMs: number;
  /** What came of a question. `unanswered`: the primary could not be asked, and `error` says why. */
  readonly onStep: (step: ProofStep | 'unanswered', probe: Probe, error?: unknown) => void;
}

/** Questions under way at once. A primary that takes longer than this many intervals proves nothing soon enough. */
const MOST_UNDER_WAY = 16;

/** Asks the primary for its last position, at every interval and whenever there is reason to. */
export class Prober {
  /** questions sent, and those that got no answer */
  sent = 0;
  unanswered = 0;
  readonly #options: ProberOptions;
  #underWay = 0;
  #last: Position | undefined;
  /** when that was asked, and how long the answer took */
  #lastAskedAt = -Infinity;
  #lastTookMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /** What the primary said last; for display. */
  get last(): Position | undefined {
    return this.#last;
  }

  /**
   * A position that everything acknowledged before `since` is at or before: the primary's last one, asked at that time
   * or later.
   * @returns undefined when it would have to be asked first
   */
  askedSince(since: number): Position | undefined {
    return this.#lastAskedAt >= since ? this.#last : undefined;
  }

  /** The same, asked now. Undefined when the primary is farther away than that, or does not answer. */
  async ask(withinMs: number): Promise<Position | undefined> {
    if (this.#lastTookMs > withinMs) return undefined;
    const { log } = this.#options;
    return Promise.race([
      log.touch().catch(() => undefined),
      new Promise<undefined>((resolve) => setTimeout(resolve, withinMs, undefined).unref()),
    ]);
  }

  start(): void {
    this.#timer = setInterval(() => this.probe(), this.#options.intervalMs);
    this.probe();
  }

  probe(): void {
    if (this.#timer && this.#underWay < MOST_UNDER_WAY) void this.#ask();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #ask(): Promise<void> {
    const { log, table, proof, now, onStep } = this.#options;
    const probe: Probe = { askedAt: now(), position: table.position, version: table.version };
    this.#underWay++;
    this.sent++;
    try {
      const last = await log.touch();
      if (probe.askedAt > this.#lastAskedAt) {
        this.#last = last;
        this.#lastAskedAt = probe.askedAt;
        this.#lastTookMs = now() - probe.askedAt;
      }
      if (this.#timer) onStep(proof.answered(probe, last, table.position, now()), probe);
    } catch (error) {
      this.unanswered++;
      if (this.#timer) onStep('unanswered', probe, error);
    } finally {
      this.#underWay--;
    }
  }
}
