import { headerNames } from './headers';
import { claimText, filePath, httpUrl, onOrOff, oneOf, secretKey, wholeNumber } from './reader';
import { sessionSource } from './session-source';
import { optional, preset } from './variable';

/** Ten years, which no clock arithmetic here minds. */
const LONGEST_SECONDS = 315_360_000;

/** RFC 7518 3.2: a key for HS256 is at least as long as its hash. */
const LEAST_SECRET_BYTES = 32;

const seconds = wholeNumber(0, LONGEST_SECONDS);

/** Variables on what may be remembered, for whom, and how fresh it has to be. */
export const CACHING_VARIABLES = {
  DEFAULT_MAX_AGE: preset('policy', seconds, '0', 'seconds, for root fields that say nothing'),
  VARY: preset(
    'policy',
    headerNames(),
    '',
    'request headers that change answers: part of the key, and forwarded',
  ),
  UPSTREAM_CACHE_CONTROL: preset(
    'policy',
    oneOf(['auto', 'obey', 'ignore']),
    'auto',
    "whether upstream's `Cache-Control`, `CDN-Cache-Control` and hints can shorten and forbid; `auto`: they can, but a `no-store` it says of every answer is passed over",
  ),
  STALE_IF_ERROR: preset(
    'policy',
    seconds,
    '0',
    'seconds an expired, never a purged, entry may be served when upstream fails',
  ),
  SETTLE_MS: preset(
    'policy',
    wholeNumber(0, 3_600_000),
    '0',
    'how long after a purge answers with its tags are not stored, in milliseconds: for an upstream whose reads lag',
  ),
  SESSION: optional(
    'session',
    sessionSource(),
    'none',
    'what identifies a session: `header:authorization`; `cookie:sid`; `jwt`, all claims of a token but its times and ids (verified with `JWT_SECRET` or `JWKS_URL`); or `jwt:sub,org,scope`, which has to name every claim that upstream decides by, first the one that says who it is',
  ),
  JWT_SECRET: optional(
    'session',
    secretKey(LEAST_SECRET_BYTES),
    'none',
    'verifies tokens of `SESSION=jwt` (HMAC)',
  ),
  JWKS_URL: optional('session', httpUrl(), 'none', 'keys that verify tokens of `SESSION=jwt` (RFC 7517)'),
  JWT_AUDIENCE: optional(
    'session',
    claimText(),
    'none: any',
    'what a token of `SESSION=jwt` has to be for: its `aud`. Set it where the same keys sign tokens for other services',
  ),
  JWT_ISSUER: optional(
    'session',
    claimText(),
    'none: any',
    'who has to have issued a token of `SESSION=jwt`: its `iss`',
  ),
  TRUSTED_DOCUMENTS: optional(
    'policy',
    filePath(),
    'none',
    'path of a JSON file of ids and texts: documents that requests may name by `documentId`',
  ),
  TRUSTED_ONLY: preset(
    'policy',
    onOrOff(),
    '0',
    '1: all documents that are not in `TRUSTED_DOCUMENTS` are refused',
  ),
  FRESHNESS_BOUND_MS: preset(
    'freshness',
    wholeNumber(1, 3_600_000),
    '5000',
    'how long after its last proof of freshness a region still serves from cache, in milliseconds',
  ),
  PROBE_INTERVAL_MS: preset(
    'freshness',
    wholeNumber(1, 3_600_000),
    '1000',
    'how often a region proves that it is fresh, in milliseconds',
  ),
  TOKEN_WAIT_MS: preset(
    'freshness',
    wholeNumber(0, 60_000),
    '100',
    'how long a request with a `Lastmile-Token` waits for the region to reach it, in milliseconds',
  ),
  TOKEN_COOKIE: preset('freshness', onOrOff(), '0', '1: the token is also set as a cookie'),
};
