import { readConfig } from '../../src/config/read-config';
import { problemsOf } from './problems-of';

const REDIS_URL = 'redis://127.0.0.1:6379';
const PRIMARY_URL = 'https://iad.example/graphql';
const AWAY = { REGION: 'syd', PRIMARY_REGION: 'iad' };

it.each<[NodeJS.ProcessEnv, string, RegExp]>([
  [{ PORT: '4001' }, 'ADMIN_PORT', /same as PORT/],
  [{ ...AWAY, REDIS_URL }, 'PRIMARY_URL', /forwarded from region syd to iad/],
  [
    { FLY_REGION: 'syd', PRIMARY_REGION: 'iad', MUTATIONS: 'forward', REDIS_URL },
    'PRIMARY_URL',
    /from region syd/,
  ],
  [{ ...AWAY, PRIMARY_URL }, 'REDIS_URL', /without Redis no purge would reach it/],
  [{ FLY_REGION: 'syd', PRIMARY_REGION: 'iad' }, 'REDIS_URL', /Region syd is not the primary region iad/],
  [{ CACHE_REDIS_URL: REDIS_URL }, 'CACHE_REDIS_URL', /REDIS_URL is not/],
  [{ PRIMARY_REDIS_URL: REDIS_URL }, 'PRIMARY_REDIS_URL', /REDIS_URL is not/],
  [{ WORKERS: '2' }, 'WORKERS', /would not reach the others/],
  [
    { FRESHNESS_BOUND_MS: '1000' },
    'FRESHNESS_BOUND_MS',
    /It is 1000, not more than PROBE_INTERVAL_MS, which is 1000/,
  ],
  [{ PROBE_INTERVAL_MS: '6000' }, 'FRESHNESS_BOUND_MS', /It is 5000/],
  [{ SHARED_CREDENTIALS: 'session' }, 'SHARED_CREDENTIALS', /SESSION does not say/],
  [{ SESSION: 'jwt:sub' }, 'SESSION', /neither JWT_SECRET nor JWKS_URL/],
  [
    { SESSION: 'jwt:sub', JWT_SECRET: 'x'.repeat(32), JWKS_URL: 'https://a' },
    'JWT_SECRET',
    /not clear which/,
  ],
  [{ UPSTREAM_HEADERS: 'x-a: 1', FORWARD_HEADERS: 'X-A' }, 'UPSTREAM_HEADERS', /: x-a\.$/],
  [{ UPSTREAM_HEADERS: 'x-a: 1', VARY: 'x-a' }, 'UPSTREAM_HEADERS', /: x-a\.$/],
  [
    { UPSTREAM_HEADERS: 'authorization: b', SESSION: 'header:authorization' },
    'UPSTREAM_HEADERS',
    /: authorization\.$/,
  ],
  [{ UPSTREAM_HEADERS: 'cookie: b', SESSION: 'cookie:sid' }, 'UPSTREAM_HEADERS', /: cookie\.$/],
  [
    { UPSTREAM_HEADERS: 'authorization: b', SESSION: 'jwt:sub', JWT_SECRET: 'x'.repeat(32) },
    'UPSTREAM_HEADERS',
    /: authorization\.$/,
  ],
  [{ UPSTREAM_READ_URL: 'https://a', REDIS_URL }, 'UPSTREAM_READ_URL', /UPSTREAM_URL is not/],
  [
    { UPSTREAM_READ_URL: 'https://a', UPSTREAM_URL: 'https://a/', REDIS_URL },
    'UPSTREAM_READ_URL',
    /same as UPSTREAM_URL/,
  ],
  [{ UPSTREAM_READ_URL: 'https://a', UPSTREAM_URL: 'https://b' }, 'UPSTREAM_READ_URL', /REDIS_URL is not/],
  [{ CDN_TAGS: 'cache-tag', CDN_PURGE_URL: 'https://a' }, 'CDN_TOKEN', /CDN_PURGE_URL is\./],
  [{ CDN_TAGS: 'cache-tag', CDN_TOKEN: 'a' }, 'CDN_PURGE_URL', /CDN_TOKEN is\./],
  [{ CDN_PURGE_URL: 'https://a', CDN_TOKEN: 'a' }, 'CDN_TAGS', /no answer would have/],
  [{ CDN_TAGS: 'surrogate-key', TOKEN_COOKIE: '1' }, 'TOKEN_COOKIE', /whatever the cookie says/],
  [{ CDN_TAGS: 'cache-tag', VARY: 'x-a' }, 'CDN_TAGS', /and VARY is set: Cloudflare/],
  [{ CDN_TAGS: 'cache-tag', CORS_ORIGINS: 'https://a.example' }, 'CDN_TAGS', /and CORS_ORIGINS is set/],
  [{ PASS_HEADERS: 'x-a, Authorization' }, 'PASS_HEADERS', /identify the client: authorization\. /],
  [{ PASS_HEADERS: 'x-key', SESSION: 'header:x-key' }, 'PASS_HEADERS', /identify the client: x-key\. /],
])('refuses %j', (env, variable, problem) => {
  const problems = problemsOf(env);
  expect(problems.map((found) => found.variable)).toEqual([variable]);
  expect(problems[0]?.problem).toMatch(problem);
});

