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
    "whether upstream's `Cache-Control`, `CDN-Cache-Control`, `Expires`, `Pragma` and hints can shorten the time or forbid storing; `auto`: they can, but a `no-store` on every answer is ignored",
  ),
  MAX_AGE_LIMIT: preset(
    'policy',
    wholeNumber(1, LONGEST_SECONDS),
    '86400',
    'the most seconds that an answer is served, `swr` included, whatever is declared: purges are kept for as long',
  ),
  STALE_IF_ERROR: preset(
    'policy',
    seconds,
    '0',
    'seconds an expired, never a purged, entry may be served when upstream fails: it cannot be reached, or answers 500, 502, 503 or 504. An unproven region applies the purges it has received, and serves no entry to a client whose token it has not reached',
  ),
  PARTS: preset(
    'policy',
    onOrOff(),
    '1',
    '0: answers are never cut into parts, so one private or uncacheable field keeps its whole answer from being shared',
  ),
  STORE_EXTENSIONS: preset(
    'policy',
    plainNames(),
    '',
    "names of upstream's `extensions` that are stored with an answer; all others go only to the client whose request caused the call",
  ),
  SETTLE_MS: preset(
    'policy',
    wholeNumber(0, 3_600_000),
    '0',
    'how long after a purge the gateway stores no answers with its tags, in milliseconds: for an upstream whose reads lag',
  ),
  UNKNOWN_MUTATIONS: preset(
    'policy',
    oneOf(['warn', 'all']),
    'warn',
    'what to do with a mutation if neither its name, its arguments nor its answer reveal what it changes: `warn` logs it; `all` purges everything',
  ),
  REFUSED_CODES: preset(
    'policy',
    errorCodes(),
    REFUSED_CODES.join(', '),
    "codes in `extensions.code` of upstream's errors which mean that a mutation did not run: if all of its errors have one, and there is no `data`, it purges nothing",
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
    'the share of hits for which the gateway also asks upstream, in the background and a few at a time, and compares: `lastmile_verified_total`, and a warning for each that differs although nothing was purged',
  ),
  SESSION: optional(
    'session',
    sessionSource(),
    'none',
    "what identifies a session: `header:authorization`; `cookie:sid`; `jwt`, all claims of a token except its times and ids (verified with `JWT_SECRET` or `JWKS_URL`); or `jwt:sub,org,scope`, which must name every claim that upstream decides by, beginning with the user's id",
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
    'the audience (`aud`) that a token of `SESSION=jwt` must have. Set it if the same keys sign tokens for other services',
  ),
  JWT_ISSUER: optional(
    'session',
    claimText(),
    'none: any',
    'the issuer (`iss`) that a token of `SESSION=jwt` must have',
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
    '1: documents that are not in `TRUSTED_DOCUMENTS` are refused',
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
    '0: a purged answer is fetched again only when a client asks. 1: hot answers that all clients share are fetched at once',
  ),
  WARM_MIN_HITS: preset(
    'warm',
    wholeNumber(1, 1_000_000),
    '3',
    'how many requests an answer needs within `WARM_WINDOW_MS`, or over its last purges, to count as hot',
  ),
  WARM_WINDOW_MS: preset(
    'warm',
    wholeNumber(100, 86_400_000),
    '60000',
    'the time window of that count, in milliseconds',
  ),
  WARM_CONCURRENCY: preset(
    'warm',
    wholeNumber(1, 1000),
    '8',
    'how many answers a process warms at a time; fills that clients wait for use up these places, all of them if need be',
  ),
  WARM_UPSTREAM_RPS: preset(
    'warm',
    wholeNumber(1, 1000),
    '50',
    'upstream calls a second, from all regions together, for what was hot before a start, a full resync or a new run of the log; the same in all',
  ),
  WARM_START_MS: preset(
    'warm',
    wholeNumber(0, 3_600_000),
    '0',
    'how long `/health/ready` waits at most for that after a start, in milliseconds',
  ),
};
