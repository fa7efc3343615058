import { headerFields, headerNames } from './headers';
import { filePatterns, httpUrl, oneOf, placeName, url, wholeNumber } from './reader';
import { optional, preset } from './variable';

const redisUrl = url('redis:', 'rediss:');

/** Variables on what the gateway reaches: upstream, the other regions, Redis. */
export const REACHING_VARIABLES = {
  UPSTREAM_URL: optional(
    'upstream',
    httpUrl(),
    'none: the example API runs in process',
    'the GraphQL API to stand in front of',
  ),
  SCHEMA: optional(
    'upstream',
    filePatterns(),
    '`schema/*.graphql`',
    'SDL with cache directives: files, folders, or paths with `*`, with commas between them; with `UPSTREAM_URL` a full SDL, or only extensions laid over the introspected schema',
  ),
  SCHEMA_REFRESH_MS: preset(
    'upstream',
    wholeNumber(0, 86_400_000),
    '30000',
    "how often upstream's schema is read again where it is introspected, in milliseconds; 0: never; SIGHUP reads it at once",
  ),
  UPSTREAM_HEADERS: optional(
    'upstream',
    headerFields(),
    'none',
    'headers added to every upstream request, such as a credential of the gateway itself: lines of `name: value`, or JSON',
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
    redisUrl,
    'none: in memory',
    "this region's Redis: the log's local copy, and entries unless `CACHE_REDIS_URL` says otherwise",
  ),
  CACHE_REDIS_URL: optional('redis', redisUrl, '`REDIS_URL`', 'where entries are kept'),
  PRIMARY_REDIS_URL: optional('redis', redisUrl, '`REDIS_URL`', 'the primary, where purges are appended'),
  FLY_REGION: optional('fly', placeName(), 'none', 'set by Fly: the region a Machine runs in'),
  FLY_APP_NAME: optional('fly', placeName(), 'none', 'set by Fly: the name of the app'),
  FLY_MACHINE_ID: optional('fly', placeName(), 'none', 'set by Fly: the id of the Machine'),
};
