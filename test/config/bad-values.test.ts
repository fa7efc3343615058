import * as fc from 'fast-check';
import { ConfigError } from '../../src/config/problem';
import { readConfig } from '../../src/config/read-config';
import { VARIABLE_NAMES, type VariableName } from '../../src/config/variables';
import { problemsOf } from './problems-of';

const PORT = ['-1', '65536', '4000.5', '0x10', '1e3', 'http', ' ', '٣'];
const MILLISECONDS = ['0', '-1', '5s', '1.5', '3600001'];
const SECONDS = ['-1', '1h', '1.5', '315360001'];
const SIZE = ['-1', '1.5MiB', '64M', '64 k', '1TiB', 'MiB', '1e6', '1,000'];
const SWITCH = ['2', 'y', 'enabled', '-1'];
const REDIS_URL = [
  '127.0.0.1:6379',
  'redis:6379',
  'redis://',
  'http://127.0.0.1',
  '/var/run/redis.sock',
  'redis://a:x',
  'redis://a/abc',
  'redis://a/-1',
  'redis://a/1.5',
  'redis://a/0/1',
  'redis://a?db=x',
];
const HTTP_URL = [
  'localhost:5000',
  '/graphql',
  'ftp://a',
  'http:a',
  'https://',
  'https://user:pass@a/',
  'redis://a',
  'http://a:99999',
];
const HEADER_FIELDS = [
  'no colon here',
  ': value',
  'a b: c',
  'host: a',
  'connection: close',
  'x-a: 1\nX-A: 2',
  'x-a: \u0001',
  'x-a: ä',
  '{"x-a": 1}',
  '{"x-a"',
  '{"host": "a"}',
  '["x-a"]',
  '{"x-a": "1\\r\\nx-b: 2"}',
];
const HEADER_NAMES = [
  'a b',
  'x-a: 1',
  'Connection',
  'keep-alive',
  'TE',
  'transfer-encoding',
  'Upgrade',
  'trailer',
  'proxy-authorization',
  'Host',
  'content-length',
  'content-type',
  'accept',
  'If-None-Match',
  'x-a, host',
  'ä',
  '*, (',
  '"',
];
const PLACE = ['a b', '-iad', 'a.b', 'iad;q=1', 'ü', 'x'.repeat(64)];

const HOSTS = ['a b', 'http://a', '127.0.0.1:4000', '[::1]', 'a/b', '-a', 'a-'];

