import type { AnswerOutcome } from '../report/cache-status';
import { REASONS, type Reason } from '../report/reason';
import { NO_WARMING, type Seen, type SeenCount, type SeenWarming } from './recorder';
import { Timings } from './timings';
import type { AnswersView, OperationView, QuantilesView, ReasonView } from './view';

/** Seconds that are looked back at, in slots of which the oldest goes as a whole. */
export const WINDOW_SECONDS = 300;
const SLOTS = 10;
const SLOT_MS = (WINDOW_SECONDS * 1000) / SLOTS;
const MOST_SECONDS = 60;
const MOST_SHOWN = 100;

/** What no policy can change: such an operation costs what it costs. */
const NEVER_CACHED: ReadonlySet<Reason | ''> = new Set([
  'mutation',
  'subscription',
  'introspection',
  'upload',
  'invalid',
]);

/** One way in which one operation was answered, over some time. */
interface Tally {
  readonly name: string;
  readonly outcome: AnswerOutcome;
  readonly reason: Reason | '';
  /** see {@link SeenCount} */
  found: number;
  keepable: number;
  readonly timings: Timings;
}

/** What follows from what was seen. */
export interface Summary {
  readonly answers: AnswersView;
  readonly operations: readonly OperationView[];
  readonly reasons: readonly ReasonView[];
  readonly warming: SeenWarming;
  readonly hits: Timings;
  readonly others: Timings;
}

type Second = Record<AnswerOutcome, number>;

/** What was seen in a part of the window. */
interface Slot {
  readonly since: number;
  readonly tallies: Map<string, Tally>;
  warming: SeenWarming;
}

/** What all processes of a machine saw in the last minutes, and what follows from it. Pure: times are handed in. */
export class Board {
  readonly documents = new Map<string, string>();
  readonly #slots: Slot[] = [];
  #seconds: Second[] = [];
  #second: Second = noSecond();

  /** Forgets all. @param now monotonic milliseconds, as everywhere here */
  clear(): void {
    this.documents.clear();
    this.#slots.length = 0;
    this.#seconds = [];
    this.#second = noSecond();
  }

  add({ counts, documents, warming }: Pick<Seen, 'counts' | 'documents' | 'warming'>, now: number): void {
    for (const [name, text] of documents) this.documents.set(name, text);
    const slot = this.#slotAt(now);
    const { tallies } = slot;
    slot.warming = sumOf([slot.warming, warming]);
    for (const count of counts) {
      this.#second[count.outcome] += count.count;
      const key = `${count.outcome} ${count.reason} ${count.name}`;
      let tally = tallies.get(key);
      if (!tally) tallies.set(key, (tally = tallyOf(count)));
      addTo(tally, count, count.times);
    }
  }

  /** Ends a second. */
  tick(): void {
    this.#seconds = [...this.#seconds, this.#second].slice(-MOST_SECONDS);
    this.#second = noSecond();
  }

  get seconds(): readonly Second[] {
    return this.#seconds;
  }

  /** What follows from what was seen in the window. It takes some milliseconds where there are a hundred operations. */
  summary(now: number): Summary {
    const tallies = this.#tallies(now);
    const [hits, others] = [new Timings(), new Timings()];
    for (const { outcome, reason, timings } of tallies) {
      if (isHit(outcome)) hits.addAll(timings.counts);
      else if (!NEVER_CACHED.has(reason) && outcome !== 'error') others.addAll(timings.counts);
    }
    const usualHitMs = hits.quantile(0.5) ?? 0;
    const byName = groupBy(tallies, ({ name }) => name);
    const operations = Array.from(byName, ([name, all]) => this.#operation(name, all, usualHitMs)).sort(
      (a, b) => b.lostMs - a.lostMs || b.count - a.count,
    );
    return {
      answers: answersOf(tallies, hits, others, operations),
      operations: operations.slice(0, MOST_SHOWN),
      reasons: reasonsOf(tallies, byName, usualHitMs),
      warming: sumOf(this.#slots.map(({ warming }) => warming)),
      hits,
      others,
    };
  }

  #operation(name: string, tallies: readonly Tally[], usualHitMs: number): OperationView {
    const of = (...wanted: readonly AnswerOutcome[]): number =>
      sum(tallies.filter(({ outcome }) => wanted.includes(outcome)).map(({ timings }) => timings.total));
    const [hit, other] = [new Timings(), new Timings()];
    const reasons = new Map<Reason, number>();
    for (const { outcome, reason, timings } of tallies) {
      if (isHit(outcome)) hit.addAll(timings.counts);
      else other.addAll(timings.counts);
      if (reason !== '') reasons.set(reason, (reasons.get(reason) ?? 0) + timings.total);
    }
    const count = hit.total + other.total;
    return {
      name,
      count,
      hits: hit.total,
      misses: of('miss', 'partial'),
      bypasses: of('bypass'),
      errors: of('error'),
      hitRate: sum(tallies.map(({ found }) => found)) / count,
      hitMs: hit.quantile(0.5),
      otherMs: other.quantile(0.5),
      lostMs: sum(tallies.map((tally) => lostBy(tally, tallies, usualHitMs))),
      reasons: [...reasons].sort(([, a], [, b]) => b - a),
      isKnown: this.documents.has(name),
    };
  }

