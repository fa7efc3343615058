import type { Config } from '../../src/config/config';
import { ConfigError, formatProblems } from '../../src/config/problem';
import { readConfig } from '../../src/config/read-config';
import { problemsOf } from './problems-of';

const DEFAULTS: Config = {
  isProduction: false,
  http: {
    port: 4000,
    host: undefined,
    workers: 1,
    drainMs: 20_000,
    drainDelayMs: 0,
    keepAliveMs: 65_000,
    debugHeaders: false,
    graphiql: true,
    compress: true,
    corsOrigins: [],
    example: true,
  },
  admin: { port: 4001, host: undefined, token: undefined },
  upstream: {
    url: undefined,
    socketUrl: undefined,
    replica: undefined,
    schema: undefined,
    schemaRefreshMs: 30_000,
    timeoutMs: 10_000,
    retries: 1,
    headers: {},
    forwardHeaders: [],
    schemaHeaders: {},
    passHeaders: ['traceparent', 'tracestate', 'baggage', 'x-request-id'],
    responseHeaders: ['retry-after', 'www-authenticate', 'ratelimit-*', 'x-ratelimit-*'],
    ignoreParams: ['utm_*', 'fbclid', 'gclid', 'msclkid'],
  },
  region: { name: 'local', primary: 'local', isPrimary: true, primaryUrl: undefined, mutations: 'forward' },
  redis: undefined,
  policy: {
    defaultMaxAge: 0,
    maxAgeLimit: 86_400,
    vary: [],
    staleIfError: 0,
    upstreamCacheControl: 'auto',
    storeExtensions: [],
    settleMs: 0,
    unknownMutations: 'warn',
    refusedCodes: [
      'UNAUTHENTICATED',
      'FORBIDDEN',
      'GRAPHQL_PARSE_FAILED',
      'GRAPHQL_VALIDATION_FAILED',
      'BAD_USER_INPUT',
    ],
    sharesAmongSessions: false,
  },
  cache: { without: [], verifySample: 0, inParts: true },
  session: undefined,
  freshness: { boundMs: 5000, probeIntervalMs: 1000, tokenWaitMs: 100, tokenCookie: false },
  capture: {
    url: undefined,
    slot: 'lastmile',
    publication: 'lastmile',
    maxTags: 1000,
    boundMs: undefined,
  },
  warm: { minHits: 3, windowMs: 60_000, concurrency: 8, upstreamPerSecond: 50, startMs: 0 },
  cdn: undefined,
  documents: { trusted: undefined, trustedOnly: false },
  limits: {
    maxBodyBytes: 256 * 1024,
    maxUploadBytes: 32 * 1024 * 1024,
    maxValues: 10_000,
    maxInFlight: 10_000,
    maxSockets: 10_000,
    maxSocketOperations: 100,
    maxEntryBytes: 1024 * 1024,
    maxAnswerBytes: 16 * 1024 * 1024,
    memoryCacheBytes: 64 * 1024 * 1024,
    purgeLogBytes: 64 * 1024 * 1024,
    purgeTableBytes: 128 * 1024 * 1024,
    leaseMs: 1000,
    maxParts: 16,
    maxDepth: 15,
    maxListDepth: 6,
    maxFields: 1000,
    maxAliases: 50,
    maxDirectives: 50,
    maxTokens: 5000,
    introspection: true,
  },
  log: { level: 'info', access: false, operations: undefined },
  traces: undefined,
  fly: undefined,
  warnings: [],
};

it.each([
  ['off by default', {}, false],
  ['on where they are asked for', { INTROSPECTION: '1', GRAPHIQL: '1' }, true],
])('has introspection and GraphiQL %s in production', (_, env, isOn) => {
  const { http, limits, isProduction } = readConfig({ NODE_ENV: 'production', ...env });
  expect([isProduction, http.graphiql, limits.introspection]).toEqual([true, isOn, isOn]);
});

it('shows no schema that upstream shows to some only, unless it is told to', () => {
  const hidden = { UPSTREAM_URL: 'http://a', SCHEMA_HEADERS: 'authorization: b' };
  expect(readConfig(hidden).limits.introspection).toBe(false);
  expect(readConfig({ ...hidden, INTROSPECTION: '1' }).limits.introspection).toBe(true);
  expect(readConfig({ UPSTREAM_URL: 'http://a' }).limits.introspection).toBe(true);
});

