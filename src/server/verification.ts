import type { Config } from '../config/config';
import { Verifier, type Verified } from '../gateway/verifier';
import { formatPosition } from '../purge/position';
import { formatTag } from '../purge/tag';
import type { Region } from '../region/region';
import type { Log } from '../report/log';

/** Milliseconds after which a purge is here in most cases that belongs to what upstream shows already. */
const PURGE_GRACE_MS = 1000;
const MOST_TAGS_LOGGED = 20;

/** What compares hits with upstream where VERIFY_SAMPLE asks for it, and logs the difference. */
export function createVerifier(
  config: Config,
  log: Log,
  region: Region,
  count: (result: Verified) => void,
): Verifier | undefined {
  const { verifySample: sample } = config.cache;
  if (sample === 0) return undefined;
  return new Verifier({
    region,
    sample,
    random: Math.random,
    graceMs: PURGE_GRACE_MS,
    count,
    different: ({ key, tags, asOf, answeredAt }, at) =>
      log.warn(
        {
          key,
          tags: tags.slice(0, MOST_TAGS_LOGGED).map(formatTag),
          asOf: formatPosition(asOf),
          ageMs: Math.round(region.now() - answeredAt),
          at,
          remedy:
            'Purge what changes past the gateway (`POST /purge`), have the mutation say what it changes (@purges), lower the ' +
            'maxAge of what changes by itself, or keep the operation out with NO_CACHE_OPERATIONS.',
        },
        'a hit differs from what upstream says now, and nothing in it was purged',
      ),
    fault: (error) => log.error({ err: error }, 'a hit could not be compared with upstream'),
  });
}
