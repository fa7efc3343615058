import { setTimeout as pause } from 'node:timers/promises';
import type { PurgeLog } from './log';
import type { PurgeArrivals } from './arrivals';
import { isSamePosition, type Position } from './position';
import type { FreshnessProof, Probe, ProofStep } from './proof';
import type { PurgeTable } from './table';

export interface ProberOptions {
  readonly log: PurgeLog;
  readonly table: PurgeTable;
  readonly proof: FreshnessProof;
  /** monotonic milliseconds */
  readonly now: () => number;
  readonly intervalMs: number;
  readonly arrivals: Pick<PurgeArrivals, 'answered'>;
  /** The primary's answer, before what came of it is told. */
  readonly onAnswer?: (probe: Probe, last: Position) => void;
  /** What came of a question. `unanswered`: the primary could not be asked, and `error` says why. */
  readonly onStep: (step: ProofStep | 'unanswered', probe: Probe, error?: unknown) => void;
}

/** Questions under way at once. A primary that takes longer than this many intervals proves nothing soon enough. */
const MOST_UNDER_WAY = 16;

/** Milliseconds between two questions that requests wait for: those who ask in between share the next. */
const PACE_MS = 10;

/** Asks the primary for its last position, at every interval and whenever there is reason to. */
export class Prober {
  /** questions sent, and those that got no answer */
  sent = 0;
  unanswered = 0;
  readonly #options: ProberOptions;
  /** oldest first */
  readonly #underWay = new Set<Probe>();
  /** the next question that requests wait for; it has not left yet */
  #next: Promise<Position | undefined> | undefined;
  #nextAt = -Infinity;
  #last: Position | undefined;
  /** when that was asked, and how long the answer took */
  #lastAskedAt = -Infinity;
  #lastTookMs = 0;
  /** whether the question that ended last was answered */
  #answers = true;
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

  /**
   * The same, asked now: one question for all who want to know within some milliseconds. It leaves after each of them
   * has asked for it, and is under way whether they wait or not.
   * @returns undefined when the primary does not answer in time; at once when it is farther away than that, or is not
   *   answering already
   */
  async ask(withinMs: number): Promise<Position | undefined> {
    const answer = (this.#next ??= this.#askInTurn());
    const [oldest] = this.#underWay;
    const silentMs = oldest ? this.#options.now() - oldest.askedAt : 0;
    if (!this.#answers || Math.max(this.#lastTookMs, silentMs) > withinMs) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, withinMs, undefined)));
    return Promise.race([answer, limit]).finally(() => clearTimeout(timer));
  }

  start(): void {
    this.#timer = setInterval(() => this.probe(), this.#options.intervalMs);
    this.probe();
  }

  probe(): void {
    if (this.#timer && this.#underWay.size < MOST_UNDER_WAY) void this.#ask();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #askInTurn(): Promise<Position | undefined> {
    const wait = this.#nextAt - this.#options.now();
    await (wait > 0 ? pause(wait) : undefined);
    this.#nextAt = this.#options.now() + PACE_MS;
    // A request from now on may have seen something that this probe is too early for.
    this.#next = undefined;
    return this.#ask();
  }

  #noteAppend(askedAt: number, last: Position): void {
    const { log, table, arrivals, now } = this.#options;
    const append = log.lastAppend;
    // Another question may have been answered since.
    if (!append || !isSamePosition(append.position, last)) return;
    arrivals.answered({ ...append, askedAt, answeredAt: now() }, table.position);
  }

  async #ask(): Promise<Position | undefined> {
    const { log, table, proof, now, onAnswer, onStep } = this.#options;
    const probe: Probe = { askedAt: now(), position: table.position, version: table.version };
    this.#underWay.add(probe);
    this.sent++;
    try {
      const last = await log.lastPosition();
      this.#answers = true;
      this.#noteAppend(probe.askedAt, last);
      if (probe.askedAt > this.#lastAskedAt) {
        this.#last = last;
        this.#lastAskedAt = probe.askedAt;
        this.#lastTookMs = now() - probe.askedAt;
      }
      if (this.#timer) onAnswer?.(probe, last);
      if (this.#timer) onStep(proof.answered(probe, last, table.position, now()), probe);
      return last;
    } catch (error) {
      this.unanswered++;
      this.#answers = false;
      if (this.#timer) onStep('unanswered', probe, error);
      return undefined;
    } finally {
      this.#underWay.delete(probe);
    }
  }
}
