import type { GatewayDeps } from '../gateway/deps';
import type { Outcome } from '../gateway/outcome';
import type { Plans } from '../gateway/parts/plan';
import type { RuleSettings } from '../gateway/rules';
import type { BoundOperation } from '../operation/bound-operation';
import { formatPosition } from '../purge/position';
import { formatTag } from '../purge/tag';
import { formatCacheStatus } from '../report/cache-status';
import { REASONS } from '../report/reason';
import { explainOperation } from './explain';
import type { Explanation } from './explanation';

/** What became of this very request, beside what becomes of its operation in general. */
export interface ExplainedAnswer {
  readonly cacheStatus: string;
  /** of a miss or a bypass: what its reason means, and what to do */
  readonly meaning?: string;
  readonly remedy?: string;
  /** the API at UPSTREAM_READ_URL gave it, and not that at UPSTREAM_URL */
  readonly readFrom?: 'replica';
  /** of what was served from the cache, or stored */
  readonly entry?: {
    /** seconds */
    readonly maxAge: number;
    readonly swr: number;
    readonly asOf: string;
    readonly tags: readonly string[];
  };
}

/** An answer may have thousands. */
const MOST_TAGS = 100;

/**
 * Explains outcomes to clients that send `Lastmile-Debug: 1`.
 * @param cache see `cacheName`
 * @param now monotonic milliseconds
 */
export function createDebug(
  cache: string,
  settings: () => RuleSettings,
  now: () => number,
): GatewayDeps['explain'] {
  return (bound, outcome, { began, plans, isLogged }) => ({
    explanation: {
      ...explainAsked(bound, settings(), { plans, isLogged }),
      answered: explainAnswer(cache, outcome),
    },
    timing: timingOf(outcome, now() - began),
  });
}

function explainAsked(
  bound: BoundOperation,
  settings: RuleSettings,
  { plans, isLogged }: { readonly plans: Plans | undefined; readonly isLogged: boolean },
): Explanation {
  const { schema, rules } = bound.operation.question.root.source;
  return explainOperation({ schema, rules, plans }, settings, bound.operation, { ...bound, isLogged });
}

function explainAnswer(cache: string, outcome: Outcome): ExplainedAnswer {
  const { status } = outcome;
  const why = status.why;
  const execution = outcome.kind === 'answer' ? outcome.execution : undefined;
  const entry = outcome.kind === 'error' ? undefined : outcome.entry;
  return {
    cacheStatus: formatCacheStatus(cache, status),
    ...(why !== undefined && { meaning: REASONS[why][0], remedy: REASONS[why][1] }),
    ...(execution?.upstream && { readFrom: 'replica' as const }),
    ...(entry && {
      entry: {
        maxAge: entry.maxAge,
        swr: entry.swr,
        asOf: formatPosition(entry.asOf),
        tags: entry.tags.slice(0, MOST_TAGS).map(formatTag),
      },
    }),
  };
}

/** Server Timing (W3C), in milliseconds: what upstream took, and what the rest did. */
function timingOf(outcome: Outcome, all: number): string {
  const upstream = outcome.kind === 'answer' ? outcome.execution?.tookMs : undefined;
  if (upstream === undefined) return `cache;dur=${all.toFixed(1)}`;
  return `cache;dur=${Math.max(0, all - upstream).toFixed(1)}, upstream;dur=${upstream.toFixed(1)}`;
}
