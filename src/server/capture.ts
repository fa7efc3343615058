import { Capture } from '../capture/capture';
import type { MappedSchema } from '../capture/mapping';
import type { Config } from '../config/config';
import type { CaptureLog } from '../purge/log';
import type { Tag } from '../purge/tag';
import type { Log } from '../report/log';
import type { Outages, Place } from '../report/outages';
import type { Metrics } from './metrics';

/** Who caused a purge that a change of the database did, for those who look. */
export const DATABASE_CAUSE = 'database';

interface CaptureParts {
  /** where purges are appended */
  readonly purges: CaptureLog;
  /** undefined while it was not read */
  readonly schema: () => MappedSchema | undefined;
  readonly outages: Outages;
  readonly log: Log;
  /** told what is about to be purged */
  readonly purging?: (tags: ReadonlySet<Tag>) => void;
}

/** Who reads the database's own log; undefined where none is configured, and outside of the primary region. */
export function createCapture(
  { capture: { url, slot, publication, maxTags }, region: { isPrimary } }: Pick<Config, 'capture' | 'region'>,
  { purges, schema, outages, log, purging = () => {} }: CaptureParts,
): Capture | undefined {
  if (url === undefined || !isPrimary) return undefined;
  return new Capture({
    url,
    slot,
    publication,
    maxTags,
    log: purges,
    schema,
    purging,
    place: databasePlace(url),
    outages,
    report: log,
    now: () => performance.now(),
  });
}

/** The same in a gateway: it follows the gateway's schema, and its figures are the gateway's. */
export function createCaptureOf(config: Config, parts: CaptureParts, metrics: Metrics): Capture | undefined {
  const capture = createCapture(config, parts);
  if (capture) metrics.watchCapture(() => capture.stats());
  return capture;
}

/** Host, port and name, without user and password. */
export function databasePlace(url: string): Place {
  const { hostname, port, pathname } = new URL(url);
  return {
    name: 'PostgreSQL',
    address: `${hostname}:${port || 5432}${pathname.length > 1 ? pathname : ''}`,
    variables: ['CAPTURE_URL'],
    help: 'Until then only mutations purge, and entries end by their maxAge.',
  };
}
