import { CdnPurger } from '../cdn/cdn-purger';
import type { Config } from '../config/config';
import type { Region } from '../region/region';
import type { Outages } from '../report/outages';
import type { Metrics } from './metrics';

/** Milliseconds a call of the CDN's API may take. */
const TIMEOUT_MS = 5000;

/** Who sends purges on to the CDN in front; undefined where none is configured, and outside of the primary region. */
export function createCdnPurger(
  { cdn, region: { isPrimary }, freshness }: Config,
  { purges, far, now }: Region,
  { outages, metrics }: { readonly outages: Outages; readonly metrics: Metrics },
): CdnPurger | undefined {
  if (!cdn?.purge || !isPrimary) return undefined;
  const { url, token } = cdn.purge;
  const purger = new CdnPurger({
    api: { tags: cdn.tags, url, token, timeoutMs: TIMEOUT_MS },
    purges,
    claims: far,
    boundMs: freshness.boundMs,
    health: outages.health(
      {
        name: 'the purge API of the CDN',
        address: new URL(url).host,
        variables: ['CDN_PURGE_URL', 'CDN_TOKEN'],
        help: 'Until then the CDN may serve purged answers; each purge is retried until the CDN accepts it.',
      },
      'cdn',
    ),
    count: (outcome) => metrics.cdnPurge(outcome),
    now,
  });
  metrics.watchCdn(() => purger.waiting);
  return purger;
}
