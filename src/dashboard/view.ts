import type { RegionState } from '../purge/purges';
import type { Reason } from '../report/reason';
import type { AnswerOutcome } from '../report/cache-status';
import type { SeenOperation, SeenWarming } from './recorder';

/**
 * What is shown to those who look, once a second: by the page at the admin port, and by `lastmile top`. Plain data, which
 * leaves as JSON. Times are milliseconds, parts are between 0 and 1.
 */
export interface View {
  readonly region: string;
  readonly primaryRegion: string;
  readonly version: string;
  /** processes that answer */
  readonly workers: number;
  /** since when it is looked, at most {@link windowSeconds}; seconds */
  readonly lookedFor: number;
  readonly windowSeconds: number;
  readonly isServing: boolean;
  /** names of operations that are switched off */
  readonly without: readonly string[];
  readonly memory: { readonly entries: number; readonly bytes: number };
  /** the last minute, the oldest second first */
  readonly seconds: readonly Readonly<Record<AnswerOutcome, number>>[];
  readonly answers: AnswersView;
  /** the most expensive first */
  readonly operations: readonly OperationView[];
  /** why answers did not come from the cache, the most expensive first */
  readonly reasons: readonly ReasonView[];
  /** how many took so long, on a logarithmic scale */
  readonly latencies: {
    /** milliseconds at which the first bucket begins */
    readonly from: number;
    readonly perDecade: number;
    readonly hits: readonly number[];
    readonly others: readonly number[];
  };
  /** what this machine filled before it was asked for, in the window */
  readonly warming: SeenWarming;
  readonly regions: readonly RegionView[];
}

/** All answers in the window. */
export interface AnswersView {
  readonly count: number;
  /** an answer in parts counts by its parts */
  readonly hitRate: number | undefined;
  /** the part of all queries whose answers may be kept, by what is declared: no hit rate can be higher */
  readonly highestHitRate: number | undefined;
  readonly hitMs: QuantilesView;
  readonly otherMs: QuantilesView;
  /** what users waited longer than for a hit, together */
  readonly lostMs: number;
}

export interface QuantilesView {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

export interface OperationView {
  readonly name: string;
  readonly count: number;
  readonly hits: number;
  readonly misses: number;
  readonly bypasses: number;
  readonly errors: number;
  readonly hitRate: number;
  readonly hitMs: number | undefined;
  /** what an answer takes that is not from the cache */
  readonly otherMs: number | undefined;
  readonly lostMs: number;
  readonly reasons: readonly (readonly [reason: Reason, count: number])[];
  /** whether its text is known, so that it can be explained */
  readonly isKnown: boolean;
}

export interface ReasonView {
  readonly reason: Reason;
  readonly count: number;
  readonly lostMs: number;
  readonly meaning: string;
  readonly remedy: string;
  /** the names it costs most */
  readonly operations: readonly string[];
}

/** A region, as its gateways told the one that is asked. */
export interface RegionView {
  readonly name: string;
  readonly isHere: boolean;
  readonly isPrimary: boolean;
  readonly state: RegionState | 'silent';
  /** see `StateReason`; a gateway of another version may know others */
  readonly reason: string;
  /** milliseconds since it was last shown to be current; undefined: never */
  readonly provenAgo: number | undefined;
  /** machines that told of it */
  readonly gateways: number;
  readonly perSecond: number;
  readonly hitRate: number | undefined;
  readonly hitMs: number | undefined;
  readonly otherMs: number | undefined;
  readonly position: string;
}

/** A purge as the log brought it. It is told again when more is known of it. */
export interface PurgeView {
  readonly position: string;
  /** wall-clock milliseconds, for people to read */
  readonly at: number;
  readonly tags: readonly string[];
  /** tags beside these */
  readonly more: number;
  readonly isSoft: boolean;
  /** `Mutation.renameProduct`, `purge API`; undefined: not known here (yet) */
  readonly cause: string | undefined;
  /** milliseconds from the primary to each region that has told of it */
  readonly arrivals: Readonly<Record<string, number>>;
}

/** Operations as they passed. */
export interface PassedView {
  readonly operations: readonly SeenOperation[];
  /** so many more */
  readonly left: number;
}
