import { createRemoteJWKSet, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import type { SessionConfig } from '../config/config';
import { fingerprint } from './fingerprint';
import { NO_SESSION, REFUSED, type Session, type Sessions } from './session';

const MOST_TOKENS = 10_000;
/** Milliseconds a token is believed without checking it again, well under what revocation lists work with. */
const LONGEST_TRUST = 60_000;

/**
 * A verified claim of the bearer token is the session (RFC 7519). A token that is expired, unsigned, badly signed,
 * for another audience, of another issuer or without the claim is nobody's session. The `none` algorithm is refused by the library.
 */
export function createJwtSessions(
  setting: Extract<SessionConfig, { kind: 'jwt' }>,
  now: () => number,
): Sessions {
  const { claim, keys, audience, issuer } = setting;
  const key: Uint8Array | JWTVerifyGetKey =
    'secret' in keys ? new TextEncoder().encode(keys.secret) : createRemoteJWKSet(new URL(keys.jwksUrl));
  const verified = new LRUCache<string, { session: Session; until: number }>({ max: MOST_TOKENS });

  async function verify(header: string, token: string): Promise<Session> {
    try {
      const { payload } = await jwtVerify(token, key as JWTVerifyGetKey, {
        currentDate: new Date(now()),
        ...(audience !== undefined && { audience }),
        ...(issuer !== undefined && { issuer }),
      });
      const value = payload[claim];
      if (typeof value !== 'string' && typeof value !== 'number') return REFUSED;
      const id = `jwt ${JSON.stringify([payload.iss ?? null, value])}`;
      const session: Session = { kind: 'verified', id, forward: { authorization: header } };
      const expiry = payload.exp === undefined ? Infinity : payload.exp * 1000;
      verified.set(fingerprint(header), { session, until: Math.min(expiry, now() + LONGEST_TRUST) });
      return session;
    } catch {
      // Whatever is wrong with the token, or with the place its keys come from, it proves nothing.
      return REFUSED;
    }
  }

  return {
    header: 'authorization',
    identify(header) {
      if (header === undefined) return NO_SESSION;
      const known = verified.get(fingerprint(header));
      if (known && now() < known.until) return known.session;
      const token = /^bearer +(\S+) *$/i.exec(header)?.[1];
      return token === undefined ? REFUSED : verify(header, token);
    },
  };
}
