import type { Origins } from './readers';
import type { Problem } from './problem';
import { isSentinelUrl, readSentinelUrl } from './redis-url';
import type { JwtClaims } from './headers';

/** Where secrets are found that gateways share. */
export interface SecretsOfGateways {
  readonly redis: Pick<RedisConfig, 'primaryUrl' | 'cacheUrl'> | undefined;
  readonly admin: Pick<Config['admin'], 'token'>;
}

/**
 * What the gateways of all regions share and no other party knows: the password of the primary Redis, on which each of
 * them appends its purges; else ADMIN_TOKEN.
 * @returns undefined where there is neither
 */
export function gatewaySecret({
  redis,
  admin,
}: Pick<SecretsOfGateways, 'admin'> & {
  readonly redis: Pick<RedisConfig, 'primaryUrl'> | undefined;
}): string | undefined {
  return passwordIn(redis?.primaryUrl) ?? admin.token;
}

/**
 * What entries in the region's Redis are sealed with: the first of what gateways share that is not the password of the account
 * that writes them, because entries could be forged with that. Where there is nothing else, that password: then those are
 * kept out who can write there without it.
 * @returns undefined where there is nothing; `isApart` where it is not that password
 */
export function entrySecret({
  redis,
  admin,
}: SecretsOfGateways): { readonly secret: string; readonly isApart: boolean } | undefined {
  if (!redis) return undefined;
  const shared = [passwordIn(redis.primaryUrl), admin.token].filter((each) => each !== undefined);
  const own = passwordIn(redis.cacheUrl);
  const secret = shared.find((each) => each !== own) ?? shared[0];
  return secret === undefined ? undefined : { secret, isApart: secret !== own };
}

/** As it is written there, percent-encoded. */
function passwordIn(url = 'redis:'): string | undefined {
  if (isSentinelUrl(url)) return readSentinelUrl(url)?.encodedPassword;
  return new URL(url).password || undefined;
}

