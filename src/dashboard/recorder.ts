import { print } from 'graphql';
import type { WarmResult } from '../gateway/warm/warmer';
import type { BoundOperation } from '../operation/bound-operation';
import type { Operation } from '../operation/operation';
import type { Tag } from '../purge/tag';
import type { AnswerOutcome, PartsStatus } from '../report/cache-status';
import type { Reason } from '../report/reason';
import { Timings } from './timings';

/** What is recorded: nothing, numbers, or each operation as it passes. */
export type Closeness = 'nothing' | 'numbers' | 'operations';

/** Operations with one name and what became of them, since it was asked last. */
export interface SeenCount {
  readonly name: string;
  readonly outcome: AnswerOutcome;
  readonly reason: Reason | '';
  readonly count: number;
  /** how many came from the cache, and how many may be kept, by what is declared: of one in parts its share of the parts */
  readonly found: number;
  readonly keepable: number;
  /** how many took about so long: see {@link Timings} */
  readonly times: readonly number[];
}

/** One operation as it passed. */
export interface SeenOperation {
  /** wall-clock milliseconds, for people to read */
  readonly at: number;
  readonly name: string;
  readonly kind: string;
  readonly outcome: AnswerOutcome;
  readonly reason: Reason | '';
  readonly stored: boolean;
  readonly collapsed: boolean;
  readonly ms: number;
}

/** Who had tags purged: a mutation's field, or the purge API. */
export interface SeenCause {
  readonly cause: string;
  readonly tags: readonly Tag[];
}

/** Warmed answers. For those warmed while there was no viewer, their use may still be seen later. */
export interface SeenWarming {
  /** calls that upstream was asked for it */
  readonly asked: number;
  /** entries that the primary region's gateway gave instead */
  readonly relayed: number;
  /** answers that were hits, and would have been misses */
  readonly used: number;
  /** those that were never requested */
  readonly wasted: number;
}

/** What one process saw since it was asked last. Plain data: it goes from process to process. */
export interface Seen {
  readonly counts: readonly SeenCount[];
  readonly operations: readonly SeenOperation[];
  /** operations that passed beside these, which were too many */
  readonly left: number;
  readonly causes: readonly SeenCause[];
  readonly warming: SeenWarming;
  /** texts of operations that were not told of before, by their names */
  readonly documents: readonly (readonly [name: string, text: string])[];
  readonly memory: { readonly entries: number; readonly bytes: number };
}

/** What became of an operation. */
export interface Happened {
  readonly outcome: AnswerOutcome;
  readonly reason: Reason | undefined;
  /** of one that is cut */
  readonly parts?: PartsStatus | undefined;
  readonly stored: boolean;
  readonly collapsed: boolean;
  /** milliseconds since its request was here */
  readonly tookMs: number;
  /** undefined: it is not known which operation it was */
  readonly bound: BoundOperation | undefined;
}

/** Names that are told apart: clients choose them. */
const MOST_NAMES = 200;
/** How all further ones are called. */
const OTHERS = '(others)';
/** What is no operation, or none that is valid. */
const UNKNOWN = '(not valid)';
const LONGEST_NAME = 60;
const LONGEST_DOCUMENT = 20_000;
/** Single operations that are told of at a time. */
const MOST_OPERATIONS = 500;
const MOST_CAUSES = 500;

/** What each result says of it: see {@link WarmResult}. What was not stored was asked for all the same. */
const WARMING: Readonly<Partial<Record<WarmResult, keyof SeenWarming>>> = {
  stored: 'asked',
  purged: 'asked',
  failed: 'asked',
  relayed: 'relayed',
  used: 'used',
  wasted: 'wasted',
};

export const NO_WARMING: SeenWarming = { asked: 0, relayed: 0, used: 0, wasted: 0 };

interface Count {
  count: number;
  found: number;
  keepable: number;
  readonly timings: Timings;
}

/**
 * Records what passes through one process while there is a viewer. Without one, a caller that checks {@link
 * isLooking} first spends nothing.
 */
export class Recorder {
  isLooking = false;
  #closeness: Closeness = 'nothing';
  #counts = new Map<string, Map<string, Count & Pick<SeenCount, 'outcome' | 'reason'>>>();
  #operations: SeenOperation[] = [];
  #left = 0;
  #causes: SeenCause[] = [];
  #warming = { ...NO_WARMING };
  #documents: [string, string][] = [];
  /** names whose text was told */
  readonly #told = new Set<string>();
  readonly #names = new WeakMap<Operation, string>();
  readonly #memory: () => Seen['memory'];

  /** @param memory what this process keeps */
  constructor(memory: () => Seen['memory']) {
    this.#memory = memory;
  }

