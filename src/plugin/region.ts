import { readTags } from '../answer/expand-tags';
import { entrySecret } from '../config/config';
import { logUrlFault } from '../config/redis-url';
import { REACHING_VARIABLES } from '../config/reaching-variables';
import { createClockName } from '../gateway/token';
import type { Rules } from '../policy/rules';
import { formatPosition } from '../purge/position';
import { sessionTag } from '../purge/tag';
import type { RegionState } from '../purge/purges';
import { Region, wireRegion, type RegionParts } from '../region/region';
import { Outages } from '../report/outages';
import { redisPlaces } from '../report/redis-places';
import type { GraphQLSchema } from 'graphql';

/** Where a region keeps what it knows. Every option has the gateway's default. */
export interface RegionOptions {
  /** this region's Redis: the log's local copy, and entries; default: everything in this process's memory */
  readonly redisUrl?: string;
  /** the primary, where purges are appended; default: `redisUrl` */
  readonly primaryRedisUrl?: string;
  /** where entries are kept; default: `redisUrl` */
  readonly cacheRedisUrl?: string;
  /**
   * What entries in Redis are sealed with, so that who can write there cannot forge them: the same in all processes of the
   * region, and nothing that an account there is opened with. Changing it makes the region cold. Its key is slow to make: some
   * 50 ms when the region is opened. Default: the primary's password; without one entries are not sealed
   */
  readonly entrySecret?: string;
  /**
   * Where a URL is `rediss:`. `ca`: authorities, in PEM; default: those that Node trusts. `name`: what a certificate may be for
   * in place of the URL's host; default `lastmile-redis`.
   */
  readonly redisTls?: { readonly ca?: string; readonly name?: string };
  /** this region's name in `Cache-Status`; default `local` */
  readonly name?: string;
  /** milliseconds after its last proof of freshness during which entries are served; default 5000 */
  readonly freshnessBoundMs?: number;
  /** milliseconds between two proofs; default 1000 */
  readonly probeIntervalMs?: number;
  /** milliseconds after a purge during which answers with its tags are not stored; default 0 */
  readonly settleMs?: number;
  /** milliseconds any answer waits for Redis; default 50 */
  readonly redisTimeoutMs?: number;
  /**
   * milliseconds after which resolvers give up waiting for the servers they call; default 10,000. What a mutation that threw
   * may have touched is purged again and again for ten times as long: such a server may still make the change.
   */
  readonly upstreamTimeoutMs?: number;
  /** all entries in this process together; default 64 MiB */
  readonly memoryCacheBytes?: number;
  /** larger answers are not stored; default 1 MiB */
  readonly maxEntryBytes?: number;
  /** seconds an answer is served at most, whatever is declared: purges are kept for as long; default a day */
  readonly maxAgeLimit?: number;
  /** bytes of the purge log in each Redis; default 64 MiB */
  readonly purgeLogBytes?: number;
  /** bytes of what this process knows of purges; default 128 MiB */
  readonly purgeTableBytes?: number;
  /**
   * Told of what went wrong and was survived, and of a Redis that cannot be used, once for each cause and again each minute;
   * may name a host, so it is for a log only. Must not throw. Default: a Redis that cannot be used is a warning of the process.
   */
  readonly onFault?: (fault: unknown) => void;
}

const MIB = 2 ** 20;
/** seconds */
const DAY = 86_400;

/**
 * A region for the plugins and caches of one process: see {@link Region}. Close it when the server ends.
 */
export class PluginRegion extends Region {
  /** in `Cache-Status` */
  readonly name: string;
  /** the name by which this process finds its own times in a token */
  readonly clock = createClockName();
  readonly fault: (fault: unknown) => void;
  /** seconds */
  readonly maxAgeLimit: number;
  #known: { readonly schema: GraphQLSchema; readonly rules: Rules } | undefined;

  /** Use {@link openRegion}. */
  constructor(parts: RegionParts, { name = 'local', onFault = () => {}, maxAgeLimit = DAY }: RegionOptions) {
    super(parts);
    this.maxAgeLimit = maxAgeLimit;
    this.name = name;
    this.fault = onFault;
  }

  /** `proven` is the state in which entries are served. */
  get state(): RegionState {
    return this.purges.state(this.now());
  }

  /** For the plugin: the schema that says what purging a type means. */
  learn(schema: GraphQLSchema, rules: Rules): void {
    this.#known = { schema, rules };
  }

