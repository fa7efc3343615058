import type { RegionState, StateReason } from '../purge/purges';
import type { Log } from '../report/log';

/**
 * Says in the log where the region stands, when that has changed. What a start goes through is no news: what it waits for is
 * said where it takes long (`announce`). That nothing is answered from the cache any more is a warning, once.
 */
export function reportRegion(
  log: Pick<Log, 'debug' | 'info' | 'warn'>,
): (state: RegionState, reason: StateReason) => void {
  let isTold = false;
  return (state, reason) => {
    if (state === 'starting') return log.debug({ state, reason }, `the region is starting: ${reason}`);
    if (state !== 'unproven') {
      isTold = false;
      return log.info({ state, reason }, `the region is ${state}: ${reason}`);
    }
    if (isTold) return log.info({ state, reason }, `the region is still unproven: ${reason}`);
    isTold = true;
    const remedy = '`lastmile doctor` says why; the gateway keeps trying.';
    log.warn(
      { state, reason, remedy },
      `the region is unproven (${reason}): until it is proven again nothing is answered from the cache`,
    );
  };
}
