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
      /** as many as are answered instead, and none to the origin directly */
      readonly truth: boolean;
      /** the same until it is told to measure */
      readonly warmupRate: number;
      readonly mutations: number;
      readonly following: number;
      /** share of queries that are pages of signed-in clients */
      readonly signedIn: number;
      readonly boundMs: number;
      readonly controls: readonly Control[];
      /** seconds in which every question is asked once in every region, while all else goes on; 0: not at all */
      readonly walk: number;
    }
  /** count from here, at so many requests a second */
  | { readonly kind: 'measure'; readonly rate: number }
  /** say what has been counted */
  | { readonly kind: 'look' }
  | { readonly kind: 'end' };

/**
 * What is promised: see `checker.ts`, and besides that nobody sees another's, nothing is shown that never was, and what is
 * put together of several parts shows one version of each object.
 */
export type PromiseKind = 'bound' | 'token' | 'private' | 'history' | 'parts';

/** A promise that was not kept, with all that is needed to look into it. */
export interface Finding {
  readonly promise: PromiseKind;
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
  /** the same by what was promised */
  readonly brokenBy: Readonly<Record<PromiseKind, number>>;
  /** the first of each kind */
  readonly findings: readonly Finding[];
  /** requests sent since measuring began, and the seconds that took */
  readonly requests: number;
  /** requests that were due and not sent, because too many were under way */
  readonly unsent: number;
  readonly seconds: number;
  /** milliseconds by which the load's own timers were late, 99th percentile: a machine with time to spare has few */
  readonly lateness: number;
  /** questions that were asked in turn during the warm-up, of all regions together, and how many there are */
  readonly walked: { readonly asked: number; readonly of: number };
  /** bytes the clients and the check hold in memory: before measuring began, and now */
  readonly memory: { readonly before: number; readonly now: number };
}

export type FromLoad =
  /** once a second, without what only the report needs */
  | { readonly kind: 'figures'; readonly figures: LoadFigures }
  | { readonly kind: 'looked'; readonly figures: LoadFigures }
  | { readonly kind: 'result'; readonly figures: LoadFigures };