  #slotAt(now: number): Slot {
    this.#forget(now);
    const last = this.#slots.at(-1);
    if (last && now - last.since < SLOT_MS) return last;
    const slot = { since: now, tallies: new Map<string, Tally>(), warming: NO_WARMING };
    this.#slots.push(slot);
    return slot;
  }

  #tallies(now: number): readonly Tally[] {
    this.#forget(now);
    const all = new Map<string, Tally>();
    for (const { tallies } of this.#slots) {
      for (const [key, one] of tallies) {
        let tally = all.get(key);
        if (!tally) all.set(key, (tally = tallyOf(one)));
        addTo(tally, one, one.timings.counts);
      }
    }
    return [...all.values()];
  }

  #forget(now: number): void {
    while (this.#slots[0] && now - this.#slots[0].since >= WINDOW_SECONDS * 1000) this.#slots.shift();
  }
}

function noSecond(): Second {
  return { hit: 0, stale: 0, partial: 0, miss: 0, bypass: 0, error: 0 };
}

function tallyOf({ name, outcome, reason }: Pick<Tally, 'name' | 'outcome' | 'reason'>): Tally {
  return { name, outcome, reason, found: 0, keepable: 0, timings: new Timings() };
}

function addTo(
  tally: Tally,
  { found, keepable }: Pick<SeenCount, 'found' | 'keepable'>,
  times: readonly number[],
): void {
  tally.found += found;
  tally.keepable += keepable;
  tally.timings.addAll(times);
}

function sumOf(all: readonly SeenWarming[]): SeenWarming {
  return all.reduce(
    (one, other) => ({
      asked: one.asked + other.asked,
      relayed: one.relayed + other.relayed,
      used: one.used + other.used,
      wasted: one.wasted + other.wasted,
    }),
    NO_WARMING,
  );
}

function isHit(outcome: AnswerOutcome): boolean {
  return outcome === 'hit' || outcome === 'stale';
}

/**
 * What users waited for answers of this kind beyond what they wait for a hit of the same operation: how many there were,
 * times how much longer the usual one takes.
 */
function lostBy(
  { outcome, reason, timings }: Tally,
  ofSameName: readonly Tally[],
  usualHitMs: number,
): number {
  if (isHit(outcome) || outcome === 'error' || NEVER_CACHED.has(reason)) return 0;
  const hits = new Timings();
  for (const tally of ofSameName) if (isHit(tally.outcome)) hits.addAll(tally.timings.counts);
  const longer = (timings.quantile(0.5) ?? 0) - (hits.quantile(0.5) ?? usualHitMs);
  return timings.total * Math.max(0, longer);
}

function answersOf(
  tallies: readonly Tally[],
  hits: Timings,
  others: Timings,
  operations: readonly OperationView[],
): AnswersView {
  const queries = tallies.filter(({ outcome, reason }) => outcome !== 'error' && !NEVER_CACHED.has(reason));
  const count = sum(queries.map(({ timings }) => timings.total));
  const part = (some: number): number | undefined => (count === 0 ? undefined : some / count);
  return {
    count: sum(tallies.map(({ timings }) => timings.total)),
    hitRate: part(sum(queries.map(({ found }) => found))),
    highestHitRate: part(sum(queries.map(({ keepable }) => keepable))),
    hitMs: quantilesOf(hits),
    otherMs: quantilesOf(others),
    lostMs: sum(operations.map(({ lostMs }) => lostMs)),
  };
}

function quantilesOf(timings: Timings): QuantilesView {
  return { p50: timings.quantile(0.5), p95: timings.quantile(0.95), p99: timings.quantile(0.99) };
}

function reasonsOf(
  tallies: readonly Tally[],
  byName: ReadonlyMap<string, readonly Tally[]>,
  usualHitMs: number,
): ReasonView[] {
  const views: ReasonView[] = [];
  const others = tallies.filter(({ outcome }) => !isHit(outcome));
  for (const [reason, all] of groupBy(others, (tally) => tally.reason)) {
    if (reason === '') continue;
    const costs = new Map<string, number>();
    for (const tally of all) {
      const lost = lostBy(tally, byName.get(tally.name) ?? [], usualHitMs);
      costs.set(tally.name, (costs.get(tally.name) ?? 0) + lost);
    }
    const [meaning, remedy] = REASONS[reason];
    views.push({
      reason,
      count: sum(all.map(({ timings }) => timings.total)),
      lostMs: sum([...costs.values()]),
      meaning,
      remedy,
      operations: [...costs]
        .sort(([, a], [, b]) => b - a)
        .map(([name]) => name)
        .slice(0, 5),
    });
  }
  return views.sort((a, b) => b.lostMs - a.lostMs || b.count - a.count);
}

function groupBy<Key>(tallies: readonly Tally[], keyOf: (tally: Tally) => Key): Map<Key, Tally[]> {
  const groups = new Map<Key, Tally[]>();
  for (const tally of tallies) {
    const key = keyOf(tally);
    const group = groups.get(key);
    if (group) group.push(tally);
    else groups.set(key, [tally]);
  }
  return groups;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