  /**
   * Purges, in every region: `Product:7` an entity, `[Product]` the lists of a type, `Product` every answer that holds
   * one, anything else a declared tag.
   * @param options.soft answers may still be served stale by gateways while they are revalidated
   * @returns the position of the purge: a token
   * @throws LastmileError PURGE_NOT_ACKNOWLEDGED; it goes on being retried until it is acknowledged
   */
  async purge(tags: readonly string[], options: { readonly soft?: boolean } = {}): Promise<string> {
    const kind = options.soft === true ? 'soft' : 'hard';
    return formatPosition(await this.purgeTags(readTags(tags, this.#known), kind));
  }

  /**
   * Purges the private answers of sessions, in every region.
   * @param sessions as the option `session` of `useLastmile` gives them, and SESSION of a gateway: values of its header or
   *   cookie, or of the first claim of its tokens
   * @returns the position of the purge: a token
   * @throws LastmileError PURGE_NOT_ACKNOWLEDGED; it goes on being retried until it is acknowledged
   */
  async purgeSessions(sessions: readonly string[]): Promise<string> {
    return formatPosition(await this.purgeTags(sessions.map((session) => sessionTag(session))));
  }
}

/**
 * Opens a region and begins to follow its purge log. Does not wait for Redis: until the region is proven, everything is
 * executed as if there were no cache.
 * @throws TypeError for a URL at which no log can be kept
 */
export function openRegion(options: RegionOptions = {}): PluginRegion {
  const { redisUrl, primaryRedisUrl = redisUrl, cacheRedisUrl = redisUrl, onFault = () => {} } = options;
  for (const url of [redisUrl, primaryRedisUrl]) {
    const fault = url === undefined ? undefined : logUrlFault(url);
    if (fault !== undefined) throw new TypeError(`A URL of a Redis cannot be used. ${fault}`);
  }
  const outages = new Outages({
    now: () => performance.now(),
    begun: ({ sentence, remedy }) => {
      const text = `${sentence}. ${remedy}`;
      if (options.onFault) options.onFault(new Error(text));
      else process.emitWarning(text, 'LastmileWarning');
    },
    over: () => {},
  });
  const places = cacheRedisUrl === undefined ? undefined : placesFor(redisUrl ?? cacheRedisUrl, options);
  const parts = wireRegion({
    ...(places && {
      health: {
        copy: outages.health(places.copy, 'copy'),
        primary: outages.health(places.primary, 'primary'),
        entries: outages.health(places.entries, 'entries'),
      },
    }),
    redis:
      redisUrl === undefined
        ? undefined
        : {
            url: redisUrl,
            primaryUrl: primaryRedisUrl ?? redisUrl,
            cacheUrl: cacheRedisUrl,
            entrySecret:
              options.entrySecret ||
              entrySecret({
                redis: { primaryUrl: primaryRedisUrl ?? redisUrl, cacheUrl: cacheRedisUrl ?? redisUrl },
                admin: { token: undefined },
              })?.secret,
            timeoutMs: options.redisTimeoutMs ?? 50,
            trust: {
              ca: options.redisTls?.ca,
              name: options.redisTls?.name ?? REACHING_VARIABLES.REDIS_TLS_NAME.fallback,
            },
          },
    freshnessBoundMs: options.freshnessBoundMs ?? 5000,
    probeIntervalMs: options.probeIntervalMs ?? 1000,
    settleMs: options.settleMs ?? 0,
    upstreamTimeoutMs: options.upstreamTimeoutMs ?? 10_000,
    memoryCacheBytes: options.memoryCacheBytes ?? 64 * MIB,
    maxEntryBytes: options.maxEntryBytes ?? MIB,
    purgeLog: {
      maxBytes: options.purgeLogBytes ?? 64 * MIB,
      tableBytes: options.purgeTableBytes ?? 128 * MIB,
      retainSeconds: () => options.maxAgeLimit ?? DAY,
    },
    onStoreFault: onFault,
    onOtherVersion: onFault,
  });
  const region = new PluginRegion(parts, options);
  // Following never fails: faults are retried, and until then nothing is proven.
  region.purges.start().catch(region.fault);
  return region;
}

function placesFor(
  redisUrl: string,
  { cacheRedisUrl, primaryRedisUrl }: RegionOptions,
): ReturnType<typeof redisPlaces> {
  const named = (url: string | undefined, variable: string) =>
    url === undefined ? { url: redisUrl, variable: 'redisUrl' } : { url, variable };
  return redisPlaces(
    {
      copy: named(undefined, 'redisUrl'),
      entries: named(cacheRedisUrl, 'cacheRedisUrl'),
      primary: named(primaryRedisUrl, 'primaryRedisUrl'),
    },
    'Run `lastmile doctor` with REDIS_URL, CACHE_REDIS_URL and PRIMARY_REDIS_URL set alike: it says more.',
  );
}
