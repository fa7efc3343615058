import { Histogram, type Registry } from 'prom-client';

/** Upper bounds of the buckets, in seconds: a hit takes a part of a millisecond, and 0.1 is where an answer feels instant. */
export const BOUNDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Where a time falls: a place in {@link BOUNDS}, or behind the last. */
function bucketOf(seconds: number): number {
  let at = 0;
  while (at < BOUNDS.length && seconds > BOUNDS[at]!) at++;
  return at;
}

/** One of those that a bucket counts, and its trace. Times are seconds. */
export interface Exemplar {
  readonly labelSet: { readonly trace_id: string };
  readonly value: number;
  /** when it was, since 1970 */
  readonly timestamp: number;
}

/** How often it took so long: for each bound, and longer than the last. */
class Durations {
  readonly counts = new Float64Array(BOUNDS.length + 1);
  sum = 0;
  /** the last of each bucket that was told of with its trace */
  readonly exemplars: (Exemplar | undefined)[] = [];

  add(seconds: number): void {
    this.sum += seconds;
    this.counts[bucketOf(seconds)]!++;
  }
}

/**
 * A histogram by one label at most that is cheap enough for every hit: it adds to two numbers, and names and labels are put to them when
 * the figures are asked for. The one of prom-client makes a text of its labels for each value, which costs as much as a hit.
 */
export class LatencyHistogram<Value extends string> extends Histogram<string> {
  readonly #durations: ReadonlyMap<Value, Durations>;
  readonly #about: { readonly name: string; readonly help: string };
  readonly #label: string | undefined;

  /** @param values all values of the label: each is there from the beginning */
  constructor(
    {
      label,
      ...about
    }: {
      readonly name: string;
      readonly help: string;
      readonly registers: Registry[];
      /** undefined: it has one value, and no label */
      readonly label?: string;
    },
    values: readonly Value[],
  ) {
    super({ ...about, labelNames: label === undefined ? [] : [label], buckets: [...BOUNDS] });
    this.#about = about;
    this.#label = label;
    this.#durations = new Map(values.map((value) => [value, new Durations()]));
  }

  add(value: Value, seconds: number): void {
    this.#durations.get(value)?.add(seconds);
  }

  /** Tells in which trace something that was added took so long. */
  exemplify(value: Value, seconds: number, traceId: string): void {
    const durations = this.#durations.get(value);
    if (!durations) return;
    const exemplar = { labelSet: { trace_id: traceId }, value: seconds, timestamp: Date.now() / 1000 };
    durations.exemplars[bucketOf(seconds)] = exemplar;
  }

  /** What the registry prints, and what `get` is made of: not in the declarations of prom-client. */
  getForPromString(): Promise<unknown> {
    const { name, help } = this.#about;
    const values: object[] = [];
    for (const [value, { counts, sum, exemplars }] of this.#durations) {
      const sharedLabels = this.#label === undefined ? {} : { [this.#label]: value };
      let total = 0;
      [...BOUNDS, '+Inf'].forEach((le, at) => {
        total += counts[at]!;
        const exemplar = exemplars[at];
        values.push({
          metricName: `${name}_bucket`,
          labels: { le },
          sharedLabels,
          value: total,
          ...(exemplar && { exemplar }),
        });
      });
      values.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum });
      values.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: total });
    }
    return Promise.resolve({ name, help, type: 'histogram', values, aggregator: 'sum' });
  }
}
