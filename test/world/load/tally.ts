import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Operation } from './operation';
import type { Reply } from './target';

/** Nobody waits for less: what a click may take. */
const MAGIC_MS = 100;
/** There and back between a client and its gateway; added to what was measured, not waited for. */
export const LAST_MILE_MS = 1;

const POINTS = [
  0.5, 1, 2, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 88, 90, 91, 92, 93, 94, 95,
  96, 97, 98, 98.5, 99, 99.5, 99.9, 100,
];

export interface Latency {
  readonly count: number;
  /** milliseconds */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** from 0 to 1 */
  readonly under100: number;
}

/** Latencies of one kind. */
export class Latencies {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 });
  #under = 0;
  #count = 0;

  record(milliseconds: number): void {
    this.#count++;
    if (milliseconds < MAGIC_MS) this.#under++;
    this.#histogram.record(Math.max(1, Math.round(milliseconds * 1000)));
  }

  get count(): number {
    return this.#count;
  }

  /** Milliseconds. 0 when nothing was recorded. */
  percentile(share: number): number {
    return this.#count === 0 ? 0 : this.#histogram.percentile(share) / 1000;
  }

  summary(): Latency {
    return {
      count: this.#count,
      p50: this.percentile(50),
      p95: this.percentile(95),
      p99: this.percentile(99),
      under100: this.#count === 0 ? 0 : this.#under / this.#count,
    };
  }

  /** Pairs of milliseconds and percent, for a curve. */
  curve(): [milliseconds: number, percent: number][] {
    return this.#count === 0 ? [] : POINTS.map((percent) => [this.percentile(percent), percent]);
  }
}

/** Queries and hits of one second. */
export interface Second {
  /** counted from when measuring began: those of the warm-up are below 0 */
  readonly second: number;
  queries: number;
  hits: number;
  /** of the queries, those that took under 100 ms */
  under100: number;
}

/** How often one kind of question was asked, and was a hit. */
export interface Kind {
  queries: number;
  hits: number;
}

/** How pages of signed-in clients fared: see `pages.ts`. */
export interface PageFigures {
  /** as in {@link RegionFigures} */
  readonly with: Latency;
  readonly without: Latency;
  /** by name of the page, how often it was a `hit`, `partial` and why, or why it was neither */
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface RegionFigures {
  readonly region: string;
  /** queries through the gateway, as a client a millisecond away sees them */
  readonly with: Latency;
  readonly hits: Latency;
  readonly without: Latency;
  readonly mutations: Latency;
  /** bytes of the answers to queries */
  readonly answerBytes: number;
  /** of the pages among the queries */
  readonly pages: PageFigures;
  readonly unanswered: number;
  /** answers with an error, by status or in the body */
  readonly errors: number;
  /** queries that were no hits, by what Cache-Status says of them */
  readonly misses: Readonly<Record<string, number>>;
  /** of queries whose entry had been purged: what a cache elsewhere and whatever is filled beforehand are there for */
  readonly purged: Latency;
  /** of what anyone could ask: the share of the queries that ask what was asked in the primary region too, from 0 to 1 */
  readonly askedInPrimary: number;
  readonly kinds: Readonly<Record<string, Kind>>;
  readonly withCurve: [number, number][];
  readonly withoutCurve: [number, number][];
  /** milliseconds by which reads showed less than was acknowledged: of those that did */
  readonly stale: Latency;
  readonly staleMost: number;
  readonly seconds: readonly Second[];
}

/** What clients of one region have met. */
export class RegionTally {
  readonly with = new Latencies();
  readonly hits = new Latencies();
  readonly without = new Latencies();
  readonly mutations = new Latencies();
  readonly stale = new Latencies();
  readonly #purged = new Latencies();
  /** what was asked without credentials, and how often */
  readonly #asked = new Map<string, number>();
  readonly pages = { with: new Latencies(), without: new Latencies() };
  unanswered = 0;
  errors = 0;
  #answerBytes = 0;
  readonly #outcomes = new Map<string, Map<string, number>>();
  readonly #began: number;
  readonly #misses = new Map<string, number>();
  readonly #kinds = new Map<string, Kind>();
  /** by the clock's second */
  readonly #seconds: Map<number, Omit<Second, 'second'>>;

