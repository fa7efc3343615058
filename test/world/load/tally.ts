import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

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
  readonly second: number;
  queries: number;
  hits: number;
}

export interface RegionFigures {
  readonly region: string;
  /** queries through the gateway, as a client a millisecond away sees them */
  readonly with: Latency;
  readonly hits: Latency;
  readonly without: Latency;
  readonly mutations: Latency;
  readonly unanswered: number;
  /** answers with an error, by status or in the body */
  readonly errors: number;
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
  unanswered = 0;
  errors = 0;
  readonly #seconds = new Map<number, Second>();

  constructor(readonly region: string) {}

  query(milliseconds: number, isHit: boolean, second: number): void {
    const seen = milliseconds + LAST_MILE_MS;
    this.with.record(seen);
    if (isHit) this.hits.record(seen);
    const row = this.#seconds.get(second) ?? { second, queries: 0, hits: 0 };
    row.queries++;
    if (isHit) row.hits++;
    this.#seconds.set(second, row);
  }

  figures(): RegionFigures {
    return {
      region: this.region,
      with: this.with.summary(),
      hits: this.hits.summary(),
      without: this.without.summary(),
      mutations: this.mutations.summary(),
      unanswered: this.unanswered,
      errors: this.errors,
      withCurve: this.with.curve(),
      withoutCurve: this.without.curve(),
      stale: this.stale.summary(),
      staleMost: this.stale.percentile(100),
      seconds: [...this.#seconds.values()],
    };
  }
}
