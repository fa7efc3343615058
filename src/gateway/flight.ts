import type { Entry } from '../cache/entry';
import type { Found } from '../cache/lookup';
import type { Region } from '../region/region';
import type { Reason } from '../report/reason';
import { fill, type Destination, type EntrySettings, type Filled } from './fill';

/** How a flight ended: with an entry of the region's Redis, or with an answer of upstream. */
export type Landing =
  | { readonly kind: 'found'; readonly entry: Entry; readonly stale: 'expired' | 'purged' | undefined }
  | {
      readonly kind: 'answered';
      readonly answered: Filled;
      /** why there was nothing to be found */
      readonly why: Reason;
      /** may be served if upstream failed */
      readonly fallback: Entry | undefined;
    };

/**
 * The region's Redis, then upstream: by one process of the region at a time.
 * @param near what memory said
 * @param staleWillDo false for a refresh: what may only be served stale is what it is to replace
 */
export async function fly(
  region: Region,
  settings: EntrySettings,
  to: Destination,
  { near, staleWillDo }: { readonly near: Extract<Found, { kind: 'miss' }>; readonly staleWillDo: boolean },
): Promise<Landing> {
  const { leases } = region;
  let { why, fallback } = near;

  async function look(): Promise<Landing | undefined> {
    const found = await region.find(to.key);
    if (found.kind === 'miss') {
      if (found.why !== 'absent') why = found.why;
      fallback = found.fallback ?? fallback;
      return undefined;
    }
    if (found.kind === 'stale' && !staleWillDo) return undefined;
    return { kind: 'found', entry: found.entry, stale: found.kind === 'stale' ? found.why : undefined };
  }

  async function ask(): Promise<Landing> {
    return { kind: 'answered', answered: await fill(region, settings, to), why, fallback };
  }

  return (await look()) ?? (leases ? leases.collapse(to.key, to.signal, look, ask) : ask());
}