  /**
   * @param began monotonic milliseconds from which this one counts
   * @param before the one before it, whose hit rate over time it goes on with
   */
  constructor(
    readonly region: string,
    began: number,
    before?: RegionTally,
  ) {
    this.#began = began;
    this.#seconds = before ? before.#seconds : new Map();
  }

  query({ name, isPage }: Pick<Operation, 'name' | 'isPage'>, reply: Reply): void {
    const { began, ended, cacheStatus, text } = reply;
    const seen = ended - began + LAST_MILE_MS;
    const isHit = cacheStatus.includes('; hit');
    this.with.record(seen);
    this.#answerBytes += Buffer.byteLength(text);
    if (isPage) this.#page(name, seen, cacheStatus);
    if (isHit) this.hits.record(seen);
    else {
      const why = reasonIn(cacheStatus);
      this.#misses.set(why, (this.#misses.get(why) ?? 0) + 1);
      if (why === 'purged') this.#purged.record(seen);
    }
    count(this.#kinds, name, isHit, { queries: 0, hits: 0 });
    const second = count(this.#seconds, Math.floor(began / 1000), isHit, {
      queries: 0,
      hits: 0,
      under100: 0,
    });
    second.under100 += seen < MAGIC_MS ? 1 : 0;
  }

  /** Notes a question that anyone could ask. */
  asked(question: string): void {
    this.#asked.set(question, (this.#asked.get(question) ?? 0) + 1);
  }

  #page(name: string, seen: number, cacheStatus: string): void {
    this.pages.with.record(seen);
    const outcomes = this.#outcomes.get(name) ?? new Map<string, number>();
    const partial = cacheStatus.includes('fwd=partial') ? 'partial, ' : '';
    const outcome = cacheStatus.includes('; hit') ? 'hit' : `${partial}${reasonIn(cacheStatus)}`;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    this.#outcomes.set(name, outcomes);
  }

  /**
   * @param isBrief without what only the report at the end needs
   * @param primary of the primary region
   */
  figures(isBrief: boolean, primary: RegionTally = this): RegionFigures {
    const first = Math.floor(this.#began / 1000);
    return {
      region: this.region,
      with: this.with.summary(),
      hits: this.hits.summary(),
      without: this.without.summary(),
      mutations: this.mutations.summary(),
      answerBytes: this.#answerBytes,
      pages: {
        with: this.pages.with.summary(),
        without: this.pages.without.summary(),
        outcomes: Object.fromEntries(
          [...this.#outcomes].map(([name, outcomes]) => [name, Object.fromEntries(outcomes)]),
        ),
      },
      unanswered: this.unanswered,
      errors: this.errors,
      misses: Object.fromEntries(this.#misses),
      purged: this.#purged.summary(),
      askedInPrimary: isBrief ? 0 : this.#sharedWith(primary),
      kinds: isBrief ? {} : Object.fromEntries(this.#kinds),
      withCurve: isBrief ? [] : this.with.curve(),
      withoutCurve: isBrief ? [] : this.without.curve(),
      stale: this.stale.summary(),
      staleMost: this.stale.percentile(100),
      seconds: isBrief ? [] : [...this.#seconds].map(([at, row]) => ({ second: at - first, ...row })),
    };
  }

  #sharedWith(other: RegionTally): number {
    let [all, shared] = [0, 0];
    for (const [question, times] of this.#asked) {
      all += times;
      if (other.#asked.has(question)) shared += times;
    }
    return all === 0 ? 0 : shared / all;
  }
}

function count<Key, Row extends Kind>(rows: Map<Key, Row>, key: Key, isHit: boolean, first: Row): Row {
  const row = rows.get(key) ?? first;
  row.queries++;
  if (isHit) row.hits++;
  rows.set(key, row);
  return row;
}

/** Why a query was not answered from the cache, in the words of `Cache-Status`; `absent` goes without saying there. */
function reasonIn(cacheStatus: string): string {
  return (
    /; detail=([\w-]+)/.exec(cacheStatus)?.[1] ??
    (cacheStatus.includes('fwd=uri-miss') ? 'absent' : 'none given')
  );
}
