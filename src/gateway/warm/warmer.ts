import { nextPosition } from '../../purge/position';
import { evaluate } from '../../cache/lookup';
import type { Region } from '../../region/region';
import type { PrimaryEntriesOptions } from './primary-entries';
import type { PrimaryOutcome } from './primary-misses';
import { Appetite } from './appetite';
import { HotAnswers, type HotAnswer, type PurgedAnswer } from './hot-answers';
import type { CacheKey } from '../../cache/entry';

/** What the operator set, and who is told. */
export interface WarmOptions {
  /** asks within the window from which on an answer counts as hot */
  readonly minHits: number;
  readonly windowMs: number;
  /** calls under way at once */
  readonly concurrency: number;
  /** calls upstream a second, of all regions together, for what became cold */
  readonly upstreamPerSecond: number;
  /** how the primary region's gateway is asked for entries; undefined: it is not */
  readonly primary: PrimaryEntriesOptions | undefined;
  readonly count: (result: WarmResult) => void;
  /** told how long misses of clients waited for the primary region's cache. Milliseconds */
  readonly primaryTook: (outcome: PrimaryOutcome, ms: number) => void;
}

/**
 * The result of an attempt to warm an entry.
 *
 * stored   upstream was asked, and a store keeps its answer
 * relayed  the primary region's gateway gave what it keeps
 * found    another process of the region, or a user's request, had filled it
 * purged   it was purged while it was on its way
 * failed   upstream's answer was one that is not kept
 * barred   the rules, a pause after a failure, or the region's state forbid it now
 */
export type Warmed = (typeof ATTEMPTS)[number];

const ATTEMPTS = ['stored', 'relayed', 'found', 'purged', 'failed', 'barred'] as const;

/** Told to metrics: what became of an attempt, and later whether what it stored was of use. */
export type WarmResult = (typeof WARM_RESULTS)[number];

export const WARM_RESULTS = [...ATTEMPTS, 'used', 'wasted'] as const;

export interface WarmerParts {
  readonly region: Pick<
    Region,
    'near' | 'table' | 'purges' | 'leases' | 'now' | 'isProven' | 'asOf' | 'settledInMs'
  >;
  readonly options: WarmOptions;
  /**
   * Fills an answer's entry. May reject.
   * @param inTurn it became cold with many others: upstream is asked for it in its turn
   */
  readonly fill: (answer: Pick<HotAnswer, 'key' | 'query'>, inTurn: boolean) => Promise<Warmed>;
  /** calls upstream that are under way for the sake of cacheable queries, those of {@link fill} included */
  readonly underWay: () => number;
  /** turns a second */
  readonly perSecond: () => number;
  readonly fault: (error: unknown) => void;
}

/** To look which answers were purged may take this part of the time at most. */
const LOOKING_PART = 1 / 30;
/** Milliseconds for which it looks at a time. */
const LONGEST_LOOK_MS = 5;

/** An entry that was purged on its way is asked for again after so many milliseconds: calls of a key are counted in this time. */
const AGAIN_MS = 50;

/** What another process is at is looked for after so many milliseconds. */
const TAKEN_MS = 100;

/** For so long the log is waited for that has to bring a purge which is known here already. Milliseconds. */
const LOG_PATIENCE_MS = 5000;

/** An answer that is to be filled. */
interface Job {
  readonly answer: HotAnswer;
  readonly asked: number;
  /** told when it was tried */
  readonly done?: () => void;
}

/** Keeps what one process does for an answer apart from the leases of its misses. */
const CLAIM = 'w:';

/**
 * Refills hot answers that were purged, before a client asks. Client requests go first: the calls that they wait for
 * use up the warmer's places, all of them if need be. One process of the region fetches each answer at a time, and
 * again only when that call has ended, however often the answer is purged.
 */
export class Warmer {
  readonly hot: HotAnswers;
  readonly appetite: Appetite;
  readonly #parts: WarmerParts;
  /** the hottest last */
  #waiting: Job[] = [];
  /** what became cold with many others, the hottest first */
  #cold: Job[] = [];
  #ramping = 0;
  readonly #known = new Set<CacheKey>();
  #running = 0;
  #isLookDue = false;
  /** Something was purged while it was looked for: what was looked at before that is looked at again. */
  #isPurgedMeanwhile = false;
  #lookedUntil = -Infinity;
  readonly #turning: NodeJS.Timeout;
  readonly #endPurges: () => void;
  #isClosed = false;

  constructor(parts: WarmerParts) {
    const { region, options } = parts;
    const { minHits, windowMs, count } = options;
    const { near, table, now } = region;
    this.#parts = parts;
    this.appetite = new Appetite(minHits);
    const refreshed = (wasUsed: boolean): void => {
      if (wasUsed) this.appetite.used();
      else this.appetite.wasted();
      count(wasUsed ? 'used' : 'wasted');
    };
    this.hot = new HotAnswers({ near, table, windowMs, now, refreshed });
    this.#endPurges = table.onPurge(() => this.#notePurge());
    this.#turning = setInterval(() => this.hot.turn(), windowMs).unref();
  }

