import { Agent } from 'undici';
import { gatewaySecret, type Config } from '../config/config';
import type { ForwardingOptions } from '../gateway/forward-mutation';
import type { PrimaryEntriesOptions } from '../gateway/warm/primary-entries';
import type { Log } from '../report/log';

/** How mutations leave a region that is not the primary one. */
export function createForwarding(
  config: Config,
  sessionHeader: string | undefined,
): { readonly options: ForwardingOptions; readonly close: () => Promise<void> } | undefined {
  const { region, policy, upstream, freshness } = config;
  if (region.isPrimary) return undefined;
  const [dispatcher, formDispatcher] = [new Agent({ connections: 128 }), new Agent({ connections: 128 })];
  const options: ForwardingOptions = {
    region: region.name,
    primaryRegion: region.primary,
    primaryUrl: region.primaryUrl,
    flyReplay: region.mutations === 'fly-replay',
    headers: [
      ...new Set([
        ...FORWARDED_ALWAYS,
        ...policy.vary,
        ...upstream.forwardHeaders,
        ...upstream.passHeaders,
        ...(sessionHeader === undefined ? [] : [sessionHeader]),
      ]),
    ],
    // The gateway there gives upstream as long as this one would; its answer has an ocean to cross.
    timeoutMs: upstream.timeoutMs + 2000,
    waitMs: freshness.tokenWaitMs,
    dispatcher,
    formDispatcher,
    secret: gatewaySecret(config),
  };
  return {
    options,
    close: async () => void (await Promise.all([dispatcher.close(), formDispatcher.close()])),
  };
}

const SAME_EVERYWHERE =
  'Make sure that PRIMARY_URL leads to a gateway of the primary region with the same version, UPSTREAM_URL, UPSTREAM_HEADERS, schema, ' +
  'cache settings and secret (the password of PRIMARY_REDIS_URL, or ADMIN_TOKEN), and with WARM=1.';

/** How the primary region's gateway is asked for what it keeps; undefined where it cannot be reached, or would not know who asks. */
export function primaryEntriesOf(
  config: Config,
  log: Log,
  forwarding: ForwardingOptions | undefined,
): PrimaryEntriesOptions | undefined {
  const secret = gatewaySecret(config);
  if (forwarding?.primaryUrl === undefined || secret === undefined) return undefined;
  const { region, primaryUrl: url, timeoutMs, dispatcher } = forwarding;
  const rests = ({ message: why }: Error): void =>
    log.warn(
      { url, why, remedy: SAME_EVERYWHERE },
      "the primary region's gateway shares no entries: this region warms from upstream itself",
    );
  return { region, url, secret, timeoutMs, dispatcher, rests };
}

/** What says how to read a mutation, who sends it, what they have seen, and how the answer is to look. */
const FORWARDED_ALWAYS = [
  'content-type',
  'accept',
  'authorization',
  'cookie',
  'lastmile-extensions',
  'lastmile-token',
];
