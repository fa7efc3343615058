import type { RegionPorts } from '../ground/world';
import type { Control } from '../options';
import type { RegionFigures } from './tally';

/** What the load is told. */
export type ToLoad =
  | {
      readonly kind: 'begin';
      readonly regions: readonly RegionPorts[];
      readonly originPort: number;
      readonly seed: number;
      /** requests a second, all regions together */
      readonly rate: number;
      /** the same until it is told to measure */
      readonly warmupRate: number;
      readonly mutations: number;
      readonly following: number;
      readonly boundMs: number;
      readonly control: Control | undefined;
    }
  /** the warm-up is over: count from here */
  | { readonly kind: 'measure' }
  | { readonly kind: 'end' };

/** A promise that was not kept, with all that is needed to look into it. */
export interface Finding {
  readonly promise: string;
  readonly region: string;
  readonly operation: string;
  readonly subject: string;
  readonly shown: number | string;
  readonly wanted: number | string;
  readonly token: string | undefined;
  readonly answerToken: string | undefined;
  readonly cacheStatus: string;
  /** seconds since the load began */
  readonly askedAt: number;
  readonly answeredAt: number;
}

export interface LoadFigures {
  readonly regions: readonly RegionFigures[];
  /** reads of one subject, held against what was promised, since the load began */
  readonly readsChecked: number;
  readonly answersChecked: number;
  readonly changes: number;
  readonly tokenReads: number;
  readonly privateAnswers: number;
  readonly broken: number;
  /** the first of them */
  readonly findings: readonly Finding[];
  /** requests sent since measuring began, and the seconds that took */
  readonly requests: number;
  /** requests that were due and not sent, because too many were under way */
  readonly unsent: number;
  readonly seconds: number;
  /** milliseconds by which the load's own timers were late, 99th percentile: a machine with time to spare has few */
  readonly lateness: number;
}

export type FromLoad =
  | { readonly kind: 'figures'; readonly figures: LoadFigures }
  | { readonly kind: 'result'; readonly figures: LoadFigures };
