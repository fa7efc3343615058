import { Agent } from 'undici';
import type { Config } from '../config/config';
import type { ElsewhereParts } from '../journey/mutate-elsewhere';

/** How mutations leave a region that is not the primary one. */
export function wayToPrimary(
  { region, policy, upstream, freshness }: Config,
  sessionHeader: string | undefined,
): { readonly parts: ElsewhereParts; readonly close: () => Promise<void> } | undefined {
  if (region.isPrimary) return undefined;
  const dispatcher = new Agent({ connections: 128 });
  const parts: ElsewhereParts = {
    region: region.name,
    primaryRegion: region.primary,
    primaryUrl: region.primaryUrl,
    flyReplay: region.mutations === 'fly-replay',
    headers: [
      ...new Set([
        ...FORWARDED_ALWAYS,
        ...policy.vary,
        ...upstream.forwardHeaders,
        ...(sessionHeader === undefined ? [] : [sessionHeader]),
      ]),
    ],
    // The gateway there gives upstream as long as this one would; its answer has an ocean to cross.
    timeoutMs: upstream.timeoutMs + 2000,
    waitMs: freshness.tokenWaitMs,
    dispatcher,
  };
  return { parts, close: () => dispatcher.close() };
}

/** What says how to read a mutation, who sends it, and how its answer is to look. */
const FORWARDED_ALWAYS = ['content-type', 'accept', 'authorization', 'cookie', 'lastmile-extensions'];
