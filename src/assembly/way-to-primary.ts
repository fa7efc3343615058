import { Agent } from 'undici';
import type { Config } from '../config/config';
import { secretOfGateways } from '../config/secret-of-gateways';
import type { ElsewhereParts } from '../journey/mutate-elsewhere';

/** How mutations leave a region that is not the primary one. */
export function wayToPrimary(
  config: Config,
  sessionHeader: string | undefined,
): { readonly parts: ElsewhereParts; readonly close: () => Promise<void> } | undefined {
  const { region, policy, upstream, freshness } = config;
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
    secret: secretOfGateways(config),
  };
  return { parts, close: () => dispatcher.close() };
}

/** What says how to read a mutation, who sends it, and how its answer is to look. */
const FORWARDED_ALWAYS = ['content-type', 'accept', 'authorization', 'cookie', 'lastmile-extensions'];
