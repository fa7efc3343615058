import type { CacheKey, Entry } from '../../cache/entry';
import { evaluate } from '../../cache/lookup';
import type { MemoryStore } from '../../cache/memory-store';
import { canonicalJson } from '../../operation/bound-operation';
import type { PurgeTable } from '../../purge/table';
import { Demand, type AskedAndPurged } from './demand';
import { MOST_LISTED, type ListedQuery } from './hot-list';
import type { SharedQuery } from './shared-query';

/** Answers that are followed, after the coldest were given up. */
const MOST = 1000;
/** What they take of memory, about, after the coldest were given up. */
const MOST_BYTES = 4 * 2 ** 20;
/** Between two looks at the clock. */
const LOOKED_AT = 16;
/** What one takes beside its texts. */
const OBJECT_BYTES = 800;

export interface HotAnswersOptions {
  readonly near: Pick<MemoryStore, 'look'>;
  readonly table: PurgeTable;
  /** WARM_WINDOW_MS */
  readonly windowMs: number;
  /** monotonic milliseconds */
  readonly now: () => number;
  /** Told what became of a refresh: whether its entry was asked for before it went. */
  readonly refreshed: (wasUsed: boolean) => void;
}

/** An answer that is shared with all, and how it is asked for. */
export class HotAnswer {
  readonly demand = new Demand();
  /** of its entry's asks those that are counted */
  counted = 0;
  /** Its entry was refreshed, and not asked for since. */
  isUnused = false;
  /** another region took what the call under way brings, or has brought */
  isTaken = false;

  constructor(
    readonly key: CacheKey,
    readonly query: SharedQuery,
    readonly bytes: number,
  ) {}
}

/** One whose entry was purged. */
export interface PurgedAnswer extends AskedAndPurged {
  readonly answer: HotAnswer;
  /** It had been refreshed, and no client has asked for it since. */
  readonly wasUnused: boolean;
}

/**
 * The shared answers most requested from this process, and which of them were purged.
 *
 * A hit only increments a number in its entry. An answer is recorded here when it had to be fetched, and after a
 * purge the entries are checked: the purge table says of each what it would say to a request, so there is no second
 * index of tags that could disagree.
 */
export class HotAnswers {
  readonly #options: HotAnswersOptions;
  readonly #answers = new Map<CacheKey, HotAnswer>();
  /** entries found purged: they are told of once */
  readonly #told = new WeakSet<Entry>();
  /** where it goes on */
  #looking: IterableIterator<HotAnswer> | undefined;
  #bytes = 0;
  #began: number;

  constructor(options: HotAnswersOptions) {
    this.#options = options;
    this.#began = options.now();
  }

  get size(): number {
    return this.#answers.size;
  }

  /** About. */
  get bytes(): number {
    return this.#bytes;
  }

  has(key: CacheKey): boolean {
    return this.#answers.has(key);
  }

