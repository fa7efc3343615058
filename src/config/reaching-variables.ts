import {
  bearerToken,
  hostName,
  oneOf,
  onOrOff,
  wholeNumber,
  optional,
  preset,
  httpUrl,
  socketUrl,
  filePatterns,
  postgresUrl,
  databaseName,
  placeName,
} from './readers';
import { headerNames, headerFields, responseHeaderPatterns } from './headers';
import { parameterPatterns } from './name-patterns';
import { certificates } from './pem';
import { entriesUrl, logUrl } from './redis-url';

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