it('has the admin port at an address of its own', () => {
  expect(readConfig({ HOST: '0.0.0.0', ADMIN_HOST: '127.0.0.1' })).toMatchObject({
    http: { host: '0.0.0.0' },
    admin: { host: '127.0.0.1' },
  });
  expect(readConfig({ HOST: '0.0.0.0' }).admin.host).toBe('0.0.0.0');
});

it('needs nothing: every variable has a default', () => {
  expect(readConfig({})).toEqual(DEFAULTS);
});

it('takes the empty text as not set', () => {
  expect(readConfig({ PORT: '', REDIS_URL: '', SESSION: '', VARY: '', MUTATIONS: '' })).toEqual(DEFAULTS);
});

it("leaves other programs' variables alone", () => {
  const env = {
    PATH: '/usr/bin',
    HOME: '/root',
    TERM: 'xterm',
    LANG: 'C',
    POST: '1',
    HOSTNAME: 'x',
    NODE_ENV: 'test',
  };
  expect(readConfig(env)).toEqual(DEFAULTS);
});

const REDIS = 'redis://127.0.0.1:6379';
const TRUST = { ca: undefined, name: 'lastmile-redis' };
const SECRET = 'a secret of no less than 32 bytes';

/** Environment, and what it changes in the configuration. */
const GOOD: readonly (readonly [NodeJS.ProcessEnv, (config: Config) => unknown, unknown])[] = [
  [{ PORT: '0' }, (config) => config.http.port, 0],
  [{ PORT: ' 65535 ' }, (config) => config.http.port, 65_535],
  [{ HOST: '127.0.0.1' }, (config) => config.http.host, '127.0.0.1'],
  [{ HOST: '::' }, (config) => config.http.host, '::'],
  [{ HOST: 'fly-local-6pn' }, (config) => config.http.host, 'fly-local-6pn'],
  [{ WORKERS: '4', REDIS_URL: REDIS }, (config) => config.http.workers, 4],
  [{ DRAIN_MS: '0' }, (config) => config.http.drainMs, 0],
  [{ DRAIN_DELAY_MS: '7' }, (config) => config.http.drainDelayMs, 7],
  [{ KEEP_ALIVE_MS: '1000' }, (config) => config.http.keepAliveMs, 1000],
  [{ COMPRESS: '0' }, (config) => config.http.compress, false],
  [{ DEBUG_HEADERS: '1' }, (config) => config.http.debugHeaders, true],
  [{ DEBUG_HEADERS: 'False' }, (config) => config.http.debugHeaders, false],
  [{ CORS_ORIGINS: '*' }, (config) => config.http.corsOrigins, '*'],
  [
    { CORS_ORIGINS: 'https://a.example, http://LOCALHOST:3000,https://a.example,' },
    (config) => config.http.corsOrigins,
    ['https://a.example', 'http://localhost:3000'],
  ],
  [{ ADMIN_PORT: '0', PORT: '0' }, (config) => config.admin.port, 0],
  [{ ADMIN_TOKEN: 'abcdefghijklmnop' }, (config) => config.admin.token, 'abcdefghijklmnop'],
  [{ MAX_BODY_BYTES: '1000' }, (config) => config.limits.maxBodyBytes, 1000],
  [{ MAX_BODY_BYTES: '64KiB' }, (config) => config.limits.maxBodyBytes, 65_536],
  [{ MAX_UPLOAD_BYTES: '0' }, (config) => config.limits.maxUploadBytes, 0],
  [{ MAX_VALUES: '7' }, (config) => config.limits.maxValues, 7],
  [{ MAX_IN_FLIGHT: '1' }, (config) => config.limits.maxInFlight, 1],
  [{ MAX_SOCKETS: '0' }, (config) => config.limits.maxSockets, 0],
  [{ MAX_SOCKET_OPERATIONS: '7' }, (config) => config.limits.maxSocketOperations, 7],
  [{ MAX_ENTRY_BYTES: '1mb' }, (config) => config.limits.maxEntryBytes, 1_000_000],
  [{ MAX_ENTRY_BYTES: '2 MiB' }, (config) => config.limits.maxEntryBytes, 2 * 2 ** 20],
  [{ MAX_ANSWER_BYTES: '1KiB' }, (config) => config.limits.maxAnswerBytes, 1024],
  [{ MEMORY_CACHE_BYTES: '1GiB' }, (config) => config.limits.memoryCacheBytes, 2 ** 30],
  [{ MEMORY_CACHE_BYTES: '3gb' }, (config) => config.limits.memoryCacheBytes, 3e9],
  [{ TRUSTED_DOCUMENTS: 'a.json' }, (config) => config.documents.trusted, 'a.json'],
  [{ TRUSTED_DOCUMENTS: 'a.json', TRUSTED_ONLY: '1' }, (config) => config.documents.trustedOnly, true],
  [{ LEASE_MS: '0' }, (config) => config.limits.leaseMs, 0],
  [{ MEMORY_CACHE_BYTES: '0' }, (config) => config.limits.memoryCacheBytes, 0],
  [{ MEMORY_CACHE_BYTES: '7kB' }, (config) => config.limits.memoryCacheBytes, 7000],
  [{ MEMORY_CACHE_BYTES: '9b' }, (config) => config.limits.memoryCacheBytes, 9],
  [{ MAX_DEPTH: '3' }, (config) => config.limits.maxDepth, 3],
  [{ MAX_LIST_DEPTH: '4' }, (config) => config.limits.maxListDepth, 4],
  [{ MAX_FIELDS: '9' }, (config) => config.limits.maxFields, 9],
  [{ MAX_ALIASES: '0' }, (config) => config.limits.maxAliases, 0],
  [{ MAX_DIRECTIVES: '5' }, (config) => config.limits.maxDirectives, 5],
  [{ MAX_TOKENS: '6' }, (config) => config.limits.maxTokens, 6],
  [{ UPSTREAM_TIMEOUT_MS: '7' }, (config) => config.upstream.timeoutMs, 7],
  [{ REDIS_TLS_NAME: 'r.example', REDIS_URL: REDIS }, (config) => config.redis?.trust.name, 'r.example'],
  [{ REDIS_TIMEOUT_MS: '8', REDIS_URL: REDIS }, (config) => config.redis?.timeoutMs, 8],
  [{ LOG_LEVEL: 'WARN' }, (config) => config.log.level, 'warn'],
  [{ OPERATION_LOG_SAMPLE: '0' }, (config) => config.log.operations, undefined],
  [
    { OPERATION_LOG: 'ops.jsonl', OPERATION_LOG_SAMPLE: '.25', OPERATION_LOG_BYTES: '1MiB' },
    (config) => config.log.operations,
    { path: 'ops.jsonl', sample: 0.25, variables: false, maxBytes: 1024 * 1024 },
  ],
  [
    { OPERATION_LOG: 'ops.jsonl', OPERATION_LOG_SAMPLE: '1', OPERATION_LOG_VARIABLES: '1' },
    (config) => config.log.operations?.variables,
    true,
  ],
  [
    { UPSTREAM_URL: 'http://[::1]:5000/graphql' },
    (config) => config.upstream.url,
    'http://[::1]:5000/graphql',
  ],
  [
    { UPSTREAM_WS_URL: 'wss://a/graphql', UPSTREAM_URL: 'https://a/graphql' },
    (config) => config.upstream.socketUrl,
    'wss://a/graphql',
  ],
  [{ SCHEMA: 'overlay.graphql' }, (config) => config.upstream.schema, ['overlay.graphql']],
  [{ SCHEMA: 'a.graphql, b/*.graphql,' }, (config) => config.upstream.schema, ['a.graphql', 'b/*.graphql']],
  [{ UPSTREAM_RETRIES: '0' }, (config) => config.upstream.retries, 0],
  [
    { UPSTREAM_HEADERS: 'Authorization: Bearer a:b\nX-Tenant: 7\n' },
    (config) => config.upstream.headers,
    { authorization: 'Bearer a:b', 'x-tenant': '7' },
  ],
  [{ UPSTREAM_HEADERS: '{"X-Tenant": "7"}' }, (config) => config.upstream.headers, { 'x-tenant': '7' }],
  [
    { SCHEMA_HEADERS: '{"Authorization": "Bearer a"}', UPSTREAM_URL: 'http://a' },
    ({ upstream: { headers, schemaHeaders } }) => [headers, schemaHeaders],
    [{}, { authorization: 'Bearer a' }],
  ],
  [{ PASS_HEADERS: ',' }, (config) => config.upstream.passHeaders, []],
  [
    { PASS_HEADERS: 'X-A, b, c, e', UPSTREAM_HEADERS: 'b: 1', VARY: 'c' },
    (config) => config.upstream.passHeaders,
    ['x-a', 'e'],
  ],
  [
    { RESPONSE_HEADERS: 'Set-Cookie, X-*, x-*,' },
    (config) => config.upstream.responseHeaders,
    ['set-cookie', 'x-*'],
  ],
  [{ RESPONSE_HEADERS: '*' }, (config) => config.upstream.responseHeaders, ['*']],
  [{ IGNORE_PARAMS: ' a*, B ,a*' }, (config) => config.upstream.ignoreParams, ['a*', 'B']],
  [{ IGNORE_PARAMS: ',' }, (config) => config.upstream.ignoreParams, []],
  [{ FORWARD_HEADERS: 'X-A, x-b,X-a,' }, (config) => config.upstream.forwardHeaders, ['x-a', 'x-b']],
  [{ VARY: 'Accept-Language' }, (config) => config.policy.vary, ['accept-language']],
  [{ REGION: 'iad' }, (config) => [config.region.name, config.region.primary], ['iad', 'iad']],
  [
    { REGION: 'syd', PRIMARY_REGION: 'iad', PRIMARY_URL: 'https://iad.example/graphql', REDIS_URL: REDIS },
    (config) => config.region,
    {
      name: 'syd',
      primary: 'iad',
      isPrimary: false,
      primaryUrl: 'https://iad.example/graphql',
      mutations: 'forward',
    },
  ],
  [
    { FLY_REGION: 'syd', PRIMARY_REGION: 'iad', REDIS_URL: REDIS, FLY_APP_NAME: 'app', FLY_MACHINE_ID: 'm1' },
    (config) => [config.region.name, config.region.mutations, config.fly],
    ['syd', 'fly-replay', { region: 'syd', app: 'app', machine: 'm1' }],
  ],
  [{ FLY_REGION: 'syd', REGION: 'lhr' }, (config) => config.region.name, 'lhr'],
  [{ FLY_REGION: 'syd', MUTATIONS: 'forward' }, (config) => config.region.mutations, 'forward'],
  [
    { REDIS_URL: REDIS },
    (config) => config.redis,
    { url: REDIS, cacheUrl: REDIS, primaryUrl: REDIS, timeoutMs: 50, trust: TRUST },
  ],
  [
    {
      REDIS_URL: REDIS,
      CACHE_REDIS_URL: 'rediss://cache:1/2',
      PRIMARY_REDIS_URL: 'redis://user:pass@primary',
    },
    (config) => config.redis,
    {
      url: REDIS,
      cacheUrl: 'rediss://cache:1/2',
      primaryUrl: 'redis://user:pass@primary',
      timeoutMs: 50,
      trust: TRUST,
    },
  ],
  [{ DEFAULT_MAX_AGE: '60' }, (config) => config.policy.defaultMaxAge, 60],
  [{ STALE_IF_ERROR: '61' }, (config) => config.policy.staleIfError, 61],
  [{ MAX_AGE_LIMIT: '604800' }, (config) => config.policy.maxAgeLimit, 604_800],
  [{ PURGE_LOG_BYTES: '16MiB' }, (config) => config.limits.purgeLogBytes, 2 ** 24],
  [{ PURGE_TABLE_BYTES: '1GiB' }, (config) => config.limits.purgeTableBytes, 2 ** 30],
  [{ UPSTREAM_CACHE_CONTROL: 'ignore' }, (config) => config.policy.upstreamCacheControl, 'ignore'],
  [
    { STORE_EXTENSIONS: 'cost, Trace.id,cost,' },
    (config) => config.policy.storeExtensions,
    ['cost', 'Trace.id'],
  ],
  [
    { NO_CACHE_OPERATIONS: 'Checkout*, Cart,Cart', VERIFY_SAMPLE: '.001' },
    (config) => config.cache,
    { without: ['Checkout*', 'Cart'], verifySample: 0.001, inParts: true },
  ],
  [{ SETTLE_MS: '62' }, (config) => config.policy.settleMs, 62],
  [
    { SESSION: 'header:Authorization' },
    (config) => config.session,
    { kind: 'header', name: 'authorization' },
  ],
  [{ SESSION: 'cookie:SID' }, (config) => config.session, { kind: 'cookie', name: 'SID' }],
  [
    { SESSION: 'jwt:sub, https://example.com/user', JWT_SECRET: SECRET },
    (config) => config.session,
    {
      kind: 'jwt',
      claims: ['sub', 'https://example.com/user'],
      keys: { secret: SECRET },
    },
  ],
  [
    {
      SESSION: 'jwt',
      JWKS_URL: 'https://id.example/jwks.json',
      JWT_AUDIENCE: 'shop',
      JWT_ISSUER: 'https://id.example',
    },
    (config) => config.session,
    {
      kind: 'jwt',
      claims: 'all',
      keys: { jwksUrl: 'https://id.example/jwks.json' },
      audience: 'shop',
      issuer: 'https://id.example',
    },
  ],
  [
    { SESSION: 'jwt:sub,org', JWT_SECRET: ` ${SECRET}\n` },
    (config) => config.session?.kind === 'jwt' && config.session.keys,
    { secret: ` ${SECRET}\n` },
  ],
  [{ FRESHNESS_BOUND_MS: '1001' }, (config) => config.freshness.boundMs, 1001],
  [{ PROBE_INTERVAL_MS: '4999' }, (config) => config.freshness.probeIntervalMs, 4999],
  [{ TOKEN_WAIT_MS: '0' }, (config) => config.freshness.tokenWaitMs, 0],
  [{ TOKEN_COOKIE: 'yes' }, (config) => config.freshness.tokenCookie, true],
];

