import { originList } from './origins';
import {
  bearerToken,
  byteSize,
  filePath,
  fraction,
  hostAddress,
  oneOf,
  onOrOff,
  wholeNumber,
} from './reader';
import { optional, preset } from './variable';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

const port = wholeNumber(0, 65_535);
const milliseconds = wholeNumber(1, 3_600_000);

/** Variables on how the gateway is reached, what it says and how much it takes. */
export const SERVING_VARIABLES = {
  PORT: preset('http', port, '4000', 'port of GraphQL, served at `/graphql`; 0 takes any free port'),
  HOST: optional('http', hostAddress(), 'all addresses', 'address GraphQL and the admin port listen on'),
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
  DEBUG_HEADERS: preset(
    'http',
    onOrOff(),
    '0',
    '1: `Lastmile-Debug: 1` is honoured from everybody; it always is from this machine itself',
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
    'port of health, metrics, purge API and dashboard; never the public port; 0 takes any free port',
  ),
  ADMIN_TOKEN: optional(
    'admin',
    bearerToken(),
    'none: purge API and dashboard refuse all but this machine itself',
    'bearer token for the purge API and the dashboard',
  ),
  MAX_BODY_BYTES: preset('limits', byteSize(1, GIB), '256KiB', 'size of a request body'),
  MAX_ENTRY_BYTES: preset('limits', byteSize(1, 512 * MIB), '1MiB', 'size of an answer that is still stored'),
  MEMORY_CACHE_BYTES: preset(
    'limits',
    byteSize(0, 1024 * GIB),
    '64MiB',
    'size of all entries kept in this process; 0 keeps none',
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
    'which part of the queries is written there, chosen by operation and variables; mutations always',
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