const BAD: Readonly<Record<VariableName, readonly string[]>> = {
  PORT,
  HOST: HOSTS,
  ADMIN_HOST: HOSTS,
  INTROSPECTION: SWITCH,
  GRAPHIQL: SWITCH,
  EXAMPLE: SWITCH,
  WORKERS: ['0', '257', 'many', '-1'],
  DRAIN_MS: ['-1', '5s', '3600001'],
  DRAIN_DELAY_MS: ['-1', '5s', '600001'],
  KEEP_ALIVE_MS: ['0', '999', '65s', '3600001'],
  COMPRESS: SWITCH,
  ACCESS_LOG: SWITCH,
  OTEL_EXPORTER_OTLP_ENDPOINT: ['collector:4318', 'grpc://collector:4317', 'http://user:pass@collector:4318'],
  OTEL_TRACES_SAMPLER_ARG: ['-0.1', '1.1', '1%', 'always'],
  OTEL_SERVICE_NAME: ['a b'],
  DEBUG_HEADERS: SWITCH,
  CORS_ORIGINS: [
    'a.example',
    'https://a.example/',
    'https://a.example/x',
    'https://a.example:443',
    'https://*.example',
    'https://u:p@a.example',
    'ftp://a.example',
    '*, https://a.example',
    'null',
    'https://a.example https://b.example',
  ],
  ADMIN_PORT: PORT,
  ADMIN_TOKEN: ['a b', 'ä', 'a\tb', ' '],
  MAX_BODY_BYTES: [...SIZE, '0', '2GiB'],
  MAX_UPLOAD_BYTES: [...SIZE, '2000GiB'],
  MAX_VALUES: ['0', '10000001', 'many', '-1'],
  MAX_IN_FLIGHT: ['0', '1000001', 'many', '-1'],
  MAX_SOCKETS: ['1000001', 'many', '-1'],
  MAX_SOCKET_OPERATIONS: ['0', '100001', 'many', '-1'],
  MAX_ENTRY_BYTES: [...SIZE, '0', '513MiB'],
  MAX_ANSWER_BYTES: [...SIZE, '0', '1023', '513MiB'],
  TRUSTED_DOCUMENTS: ['\0', ' '],
  TRUSTED_ONLY: ['2', 'x'],
  LEASE_MS: ['-1', '60001', 'x'],
  MEMORY_CACHE_BYTES: [...SIZE, '2000GiB'],
  MAX_PARTS: ['0', '1001', '-1', 'many'],
  PARTS: ['maybe', '2'],
  MAX_DEPTH: ['0', '1001', '-1', 'deep'],
  MAX_LIST_DEPTH: ['0', '101', 'x'],
  MAX_FIELDS: ['0', 'x', '1000001'],
  MAX_ALIASES: ['-1', '100001', 'x'],
  MAX_DIRECTIVES: ['-1', '100001', 'x'],
  MAX_TOKENS: ['0', 'x', '999999999'],
  UPSTREAM_TIMEOUT_MS: MILLISECONDS,
  REDIS_TIMEOUT_MS: MILLISECONDS,
  LOG_LEVEL: ['loud', 'warning', '3'],
  OPERATION_LOG: ['\0', ' '],
  OPERATION_LOG_SAMPLE: ['-0.1', '1.1', '2', '1/2', 'all', '1e-3'],
  OPERATION_LOG_VARIABLES: ['2', 'x'],
  OPERATION_LOG_BYTES: ['0', 'x', '-1'],
  UPSTREAM_URL: HTTP_URL,
  UPSTREAM_READ_URL: ['ftp://a/graphql', 'a', 'http://', '/graphql'],
  UPSTREAM_READ_LSN_HEADER: ['a b', 'a:', 'ä', 'a, b'],
  UPSTREAM_WS_URL: ['https://a/graphql', 'a', 'ws://', '/graphql', 'ws:a'],
  SCHEMA: [' ', ',', 'a\0b'],
  UPSTREAM_HEADERS: HEADER_FIELDS,
  SCHEMA_HEADERS: HEADER_FIELDS,
  SCHEMA_REFRESH_MS: ['-1', '86400001', '30s'],
  UPSTREAM_RETRIES: ['-1', '11', 'x'],
  FORWARD_HEADERS: HEADER_NAMES,
  PASS_HEADERS: HEADER_NAMES,
  RESPONSE_HEADERS: [
    'x a',
    'x-*-y',
    '**',
    'x-a, ü',
    'connection',
    'Transfer-Encoding',
    'proxy-authenticate',
    'ETag',
    'cache-status',
    'content-length',
    'content-language',
    'lastmile-token',
    'lastmile-*',
    'access-control-*',
    'last-modified',
    'alt-svc',
    'fly-replay',
  ],
  IGNORE_PARAMS: ['a b', 'a=b', 'a*b', '**', 'a&b', '#', 'x'.repeat(129)],
  REGION: PLACE,
  PRIMARY_REGION: PLACE,
  PRIMARY_URL: HTTP_URL,
  MUTATIONS: ['replay', 'yes'],
  REDIS_URL: [...REDIS_URL, 'redis+sentinel://a:1/name'],
  CACHE_REDIS_URL: [
    ...REDIS_URL,
    'redis+sentinel://',
    'redis+sentinel://a:1',
    'redis+sentinel://a:1/',
    'redis+sentinel://a:x/name',
    'redis+sentinel://a,/name',
    'redis+sentinel://a:1/name/x',
    'redis+sentinel://%:p@a:1/name',
    'sentinel://a:1/name',
  ],
  PRIMARY_REDIS_URL: [...REDIS_URL, 'rediss+sentinel://a:1/name'],
  REDIS_TLS_CA: [
    '/nowhere/ca.pem',
    __dirname,
    __filename,
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----',
  ],
  REDIS_TLS_NAME: [...HOSTS, '127.0.0.1', '::1', '*.a'],
  CDN_TAGS: ['fastly', 'cache-tags', '1'],
  CDN_PURGE_URL: HTTP_URL,
  CDN_TOKEN: ['a b', 'ä', 'a\tb', ' '],
  FLY_REGION: PLACE,
  FLY_APP_NAME: PLACE,
  FLY_MACHINE_ID: PLACE,
  DEFAULT_MAX_AGE: SECONDS,
  MAX_AGE_LIMIT: [...SECONDS, '0'],
  PURGE_LOG_BYTES: [...SIZE, '63KiB', '17GiB'],
  PURGE_TABLE_BYTES: [...SIZE, '63KiB', '17GiB'],
  VARY: HEADER_NAMES,
  STALE_IF_ERROR: SECONDS,
  UPSTREAM_CACHE_CONTROL: ['yes', 'no-store', '1'],
  STORE_EXTENSIONS: ['a b', 'a,"b"', 'x'.repeat(129)],
  SETTLE_MS: ['-1', '5s', '3600001'],
  SHARED_CREDENTIALS: ['all', 'jwt', '1'],
  UNKNOWN_MUTATIONS: ['nothing', 'purge', '1'],
  NO_CACHE_OPERATIONS: ['a b', 'a-b', '1a', 'Ä', 'x'.repeat(101)],
  VERIFY_SAMPLE: ['-0.1', '1.1', 'all'],
  WARM: ['2', 'on!', '-1'],
  WARM_MIN_HITS: ['0', '1.5', '1000001'],
  WARM_WINDOW_MS: ['99', '1m', '86400001'],
  WARM_CONCURRENCY: ['0', '1001', 'all'],
  WARM_UPSTREAM_RPS: ['0', '0.5', '1001'],
  WARM_START_MS: ['-1', '1m', '3600001'],
  REFUSED_CODES: ['A B', 'A;B', 'Ä'],
  SESSION: [
    'authorization',
    'header:',
    'header:a b',
    'header:host',
    'cookie:',
    'cookie:a;b',
    'jwt:',
    'jwt:a b',
    'Header:a',
    ':',
    'ip:a',
  ],
  JWT_SECRET: ['short', 'x'.repeat(31), '\u00e4'.repeat(15)],
  JWKS_URL: HTTP_URL,
  JWT_AUDIENCE: ['a b'],
  JWT_ISSUER: ['a b'],
  FRESHNESS_BOUND_MS: MILLISECONDS,
  PROBE_INTERVAL_MS: MILLISECONDS,
  TOKEN_WAIT_MS: ['-1', '60001', 'x'],
  CAPTURE_URL: ['mysql://db/forum', 'postgres:forum', 'postgres://', 'db:5432'],
  CAPTURE_SLOT: ['Lastmile', 'last-mile', '1a', 'a b', 'x'.repeat(52)],
  CAPTURE_PUBLICATION: ['Lastmile', 'a"b', 'a.b'],
  CAPTURE_MAX_TAGS: ['0', '100001', 'many'],
  CAPTURE_REQUIRED: SWITCH,
  CAPTURE_BOUND_MS: ['0', '2999', '5s', '3600001'],
  TOKEN_COOKIE: SWITCH,
};