  /**
   * Takes up an answer, or returns what is known of it.
   * @param asked how often it was asked for within the window, elsewhere
   */
  add(key: CacheKey, query: SharedQuery, asked = 0): HotAnswer {
    const known = this.#answers.get(key);
    if (known) return known;
    const answer = new HotAnswer(key, query, OBJECT_BYTES + 2 * lengthOf(query));
    if (asked > 0) answer.demand.ask(asked);
    this.#answers.set(key, answer);
    this.#bytes += answer.bytes;
    if (this.#answers.size > 2 * MOST || this.#bytes > 2 * MOST_BYTES) this.#giveUpColdest();
    return answer;
  }

  /** It will not be asked for again by itself. */
  forget({ key }: HotAnswer): void {
    const answer = this.#answers.get(key);
    if (!answer) return;
    this.#answers.delete(key);
    this.#bytes -= answer.bytes;
  }

  /** Notes that an answer is asked for by itself: who asks from now on joins that call. */
  refreshing(answer: HotAnswer): void {
    answer.isTaken = false;
    this.#count(answer, this.#options.near.look(answer.key));
  }

  /** Notes that another region took its entry: the refresh was of use, whether clients there ask for it is known there. */
  taken(key: CacheKey): void {
    const answer = this.#answers.get(key);
    if (!answer) return;
    answer.isTaken = true;
    this.#settle(answer, true);
  }

  /** Notes that its entry is there. To those who joined the call it was of use already. */
  refreshed(answer: HotAnswer): void {
    answer.isUnused = true;
    if (answer.isTaken) this.#settle(answer, true);
    this.#count(answer, this.#options.near.look(answer.key));
  }

  /** It was looked at some of them, for want of time, and the others are to be. */
  get isLooking(): boolean {
    return this.#looking !== undefined;
  }

  /**
   * Those whose entries were purged since this was asked last.
   * @param budgetMs when it takes longer, it goes on the next time: see {@link isLooking}
   */
  takePurged(budgetMs = Infinity): PurgedAnswer[] {
    const { near, table, now } = this.#options;
    const began = now();
    const found: PurgedAnswer[] = [];
    this.#looking ??= this.#answers.values();
    for (let count = 1; ; count++) {
      const { value: answer, done } = this.#looking.next();
      if (done) break;
      const entry = near.look(answer.key);
      if (entry && !this.#told.has(entry) && evaluate(entry, table, began) === 'purged') {
        this.#told.add(entry);
        found.push(this.purged(answer));
      }
      if (count % LOOKED_AT === 0 && now() - began >= budgetMs) return found;
    }
    this.#looking = undefined;
    return found;
  }

  /** Notes that an answer was purged. */
  purged(answer: HotAnswer): PurgedAnswer {
    const { near, now } = this.#options;
    this.#count(answer, near.look(answer.key));
    const wasUnused = answer.isUnused;
    this.#settle(answer, false);
    return { answer, wasUnused, ...answer.demand.purge(this.#elapsed(now())) };
  }

  /** What was asked for within the window, the hottest first. */
  hottest(): ListedQuery[] {
    const elapsed = this.#elapsed(this.#options.now());
    const all = [...this.#answers.values()].map((answer) => {
      this.#count(answer, this.#options.near.look(answer.key));
      return { query: answer.query, asked: answer.demand.within(elapsed) };
    });
    return all
      .filter(({ asked }) => asked > 0)
      .sort((one, other) => other.asked - one.asked)
      .slice(0, MOST_LISTED);
  }

  /** A window is over. To be called once in each. */
  turn(): void {
    const { near, now } = this.#options;
    this.#began = now();
    for (const answer of this.#answers.values()) {
      const entry = near.look(answer.key);
      this.#count(answer, entry);
      if (!entry || evaluate(entry, this.#options.table, this.#began) === 'expired')
        this.#settle(answer, false);
      answer.demand.turn();
    }
  }

  #elapsed(now: number): number {
    return Math.min(1, (now - this.#began) / this.#options.windowMs);
  }

  /** Adds the asks of its entry that are not counted yet. */
  #count(answer: HotAnswer, entry: { readonly asks: number } | undefined): void {
    if (!entry) return;
    // One that was evicted and refilled started over.
    const since = entry.asks >= answer.counted ? entry.asks - answer.counted : entry.asks;
    answer.counted = entry.asks;
    if (since === 0) return;
    answer.demand.ask(since);
    this.#settle(answer, true);
  }

  #settle(answer: HotAnswer, wasUsed: boolean): void {
    if (!answer.isUnused) return;
    answer.isUnused = false;
    this.#options.refreshed(wasUsed);
  }

  #giveUpColdest(): void {
    const elapsed = this.#elapsed(this.#options.now());
    const all = [...this.#answers.values()];
    for (const answer of all) this.#count(answer, this.#options.near.look(answer.key));
    all.sort((one, other) => one.demand.within(elapsed) - other.demand.within(elapsed));
    for (const answer of all) {
      if (this.#answers.size <= MOST && this.#bytes <= MOST_BYTES) return;
      this.#settle(answer, false);
      this.forget(answer);
    }
  }
}

function lengthOf({ text, variables, parameters, headers }: SharedQuery): number {
  return text.length + parameters.length + canonicalJson([variables, headers]).length;
}
