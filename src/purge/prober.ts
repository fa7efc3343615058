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
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /** What the primary said last; for display. */
  get last(): Position | undefined {
    return this.#last;
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
      this.#last = last;
      if (this.#timer) onStep(proof.answered(probe, last, table.position, now()), probe);
    } catch (error) {
      this.unanswered++;
      if (this.#timer) onStep('unanswered', probe, error);
    } finally {
      this.#underWay--;
    }
  }
}
