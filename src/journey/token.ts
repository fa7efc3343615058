import { comparePositions, formatPosition, parsePosition, type Position } from '../purge/position';
import type { Purges } from '../purge/purges';
import { readCookie } from '../session/read-cookie';
import { header, type GatewayRequest } from './request';

/** The cookie that carries the token where TOKEN_COOKIE is set. */
export const TOKEN_COOKIE = 'lastmile-token';

/** Seconds. Any region that is not cut off has caught up long before. */
const COOKIE_MAX_AGE = 300;

/**
 * The position of a write that a client has seen. Whoever forges one can only make answers fresher: a table that has
 * not reached it makes the request go past the cache.
 * @param withCookie whether the cookie counts; of header and cookie the newer is taken
 */
export function tokenOf(request: GatewayRequest, withCookie: boolean): Position | undefined {
  const text = header(request, 'lastmile-token');
  const fromHeader = text === undefined ? undefined : parsePosition(text);
  if (!withCookie) return fromHeader;
  const cookies = header(request, 'cookie');
  const cookie = cookies === undefined ? undefined : readCookie(cookies, TOKEN_COOKIE);
  return newer(fromHeader, cookie === undefined ? undefined : parsePosition(cookie));
}

export function hasReached(purges: Purges, token: Position): boolean {
  return comparePositions(purges.table.position, token) >= 0;
}

/**
 * What a read tells a client that sent a token: all that its answer may have seen, so that no later answer, from any
 * region, is older (P08).
 * @param horizon bounds the changes that upstream's answer may show before this region hears of their purges
 */
export function readTokenHeaders(
  purges: Purges,
  token: Position | undefined,
  horizon: Position | undefined,
  withCookie: boolean,
): string[] {
  return token ? tokenHeaders(newer(newer(purges.table.position, token), horizon)!, withCookie) : [];
}

/** The headers that hand a client its token. */
export function tokenHeaders(position: Position, withCookie: boolean): string[] {
  const token = formatPosition(position);
  if (!withCookie) return ['Lastmile-Token', token];
  const cookie = `${TOKEN_COOKIE}=${token}; Path=/; Max-Age=${COOKIE_MAX_AGE}; HttpOnly; SameSite=Lax`;
  return ['Lastmile-Token', token, 'Set-Cookie', cookie];
}

/** A Cookie header without our token in it, which is nobody's credential; undefined when nothing else is left. */
export function withoutTokenCookie(cookies: string): string | undefined {
  if (!cookies.includes(TOKEN_COOKIE)) return cookies;
  const kept = cookies.split(';').filter((pair) => pair.split('=')[0]?.trim() !== TOKEN_COOKIE);
  return kept.length > 0 ? kept.join(';').trim() : undefined;
}

function newer(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (!a || !b) return a ?? b;
  return comparePositions(a, b) >= 0 ? a : b;
}
