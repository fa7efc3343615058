import type { Operation } from '../operation/operation';
import { whyNever, type Policy } from '../policy/analyse';
import { REASONS, type Reason } from '../report/reason';
import type { Obstacle } from './explanation';

export interface ObstacleSettings {
  /** what a session is taken from, for example `header:authorization`; undefined: SESSION is not set */
  readonly session: string | undefined;
  /** lower-case names of headers that are part of every key */
  readonly vary: readonly string[];
  /** lower-case names of headers that upstream is sent besides */
  readonly forward: readonly string[];
  /** the header a session is read from */
  readonly sessionHeader: string | undefined;
}

/**
 * Everything that keeps answers to an operation out of the cache, as far as it is known before one is asked for: what
 * always does first, then what depends on the request or the answer. The order and the words are those of `decide`.
 */
export function findObstacles(operation: Operation, settings: ObstacleSettings): readonly Obstacle[] {
  const { kind, policy } = operation;
  if (kind !== 'query') return [obstacle(kind)];
  const found: Obstacle[] = [];
  if (operation.incremental) found.push(obstacle('incremental'));
  if (policy.maxAge <= 0) found.push(obstacle(whyNever(policy), { field: policy.decidedBy.maxAge }));
  else found.push(...whoMay(policy, settings));
  for (const name of settings.forward.filter((name) => !isKeyed(name, settings))) {
    found.push(obstacle('unkeyed-header', { when: `the request carries the header ${name}` }));
  }
  if (policy.maxAge > 0 && policy.leastMaxAge <= 0) {
    const field = policy.decidedBy.leastMaxAge;
    found.push(obstacle('no-policy', { when: `the answer has ${field ?? 'a field without maxAge'}`, field }));
  }
  return found;
}

function whoMay({ scope, declared, decidedBy }: Policy, { session }: ObstacleSettings): Obstacle[] {
  if (scope === 'PRIVATE') {
    const when = session && `the request has no verified session (${session})`;
    return [obstacle('private', { when, field: decidedBy.scope })];
  }
  if (declared) return [];
  const without = session ? ' and no verified session' : '';
  return [obstacle('credentials', { when: `the request carries credentials${without}` })];
}

function isKeyed(name: string, { vary, sessionHeader }: ObstacleSettings): boolean {
  return vary.includes(name) || name === sessionHeader;
}

function obstacle(
  reason: Reason,
  more: { when?: string | undefined; field?: string | undefined } = {},
): Obstacle {
  const [meaning, remedy] = REASONS[reason];
  return {
    reason,
    ...(more.when !== undefined && { when: more.when }),
    ...(more.field !== undefined && { field: more.field }),
    meaning,
    remedy,
  };
}
