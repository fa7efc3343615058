import type { Arrival } from './ground/arrivals';
import { SATURATED, type Busy } from './ground/machine';
import type { LoadFigures } from './load/messages';
import type { WorldOptions } from './options';

/** All that a run has found out. */
export interface WorldResult {
  readonly options: WorldOptions;
  /** as a person would type it */
  readonly command: string;
  readonly date: string;
  readonly versions: { readonly node: string; readonly redis: string; readonly cpu: string };
  /** milliseconds until every region was ready */
  readonly startedIn: number;
  readonly load: LoadFigures;
  readonly arrivals: readonly Arrival[];
  readonly busy: Busy;
  /** bytes through each link, and the seconds they took */
  readonly linkBytes: Readonly<Record<string, number>>;
  /** what broke without being broken on purpose */
  readonly mishaps: readonly string[];
}

/** Milliseconds by which timers may be late before latency says more of this machine than of the gateway. */
const LATE_MS = 10;

/** Why no latency is quoted; undefined when it may be. */
export function saturation({ busy, load }: Pick<WorldResult, 'busy' | 'load'>): string | undefined {
  if (busy.machine >= SATURATED)
    return `the machine was ${percent(busy.machine)} busy, ${percent(busy.others)} of it with other programs`;
  if (load.unsent > 0)
    return `${load.unsent} requests that were due could not be sent: too many were under way`;
  if (load.lateness >= LATE_MS)
    return `timers of the clients were ${load.lateness.toFixed(0)} ms late at the 99th percentile`;
  return undefined;
}

/** Whether everything promised was kept, and something was checked at all. */
export function isGood({ load, mishaps }: WorldResult): boolean {
  return load.broken === 0 && load.readsChecked > 0 && mishaps.length === 0;
}

export function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)} %`;
}
