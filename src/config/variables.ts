import {
  originList,
  bearerToken,
  byteSize,
  filePath,
  fraction,
  hostAddress,
  hostName,
  oneOf,
  onOrOff,
  wholeNumber,
  operationPatterns,
  optional,
  preset,
  claimText,
  errorCodes,
  httpUrl,
  socketUrl,
  plainNames,
  secretKey,
  filePatterns,
  postgresUrl,
  databaseName,
  placeName,
  type ValuesOf,
  type Group,
} from './readers';
import { headerNames, sessionSource, headerFields, responseHeaderPatterns } from './headers';
import { parameterPatterns } from './name-patterns';
import { certificates } from './pem';
import { entriesUrl, logUrl } from './redis-url';
import { REFUSED_CODES } from './refused-codes';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

const port = wholeNumber(0, 65_535);
const milliseconds = wholeNumber(1, 3_600_000);

/** Variables on how the gateway is reached, what it says and how much it takes. */
export const SERVING_VARIABLES = {
  PORT: preset('http', port, '4000', 'port of GraphQL, served at `/graphql`; 0 takes any free port'),
  HOST: optional('http', hostAddress(), 'all addresses', 'address GraphQL and the admin port listen on'),
  INTROSPECTION: optional(
    'http',
    onOrOff(),
    '1; 0 where `NODE_ENV=production`',
    '0: clients may not ask for the schema; `GET /schema.graphql` on the admin port serves tools',
  ),
  GRAPHIQL: optional(
    'http',
    onOrOff(),
    '1; 0 where `NODE_ENV=production`',
    'whether browsers are shown GraphiQL at `/graphql`, with what the cache made of each answer',
  ),
  EXAMPLE: optional(
    'http',
    onOrOff(),
    '1; 0 where `NODE_ENV=production`',
    'whether the example API is served where there is no `UPSTREAM_URL`: in production that is most likely forgotten, and the start ends',
  ),
  WORKERS: preset(
    'http',
    wholeNumber(1, 256),
    '1',
    'processes sharing the port; more than one needs `REDIS_URL`',
  ),
  DRAIN_MS: preset(
    'http',
    wholeNumber(0, 3_600_000),
    '20000',
    'how long requests may take to finish after SIGTERM, in milliseconds',
  ),
  DRAIN_DELAY_MS: preset(
    'http',
    wholeNumber(0, 600_000),
    '0',
    'how long after SIGTERM, in milliseconds, the port still takes requests while `/health/ready` says not ready and each answer ends its connection: as long as what stands in front may take to notice. `DRAIN_MS` begins after it',
  ),
  KEEP_ALIVE_MS: preset(
    'http',
    wholeNumber(1000, 3_600_000),
    '65000',
    'how long a connection may be idle, in milliseconds: longer than what stands in front keeps one',
  ),
  DEBUG_HEADERS: preset(
    'http',
    onOrOff(),
    '0',
    '1: any client may ask for debug information with `Lastmile-Debug: 1`. 0: only requests from the same machine may, and in production only if `ADMIN_TOKEN` is set',
  ),
  COMPRESS: preset(
    'http',
    onOrOff(),
    '1',
    '0: hits leave as they are, for example where a proxy in front compresses',
  ),
  CORS_ORIGINS: preset(
    'http',
    originList(),
    '',
    'origins whose pages may read answers, with commas between them, and with cookies; `*` for any, without cookies',
  ),
  ADMIN_PORT: preset(
    'admin',
    port,
    '4001',
    'port of the dashboard, health, metrics, purge API, `POST /reload` and the switch of the cache; never the public port; 0 takes any free port',
  ),
  ADMIN_HOST: optional('admin', hostAddress(), '`HOST`', 'address the admin port listens on'),
  ADMIN_TOKEN: optional(
    'admin',
    bearerToken(),
    'none: the same machine alone may change and look, and in production none may',
    'bearer token for what changes something at the admin port (`/purge`, `/reload`, `/cache`), for what the dashboard shows, and for `/schema.graphql`; also the secret of the gateways where the primary Redis has no password of its own: then the same in all',
  ),
  MAX_BODY_BYTES: preset('limits', byteSize(1, GIB), '256KiB', 'size of a request body'),
  MAX_UPLOAD_BYTES: preset(
    'limits',
    byteSize(0, 1024 * GIB),
    '32MiB',
    'size of a request that brings files (GraphQL multipart request). They are passed on as they come and kept nowhere; 0: none is taken',
  ),
  MAX_VALUES: preset(
    'limits',
    wholeNumber(1, 10_000_000),
    '10000',
    'values in the variables of a request, each item of a list and each member of an object; of a batch in all of them together',
  ),
  MAX_IN_FLIGHT: preset(
    'limits',
    wholeNumber(1, 1_000_000),
    '10000',
    'requests a process has in flight; one more is refused with 503 until another is answered',
  ),
  MAX_SOCKETS: preset(
    'limits',
    wholeNumber(0, 1_000_000),
    '10000',
    'WebSockets a process has open, and as many event streams of several operations; one more is refused with 503; 0 takes none',
  ),
  MAX_SOCKET_OPERATIONS: preset(
    'limits',
    wholeNumber(1, 100_000),
    '100',
    'operations under way on a WebSocket or in an event stream, subscriptions among them',
  ),
  MAX_ENTRY_BYTES: preset(
    'limits',
    byteSize(1, 512 * MIB),
    '1MiB',
    'size of an answer that is still stored. A longer one, from 1 MiB on, is passed on without being looked into: a mutation with such an answer purges all of the types that it could return',
  ),
  MAX_ANSWER_BYTES: preset(
    'limits',
    byteSize(1024, 512 * MIB),
    '16MiB',
    "size of upstream's answer, decompressed; of a subscription, of each event",
  ),
  MEMORY_CACHE_BYTES: preset(
    'limits',
    byteSize(0, 1024 * GIB),
    '64MiB',
    'size of all entries kept in this process; 0 keeps none',
  ),
  PURGE_LOG_BYTES: preset(
    'limits',
    byteSize(64 * KIB, 16 * GIB),
    '64MiB',
    'size of the purge log in each Redis; with less a region that was cut off for long begins cold',
  ),
  PURGE_TABLE_BYTES: preset(
    'limits',
    byteSize(64 * KIB, 16 * GIB),
    '128MiB',
    'size of what each process knows of purges; past it a few answers are refused that were not purged',
  ),
  MAX_PARTS: preset(
    'limits',
    wholeNumber(1, 1000),
    '16',
    'parts that an answer is cut into; one that would have more is cached as a whole, or not at all',
  ),
  MAX_DEPTH: preset('limits', wholeNumber(1, 1000), '15', 'levels of fields in an operation'),
  MAX_LIST_DEPTH: preset('limits', wholeNumber(1, 100), '6', 'lists within lists in an answer'),
  MAX_FIELDS: preset(
    'limits',
    wholeNumber(1, 1_000_000),
    '1000',
    'fields in an operation, each counted wherever a fragment brings it',
  ),
  MAX_ALIASES: preset('limits', wholeNumber(0, 100_000), '50', 'aliases in an operation'),
  MAX_DIRECTIVES: preset('limits', wholeNumber(0, 100_000), '50', 'directives in an operation'),
  MAX_TOKENS: preset('limits', wholeNumber(1, 1_000_000), '5000', 'tokens in a document'),
  UPSTREAM_TIMEOUT_MS: preset('limits', milliseconds, '10000', 'patience with upstream, in milliseconds'),
  LEASE_MS: preset(
    'limits',
    wholeNumber(0, 60_000),
    '1000',
    'how soon other processes of the region ask upstream themselves when the one that was asking has died, in milliseconds; 0: each asks for itself',
  ),
  REDIS_TIMEOUT_MS: preset('limits', milliseconds, '50', 'patience with Redis, in milliseconds'),
  LOG_LEVEL: preset(
    'log',
    oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    'info',
    'what is logged, as JSON lines on standard output; pretty on a terminal',
  ),
  ACCESS_LOG: preset(
    'log',
    onOrOff(),
    '0',
    '1: a line of JSON for each request, whatever `LOG_LEVEL` says: method, status, operation, outcome, reason, milliseconds, bytes, region, and the id that upstream is sent in `x-request-id`. Never a variable, a token or a parameter',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(
    'log',
    httpUrl(),
    'none: nothing is traced',
    'collector that traces are sent to by OTLP/HTTP, at `/v1/traces` below this URL; see `src/observe/README.md`',
  ),
  OTEL_TRACES_SAMPLER_ARG: preset(
    'log',
    fraction(),
    '0.01',
    'which part of the requests is traced; a request that comes with `traceparent` is traced where that says so, and only there',
  ),
  OTEL_SERVICE_NAME: preset('log', claimText(), 'lastmile', 'by what name traces tell of this gateway'),
  OPERATION_LOG: optional(
    'log',
    filePath(),
    'none',
    'file that operations are written to for `lastmile suggest`; needs `OPERATION_LOG_SAMPLE`',
  ),
  OPERATION_LOG_SAMPLE: preset(
    'log',
    fraction(),
    '0',
    'which part of the queries is written there, chosen by operation and variables; mutations always. What is written is answered whole, as if `PARTS` were 0',
  ),
  OPERATION_LOG_VARIABLES: preset(
    'log',
    onOrOff(),
    '0',
    "1: variables' values are written there too; else only their hashes",
  ),
  OPERATION_LOG_BYTES: preset(
    'log',
    byteSize(1, 1024 * GIB),
    '256MiB',
    'size past which that file does not grow',
  ),
};

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
    'how often an answer has to have been asked for within `WARM_WINDOW_MS` to count as hot',
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

/** Variables on what the gateway reaches: upstream, the other regions, Redis. */
export const REACHING_VARIABLES = {
  UPSTREAM_URL: optional(
    'upstream',
    httpUrl(),
    'none: the example API runs in process',
    'the GraphQL API to stand in front of',
  ),
  UPSTREAM_WS_URL: optional(
    'upstream',
    socketUrl(),
    'found out: server-sent events at `UPSTREAM_URL`, or else a WebSocket there',
    'where subscriptions go by WebSocket (`graphql-transport-ws`)',
  ),
  SCHEMA: optional(
    'upstream',
    filePatterns(),
    '`schema/*.graphql` where the gateway is started, if there are such files',
    "SDL with cache directives: files, folders, or paths with `*`, with commas between them; with `UPSTREAM_URL` a full SDL, or only extensions laid over the introspected schema. Without `UPSTREAM_URL` the example's own",
  ),
  SCHEMA_REFRESH_MS: preset(
    'upstream',
    wholeNumber(0, 86_400_000),
    '30000',
    "how often upstream's schema is read again where it is introspected, in milliseconds; 0: not by the clock. SIGHUP, a changed file of `SCHEMA` and an operation that fails validation have it read at once",
  ),
  UPSTREAM_HEADERS: optional(
    'upstream',
    headerFields(),
    'none',
    'headers added to every upstream request, such as a credential of the gateway itself: lines of `name: value`, or JSON. Part of every key, as a digest: entries are shared only by gateways with the same',
  ),
  UPSTREAM_RETRIES: preset(
    'upstream',
    wholeNumber(0, 10),
    '1',
    'how often a query is sent again when upstream could not be reached; a mutation never is',
  ),
  FORWARD_HEADERS: preset(
    'upstream',
    headerNames(),
    '',
    "further request headers forwarded upstream; such requests are cached only if the header is also in `VARY` or is the session's",
  ),
  PASS_HEADERS: preset(
    'upstream',
    headerNames(),
    'traceparent, tracestate, baggage, x-request-id',
    'request headers that do not change answers: passed upstream with the request that misses, and no part of any key; `,` for none. A header of `VARY`, `FORWARD_HEADERS` or `UPSTREAM_HEADERS` is treated as they say',
  ),
  RESPONSE_HEADERS: preset(
    'upstream',
    responseHeaderPatterns(),
    'retry-after, www-authenticate, ratelimit-*, x-ratelimit-*',
    "upstream's response headers that are passed to the client whose request caused the call, as `Set-Cookie` always is; never stored, and never given to others. `*` at the end of a name stands for anything; `,` for none",
  ),
  IGNORE_PARAMS: preset(
    'upstream',
    parameterPatterns(),
    'utm_*, fbclid, gclid, msclkid',
    "URL parameters that are neither passed upstream nor part of the key; all others but GraphQL's own are both. `*` at the end of a name stands for anything; `,` for none",
  ),
  REGION: optional('region', placeName(), '`FLY_REGION`, else `local`', "this region's name"),
  PRIMARY_REGION: optional('region', placeName(), '`REGION`', 'where mutations run'),
  PRIMARY_URL: optional(
    'region',
    httpUrl(),
    'none',
    "GraphQL URL of the primary region's gateway, for forwarded mutations",
  ),
  MUTATIONS: optional(
    'region',
    oneOf(['forward', 'fly-replay']),
    '`fly-replay` on Fly, else `forward`',
    'how a mutation reaches the primary region',
  ),
  REDIS_URL: optional(
    'redis',
    logUrl(),
    'none: in memory',
    "this region's Redis: the log's local copy, and entries unless `CACHE_REDIS_URL` says otherwise",
  ),
  CACHE_REDIS_URL: optional(
    'redis',
    entriesUrl(),
    '`REDIS_URL`',
    'where entries are kept; with Sentinels `redis+sentinel://user:password@host1:26379,host2:26379/name`, or `rediss+sentinel:` for TLS to both',
  ),
  PRIMARY_REDIS_URL: optional('redis', logUrl(), '`REDIS_URL`', 'the primary, where purges are appended'),
  REDIS_TLS_CA: optional(
    'redis',
    certificates(),
    'those that Node trusts',
    'authorities whose certificates are taken from a Redis of a `rediss:` URL, in PEM: the path of a file, or the text itself; no other counts then. Read at start',
  ),
  REDIS_TLS_NAME: preset(
    'redis',
    hostName(),
    'lastmile-redis',
    "name that the certificate of a Redis may have in place of the host's in the URL",
  ),
  CDN_TAGS: optional(
    'cdn',
    oneOf(['surrogate-key', 'cache-tag']),
    'none',
    'a CDN in front may keep public answers to GET and QUERY and is told by what they are purged: `surrogate-key` (Fastly) or `cache-tag` (Cloudflare). The same in all regions',
  ),
  CDN_PURGE_URL: optional(
    'cdn',
    httpUrl(),
    'none: the CDN is told of no purge',
    'where one gateway of the primary region sends purges on to: `https://api.fastly.com/service/<id>`, `https://api.cloudflare.com/client/v4/zones/<id>`',
  ),
  CDN_TOKEN: optional('cdn', bearerToken(), 'none', 'token of that API, with a right to purge and no other'),
  CAPTURE_URL: optional(
    'capture',
    postgresUrl(),
    'none',
    'the PostgreSQL behind the API, whose own log says what changed: in the primary region, for `serve` or `lastmile capture`. A role with REPLICATION, which can read every row: a secret of the whole database. Add `sslmode=require` for TLS',
  ),
  CAPTURE_SLOT: preset(
    'capture',
    databaseName(),
    'lastmile',
    'replication slot, which is made where it is missing; one for each purge log',
  ),
  CAPTURE_PUBLICATION: preset(
    'capture',
    databaseName(),
    'lastmile',
    'publication of the tables with a primary key; that of the others has `_keyless` behind it',
  ),
  CAPTURE_MAX_TAGS: preset(
    'capture',
    wholeNumber(1, 100_000),
    '1000',
    'rows of one table that a transaction may change until the type is purged whole instead',
  ),
  CAPTURE_REQUIRED: preset(
    'capture',
    onOrOff(),
    '0',
    '1, in every region: served from the cache only while it is known that no change of the database from longer ago than `CAPTURE_BOUND_MS` is missing',
  ),
  CAPTURE_BOUND_MS: preset(
    'capture',
    wholeNumber(3_000, 3_600_000),
    '10000',
    'with `CAPTURE_REQUIRED=1`: how long a region still serves from the cache after the database was known, in milliseconds. A large transaction keeps it unknown for as long as it is read',
  ),
  FLY_REGION: optional('fly', placeName(), 'none', 'set by Fly: the region a Machine runs in'),
  FLY_APP_NAME: optional('fly', placeName(), 'none', 'set by Fly: the name of the app'),
  FLY_MACHINE_ID: optional('fly', placeName(), 'none', 'set by Fly: the id of the Machine'),
};

/** Every environment variable the gateway reads, by name. */
export const VARIABLES = { ...SERVING_VARIABLES, ...REACHING_VARIABLES, ...CACHING_VARIABLES };

export type VariableName = keyof typeof VARIABLES;

/** What each variable says, before anything is derived from it. */
export type Values = ValuesOf<typeof VARIABLES>;

export const VARIABLE_NAMES = Object.keys(VARIABLES) as readonly VariableName[];

/** A row of the documentation. */
export interface VariableRow {
  readonly name: VariableName;
  readonly group: Group;
  /** `none`, a value, or where the value is taken from */
  readonly default: string;
  readonly meaning: string;
}

const GROUPS: readonly Group[] = [
  'http',
  'admin',
  'upstream',
  'region',
  'redis',
  'policy',
  'session',
  'freshness',
  'warm',
  'limits',
  'log',
  'cdn',
  'capture',
  'fly',
];

/** Rows for the tables of `config/README.md` and for `--help`, group by group. */
export const VARIABLE_ROWS: readonly VariableRow[] = VARIABLE_NAMES.map((name) => {
  const { group, default: text, meaning } = VARIABLES[name];
  return { name, group, default: text === '' ? 'none' : text, meaning };
}).sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));
