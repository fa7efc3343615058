import { comparePositions, formatPosition, parsePosition, type Position } from '../purge/position';
import type { Purges } from '../purge/purges';
import { header, type GatewayRequest } from './request';

/**
 * The position of a write that a client has seen. Whoever forges one can only make answers fresher: a table that has
 * not reached it makes the request go past the cache.
 */
export function tokenOf(request: GatewayRequest): Position | undefined {
  const text = header(request, 'lastmile-token');
  return text === undefined ? undefined : parsePosition(text);
}

export function hasReached(purges: Purges, token: Position): boolean {
  return comparePositions(purges.table.position, token) >= 0;
}

/**
 * What a read tells a client that sent a token: all that its answer has seen, so that no later answer, from any
 * region, is older (P08).
 */
export function tokenHeader(purges: Purges, token: Position | undefined): string[] {
  if (!token) return [];
  const { position } = purges.table;
  return ['Lastmile-Token', formatPosition(comparePositions(position, token) > 0 ? position : token)];
}