it.each<[NodeJS.ProcessEnv]>([
  [{ PORT: '0', ADMIN_PORT: '0' }],
  [{ CDN_TAGS: 'surrogate-key', VARY: 'x-a', CORS_ORIGINS: 'https://a.example' }],
  [{ CDN_TAGS: 'cache-tag', CORS_ORIGINS: '*' }],
  [{ REGION: 'iad', PRIMARY_REGION: 'iad' }],
  [{ FLY_REGION: 'syd', PRIMARY_REGION: 'iad', REDIS_URL }],
  [{ ...AWAY, REDIS_URL, PRIMARY_URL }],
  [{ WORKERS: '2', REDIS_URL }],
  [{ UPSTREAM_READ_URL: 'https://a', UPSTREAM_URL: 'https://b', REDIS_URL }],
  [{ UPSTREAM_HEADERS: 'sid: b', SESSION: 'cookie:sid' }],
  [{ UPSTREAM_HEADERS: 'traceparent: ours' }],
  [{ UPSTREAM_URL: 'https://a', SCHEMA_HEADERS: 'authorization: b', SESSION: 'header:authorization' }],
])('has no objection to %j', (env) => {
  expect(problemsOf(env)).toEqual([]);
});

it('does not blame one variable for what is wrong with another', () => {
  expect(
    problemsOf({ PROBE_INTERVAL_MS: 'x', FRESHNESS_BOUND_MS: '1' }).map(({ variable }) => variable),
  ).toEqual(['PROBE_INTERVAL_MS']);
  expect(problemsOf({ ...AWAY, PRIMARY_URL: 'x', REDIS_URL: 'y' }).map(({ variable }) => variable)).toEqual([
    'PRIMARY_URL',
    'REDIS_URL',
  ]);
});

