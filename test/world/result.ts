import type { Answered } from './ground/answered';
import type { Arrival } from './ground/arrivals';
import type { Busy } from './ground/machine';
import type { Greatest } from './ground/warming-rate';
import type { Warmth } from './ground/warmth';
import type { LoadFigures } from './load/messages';
import type { Latency } from './load/tally';
import type { WorldOptions } from './options';
import type { Step } from './ramp';

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
  /** milliseconds by which what measures arrivals was late itself, which is counted in them */
  readonly harness: {
    /** timers of the process that watches them, 99th percentile */
    readonly observer: number;
    /** deliveries of the links they take */
    readonly links: Latency;
  };
  readonly busy: Busy;
  /** what came of higher rates, when they were tried: the last was too much */
  readonly steps: readonly Step[];
  /** bytes through each link, and the seconds they took */
  readonly linkBytes: Readonly<Record<string, number>>;
  /** what the gateways counted while it was measured */
  readonly warmth: readonly Warmth[];
  /** undefined: not looked at */
  readonly warmingRate: Greatest | undefined;
  /** what upstream answered to the gateways while it was measured, all regions together */
  readonly answered: Answered;
  /** what broke without being broken on purpose */
  readonly mishaps: readonly string[];
}

/** Whether everything promised was kept, and something was checked at all. */
export function isGood({ load, mishaps }: WorldResult): boolean {
  return load.broken === 0 && load.readsChecked > 0 && mishaps.length === 0;
}
