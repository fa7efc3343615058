import type { Happened } from '../dashboard/recorder';
import type { BoundOperation } from '../operation/bound-operation';
import type { CacheStatus } from '../report/cache-status';
import { outcomeOf } from './operation-counts';

/** An outcome in the words of those who look. */
export function happened(
  status: CacheStatus | undefined,
  tookMs: number,
  bound: BoundOperation | undefined,
): Happened {
  const forwarded = status?.kind === 'forwarded' ? status : undefined;
  return {
    outcome: outcomeOf(status),
    reason: status?.why,
    parts: forwarded?.parts,
    stored: forwarded?.stored === true,
    collapsed: forwarded?.collapsed === true,
    tookMs,
    bound,
  };
}
