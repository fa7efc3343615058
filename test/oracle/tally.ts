/** What a trial counted, and every kind of difference it met with the shortest example of each. */
import type { Question } from './ask';

/** An answer that was not upstream's own. */
export type Difference =
  /** the cache answered with what upstream no longer says */
  | 'stale'
  /** what upstream just said came out otherwise: what the gateway adds to a question showed */
  | 'changed';

export interface Example {
  readonly question: Question;
  /** undefined: no mutation had been made */
  readonly mutation: Question | undefined;
  readonly gateway: string;
  readonly upstream: string;
  readonly cacheStatus: string;
  /** coordinates on the way to the first difference */
  readonly way: readonly string[];
}

export interface Kind {
  /** `Mutation.renameAuthor > Author.name`: what was done last, and the field that differs */
  readonly key: string;
  readonly difference: Difference;
  /** codes of the findings of `lastmile check` that foretold it */
  readonly foretold: string | undefined;
  count: number;
  example: Example;
}

export interface Counts {
  reads: number;
  hits: number;
  /** questions that the gateway never stored, by reason */
  readonly uncached: Map<string, number>;
  mutations: number;
  /** by upstream: they are no mutations, and nothing is expected of them */
  refused: number;
  comparisons: number;
  /** answers that a mutation changed at upstream while they were cached */
  changes: number;
  staleUnnamed: number;
  staleNamed: number;
  changed: number;
  /** questions left out because upstream answers them differently each time */
  volatile: number;
  /** cached answers that a mutation left as they were, and of these, those that were lost to it */
  unchanged: number;
  lost: number;
}

export interface MutationCounts {
  made: number;
  refused: number;
  unchanged: number;
  lost: number;
}

export class Tally {
  readonly counts: Counts = {
    reads: 0,
    hits: 0,
    uncached: new Map(),
    mutations: 0,
    refused: 0,
    comparisons: 0,
    changes: 0,
    staleUnnamed: 0,
    staleNamed: 0,
    changed: 0,
    volatile: 0,
    unchanged: 0,
    lost: 0,
  };
  readonly kinds = new Map<string, Kind>();
  /** answers lost, by the tags that refused them; where that is asked for */
  readonly losses = new Map<string, number>();
  readonly mutations = new Map<string, MutationCounts>();

  /** @param keys one for each field that differs */
  met(difference: Difference, keys: readonly string[], foretold: string | undefined, example: Example): void {
    if (difference === 'changed') this.counts.changed++;
    else if (foretold) this.counts.staleNamed++;
    else this.counts.staleUnnamed++;
    for (const key of new Set(keys)) {
      const known = this.kinds.get(`${difference} ${key}`);
      if (!known) {
        this.kinds.set(`${difference} ${key}`, { key, difference, foretold, count: 1, example });
        continue;
      }
      known.count++;
      if (sizeOf(example) < sizeOf(known.example)) known.example = example;
    }
  }

  /** Upstream, or the database, did not carry it out. */
  refused(name: string): void {
    this.mutation(name).refused++;
    this.counts.refused++;
  }

  mutation(name: string): MutationCounts {
    const known = this.mutations.get(name) ?? { made: 0, refused: 0, unchanged: 0, lost: 0 };
    this.mutations.set(name, known);
    return known;
  }

  /** Kinds that break a promise: those that `check` does not foretell, and every changed answer. */
  get broken(): readonly Kind[] {
    return [...this.kinds.values()].filter((kind) => !kind.foretold || kind.difference === 'changed');
  }
}

function sizeOf({ question, mutation }: Example): number {
  return question.query.length + question.variables.length + (mutation?.query.length ?? 0);
}