  close(): void {
    this.#isClosed = true;
    this.#endPurges();
    clearInterval(this.#turning);
    for (const { done } of this.#cold) done?.();
    this.#waiting = [];
    this.#cold = [];
  }

  /**
   * Fills what is cold, upstream being asked in turns, the hottest first.
   * @returns what resolves when all was tried
   */
  ramp(answers: readonly { readonly answer: HotAnswer; readonly asked: number }[]): Promise<void> {
    const all = answers.map(
      ({ answer, asked }) => new Promise<void>((done) => void this.#cold.push({ answer, asked, done })),
    );
    this.#cold.sort((one, other) => other.asked - one.asked);
    const free = this.#parts.options.concurrency - this.#ramping;
    for (let each = 0; each < Math.min(free, all.length); each++) void this.#fillCold();
    return Promise.all(all).then(() => {});
  }

  async #fillCold(): Promise<void> {
    this.#ramping++;
    for (let next = this.#cold.shift(); next; next = this.#cold.shift()) {
      const { answer, done } = next;
      if (this.#known.has(answer.key)) done?.();
      else {
        this.#known.add(answer.key);
        const isTaken = (await this.#fill(answer, true)) === 'taken';
        if (isTaken) setTimeout(() => this.#fillColdLater(next), TAKEN_MS).unref();
        else done?.();
      }
    }
    this.#ramping--;
  }

  /** What another process is at will be in Redis soon, or that process has died. */
  #fillColdLater(job: Job): void {
    if (this.#isClosed) return job.done?.();
    this.#cold.push(job);
    if (this.#ramping === 0) void this.#fillCold();
  }

  #isHeld({ key }: HotAnswer): boolean {
    const { near, table, now } = this.#parts.region;
    const entry = near.look(key);
    return entry !== undefined && evaluate(entry, table, now()) === 'fresh';
  }

  #notePurge(): void {
    this.#isPurgedMeanwhile ||= this.hot.isLooking;
    this.#lookSoon();
  }

  #lookSoon(): void {
    if (this.#isLookDue || this.hot.size === 0) return;
    this.#isLookDue = true;
    const rest = this.#lookedUntil - this.#parts.region.now();
    if (rest > 0) setTimeout(() => this.#look(), rest).unref();
    else setImmediate(() => this.#look());
  }

  #look(): void {
    this.#isLookDue = false;
    if (this.#isClosed) return;
    const { now } = this.#parts.region;
    const began = now();
    const purged = this.hot.takePurged(LONGEST_LOOK_MS);
    const ended = now();
    this.#lookedUntil = ended + (ended - began) / LOOKING_PART;
    this.#fillLater(purged, 0);
    if (this.hot.isLooking) return this.#lookSoon();
    if (!this.#isPurgedMeanwhile) return;
    this.#isPurgedMeanwhile = false;
    this.#lookSoon();
  }

  #fillLater(purged: readonly PurgedAnswer[], afterMs: number): void {
    const wanted = purged
      .filter((each) => !each.wasUnused && this.appetite.wants(each))
      .sort((one, other) => other.asked - one.asked);
    if (wanted.length === 0) return;
    // Upstream's reads may lag behind its writes.
    const delay = Math.max(afterMs, this.#parts.region.settledInMs);
    if (delay > 0) setTimeout(() => void this.#fillOnceAfter(wanted), delay).unref();
    else void this.#fillOnceAfter(wanted);
  }

  /** A purge may be known here before the log has brought it: what is asked for before that would not be kept. */
  async #fillOnceAfter(wanted: readonly PurgedAnswer[]): Promise<void> {
    const { region, options } = this.#parts;
    const { near, table, purges } = region;
    const isAfter = ({ answer }: PurgedAnswer): boolean =>
      table.verdict(region.asOf(), near.look(answer.key)?.tags ?? []) !== 'purged';
    const ready = wanted.filter(isAfter);
    // So many at once are no change of one thing: everything was purged, or half of it.
    const most = Math.max(options.concurrency, this.#parts.perSecond());
    this.#fillSoon(ready.slice(0, most));
    void this.ramp(ready.slice(most));
    const others = wanted.filter((each) => !ready.includes(each));
    if (others.length === 0) return;
    if (await purges.reached(nextPosition(table.position), LOG_PATIENCE_MS))
      await this.#fillOnceAfter(others);
  }

  #fillSoon(jobs: readonly Job[]): void {
    for (const job of jobs) {
      const { key } = job.answer;
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      this.#waiting.push(job);
    }
    this.#waiting.sort((one, other) => one.asked - other.asked);
    this.#pump();
  }

  #pump(): void {
    const { options, underWay } = this.#parts;
    for (;;) {
      const users = Math.max(0, underWay() - this.#running - this.#ramping);
      const allowed = Math.max(1, options.concurrency - users);
      if (this.#isClosed || this.#running >= allowed) return;
      const next = this.#waiting.pop();
      if (!next) return;
      this.#running++;
      void this.#fill(next.answer, false).finally(() => {
        this.#running--;
        this.#pump();
      });
    }
  }

  async #fill(answer: HotAnswer, inTurn: boolean): Promise<Warmed | 'held' | 'taken'> {
    const { fault, options } = this.#parts;
    this.hot.refreshing(answer);
    const result = await this.#ask(answer, inTurn).catch((error: unknown) => {
      fault(error);
      return 'failed' as const;
    });
    this.#known.delete(answer.key);
    if (result === 'held' || result === 'taken') return result;
    options.count(result);
    if (result === 'stored' || result === 'relayed') this.hot.refreshed(answer);
    // What upstream refuses, or answers so that it cannot be kept, users have to ask for.
    else if (result === 'failed') this.hot.forget(answer);
    else if (result === 'purged') this.#fillLater([this.hot.purged(answer)], AGAIN_MS);
    return result;
  }

  /** @returns `held`: a user's miss was sooner; `taken`: another process does it */
  async #ask(answer: HotAnswer, inTurn: boolean): Promise<Warmed | 'held' | 'taken'> {
    const { region, fill } = this.#parts;
    if (!region.isProven) return 'barred';
    if (this.#isHeld(answer)) return 'held';
    const ask = (): Promise<Warmed> => fill(answer, inTurn);
    return region.leases ? ((await region.leases.once(CLAIM + answer.key, ask)) ?? 'taken') : ask();
  }
}