it('has bad values for every variable', () => {
  expect(Object.keys(BAD).sort()).toEqual([...VARIABLE_NAMES].sort());
});

describe.each(VARIABLE_NAMES)('%s', (name) => {
  it.each(BAD[name])('refuses %j', (value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems.map(({ variable }) => variable)).toEqual([name]);
    expect(problems[0]?.remedy).toMatch(/^Set it to .*, or unset it.*\.$/);
  });
});

it.each([
  [
    { FORWARD_HEADERS: 'x-a, Connection, host' },
    '"connection" belongs to one connection (hop-by-hop) and is never passed on. "host" is set by the gateway itself.',
  ],
  [
    { RESPONSE_HEADERS: 'Keep-Alive, ETag, expires, alt-svc, a b' },
    '"keep-alive" belongs to one connection (hop-by-hop) and is never passed on. "etag" is written by the gateway itself. ' +
      '"expires" is true of upstream\'s answer, and not of the gateway\'s. ' +
      '"alt-svc" would have the client, or a proxy in front, go past the gateway. ' +
      '"a b" is not the name of a header, nor the beginning of one with a `*` behind.',
  ],
  [{ SESSION: 'header:te' }, '"te" belongs to one connection (hop-by-hop) and is never passed on.'],
  [{ UPSTREAM_URL: 'http://a:b@c/' }, 'It holds a user or a password.'],
  [{ UPSTREAM_HEADERS: 'x-a: \u0001' }, 'The value of "x-a" is not text of printable ASCII.'],
  [{ UPSTREAM_HEADERS: 'x-a: 1\nx-A: 2' }, '"x-a" is there twice.'],
  [
    { UPSTREAM_HEADERS: 'secret words' },
    'It holds a line that does not begin with the name of a header and a colon.',
  ],
  [
    { REDIS_URL: 'redis:6379' },
    'The value is not a URL that begins with redis:// or rediss://, with the number of a database at its end or none.',
  ],
  [{ REDIS_URL: 'redis://a/abc' }, 'What follows the host is not the number of a database.'],
  [{ MAX_BODY_BYTES: '64M' }, '"64M" is not a size from 1 to 1073741824 bytes, such as 65536, 64KiB or 1MB.'],
])('says what is wrong with %j', (env, problem) => {
  expect(problemsOf(env).map((found) => found.problem)).toEqual([problem]);
});