it.each(GOOD)('reads %j', (env, pick, expected) => {
  const config = readConfig(env);
  expect(pick(config)).toEqual(expected);
});

it('does not warn of what is in order', () => {
  const warned = GOOD.filter(([env]) => readConfig(env).warnings.length > 0).map(([env]) => Object.keys(env));
  // A credential for all, and a region away from the primary whose primary Redis is not said: see the test of warnings.
  expect(warned).toEqual([
    ['UPSTREAM_HEADERS'],
    ['REGION', 'PRIMARY_REGION', 'PRIMARY_URL', 'REDIS_URL'],
    ['FLY_REGION', 'PRIMARY_REGION', 'REDIS_URL', 'FLY_APP_NAME', 'FLY_MACHINE_ID'],
  ]);
});

it('reports all problems together, each with its variable and its remedy', () => {
  const env = {
    PORT: 'abc',
    MAX_DEPTH: '0',
    UPSTREAM_URL: 'localhost:5000',
    FRESHNESS_BOUND_MS: '10',
    REDIS_ULR: 'x',
  };
  const problems = problemsOf(env);
  expect(problems.map(({ variable }) => variable).sort()).toEqual([
    'FRESHNESS_BOUND_MS',
    'MAX_DEPTH',
    'PORT',
    'REDIS_ULR',
    'UPSTREAM_URL',
  ]);
  for (const { problem, remedy } of problems) {
    expect(problem).toMatch(/[.?]$/);
    expect(remedy).toMatch(/^[A-Z].*\.$/);
  }
  expect(problems[0]).toEqual({
    variable: 'PORT',
    problem: '"abc" is not a whole number from 0 to 65535.',
    remedy: 'Set it to a whole number from 0 to 65535, or unset it for the default, 4000.',
  });
});

it('formats problems for a terminal', () => {
  const problems = problemsOf({ LOG_LEVEL: 'loud', HOST: 'a b' });
  const text =
    '  HOST\n' +
    '    "a b" is not an IP address or a host name, without a port.\n' +
    '    Set it to an IP address or a host name, without a port, or unset it.\n' +
    '\n' +
    '  LOG_LEVEL\n' +
    '    "loud" is not one of trace, debug, info, warn, error, fatal, silent.\n' +
    '    Set it to one of trace, debug, info, warn, error, fatal, silent, or unset it for the default, info.\n';
  expect(formatProblems(problems)).toBe(text);
  expect(new ConfigError(problems.slice(1)).message).toMatch(
    /^One problem with the configuration:\n\n {2}LOG_LEVEL\n/,
  );
  expect(new ConfigError(problems).message).toBe(`2 problems with the configuration:\n\n${text}`);
});