it.each<[NodeJS.ProcessEnv, string, RegExp]>([
  [{ ADMIN_TOKEN: 'short' }, 'ADMIN_TOKEN', /could be guessed/],
  [{ NODE_ENV: 'production' }, 'ADMIN_TOKEN', /refuses every purge, reload and order/],
  [{ ...AWAY, REDIS_URL, PRIMARY_URL }, 'PRIMARY_REDIS_URL', /taken for the primary/],
  [{ MUTATIONS: 'fly-replay' }, 'MUTATIONS', /not Fly/],
  [{ JWT_SECRET: 'x'.repeat(32) }, 'JWT_SECRET', /not used/],
  [{ JWKS_URL: 'https://a', SESSION: 'cookie:sid' }, 'JWKS_URL', /not used/],
  [{ JWT_AUDIENCE: 'shop', SESSION: 'cookie:sid' }, 'JWT_AUDIENCE', /not used/],
  [{ SESSION: 'jwt:sub', JWT_SECRET: 'x'.repeat(32) }, 'SESSION', /same `sub`.*fewer rights/],
  [{ CORS_ORIGINS: '*', SESSION: 'cookie:sid' }, 'CORS_ORIGINS', /browsers send no cookies/],
  [{ UPSTREAM_HEADERS: 'Authorization: b' }, 'UPSTREAM_HEADERS', /\(authorization\).*act as its owner/],
  [{ UPSTREAM_HEADERS: '{"Cookie": "sid=b"}' }, 'UPSTREAM_HEADERS', /\(cookie\)/],
  [{ UPSTREAM_HEADERS: 'x-api-key: b' }, 'UPSTREAM_HEADERS', /\(x-api-key\)/],
  [
    { UPSTREAM_HEADERS: 'x-tenant: a\nx-hasura-admin-secret: b\nx-auth-token: c' },
    'UPSTREAM_HEADERS',
    /\(x-hasura-admin-secret, x-auth-token\)/,
  ],
  [{ SCHEMA_HEADERS: 'authorization: b' }, 'SCHEMA_HEADERS', /without UPSTREAM_URL/],
  [{ FORWARD_HEADERS: 'x-a, traceparent' }, 'FORWARD_HEADERS', /names traceparent, which PASS_HEADERS/],
  [{ UPSTREAM_WS_URL: 'wss://a/graphql' }, 'UPSTREAM_WS_URL', /without UPSTREAM_URL/],
  [{ REDIS_URI: REDIS_URL }, 'REDIS_URI', /did you mean REDIS_URL\?/],
  [{ UPSTREAM_ULR: 'https://a' }, 'UPSTREAM_ULR', /did you mean UPSTREAM_URL\?/],
  [{ redis_url: REDIS_URL }, 'redis_url', /did you mean REDIS_URL\?/],
  [{ SHCEMA: 'x' }, 'SHCEMA', /did you mean SCHEMA\?/],
  [{ UPSTRAEM_ULR: 'x' }, 'UPSTRAEM_ULR', /did you mean UPSTREAM_URL\?/],
  [{ OPERATION_LOG: 'ops.jsonl' }, 'OPERATION_LOG_SAMPLE', /no operation is written down/],
  [{ OPERATION_LOG_SAMPLE: '1' }, 'OPERATION_LOG', /no operation is written down/],
  [{ LOGLEVEL: 'info' }, 'LOGLEVEL', /did you mean LOG_LEVEL\?/],
  [{ LASTMILE_PORT: '1' }, 'LASTMILE_PORT', /did you mean PORT\?/],
  [{ FORWARD_HEADER: 'x' }, 'FORWARD_HEADER', /did you mean FORWARD_HEADERS\?/],
])('warns of %j', (env, variable, problem) => {
  const { warnings } = readConfig(env);
  expect(warnings.map((warning) => warning.variable)).toEqual([variable]);
  expect(warnings[0]?.problem).toMatch(problem);
});

it.each(['POST', 'HOME', 'REDIS_PASSWORD', 'NODE_ENV', '__proto__', 'constructor', 'LASTMILE_', 'REDIS_UR'])(
  'does not take %s for one of its own, unless it is near',
  (name) => {
    const env = Object.fromEntries([[name, 'x']]);
    expect(readConfig(env).warnings.map(({ variable }) => variable)).toEqual(
      name === 'REDIS_UR' ? [name] : [],
    );
  },
);

it('says that REDIS_TLS is not for a gateway, unless that speaks TLS all the same', () => {
  const warned = (env: NodeJS.ProcessEnv) => readConfig(env).warnings.map(({ variable }) => variable);
  expect(warned({ REDIS_TLS: '1', REDIS_URL: 'redis://a' })).toEqual(['REDIS_TLS']);
  expect(warned({ REDIS_TLS: '1' })).toEqual(['REDIS_TLS']);
  expect(warned({ REDIS_TLS: '0', REDIS_URL: 'redis://a' })).toEqual([]);
  // As `lastmile redis --serve` starts one.
  const beside = { REDIS_TLS: '1', REDIS_URL: 'redis://127.0.0.1', PRIMARY_REDIS_URL: 'rediss://a' };
  expect(warned(beside)).toEqual([]);
});

it('ignores a misspelt variable that is empty', () => {
  expect(readConfig({ REDIS_URI: '' }).warnings).toEqual([]);
});

it("takes a name beside the variable itself for another program's", () => {
  expect(readConfig({ JWKS_URI: 'http://a', JWKS_URL: '' }).warnings).toEqual([]);
});