/** How the gateway is to run: everything it takes from its environment, checked. Made by `readConfig` only. */
export interface Config {
  /** NODE_ENV is `production` */
  readonly isProduction: boolean;
  readonly http: {
    /** 0: any free port */
    readonly port: number;
    /** undefined: all addresses */
    readonly host: string | undefined;
    /** processes sharing the port */
    readonly workers: number;
    /** milliseconds requests may take to finish after SIGTERM */
    readonly drainMs: number;
    /** milliseconds after SIGTERM in which requests are still taken */
    readonly drainDelayMs: number;
    /** milliseconds a connection may be idle */
    readonly keepAliveMs: number;
    /** whether `Lastmile-Debug: 1` is honoured from any client */
    readonly debugHeaders: boolean;
    /** whether browsers are shown GraphiQL */
    readonly graphiql: boolean;
    /** whether hits leave compressed for clients that accept it */
    readonly compress: boolean;
    /** whose pages may read answers; empty: only those of the gateway's own origin */
    /** whether the example API is served where there is no upstream */
    readonly example: boolean;
    readonly corsOrigins: Origins;
  };
  readonly admin: {
    /** 0: any free port */
    readonly port: number;
    /** undefined: all addresses */
    readonly host: string | undefined;
    /** undefined: changes are refused except from loopback, and in production from all clients */
    readonly token: string | undefined;
  };
  readonly upstream: {
    /** undefined: the example API in process */
    readonly url: string | undefined;
    /** where subscriptions go by WebSocket; undefined: it is found out whether they do */
    readonly socketUrl: string | undefined;
    /** the same API where it reads from a replica of the database; undefined: there is none */
    readonly replica:
      | {
          readonly url: string;
          /** of its answers the header that says up to where the replica had replayed; lower case */
          readonly positionHeader: string;
        }
      | undefined;
    /** paths and patterns of SDL files; undefined when SCHEMA is not set */
    readonly schema: readonly string[] | undefined;
    /** milliseconds between two looks at an introspected schema; 0: it is read once */
    readonly schemaRefreshMs: number;
    /** milliseconds */
    readonly timeoutMs: number;
    /** how often a query, never a mutation, is sent again */
    readonly retries: number;
    /** headers of the gateway's own for every upstream request, lower-case names; secrets */
    readonly headers: Readonly<Record<string, string>>;
    /** headers that are sent with introspection alone, lower-case names; secrets */
    readonly schemaHeaders: Readonly<Record<string, string>>;
    /** FORWARD_HEADERS as listed, lower-case names: without those of VARY and the session, which are forwarded too */
    readonly forwardHeaders: readonly string[];
    /** PASS_HEADERS, lower-case names: without what UPSTREAM_HEADERS, VARY or FORWARD_HEADERS say something else of */
    readonly passHeaders: readonly string[];
    /** upstream's response headers for the client that caused the call, lower-case names; of those that end in `*` all that begin so */
    readonly responseHeaders: readonly string[];
    /** URL parameters that are neither passed nor part of the key; of those that end in `*` all that begin so */
    readonly ignoreParams: readonly string[];
  };
  readonly region: RegionConfig;
  readonly redis: RedisConfig | undefined;
  readonly policy: {
    /** seconds, for root fields that say nothing */
    readonly defaultMaxAge: number;
    /** seconds an answer is served at most, its stale time included */
    readonly maxAgeLimit: number;
    /** request headers that are part of the key and forwarded, lower-case names */
    readonly vary: readonly string[];
    /** seconds past maxAge an entry may be served when upstream fails; 0: not at all */
    readonly staleIfError: number;
    /** `auto`: upstream's Cache-Control and hints can shorten and forbid, unless it says the same of every answer */
    readonly upstreamCacheControl: 'auto' | 'obey' | 'ignore';
    /** names of upstream's extensions that are kept with an answer and replayed with it */
    readonly storeExtensions: readonly string[];
    /** milliseconds after a purge during which answers with its tags are not stored */
    readonly settleMs: number;
    /** what is purged for a mutation of which nothing tells what it changes */
    readonly unknownMutations: 'warn' | 'all';
    /** codes of upstream's errors that say that a mutation did not run */
    readonly refusedCodes: readonly string[];
    /** what is declared PUBLIC is fetched with a session's credentials, and shown to all sessions */
    readonly sharesAmongSessions: boolean;
  };
  /** what entries do not depend on: see the digest of the configuration */
  readonly cache: {
    /** names of operations, with `*`, that are never answered from the cache */
    readonly without: readonly string[];
    /** which part of the hits is compared with upstream's answer of now */
    readonly verifySample: number;
    /** whether answers are cut into parts */
    readonly inParts: boolean;
  };
  /** undefined: nothing identifies a session, so no private answer is stored */
  readonly session: SessionConfig | undefined;
  readonly freshness: {
    /** milliseconds after the last proof during which entries are served */
    readonly boundMs: number;
    /** milliseconds */
    readonly probeIntervalMs: number;
    /** milliseconds a request with a token waits for the region to reach it */
    readonly tokenWaitMs: number;
    /** whether the token is also set as a cookie */
    readonly tokenCookie: boolean;
  };
  readonly capture: CaptureConfig;
  /** undefined: nothing is filled before it is asked for */
  readonly warm: WarmConfig | undefined;
  /** undefined: no CDN in front keeps answers */
  readonly cdn: CdnConfig | undefined;
  readonly documents: {
    /** path of the list of trusted documents */
    readonly trusted: string | undefined;
    /** refuse all others */
    readonly trustedOnly: boolean;
  };
  readonly limits: {
    readonly maxBodyBytes: number;
    /** 0: no files are taken */
    readonly maxUploadBytes: number;
    /** in the variables and extensions of a request */
    readonly maxValues: number;
    /** of one process */
    readonly maxInFlight: number;
    /** WebSockets of one process */
    readonly maxSockets: number;
    /** on each of them */
    readonly maxSocketOperations: number;
    readonly maxEntryBytes: number;
    /** of upstream, decompressed */
    readonly maxAnswerBytes: number;
    /** all entries of the process together; 0: none are kept in process */
    readonly memoryCacheBytes: number;
    /** of the purge log in each Redis */
    readonly purgeLogBytes: number;
    /** of what a process knows of purges */
    readonly purgeTableBytes: number;
    /** milliseconds other processes leave a miss to the one that asks upstream; 0: not at all */
    readonly leaseMs: number;
    /** of one answer */
    readonly maxParts: number;
    readonly maxDepth: number;
    readonly maxListDepth: number;
    /** each counted wherever a fragment brings it */
    readonly maxFields: number;
    readonly maxAliases: number;
    readonly maxDirectives: number;
    readonly maxTokens: number;
    /** whether clients may ask for the schema */
    readonly introspection: boolean;
  };
  readonly log: {
    readonly level: LogLevel;
    /** a line for each request */
    readonly access: boolean;
    /** undefined: operations are not written down */
    readonly operations: OperationLogConfig | undefined;
  };
  /** undefined: nothing is traced */
  readonly traces: TracesConfig | undefined;
  /** undefined: not on Fly */
  readonly fly: FlyConfig | undefined;
  /** what is allowed, and probably not meant */
  readonly warnings: readonly Problem[];
}

