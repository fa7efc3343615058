import type { FlyConfig, RegionConfig } from './config';
import type { Values, VariableName } from './variables';
import type { Problem } from './problem';
import { sessionHeader } from './headers';

/** Where this gateway runs and where mutations run, with what Fly says of it. */
export function regionOf(values: Values): RegionConfig {
  const name = values.REGION ?? values.FLY_REGION ?? 'local';
  const primary = values.PRIMARY_REGION ?? name;
  return {
    name,
    primary,
    isPrimary: name === primary,
    primaryUrl: values.PRIMARY_URL,
    mutations: values.MUTATIONS ?? (flyOf(values) ? 'fly-replay' : 'forward'),
  };
}

/** Undefined away from Fly. */
export function flyOf(values: Values): FlyConfig | undefined {
  const { FLY_REGION: region, FLY_APP_NAME: app, FLY_MACHINE_ID: machine } = values;
  return region === undefined && app === undefined && machine === undefined
    ? undefined
    : { region, app, machine };
}

/** Something that no variable shows by itself. */
export interface ConfigCheck {
  /** The variables it looks at. It is left out when one of them could not be read: that is then the problem. */
  readonly involves: readonly VariableName[];
  readonly find: (values: Values) => Problem | undefined;
}

/** Milliseconds between two records that say what is known of a database: two of them prove something. */
export const KNOWN_INTERVAL_MS = 1_000;

