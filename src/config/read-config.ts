import { CONFIG_CHECKS, flyOf, regionOf } from './checks';
import type {
  Config,
  JwtKeys,
  OperationLogConfig,
  TracesConfig,
  RedisConfig,
  CdnConfig,
  SessionConfig,
  WarmConfig,
} from './config';
import { findOwnSchema, SCHEMA_FOLDER } from './own-schema';
import { ConfigError, type Problem } from './problem';
import { readValues } from './readers';
import { VARIABLES, type Values } from './variables';
import { findWarnings, isProduction, misspelt } from './warnings';

/**
 * Reads the configuration from the environment. The empty text counts as not set.
 * @param folder where the gateway was started: its `schema` is looked at
 * @param given what is wrong already with where settings come from
 * @throws ConfigError with all problems at once
 */
export function readConfig(
  env: NodeJS.ProcessEnv,
  folder = process.cwd(),
  given: readonly Problem[] = [],
): Config {
  const { values, problems: wrong } = readValues(VARIABLES, env);
  const problems = [...given, ...wrong];
  const unread = new Set(problems.map(({ variable }) => variable));
  for (const { involves, find } of CONFIG_CHECKS) {
    const problem = involves.some((name) => unread.has(name)) ? undefined : find(values);
    if (problem) problems.push(problem);
  }
  // A misspelt name may be the very reason why another variable is missing.
  const said = new Set(problems.map(({ variable }) => variable));
  if (problems.length > 0)
    throw new ConfigError([...problems, ...misspelt(env).filter(({ variable }) => !said.has(variable))]);
  const found = values.UPSTREAM_URL === undefined ? 'nothing' : findOwnSchema(folder);
  const all = { ...values, SCHEMA: values.SCHEMA ?? (found === 'own files' ? OWN_FILES : undefined) };
  const warnings = [...findWarnings(all, env), ...(found === 'the example' ? exampleLeft(all) : [])];
  return configOf(all, warnings, isProduction(env));
}

const OWN_FILES = [`${SCHEMA_FOLDER}/*.graphql`];

/** The example's SDL, whole, would be taken for the schema of whatever is upstream. */
function exampleLeft({ SCHEMA = [] }: Values): Problem[] {
  if (!SCHEMA.some((pattern) => /^(?:\.\/)?schema(?:\/(?:\*\.graphql)?)?$/.test(pattern))) return [];
  return [
    {
      variable: 'SCHEMA',
      problem:
        'It names the schema of the example, and UPSTREAM_URL is set: what the example lacks is refused.',
      remedy: `Replace the files in ${SCHEMA_FOLDER}/ by directives for your API, such as \`extend type Product @cacheControl(maxAge: 300)\`.`,
    },
  ];
}

function configOf(values: Values, warnings: readonly Problem[], isProduction: boolean): Config {
  return {
    isProduction,
    http: {
      port: values.PORT,
      host: values.HOST,
      workers: values.WORKERS,
      drainMs: values.DRAIN_MS,
      drainDelayMs: values.DRAIN_DELAY_MS,
      keepAliveMs: values.KEEP_ALIVE_MS,
      debugHeaders: values.DEBUG_HEADERS,
      graphiql: values.GRAPHIQL ?? !isProduction,
      compress: values.COMPRESS,
      corsOrigins: values.CORS_ORIGINS,
      example: values.EXAMPLE ?? !isProduction,
    },
    admin: {
      port: values.ADMIN_PORT,
      host: values.ADMIN_HOST ?? values.HOST,
      token: values.ADMIN_TOKEN,
    },
    upstream: {
      url: values.UPSTREAM_URL,
      socketUrl: values.UPSTREAM_WS_URL,
      replica:
        values.UPSTREAM_READ_URL === undefined
          ? undefined
          : {
              url: values.UPSTREAM_READ_URL,
              positionHeader: values.UPSTREAM_READ_LSN_HEADER,
            },
      schema: values.SCHEMA,
      schemaRefreshMs: values.SCHEMA_REFRESH_MS,
      timeoutMs: values.UPSTREAM_TIMEOUT_MS,
      retries: values.UPSTREAM_RETRIES,
      headers: values.UPSTREAM_HEADERS ?? {},
      schemaHeaders: values.SCHEMA_HEADERS ?? {},
      forwardHeaders: values.FORWARD_HEADERS,
      passHeaders: passHeadersOf(values),
      responseHeaders: values.RESPONSE_HEADERS,
      ignoreParams: values.IGNORE_PARAMS,
    },
    region: regionOf(values),
    redis: redisOf(values),
    policy: {
      defaultMaxAge: values.DEFAULT_MAX_AGE,
      maxAgeLimit: values.MAX_AGE_LIMIT,
      vary: values.VARY,
      staleIfError: values.STALE_IF_ERROR,
      upstreamCacheControl: values.UPSTREAM_CACHE_CONTROL,
      storeExtensions: values.STORE_EXTENSIONS,
      settleMs: values.SETTLE_MS,
      unknownMutations: values.UNKNOWN_MUTATIONS,
      refusedCodes: values.REFUSED_CODES,
      sharesAmongSessions: values.SHARED_CREDENTIALS === 'session',
    },
    cache: {
      without: values.NO_CACHE_OPERATIONS,
      verifySample: values.VERIFY_SAMPLE,
      inParts: values.PARTS,
    },
    session: sessionOf(values),
    freshness: {
      boundMs: values.FRESHNESS_BOUND_MS,
      probeIntervalMs: values.PROBE_INTERVAL_MS,
      tokenWaitMs: values.TOKEN_WAIT_MS,
      tokenCookie: values.TOKEN_COOKIE,
    },
    capture: {
      url: values.CAPTURE_URL,
      slot: values.CAPTURE_SLOT,
      publication: values.CAPTURE_PUBLICATION,
      maxTags: values.CAPTURE_MAX_TAGS,
      boundMs: values.CAPTURE_REQUIRED ? values.CAPTURE_BOUND_MS : undefined,
    },
    warm: warmOf(values),
    cdn: cdnOf(values),
    documents: { trusted: values.TRUSTED_DOCUMENTS, trustedOnly: values.TRUSTED_ONLY },
    limits: {
      maxBodyBytes: values.MAX_BODY_BYTES,
      maxUploadBytes: values.MAX_UPLOAD_BYTES,
      maxValues: values.MAX_VALUES,
      maxInFlight: values.MAX_IN_FLIGHT,
      maxSockets: values.MAX_SOCKETS,
      maxSocketOperations: values.MAX_SOCKET_OPERATIONS,
      maxEntryBytes: values.MAX_ENTRY_BYTES,
      maxAnswerBytes: values.MAX_ANSWER_BYTES,
      memoryCacheBytes: values.MEMORY_CACHE_BYTES,
      purgeLogBytes: values.PURGE_LOG_BYTES,
      purgeTableBytes: values.PURGE_TABLE_BYTES,
      leaseMs: values.LEASE_MS,
      maxParts: values.MAX_PARTS,
      maxDepth: values.MAX_DEPTH,
      maxListDepth: values.MAX_LIST_DEPTH,
      maxFields: values.MAX_FIELDS,
      maxAliases: values.MAX_ALIASES,
      maxDirectives: values.MAX_DIRECTIVES,
      maxTokens: values.MAX_TOKENS,
      // What upstream shows to some only is not shown to everyone here.
      introspection: values.INTROSPECTION ?? (!isProduction && values.SCHEMA_HEADERS === undefined),
    },
    log: { level: values.LOG_LEVEL, access: values.ACCESS_LOG, operations: operationLogOf(values) },
    traces: tracesOf(values),
    fly: flyOf(values),
    warnings,
  };
}