/** Where traces are sent, and which. */
export interface TracesConfig {
  /** of a collector that speaks OTLP/HTTP, without `/v1/traces` */
  readonly endpoint: string;
  /** which part of the requests is traced whose clients do not say */
  readonly sample: number;
  readonly serviceName: string;
}

export interface OperationLogConfig {
  readonly path: string;
  /** which part of the queries is written down: more than 0, at most 1 */
  readonly sample: number;
  /** whether variables' values are written down too */
  readonly variables: boolean;
  readonly maxBytes: number;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface RegionConfig {
  readonly name: string;
  /** the region where mutations run */
  readonly primary: string;
  readonly isPrimary: boolean;
  /** GraphQL URL of the primary region's gateway */
  readonly primaryUrl: string | undefined;
  /** how a mutation reaches the primary region; unused within it */
  readonly mutations: 'forward' | 'fly-replay';
}

/** URLs may hold passwords. */
export interface RedisConfig {
  /** the region's copy of the log */
  readonly url: string;
  /** where entries are kept: often the same */
  readonly cacheUrl: string;
  /** where purges are appended: in a region of one Redis the same */
  readonly primaryUrl: string;
  /** milliseconds */
  readonly timeoutMs: number;
  readonly trust: RedisTrust;
}

/** By what a Redis is known that is reached by TLS. */
export interface RedisTrust {
  /** certificates of authorities, PEM; undefined: those that Node trusts */
  readonly ca: string | undefined;
  /** the name that its certificate may have in place of the host's */
  readonly name: string;
}

/** What identifies a session. */
export type SessionConfig =
  | { readonly kind: 'header'; /** in lower case */ readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string }
  | {
      readonly kind: 'jwt';
      readonly claims: JwtClaims;
      readonly keys: JwtKeys;
      /** what a token has to be for (RFC 7519 4.1.3); undefined: anything */
      readonly audience: string | undefined;
      /** who has to have issued it (RFC 7519 4.1.1); undefined: anybody who has the key */
      readonly issuer: string | undefined;
    };

/** What verifies a JWT. */
export type JwtKeys = { readonly secret: string } | { readonly jwksUrl: string };

export interface FlyConfig {
  readonly region: string | undefined;
  readonly app: string | undefined;
  readonly machine: string | undefined;
}

/** Changes read from the log of a database. */
export interface CaptureConfig {
  /** undefined: from none. It may hold a password */
  readonly url: string | undefined;
  readonly slot: string;
  readonly publication: string;
  /** rows of a table in one transaction past which its type is purged instead */
  readonly maxTags: number;
  /** milliseconds after it was known what the database changed during which entries are served; undefined: that is not asked for */
  readonly boundMs: number | undefined;
}

/** How what was hot is filled again. */
export interface WarmConfig {
  /** asks within the window */
  readonly minHits: number;
  /** milliseconds */
  readonly windowMs: number;
  /** of a process */
  readonly concurrency: number;
  /** calls a second for what became cold, of all regions together */
  readonly upstreamPerSecond: number;
  /** milliseconds that a process waits with saying that it is ready, at most, until what was hot is filled */
  readonly startMs: number;
}

/** By which header a CDN in front is told what an answer is purged by. */
export type CdnTags = 'surrogate-key' | 'cache-tag';

export interface CdnConfig {
  readonly tags: CdnTags;
  /** where purges are sent on to; undefined: nowhere */
  readonly purge: { readonly url: string; readonly token: string } | undefined;
}
