import type { CacheKey, Entry } from '../cache/entry';
import type { Audience } from '../cache/single-flight';
import type { Asked } from '../operation/bound-operation';
import type { Reason } from '../report/reason';
import { fill, type Answered, type FillParts } from './fill';
import type { Generation } from './schema-snapshot';
import { judged, type Found } from '../cache/lookup';
import type { AnswerType } from './media-type';
import type { JourneyParts } from './deps';

/** How a flight ended: with an entry of the region's Redis, or with an answer of upstream. */
export type Landing =
  | { readonly kind: 'found'; readonly entry: Entry; readonly stale: 'expired' | 'purged' | undefined }
  | {
      readonly kind: 'answered';
      readonly answered: Answered;
      readonly why: Reason;
      readonly fallback: Entry | undefined;
    };

/** What a flight fetches, and how upstream is asked for it. */
export interface Destination {
  readonly generation: Generation;
  readonly asked: Asked;
  readonly key: CacheKey;
  readonly scope: 'shared' | 'private';
  readonly headers: Readonly<Record<string, string>>;
  readonly type: AnswerType;
  /** aborted when nobody waits any more */
  readonly signal: Audience | undefined;
}

/**
 * The region's Redis, then upstream: by one process of the region at a time.
 * @param near what memory said
 * @param staleWillDo false for a refresh: what may only be served stale is what it is to replace
 */
export async function fly(
  { far, near: memory, leases, purges, now }: JourneyParts,
  parts: FillParts,
  to: Destination,
  near: Extract<Found, { kind: 'miss' }>,
  staleWillDo: boolean,
): Promise<Landing> {
  let { why, fallback } = near;

  function land(held: Entry | undefined): Landing | undefined {
    const found = judged(held, purges.table, now());
    if (found.kind === 'fresh' || (found.kind === 'stale' && staleWillDo)) {
      void memory.set(found.entry);
      return { kind: 'found', entry: found.entry, stale: found.kind === 'stale' ? found.why : undefined };
    }
    if (found.kind === 'miss') {
      if (found.why !== 'absent') why = found.why;
      fallback = found.fallback ?? fallback;
    }
    return undefined;
  }

  async function ask(): Promise<Landing> {
    const { engine } = to.generation;
    const answered = await fill(parts, engine, to.asked, to.key, to.scope, to.headers, to.type, to.signal);
    return { kind: 'answered', answered, why, fallback };
  }

  const look = async (): Promise<Landing | undefined> => land(await far?.get(to.key));
  return land(await far?.get(to.key)) ?? (leases ? leases.collapse(to.key, to.signal, look, ask) : ask());
}
