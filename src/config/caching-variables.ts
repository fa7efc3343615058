import {
  filePath,
  fraction,
  oneOf,
  onOrOff,
  wholeNumber,
  operationPatterns,
  optional,
  preset,
  claimText,
  errorCodes,
  httpUrl,
  plainNames,
  secretKey,
} from './readers';
import { headerNames, sessionSource } from './headers';
import { REFUSED_CODES } from './refused-codes';

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
    "whether upstream's `Cache-Control`, `CDN-Cache-Control`, `Expires`, `Pragma` and hints can shorten and forbid; `auto`: they can, but a `no-store` it says of every answer is passed over",
  ),
  MAX_AGE_LIMIT: preset(
    'policy',
    wholeNumber(1, LONGEST_SECONDS),
    '86400',
    'seconds an answer is served at most, `swr` included, whatever is declared: purges are kept for as long',
  ),
  STALE_IF_ERROR: preset(
    'policy',
    seconds,
    '0',
    'seconds an expired, never a purged, entry may be served when upstream fails: it cannot be reached, or answers 500, 502, 503 or 504. A region that cannot prove that it is current goes by the purges it has heard of, and shows no entry to a client whose token it has not reached',
  ),
  PARTS: preset(
    'policy',
    onOrOff(),
    '1',
    '0: answers are never cut into parts, so one private or uncacheable field keeps all of its answer from being shared',
  ),
  STORE_EXTENSIONS: preset(
    'policy',
    plainNames(),
    '',
    "names of upstream's `extensions` that are kept with an answer; all others are only for the client whose request caused the call",
  ),
  SETTLE_MS: preset(
    'policy',
    wholeNumber(0, 3_600_000),
    '0',
    'how long after a purge answers with its tags are not stored, in milliseconds: for an upstream whose reads lag',
  ),
  UNKNOWN_MUTATIONS: preset(
    'policy',
    oneOf(['warn', 'all']),
    'warn',
    'what becomes of a mutation of which neither its name, its arguments nor its answer tell what it changes: `warn`, it is logged; `all`, it purges everything',
  ),
  REFUSED_CODES: preset(
    'policy',
    errorCodes(),
    REFUSED_CODES.join(', '),
    "codes in `extensions.code` of upstream's errors that say that a mutation did not run: where all of its errors have one, and there is no `data`, it purges nothing",
  ),
  NO_CACHE_OPERATIONS: preset(
    'policy',
    operationPatterns(),
    '',
    'names of operations that are never answered from the cache, with commas between them; `*` stands for any letters: `Checkout*`. `lastmile cache off <name>` does the same while gateways run',
  ),
  VERIFY_SAMPLE: preset(
    'policy',
    fraction(),
    '0',
    'which part of the hits is also asked upstream in the background and compared, a few at a time: `lastmile_verified_total`, and a warning for each that differs though nothing was purged',
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
  SHARED_CREDENTIALS: preset(
    'session',
    oneOf(['none', 'session']),
    'none',
    "for an upstream that rejects requests without credentials. `session`: an answer in which every field declares a maxAge and none is PRIVATE is fetched with one session's credentials and shared with all sessions, but never with clients that have no session",
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
  WARM: preset(
    'warm',
    onOrOff(),
    '1',
    '0: what was purged is asked for again only when a client asks. 1: what was hot, and is shared with all, is asked for at once',
  ),
  WARM_MIN_HITS: preset(
    'warm',
    wholeNumber(1, 1_000_000),
    '3',
    'how often an answer has to have been asked for within `WARM_WINDOW_MS`, or over its last purges, to count as hot',
  ),
  WARM_WINDOW_MS: preset(
    'warm',
    wholeNumber(100, 86_400_000),
    '60000',
    'the time within which that is counted, in milliseconds',
  ),
  WARM_CONCURRENCY: preset(
    'warm',
    wholeNumber(1, 1000),
    '8',
    'answers a process fills before they are asked for at a time; those that clients wait for are taken off, to the last one',
  ),
  WARM_UPSTREAM_RPS: preset(
    'warm',
    wholeNumber(1, 1000),
    '50',
    'how often a second upstream is asked for what was hot before a start, a full resync or a new run of the log, by all regions together; the same in all',
  ),
  WARM_START_MS: preset(
    'warm',
    wholeNumber(0, 3_600_000),
    '0',
    'how long `/health/ready` waits for that after a start, at most, in milliseconds',
  ),
};
