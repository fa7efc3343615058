import { SATURATED, type Busy } from './ground/machine';
import type { LoadFigures } from './load/messages';
import type { WorldOptions } from './options';
import { percent } from './percent';

/** Milliseconds by which timers may be late before latency says more of this machine than of the gateway. */
const LATE_MS = 10;

/** Why no latency is quoted; undefined when it may be. */
export function saturation({
  busy,
  load,
  options,
}: {
  readonly busy: Busy;
  readonly load: Pick<LoadFigures, 'unsent' | 'lateness'>;
  readonly options?: Pick<WorldOptions, 'truth'>;
}): string | undefined {
  if (options?.truth) return 'requests were sent as fast as they were answered (--truth)';
  if (busy.machine >= SATURATED)
    return `the machine was ${percent(busy.machine)} busy, ${percent(busy.others)} of it with other programs`;
  if (load.unsent > 0)
    return `${load.unsent} requests that were due could not be sent: too many were under way`;
  if (load.lateness >= LATE_MS)
    return `timers of the clients were ${load.lateness.toFixed(0)} ms late at the 99th percentile`;
  return undefined;
}