  look(closeness: Closeness): void {
    if (closeness === 'nothing' || !this.isLooking) this.#forget();
    this.#closeness = closeness;
    this.isLooking = closeness !== 'nothing';
  }

  observe(happened: Happened): void {
    const { outcome, reason = '', tookMs, bound } = happened;
    const name = this.#nameOf(bound?.operation);
    let counts = this.#counts.get(name);
    if (!counts) this.#counts.set(name, (counts = new Map()));
    const key = reason === '' ? outcome : `${outcome} ${reason}`;
    let count = counts.get(key);
    if (!count) counts.set(key, (count = { ...noCount(), outcome, reason }));
    count.count++;
    const { found, keepable } = sharesOf(happened);
    count.found += found;
    count.keepable += keepable;
    count.timings.add(tookMs);
    if (this.#closeness !== 'operations') return;
    if (this.#operations.length >= MOST_OPERATIONS) {
      this.#left++;
      return;
    }
    const { stored, collapsed } = happened;
    const kind = bound?.operation.kind ?? '';
    const ms = Math.round(tookMs * 1000) / 1000;
    this.#operations.push({ at: Date.now(), name, kind, outcome, reason, stored, collapsed, ms });
  }

  /** Notes why tags are about to be purged. */
  purging(cause: string, tags: Iterable<Tag>): void {
    if (this.isLooking && this.#causes.length < MOST_CAUSES) this.#causes.push({ cause, tags: [...tags] });
  }

  /** Notes what became of an answer that was to be filled before it was asked for. */
  warmed(result: WarmResult): void {
    const of = WARMING[result];
    if (this.isLooking && of) this.#warming[of]++;
  }

  /** Why tags were purged, since this or {@link take} was called last. */
  takeCauses(): readonly SeenCause[] {
    const causes = this.#causes;
    this.#causes = [];
    return causes;
  }

  /** What was seen since this was called last. */
  take(): Seen {
    const counts = Array.from(this.#counts, ([name, all]) =>
      Array.from(all.values(), ({ timings, ...count }): SeenCount => {
        return { name, ...count, times: timings.counts };
      }),
    ).flat();
    const seen: Seen = {
      counts,
      operations: this.#operations,
      left: this.#left,
      causes: this.takeCauses(),
      warming: this.#warming,
      documents: this.#documents,
      memory: this.#memory(),
    };
    this.#counts = new Map();
    this.#operations = [];
    this.#left = 0;
    this.#warming = { ...NO_WARMING };
    this.#documents = [];
    return seen;
  }

  #forget(): void {
    this.take();
    this.#told.clear();
  }

  #nameOf(operation: Operation | undefined): string {
    if (!operation) return UNKNOWN;
    let name = this.#names.get(operation);
    if (name === undefined) this.#names.set(operation, (name = nameOf(operation)));
    if (this.#told.has(name)) return name;
    if (this.#told.size >= MOST_NAMES) return OTHERS;
    this.#told.add(name);
    const text = print(operation.document);
    if (text.length <= LONGEST_DOCUMENT) this.#documents.push([name, text]);
    return name;
  }
}

function noCount(): Count {
  return { count: 0, found: 0, keepable: 0, timings: new Timings() };
}

/** What is decided by schema and settings, so that a further request would fare the same. */
const BY_POLICY: ReadonlySet<Reason> = new Set([
  'no-policy',
  'too-complex',
  'private',
  'credentials',
  'unkeyed-header',
  'incremental',
  'set-cookie',
  'status',
  'upstream',
  'untagged',
  'too-large',
]);

function sharesOf({ outcome, reason, parts }: Happened): Pick<SeenCount, 'found' | 'keepable'> {
  if (outcome === 'hit' || outcome === 'stale') return { found: 1, keepable: 1 };
  if (!parts) return { found: 0, keepable: reason && BY_POLICY.has(reason) ? 0 : 1 };
  const { all, asked } = parts;
  const never = asked.filter((why) => BY_POLICY.has(why));
  return { found: (all - asked.length) / all, keepable: (all - never.length) / all };
}

/** What its client calls it, else what it asks for. */
function nameOf({ name, question: { root, rootType } }: Operation): string {
  if (name !== undefined) return name.slice(0, LONGEST_NAME);
  const fields = root.planFor(rootType)?.fields ?? [];
  const asked = fields.map(({ definition }) => definition.name).join(', ') || '__typename';
  const shown = asked.length > LONGEST_NAME ? `${asked.slice(0, LONGEST_NAME - 4)}...` : asked;
  return `{ ${shown} }`;
}
