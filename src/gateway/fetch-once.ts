import type { Entry } from '../cache/entry';
import type { Lookup } from '../cache/lookup';
import type { Position } from '../purge/position';
import type { Region } from '../region/region';
import type { Reason } from '../report/reason';
import { inSpan, type Span, type SpanFacts } from '../report/trace';
import { fill, longestOf, type FetchPlan, type EntrySettings, type Filled } from './fill';

/** How a flight ended: with an entry of the region's Redis, or with an answer of upstream. */
export type FetchResult =
  | {
      readonly kind: 'found';
      readonly entry: Entry;
      readonly stale: 'expired' | 'purged' | undefined;
      /** it came from the primary region's cache, as there was none here: why not */
      readonly missed?: Reason;
    }
  | {
      readonly kind: 'answered';
      readonly answered: Filled;
      /** why there was nothing to be found */
      readonly why: Reason;
      /** may be served if upstream failed */
      readonly fallback: Entry | undefined;
    };

/** Another place than upstream that may have the answer. */
export interface Elsewhere {
  /** Gives an entry that is kept here by then, and fresh. Never rejects. */
  readonly ask: (trace: Span | undefined) => Promise<Entry | undefined>;
  /** Told how long upstream took, where it had to be asked after all, and its answer is stored. Milliseconds. */
  readonly upstreamTook?: (ms: number) => void;
}

/** How it is fetched. */
export interface FetchOptions {
  /** what memory said */
  readonly near: Miss;
  /** false for a refresh: what may only be served stale is what it is to replace */
  readonly staleWillDo: boolean;
  /** what the client has seen: see `lookup` */
  readonly seen?: Position | undefined;
  /** what the region's Redis has will not do */
  readonly skipsFar?: boolean;
  /** how to ask upstream if the same call fetches more: no other process waits for that */
  readonly ask?: () => Promise<Filled>;
  /** asked before upstream is */
  readonly elsewhere?: Elsewhere | undefined;
}

type Miss = Extract<Lookup, { kind: 'miss' }>;

/**
 * The region's Redis, then upstream: by one process of the region at a time.
 *
 * Whatever a function that awaits has to remember lies in one object, as large as all its variables together. So what finds
 * in Redis is short, and what asks upstream is a function of its own.
 */
export function fetchOnce(
  region: Region,
  settings: EntrySettings,
  plan: FetchPlan,
  options: FetchOptions,
): Promise<FetchResult> {
  if (!region.far || options.skipsFar) return fetchMissing(region, settings, plan, options);
  return lookFar(region, settings, plan, options).then(
    (found) => takenFrom(found, options) ?? fetchMissing(region, settings, plan, afterLook(options, found)),
  );
}

function lookFar(
  region: Region,
  settings: EntrySettings,
  plan: FetchPlan,
  { seen }: FetchOptions,
): Promise<Lookup> {
  const longest = longestOf(plan.bound, settings);
  return inSpan(plan.trace, 'look-up', () => region.find(plan.key, longest, seen), factsOf);
}

/** @returns undefined where what was found will not do */
function takenFrom(found: Lookup, { staleWillDo }: FetchOptions): FetchResult | undefined {
  if (found.kind === 'miss' || (found.kind === 'stale' && !staleWillDo)) return undefined;
  return { kind: 'found', entry: found.entry, stale: found.kind === 'stale' ? found.why : undefined };
}

/** With what is known of the reason, and of what may stand in, after a look that brought nothing. */
function afterLook(options: FetchOptions, found: Lookup): FetchOptions {
  if (found.kind !== 'miss') return options;
  const { near } = options;
  const why = found.why === 'absent' ? near.why : found.why;
  return { ...options, near: { kind: 'miss', why, fallback: found.fallback ?? near.fallback } };
}

/** What Redis does not have, or not yet. */
async function fetchMissing(
  region: Region,
  settings: EntrySettings,
  plan: FetchPlan,
  options: FetchOptions,
): Promise<FetchResult> {
  const { leases } = region;
  const { skipsFar, ask, elsewhere } = options;
  let known = options;

  async function look(): Promise<FetchResult | undefined> {
    const found = await lookFar(region, settings, plan, options);
    known = afterLook(known, found);
    return takenFrom(found, options);
  }

  async function askUpstream(): Promise<FetchResult> {
    const { why, fallback } = known.near;
    const entry = await elsewhere?.ask(plan.trace);
    if (entry) return { kind: 'found', entry, stale: undefined, missed: why };
    const began = region.now();
    const answered = await (ask ? ask() : fill(region, settings, plan));
    if (answered.isStored) elsewhere?.upstreamTook?.(region.now() - began);
    return { kind: 'answered', answered, why, fallback };
  }

  // What its client wants stored nowhere is of no use to those who would wait for it.
  if (!leases || !plan.stores || ask || skipsFar) return askUpstream();
  const waiting = plan.trace?.child('wait');
  waiting?.set({ at: 'lease' });
  const fillAfterwards = (): Promise<FetchResult> => {
    waiting?.end();
    return askUpstream();
  };
  const fetched = await leases.collapse(plan.key, {
    group: plan.signal,
    look,
    fill: fillAfterwards,
    isFutile,
  });
  waiting?.end();
  return fetched;
}

/** What a look-up found, for its span. */
function factsOf(found: Lookup): SpanFacts {
  return { at: 'redis', found: found.kind, ...(found.kind !== 'fresh' && { reason: found.why }) };
}

/** What kept an answer from being stored for this once: the next may be. */
export const PASSING: ReadonlySet<Reason | undefined> = new Set<Reason>(['purged', 'distrusted', 'request']);

/** Whether it was in the region's Redis, so upstream was not asked. */
export function isFound(fetched: FetchResult): boolean {
  return fetched.kind === 'found';
}

/** Whether an answer was not stored because of what it is, so that the next request will find nothing either. */
export function isFutile(fetched: FetchResult): boolean {
  if (fetched.kind === 'found' || fetched.answered.isStored) return false;
  const { why, execution } = fetched.answered;
  // That all who waited have gone away says nothing of the answer.
  return !PASSING.has(why) && execution.answer?.fault?.code !== 'ABANDONED';
}