function passHeadersOf({ PASS_HEADERS, UPSTREAM_HEADERS = {}, VARY, FORWARD_HEADERS }: Values): string[] {
  const others = new Set([...Object.keys(UPSTREAM_HEADERS), ...VARY, ...FORWARD_HEADERS]);
  return PASS_HEADERS.filter((name) => !others.has(name));
}

function tracesOf(values: Values): TracesConfig | undefined {
  const endpoint = values.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return undefined;
  return { endpoint, sample: values.OTEL_TRACES_SAMPLER_ARG, serviceName: values.OTEL_SERVICE_NAME };
}

function operationLogOf(values: Values): OperationLogConfig | undefined {
  const path = values.OPERATION_LOG;
  const sample = values.OPERATION_LOG_SAMPLE;
  if (path === undefined || sample === 0) return undefined;
  return { path, sample, variables: values.OPERATION_LOG_VARIABLES, maxBytes: values.OPERATION_LOG_BYTES };
}

function redisOf(values: Values): RedisConfig | undefined {
  const url = values.REDIS_URL;
  if (url === undefined) return undefined;
  return {
    url,
    cacheUrl: values.CACHE_REDIS_URL ?? url,
    primaryUrl: values.PRIMARY_REDIS_URL ?? url,
    timeoutMs: values.REDIS_TIMEOUT_MS,
    trust: { ca: values.REDIS_TLS_CA, name: values.REDIS_TLS_NAME },
  };
}

function warmOf(values: Values): WarmConfig | undefined {
  if (!values.WARM) return undefined;
  return {
    minHits: values.WARM_MIN_HITS,
    windowMs: values.WARM_WINDOW_MS,
    concurrency: values.WARM_CONCURRENCY,
    upstreamPerSecond: values.WARM_UPSTREAM_RPS,
    startMs: values.WARM_START_MS,
  };
}

function cdnOf(values: Values): CdnConfig | undefined {
  const { CDN_TAGS: tags, CDN_PURGE_URL: url, CDN_TOKEN: token } = values;
  if (tags === undefined) return undefined;
  return { tags, purge: url === undefined || token === undefined ? undefined : { url, token } };
}

function sessionOf(values: Values): SessionConfig | undefined {
  const source = values.SESSION;
  if (source === undefined) return undefined;
  if (source.kind !== 'jwt') return source;
  const keys = jwtKeysOf(values);
  // The checks saw to it that there are some.
  return (
    keys && {
      kind: 'jwt',
      claims: source.claims,
      keys,
      audience: values.JWT_AUDIENCE,
      issuer: values.JWT_ISSUER,
    }
  );
}

function jwtKeysOf({ JWT_SECRET: secret, JWKS_URL: jwksUrl }: Values): JwtKeys | undefined {
  if (secret !== undefined) return { secret };
  return jwksUrl === undefined ? undefined : { jwksUrl };
}
