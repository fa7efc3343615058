import type { RecordedQuery, RecordedRun } from './read-log';

/** How the queries of one operation are kept in a replay. */
export interface Keeping {
  /** seconds; 0: not at all */
  readonly maxAge: number;
  /** for each session or credentials apart, and not without */
  readonly isPrivate: boolean;
}

/** What became of an operation's queries in a replay. */
export interface ReplayTally {
  readonly queries: number;
  /** answered from an entry */
  readonly hits: number;
  /** answered by a call that was under way */
  readonly collapsed: number;
  /** milliseconds of upstream's time that hits and collapsed queries did not take */
  readonly savedMs: number;
  /** milliseconds upstream took as it was recorded, and would have taken without any cache */
  readonly upstreamMs: number;
  /** hits on another user's answers */
  readonly shared: number;
  /** hits that showed something other than upstream said at that time, to who had asked for it before */
  readonly stale: number;
  /** the same, of the shared ones */
  readonly foreign: number;
}

export const NOTHING: ReplayTally = {
  queries: 0,
  hits: 0,
  collapsed: 0,
  savedMs: 0,
  upstreamMs: 0,
  shared: 0,
  stale: 0,
  foreign: 0,
};

/** A call upstream, and the answer it brought. */
interface Call {
  readonly query: RecordedQuery;
  readonly answeredAt: number;
}

/** What is known of one key. */
interface Known {
  entry: Call | undefined;
  /** calls under way, in the order they began */
  calls: Call[];
}

/**
 * Answers recorded queries again, as a gateway would have that keeps them so: by the same rules, with the recorded times
 * of queries, answers and purges. Nothing is left out but what the store's size would have: an entry is never given up
 * for want of room.
 */
export function replay(runs: readonly RecordedRun[], keeping: Keeping): ReplayTally {
  const typicalMs = meanTime(runs);
  let outcome = NOTHING;
  for (const { queries } of runs) outcome = add(outcome, replayRun(queries, keeping, typicalMs));
  return outcome;
}

export function add(a: ReplayTally, b: ReplayTally): ReplayTally {
  return {
    queries: a.queries + b.queries,
    hits: a.hits + b.hits,
    collapsed: a.collapsed + b.collapsed,
    savedMs: a.savedMs + b.savedMs,
    upstreamMs: a.upstreamMs + b.upstreamMs,
    shared: a.shared + b.shared,
    stale: a.stale + b.stale,
    foreign: a.foreign + b.foreign,
  };
}

/** Of a part of what was asked for. */
export function scaled(tally: ReplayTally, share: number): ReplayTally {
  return {
    queries: tally.queries * share,
    hits: tally.hits * share,
    collapsed: tally.collapsed * share,
    savedMs: tally.savedMs * share,
    upstreamMs: tally.upstreamMs * share,
    shared: tally.shared * share,
    stale: tally.stale * share,
    foreign: tally.foreign * share,
  };
}

function replayRun(queries: readonly RecordedQuery[], keeping: Keeping, typicalMs: number): ReplayTally {
  const knownKeys = new Map<string, Known>();
  const counts = { ...NOTHING };
  for (const query of queries) {
    const took = query.ms ?? typicalMs;
    counts.queries++;
    counts.upstreamMs += took;
    const key = replayKeyOf(query, keeping);
    if (key === undefined) continue;
    let known = knownKeys.get(key);
    if (!known) knownKeys.set(key, (known = { entry: undefined, calls: [] }));
    if (known.calls.length > 0) land(known, query.t);
    const { entry } = known;
    const last = known.calls.at(-1);
    if (entry && isFresh(entry, query.t, keeping.maxAge)) {
      counts.hits++;
      counts.savedMs += took;
      countDifference(counts, entry.query, query);
    } else if (last && query.t < last.query.joinableUntil) {
      // P02: only what begins before the next purge of anything that the answer may show joins a call.
      counts.collapsed++;
      counts.savedMs += took;
    } else {
      known.calls.push({ query, answeredAt: query.t + took });
    }
  }
  return counts;
}

/** Stores what was answered meanwhile, and was neither an error nor purged on its way (P01). */
function land(known: Known, t: number): void {
  const landed = known.calls.filter(({ answeredAt }) => answeredAt <= t);
  known.calls = known.calls.filter(({ answeredAt }) => answeredAt > t);
  for (const call of landed.sort((a, b) => a.answeredAt - b.answeredAt)) {
    if (call.query.failed !== true && call.query.purgedAt > call.answeredAt) known.entry = call;
  }
}

/** A query that was a hit when it was recorded says nothing of what upstream would have said. */
function countDifference(
  counts: { -readonly [Name in keyof ReplayTally]: ReplayTally[Name] },
  shown: RecordedQuery,
  query: RecordedQuery,
): void {
  const isShared = query.who !== shown.who;
  if (isShared) counts.shared++;
  if (query.ms !== undefined && query.answer !== shown.answer) counts[isShared ? 'foreign' : 'stale']++;
}

/** @returns undefined for a query that is not looked up */
function replayKeyOf({ asks, who }: RecordedQuery, { maxAge, isPrivate }: Keeping): string | undefined {
  if (maxAge <= 0 || (isPrivate && who === undefined)) return undefined;
  return isPrivate ? `${asks} ${who}` : asks;
}

function isFresh({ query, answeredAt }: Call, t: number, maxAge: number): boolean {
  return t < query.purgedAt && t < answeredAt + maxAge * 1000;
}

const meanTimes = new WeakMap<readonly RecordedRun[], number>();

/** What a query takes upstream of which only the hit was recorded. */
function meanTime(runs: readonly RecordedRun[]): number {
  const mean = meanTimes.get(runs) ?? findMeanTime(runs);
  meanTimes.set(runs, mean);
  return mean;
}

function findMeanTime(runs: readonly RecordedRun[]): number {
  let sum = 0;
  let count = 0;
  for (const { queries } of runs) {
    for (const { ms } of queries) {
      if (ms === undefined) continue;
      sum += ms;
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}
