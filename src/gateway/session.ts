import type { SessionConfig } from '../config/config';
import { hash } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import type { JwtClaims } from '../config/headers';
import { canonicalJson } from '../operation/bound-operation';

/** @param now milliseconds since 1970: a token's expiry is a date (RFC 7519 4.1.4) */
export function createSessions(setting: SessionConfig | undefined, now: () => number): Sessions {
  if (!setting) return { header: undefined, identify: () => NO_SESSION };
  if (setting.kind === 'jwt') return createJwtSessions(setting, now);
  return setting.kind === 'header' ? headerSessions(setting.name) : cookieSessions(setting.name);
}

/** The whole header is the session: two users never share one, and one who changes it is somebody else. */
function headerSessions(name: string): Sessions {
  return {
    header: name,
    identify: (value) =>
      value
        ? {
            kind: 'verified',
            id: `header ${fingerprint(value)}`,
            isChecked: false,
            forward: { [name]: value },
          }
        : NO_SESSION,
  };
}

/** One cookie is the session. Upstream is sent that one alone: the others are not part of the key. */
function cookieSessions(cookie: string): Sessions {
  return {
    header: 'cookie',
    identify(header) {
      const value = header === undefined ? undefined : readCookie(header, cookie);
      if (!value) return NO_SESSION;
      return {
        kind: 'verified',
        id: `cookie ${fingerprint(value)}`,
        isChecked: false,
        forward: { cookie: `${cookie}=${value}` },
      };
    },
  };
}

/** Keys and logs never hold a credential itself. */
export function fingerprint(value: string): string {
  return hash('sha256', value, 'base64url');
}

const MOST_TOKENS = 10_000;
/** Milliseconds a token is believed without checking it again, well under what revocation lists work with. */
const LONGEST_TRUST = 60_000;

/** When a token is good (RFC 7519 4.1): what it may see does not depend on it. */
const TIMES = ['exp', 'nbf', 'iat'];

/** Which token it is, and what it was issued beside (RFC 7519 4.1.7, OpenID Connect Core 2 and 3.3.2.11). */
const IDS = ['jti', 'nonce', 'at_hash', 'c_hash'];

/**
 * Verified claims of the bearer token are the session (RFC 7519), with the issuer always among them. A token that is expired,
 * unsigned, badly signed, for another audience, of another issuer or without the claim that says who it is is nobody's
 * session. The `none` algorithm is refused by the library.
 */
export function createJwtSessions(
  setting: Extract<SessionConfig, { kind: 'jwt' }>,
  now: () => number,
): Sessions {
  const { claims, keys, audience, issuer } = setting;
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
      const chosen = chooseClaims(payload, claims);
      if (!chosen) return REFUSED;
      // Two numbers that are read as one may be two persons' ids: then the session is that of this token alone.
      const id = isExact(chosen)
        ? `jwt ${canonicalJson([payload.iss ?? null, chosen])}`
        : `token ${fingerprint(token)}`;
      const session: Session = { kind: 'verified', id, isChecked: true, forward: { authorization: header } };
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

/** @returns the claims that are the session, those that are missing left out; undefined where none says who it is */
function chooseClaims(payload: JWTPayload, claims: JwtClaims): Record<string, unknown> | undefined {
  if (claims === 'all') {
    const isNamed = payload.sub !== undefined && payload.sub !== null;
    const left = new Set(['iss', ...TIMES, ...(isNamed ? IDS : [])]);
    const chosen = Object.entries(payload).filter(([name]) => !left.has(name));
    return chosen.length === 0 ? undefined : Object.fromEntries(chosen);
  }
  const chosen = claims
    .filter((name) => Object.hasOwn(payload, name))
    .map((name) => [name, payload[name]] as const);
  const [who] = chosen;
  if (who?.[0] !== claims[0] || (typeof who[1] !== 'string' && typeof who[1] !== 'number')) return undefined;
  return Object.fromEntries(chosen);
}

/** Whether no number in it may have been another one in the token's text: JavaScript tells 9007199254740992 and ...993 apart no more. */
function isExact(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact);
}

/** Of several cookies with one name the first, as browsers order the most specific first (RFC 6265 5.4). */
export function readCookie(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/** Who is asking, as far as it was verified. */
export type Session =
  /** no session is configured, or the request carries none */
  | { readonly kind: 'none' }
  /** the request carries something that is not a valid session: it is nobody's */
  | { readonly kind: 'refused' }
  | {
      readonly kind: 'verified';
      /** what private answers are kept under */
      readonly id: string;
      /** whoever has it did not make it up: it is a token that was signed for it */
      readonly isChecked: boolean;
      /** the header, and of a cookie only the session's own, that upstream is sent */
      readonly forward: Readonly<Record<string, string>>;
    };

export const NO_SESSION: Session = { kind: 'none' };
export const REFUSED: Session = { kind: 'refused' };

/** Reads the session of a request. */
export interface Sessions {
  /** the request header sessions are read from, in lower case; undefined when none is configured */
  readonly header: string | undefined;
  /** At once where that is possible: a hit must not wait. Never rejects. @param value of that header */
  identify(value: string | undefined): Session | Promise<Session>;
}
