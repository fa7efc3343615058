import type { SessionConfig } from '../config/config';
import { hash } from 'node:crypto';
import {
  createRemoteJWKSet,
  decodeJwt,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { LRUCache } from 'lru-cache';
import type { JwtClaims } from '../config/headers';
import { canonicalJson } from '../operation/bound-operation';
import { sessionTag, type Tag } from '../purge/tag';

/** @param now milliseconds since 1970: a token's expiry is a date (RFC 7519 4.1.4) */
export function createSessions(setting: SessionConfig | undefined, now: () => number): Sessions {
  if (!setting) return { header: undefined, identify: () => NO_SESSION };
  if (setting.kind === 'jwt') return createJwtSessions(setting, now);
  return setting.kind === 'header' ? headerSessions(setting.name) : cookieSessions(setting.name);
}

/** The whole header is the session: two users never share one, and changing it makes it another session. */
function headerSessions(name: string): Sessions {
  return {
    header: name,
    identify: (value) =>
      value
        ? {
            kind: 'verified',
            id: `header ${fingerprint(value)}`,
            isChecked: false,
            // A hit has no use for it.
            get tags() {
              return [tagOfBytes(value)];
            },
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
        get tags() {
          return [tagOfBytes(value)];
        },
        forward: { cookie: `${cookie}=${value}` },
      };
    },
  };
}

/** Node hands over the bytes of a header as one character each. */
function tagOfBytes(value: string): Tag {
  return sessionTag(Buffer.from(value, 'latin1'));
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
 * unsigned, badly signed, for another audience, of another issuer or without the claim that names the user is no
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
      const known = sessionOf(payload, claims, token);
      if (!known) return REFUSED;
      const session: Session = {
        kind: 'verified',
        ...known,
        isChecked: true,
        forward: { authorization: header },
      };
      const expiry = payload.exp === undefined ? Infinity : payload.exp * 1000;
      verified.set(fingerprint(header), { session, until: Math.min(expiry, now() + LONGEST_TRUST) });
      return session;
    } catch (error) {
      // Whatever is wrong with the token, or with the place its keys come from, it proves nothing.
      const payload = disputedClaims(error, token);
      const disputed = payload && sessionOf(payload, claims, token);
      return disputed ? { kind: 'refused', tags: disputed.tags } : REFUSED;
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

/** What a token's claims identify. @returns undefined where none says who it is */
function sessionOf(
  payload: JWTPayload,
  claims: JwtClaims,
  token: string,
): { readonly id: string; readonly tags: readonly Tag[] } | undefined {
  const chosen = chooseClaims(payload, claims);
  if (!chosen) return undefined;
  // Two numbers that are read as one may be two persons' ids: then the session is that of this token alone.
  const id = isExact(chosen)
    ? `jwt ${canonicalJson([payload.iss ?? null, chosen])}`
    : `token ${fingerprint(token)}`;
  const who: unknown = payload[claims === 'all' ? 'sub' : claims[0]];
  const isNamed = typeof who === 'string' || typeof who === 'number';
  return { id, tags: isNamed ? [sessionTag(id), sessionTag(String(who))] : [sessionTag(id)] };
}

/**
 * The claims of a token that was refused, but that upstream may still accept: it has just expired, or the keys that
 * verify it cannot be fetched. Undefined if it is unsigned, or signed with another key.
 */
function disputedClaims(error: unknown, token: string): JWTPayload | undefined {
  // Thrown once the signature was found good.
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed)
    return error.payload;
  // Other errors of the library are about the token, but for those of a place of keys that answers something else.
  if (error instanceof errors.JOSEError && error.constructor !== errors.JOSEError && !isOfKeys(error))
    return undefined;
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

function isOfKeys(error: errors.JOSEError): boolean {
  return error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid;
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

/** The client's session, as far as it was verified. */
export type Session =
  /** no session is configured, or the request carries none */
  | { readonly kind: 'none'; readonly tags: readonly Tag[] }
  /** the request carries something that is not a valid session */
  | {
      readonly kind: 'refused';
      /** what a mutation made with it purges, as upstream may take it for valid */
      readonly tags: readonly Tag[];
    }
  | {
      readonly kind: 'verified';
      /** what private answers are kept under */
      readonly id: string;
      /** the client cannot have made it up: it is a signed token */
      readonly isChecked: boolean;
      /** what its private answers carry, and a mutation made under it purges: of the session itself, then of who it names */
      readonly tags: readonly Tag[];
      /** the header, and of a cookie only the session's own, that upstream is sent */
      readonly forward: Readonly<Record<string, string>>;
    };

export const NO_SESSION: Session = { kind: 'none', tags: [] };
export const REFUSED: Session = { kind: 'refused', tags: [] };

/** Reads the session of a request. */
export interface Sessions {
  /** the request header sessions are read from, in lower case; undefined when none is configured */
  readonly header: string | undefined;
  /** At once where that is possible: a hit must not wait. Never rejects. @param value of that header */
  identify(value: string | undefined): Session | Promise<Session>;
}
