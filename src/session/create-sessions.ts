import type { SessionConfig } from '../config/config';
import { fingerprint } from './fingerprint';
import { createJwtSessions } from './jwt-sessions';
import { readCookie } from './read-cookie';
import { NO_SESSION, type Sessions } from './session';

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
        ? { kind: 'verified', id: `header ${fingerprint(value)}`, forward: { [name]: value } }
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
        forward: { cookie: `${cookie}=${value}` },
      };
    },
  };
}
