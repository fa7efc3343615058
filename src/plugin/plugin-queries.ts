import type { ExecutionResult } from 'graphql';
import type { CacheKey, Entry } from '../cache/entry';
import { Flights } from '../cache/flights';
import { forwarded, type CacheStatus } from '../journey/cache-status';
import { judged, secondsLeft, type Found } from '../journey/look-up';
import type { TokenHolder } from '../journey/token-holder';
import type { Asked } from '../operation/asked';
import type { Reason } from '../report/reason';
import { makePluginEntry, readAnswer, resultOf, type ReadAnswer } from './plugin-answer';
import type { Region } from './region';

/** Runs the operation with what was added to it, in the context of the request. */
export type RunAugmented = () => Promise<ExecutionResult>;

/** An answer, and what became of the request for it. */
export interface PluginAnswer {
  readonly result: ExecutionResult;
  readonly status: CacheStatus;
}

interface Landing {
  readonly entry: Entry | undefined;
  /** undefined: the entry was found, nobody was asked */
  readonly answer: ReadAnswer | undefined;
  /** why there was nothing to be found */
  readonly missed: Reason;
  /** why it was not stored */
  readonly refused: Reason | undefined;
}

/** Answers queries from a region's entries, or by running them: once for any number of equal ones at a time (P42). */
export class PluginQueries {
  readonly #flights = new Flights<Landing>();

  constructor(
    readonly region: Region,
    readonly tokenWaitMs: number,
  ) {}

  /** @returns at once what is in memory and fresh, else undefined */
  hit(key: CacheKey, holder: TokenHolder | undefined): PluginAnswer | undefined {
    if (!this.region.isProven || holder?.isReached === false) return undefined;
    const found = this.#near(key);
    return found.kind === 'fresh' ? this.#found(found.entry) : undefined;
  }

  /** Every other query that may be answered from entries. Rejects only as `run` does. */
  async answer(
    asked: Asked,
    key: CacheKey,
    holder: TokenHolder | undefined,
    run: RunAugmented,
  ): Promise<PluginAnswer> {
    const { purges } = this.region;
    if (holder && !(await holder.reaches(this.tokenWaitMs))) return this.#past(asked, run, 'token');
    if (!this.region.isProven) return this.#past(asked, run, 'unproven');
    const near = this.#near(key);
    if (near.kind === 'fresh') return this.#found(near.entry);
    const { landing, collapsed } = this.#flights.join(
      key,
      purges.table.version,
      () => this.#fly(asked, key, near.why, run),
      undefined,
    );
    if (!collapsed) return this.#landed(await landing, false);
    // Only what may be stored may be shared: an error, or what else is somebody's own, may be about the other's context.
    const landed = await landing.catch(() => undefined);
    return landed?.entry ? this.#landed(landed, true) : this.#past(asked, run, landed?.refused ?? 'error');
  }

  /** Runs it for this request alone, and stores nothing. */
  async #past(asked: Asked, run: RunAugmented, why: Reason): Promise<PluginAnswer> {
    const { result } = readAnswer(asked, await run());
    return { result, status: { kind: 'forwarded', fwd: forwarded(why), why } };
  }

  async #fly(asked: Asked, key: CacheKey, nearWhy: Reason, run: RunAugmented): Promise<Landing> {
    const { region } = this;
    const far = judged(await region.far?.get(key), region.purges.table, region.now());
    if (far.kind === 'fresh') {
      void region.near.set(far.entry);
      return { entry: far.entry, answer: undefined, missed: 'absent', refused: undefined };
    }
    const missed = far.why === 'absent' ? nearWhy : far.why;
    const asOf = region.asOf();
    const answer = readAnswer(asked, await run());
    const entry = makePluginEntry(region, key, asOf, asked, answer);
    if (typeof entry === 'string') return { entry: undefined, answer, missed, refused: entry };
    // Nobody waits for a store (P43).
    void region.near.set(entry);
    void region.far?.set(entry);
    return { entry, answer, missed, refused: undefined };
  }

  #landed({ entry, answer, missed, refused }: Landing, collapsed: boolean): PluginAnswer {
    if (!answer && entry) return this.#found(entry);
    const result = collapsed && entry ? resultOf(entry) : answer!.result;
    const stored = entry !== undefined;
    const why = refused ?? missed;
    return { result, status: { kind: 'forwarded', fwd: forwarded(missed), why, stored, collapsed } };
  }

  #found(entry: Entry): PluginAnswer {
    return { result: resultOf(entry), status: { kind: 'hit', ttl: secondsLeft(entry, this.region.now()) } };
  }

  #near(key: CacheKey): Found {
    const { near, purges, now } = this.region;
    return judged(near.peek(key), purges.table, now());
  }
}
