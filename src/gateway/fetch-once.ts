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

/**
 * The region's Redis, then upstream: by one process of the region at a time.
 * @param near what memory said
 * @param staleWillDo false for a refresh: what may only be served stale is what it is to replace
 * @param seen what whoever asks has seen: see `lookup`
 * @param skipsFar what the region's Redis has will not do
 * @param ask how upstream is asked, where it is asked for more in the same call: no other process waits for that
 * @param elsewhere asked before upstream is
 */
export async function fetchOnce(
  region: Region,
  settings: EntrySettings,
  plan: FetchPlan,
  {
    near,
    staleWillDo,
    seen,
    skipsFar = false,
    ask,
    elsewhere,
  }: {
    readonly near: Extract<Lookup, { kind: 'miss' }>;
    readonly staleWillDo: boolean;
    readonly seen?: Position | undefined;
    readonly skipsFar?: boolean;
    readonly ask?: () => Promise<Filled>;
    readonly elsewhere?: Elsewhere | undefined;
  },
): Promise<FetchResult> {
  const { leases } = region;
  const longest = longestOf(plan.bound, settings);
  let { why, fallback } = near;

  async function look(): Promise<FetchResult | undefined> {
    const found = await inSpan(plan.trace, 'look-up', () => region.find(plan.key, longest, seen), factsOf);
    if (found.kind === 'miss') {
      if (found.why !== 'absent') why = found.why;
      fallback = found.fallback ?? fallback;
      return undefined;
    }
    if (found.kind === 'stale' && !staleWillDo) return undefined;
    return { kind: 'found', entry: found.entry, stale: found.kind === 'stale' ? found.why : undefined };
  }

  async function askUpstream(): Promise<FetchResult> {
    const entry = await elsewhere?.ask(plan.trace);
    if (entry) return { kind: 'found', entry, stale: undefined, missed: why };
    const began = region.now();
    const answered = await (ask ? ask() : fill(region, settings, plan));
    if (answered.isStored) elsewhere?.upstreamTook?.(region.now() - began);
    return { kind: 'answered', answered, why, fallback };
  }

  const found = region.far && !skipsFar && (await look());
  if (found) return found;
  // What its client wants stored nowhere is of no use to those who would wait for it.
  if (!leases || !plan.stores || ask || skipsFar) return await askUpstream();
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

/** Whether it was in the region's Redis, and nobody was asked. */
export function isFound(fetched: FetchResult): boolean {
  return fetched.kind === 'found';
}

/** Whether an answer was not stored for what it is, so that whoever asks next will find nothing either. */
export function isFutile(fetched: FetchResult): boolean {
  if (fetched.kind === 'found' || fetched.answered.isStored) return false;
  const { why, execution } = fetched.answered;
  // That all who waited have gone away says nothing of the answer.
  return !PASSING.has(why) && execution.answer?.fault?.code !== 'ABANDONED';
}