/** Texts that come near to what variables take, and any other. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[a-z]{0,6}:\/{0,2}[a-z0-9.:@/[\]-]{0,20}$/),
  fc.stringMatching(/^-?\d{0,20}[a-zA-Z ]{0,4}$/),
  fc.constantFrom(
    '0',
    '1',
    'iad',
    'header:a',
    'jwt:sub',
    'redis://a',
    'https://a',
    'x'.repeat(40),
    '{"a":"b"}',
    '__proto__',
  ),
);
const environment = fc.dictionary(
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom<string>(...VARIABLE_NAMES) },
    { weight: 1, arbitrary: fc.string() },
  ),
  text,
  { maxKeys: 12 },
);

it('never throws anything but a ConfigError, which has a problem to show', () => {
  let read = 0;
  let refused = 0;
  fc.assert(
    fc.property(environment, (env) => {
      try {
        readConfig(env);
        read++;
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        expect(error.problems.length).toBeGreaterThan(0);
        refused++;
      }
    }),
    { numRuns: 1000 },
  );
  // Else the property would show nothing.
  expect(Math.min(read, refused)).toBeGreaterThan(20);
});

const CANARY = 'canary-4711';

it.each([
  { ADMIN_TOKEN: `${CANARY} x` },
  { JWT_SECRET: CANARY },
  { REDIS_URL: `redis://user:${CANARY}@` },
  { CACHE_REDIS_URL: `redis://user:${CANARY}@host` },
  { PRIMARY_REDIS_URL: `rediss:user:${CANARY}@host` },
  { UPSTREAM_URL: `https://user:${CANARY}@host` },
  { UPSTREAM_READ_URL: `ftp://user:${CANARY}@host` },
  { UPSTREAM_WS_URL: `https://user:${CANARY}@host` },
  { PRIMARY_URL: `https://${CANARY}@host` },
  { JWKS_URL: `${CANARY}://host` },
  { UPSTREAM_HEADERS: `authorization Bearer ${CANARY}` },
  { UPSTREAM_HEADERS: `authorization: Bearer ${CANARY}\u0001` },
  { UPSTREAM_HEADERS: `${CANARY} x: y` },
  { UPSTREAM_HEADERS: `{"authorization":"Bearer ${CANARY}"` },
  { UPSTREAM_HEADERS: `{"authorization":["Bearer ${CANARY}"]}` },
  { UPSTREAM_HEADERS: `authorization: ${CANARY}`, VARY: 'authorization' },
  { SCHEMA_HEADERS: `authorization Bearer ${CANARY}` },
  { SCHEMA_HEADERS: `{"authorization":["Bearer ${CANARY}"]}` },
  { REDIS_PASSWROD: CANARY, REDIS_URI: CANARY, PORT: 'x' },
  { JWT_SECRET: `${CANARY}${'x'.repeat(32)}`, JWKS_URL: 'https://a' },
  { ADMIN_TOKEN: CANARY, JWKS_URL: 'x' },
])('keeps the secret out of the text of %j', (env) => {
  let text = '';
  try {
    readConfig(env);
  } catch (error) {
    text = `${String(error)} ${JSON.stringify(error)} ${JSON.stringify(problemsOf(env))}`;
  }
  expect(text).not.toBe('');
  expect(text).not.toContain(CANARY);
});