/** What makes a configuration unusable, or untrue, though each variable is well-formed. */
export const CONFIG_CHECKS: readonly ConfigCheck[] = [
  {
    involves: ['PORT', 'ADMIN_PORT'],
    find: ({ PORT, ADMIN_PORT }) =>
      PORT === ADMIN_PORT && PORT !== 0
        ? {
            variable: 'ADMIN_PORT',
            problem: 'It is the same as PORT.',
            remedy: 'Set it to another port, which is not open to the public.',
          }
        : undefined,
  },
  {
    involves: [
      'REGION',
      'FLY_REGION',
      'PRIMARY_REGION',
      'PRIMARY_URL',
      'MUTATIONS',
      'FLY_APP_NAME',
      'FLY_MACHINE_ID',
    ],
    find: (values) => {
      const { isPrimary, name, primary, primaryUrl, mutations } = regionOf(values);
      if (isPrimary || mutations !== 'forward' || primaryUrl !== undefined) return undefined;
      return {
        variable: 'PRIMARY_URL',
        problem: `Mutations are forwarded from region ${name} to ${primary}, and it is not set.`,
        remedy: 'Set it to the GraphQL URL of a gateway in the primary region.',
      };
    },
  },
  {
    involves: ['REGION', 'FLY_REGION', 'PRIMARY_REGION', 'REDIS_URL'],
    find: (values) => {
      const { isPrimary, name, primary } = regionOf(values);
      if (isPrimary || values.REDIS_URL !== undefined) return undefined;
      return {
        variable: 'REDIS_URL',
        problem: `Region ${name} is not the primary region ${primary}, and without Redis no purge would reach it.`,
        remedy: "Set it to this region's replica of the primary's Redis.",
      };
    },
  },
  ...(['CACHE_REDIS_URL', 'PRIMARY_REDIS_URL'] as const).map((variable): ConfigCheck => ({
    involves: [variable, 'REDIS_URL'],
    find: (values) =>
      values[variable] !== undefined && values.REDIS_URL === undefined
        ? {
            variable,
            problem: 'It is set, and REDIS_URL is not: the purge log would be kept in memory.',
            remedy: "Set REDIS_URL to this region's copy of the log.",
          }
        : undefined,
  })),
  {
    involves: ['WORKERS', 'REDIS_URL'],
    find: ({ WORKERS, REDIS_URL }) =>
      WORKERS > 1 && REDIS_URL === undefined
        ? {
            variable: 'WORKERS',
            problem: 'Without Redis a purge made by one process would not reach the others.',
            remedy: 'Set REDIS_URL, or leave WORKERS at 1.',
          }
        : undefined,
  },
  {
    involves: ['TRUSTED_ONLY', 'TRUSTED_DOCUMENTS'],
    find: ({ TRUSTED_ONLY, TRUSTED_DOCUMENTS }) =>
      TRUSTED_ONLY && TRUSTED_DOCUMENTS === undefined
        ? {
            variable: 'TRUSTED_ONLY',
            problem: 'Without TRUSTED_DOCUMENTS every request would be refused.',
            remedy: 'Set TRUSTED_DOCUMENTS to the list, or unset TRUSTED_ONLY.',
          }
        : undefined,
  },
  {
    involves: ['FRESHNESS_BOUND_MS', 'PROBE_INTERVAL_MS'],
    find: ({ FRESHNESS_BOUND_MS, PROBE_INTERVAL_MS }) =>
      FRESHNESS_BOUND_MS <= PROBE_INTERVAL_MS
        ? {
            variable: 'FRESHNESS_BOUND_MS',
            problem: `It is ${FRESHNESS_BOUND_MS}, not more than PROBE_INTERVAL_MS, which is ${PROBE_INTERVAL_MS}: between two proofs nothing could be served from cache.`,
            remedy: 'Set it to a few times PROBE_INTERVAL_MS.',
          }
        : undefined,
  },
  {
    involves: ['SESSION', 'JWT_SECRET', 'JWKS_URL'],
    find: ({ SESSION, JWT_SECRET, JWKS_URL }) =>
      SESSION?.kind === 'jwt' && JWT_SECRET === undefined && JWKS_URL === undefined
        ? {
            variable: 'SESSION',
            problem:
              'A session taken from a JWT has to be verified, and neither JWT_SECRET nor JWKS_URL is set.',
            remedy:
              'Set JWT_SECRET for tokens signed with a shared secret, or JWKS_URL for those signed with a key pair.',
          }
        : undefined,
  },
  {
    involves: ['SHARED_CREDENTIALS', 'SESSION'],
    find: ({ SHARED_CREDENTIALS, SESSION }) =>
      SHARED_CREDENTIALS === 'session' && SESSION === undefined
        ? {
            variable: 'SHARED_CREDENTIALS',
            problem: 'It is `session`, and SESSION does not say what a session is.',
            remedy: 'Set SESSION, or unset it.',
          }
        : undefined,
  },
  {
    involves: ['JWT_SECRET', 'JWKS_URL'],
    find: ({ JWT_SECRET, JWKS_URL }) =>
      JWT_SECRET !== undefined && JWKS_URL !== undefined
        ? {
            variable: 'JWT_SECRET',
            problem: 'It is set, and so is JWKS_URL: it is not clear which is to verify a token.',
            remedy: 'Unset one of them.',
          }
        : undefined,
  },
  {
    involves: ['CDN_TAGS', 'CDN_PURGE_URL', 'CDN_TOKEN'],
    find: ({ CDN_TAGS, CDN_PURGE_URL, CDN_TOKEN }) => {
      if ((CDN_PURGE_URL === undefined) !== (CDN_TOKEN === undefined))
        return {
          variable: CDN_TOKEN === undefined ? 'CDN_TOKEN' : 'CDN_PURGE_URL',
          problem: `It is not set, and ${CDN_TOKEN === undefined ? 'CDN_PURGE_URL' : 'CDN_TOKEN'} is.`,
          remedy: 'Set both, or neither.',
        };
      if (CDN_PURGE_URL === undefined || CDN_TAGS !== undefined) return undefined;
      return {
        variable: 'CDN_TAGS',
        problem: 'It is not set, and CDN_PURGE_URL is: no answer would have what it is purged by.',
        remedy: 'Set it to surrogate-key for Fastly, or to cache-tag for Cloudflare.',
      };
    },
  },
  {
    involves: ['CDN_TAGS', 'TOKEN_COOKIE'],
    find: ({ CDN_TAGS, TOKEN_COOKIE }) =>
      CDN_TAGS !== undefined && TOKEN_COOKIE
        ? {
            variable: 'TOKEN_COOKIE',
            problem: 'With CDN_TAGS it is of no use: a CDN answers from its copies whatever the cookie says.',
            remedy: 'Unset it, and have clients send the token in the header Lastmile-Token.',
          }
        : undefined,
  },
  {
    involves: ['CDN_TAGS', 'VARY', 'CORS_ORIGINS'],
    find: ({ CDN_TAGS, VARY, CORS_ORIGINS }) => {
      const isByOrigin = CORS_ORIGINS !== '*' && CORS_ORIGINS.length > 0;
      if (CDN_TAGS !== 'cache-tag' || (VARY.length === 0 && !isByOrigin)) return undefined;
      return {
        variable: 'CDN_TAGS',
        problem: `It is cache-tag, and ${VARY.length > 0 ? 'VARY' : 'CORS_ORIGINS'} is set: Cloudflare does not look at the header Vary, and would give one client's answer to others.`,
        remedy: 'Unset one of the two; CORS_ORIGINS may be `*`.',
      };
    },
  },
  {
    involves: ['CAPTURE_REQUIRED', 'CAPTURE_BOUND_MS', 'PROBE_INTERVAL_MS'],
    find: ({ CAPTURE_REQUIRED, CAPTURE_BOUND_MS, PROBE_INTERVAL_MS }) =>
      CAPTURE_REQUIRED && CAPTURE_BOUND_MS <= PROBE_INTERVAL_MS + 2 * KNOWN_INTERVAL_MS
        ? {
            variable: 'CAPTURE_BOUND_MS',
            problem: `It is ${CAPTURE_BOUND_MS}, and PROBE_INTERVAL_MS is ${PROBE_INTERVAL_MS}: between two proofs nothing would be served from the cache.`,
            remedy: `Set it to more than PROBE_INTERVAL_MS and ${2 * KNOWN_INTERVAL_MS} together, with the way from the database to the farthest region on top.`,
          }
        : undefined,
  },
  {
    involves: ['CAPTURE_REQUIRED', 'CAPTURE_URL', 'REDIS_URL'],
    find: ({ CAPTURE_REQUIRED, CAPTURE_URL, REDIS_URL }) =>
      CAPTURE_REQUIRED && CAPTURE_URL === undefined && REDIS_URL === undefined
        ? {
            variable: 'CAPTURE_REQUIRED',
            problem:
              'It is 1, and neither CAPTURE_URL nor REDIS_URL is set: nothing would ever be served from the cache.',
            remedy: 'Set CAPTURE_URL, or REDIS_URL to the purge log that `lastmile capture` appends to.',
          }
        : undefined,
  },
  {
    involves: ['UPSTREAM_READ_URL', 'UPSTREAM_URL'],
    find: ({ UPSTREAM_READ_URL, UPSTREAM_URL }) => {
      if (UPSTREAM_READ_URL === undefined) return undefined;
      if (UPSTREAM_URL === undefined)
        return {
          variable: 'UPSTREAM_READ_URL',
          problem:
            'It is set, and UPSTREAM_URL is not: mutations, and what a replica may not answer, would go nowhere.',
          remedy: 'Set UPSTREAM_URL to the API that reads from the primary database.',
        };
      return new URL(UPSTREAM_READ_URL).href === new URL(UPSTREAM_URL).href
        ? {
            variable: 'UPSTREAM_READ_URL',
            problem: 'It is the same as UPSTREAM_URL: each miss would go there twice.',
            remedy:
              'Unset it, or set it to the API of this region, which reads from a replica of the database.',
          }
        : undefined;
    },
  },
  {
    involves: ['UPSTREAM_READ_URL', 'REDIS_URL'],
    find: ({ UPSTREAM_READ_URL, REDIS_URL }) =>
      UPSTREAM_READ_URL !== undefined && REDIS_URL === undefined
        ? {
            variable: 'UPSTREAM_READ_URL',
            problem:
              'It is set, and REDIS_URL is not: the gateway could not know what the replica must have replayed.',
            remedy:
              'Set REDIS_URL to the purge log to which a gateway with CAPTURE_URL, or `lastmile capture`, appends; or unset it.',
          }
        : undefined,
  },
  {
    involves: ['PASS_HEADERS', 'SESSION'],
    find: ({ PASS_HEADERS, SESSION }) => {
      const credentials = new Set(['authorization', 'cookie', ...(SESSION ? [sessionHeader(SESSION)] : [])]);
      const named = PASS_HEADERS.filter((name) => credentials.has(name));
      if (named.length === 0) return undefined;
      return {
        variable: 'PASS_HEADERS',
        problem: `It names headers that identify the client: ${named.join(', ')}. An answer made for one client would be shown to all.`,
        remedy: 'Take it out: credentials are passed wherever the answer is for their owner alone.',
      };
    },
  },
  {
    involves: ['UPSTREAM_HEADERS', 'FORWARD_HEADERS', 'VARY', 'SESSION'],
    find: ({ UPSTREAM_HEADERS = {}, FORWARD_HEADERS, VARY, SESSION }) => {
      const forwarded = new Set([...FORWARD_HEADERS, ...VARY, ...(SESSION ? [sessionHeader(SESSION)] : [])]);
      const both = Object.keys(UPSTREAM_HEADERS).filter((name) => forwarded.has(name));
      if (both.length === 0) return undefined;
      return {
        variable: 'UPSTREAM_HEADERS',
        problem: `It sets what is also forwarded from the client: ${both.join(', ')}.`,
        remedy:
          'Take the header out of it, or out of FORWARD_HEADERS, VARY or SESSION. If the schema alone is to be read with it, move it to SCHEMA_HEADERS.',
      };
    },
  },
];
