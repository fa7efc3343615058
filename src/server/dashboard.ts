import type { Config } from '../config/config';
import { VERSION } from '../config/version';
import { Dashboard, type OtherProcesses } from '../dashboard/dashboard';
import type { Log } from '../report/log';
import type { Assembly } from './assemble';

/** What is seen at the admin port. @param others the processes that answer; undefined: this one does */
export function createDashboard(
  { region: about, redis }: Config,
  { region, recorder }: Assembly,
  log: Log,
  others?: OtherProcesses,
): Dashboard {
  let isRefused = false;
  return new Dashboard({
    region,
    recorder,
    about: { region: about.name, primaryRegion: about.primary, version: VERSION },
    others,
    redis: redis && { url: redis.url, primaryUrl: redis.primaryUrl, trust: redis.trust },
    now: () => performance.now(),
    // That a Redis cannot be used is told of by those who need it; that it refuses this alone is not.
    fault: (error) => {
      log.debug({ err: error }, 'the reports of other regions could not be read');
      if (isRefused || !(error as Partial<Error>).message?.startsWith('NOPERM')) return;
      isRefused = true;
      log.warn(
        {
          cause: (error as Error).message,
          remedy: 'give the account of PRIMARY_REDIS_URL the key purges:regions',
        },
        'regions cannot report to the dashboard: Redis refuses it',
      );
    },
  });
}
