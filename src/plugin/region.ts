import type { GraphQLSchema } from 'graphql';
import { expandTags } from '../answer/expand';
import { MemoryStore } from '../cache/memory-store';
import { RedisStore } from '../cache/redis-store';
import type { Store } from '../cache/entry';
import type { Rules } from '../policy/rules';
import { isTypeName } from '../policy/type-shape';
import { MemoryLog } from '../purge/memory-log';
import { formatPosition, type Position } from '../purge/position';
import type { Purges, RegionState } from '../purge/purges';
import { RedisLog } from '../purge/redis-log/redis-log';
import { createPurges } from '../purge/region-purges';
import { SettledPosition } from '../purge/settled-position';
import { parseTag, type Tag } from '../purge/tag';

/** Where a region keeps what it knows. Every option has the gateway's default. */
export interface RegionOptions {
  /** this region's Redis: the log's local copy, and entries; default: everything in this process's memory */
  readonly redisUrl?: string;
  /** the primary, where purges are appended; default: `redisUrl` */
  readonly primaryRedisUrl?: string;
  /** where entries are kept; default: `redisUrl` */
  readonly cacheRedisUrl?: string;
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
  /** all entries in this process together; default 64 MiB */
  readonly memoryCacheBytes?: number;
  /** larger answers are not stored; default 1 MiB */
  readonly maxEntryBytes?: number;
  /** Told of what went wrong and was survived; may name a host, so it is for a log only. Must not throw. */
  readonly onFault?: (fault: unknown) => void;
}

const MIB = 2 ** 20;

/**
 * What one process knows of its region: its entries, and which of them a purge has ended. One for all plugins and caches
 * of a process; close it when the server ends.
 */
export class Region {
  readonly name: string;
  /** in-process entries */
  readonly near: MemoryStore;
  /** entries in the region's Redis; undefined without one */
  readonly far: Store | undefined;
  readonly purges: Purges;
  readonly maxEntryBytes: number;
  /** monotonic milliseconds, the clock that entries carry */
  readonly now: () => number = () => performance.now();
  readonly fault: (fault: unknown) => void;
  readonly #settled: SettledPosition;
  #known: { readonly schema: GraphQLSchema; readonly rules: Rules } | undefined;

  /** Use {@link openRegion}. */
  constructor(options: RegionOptions) {
    const { redisUrl, cacheRedisUrl = redisUrl, primaryRedisUrl, onFault } = options;
    this.name = options.name ?? 'local';
    this.fault = onFault ?? (() => {});
    this.maxEntryBytes = options.maxEntryBytes ?? MIB;
    const { now, maxEntryBytes } = this;
    this.near = new MemoryStore({
      maxBytes: options.memoryCacheBytes ?? 64 * MIB,
      maxEntryBytes: Math.min(maxEntryBytes, options.memoryCacheBytes ?? 64 * MIB),
      now,
    });
    this.far =
      cacheRedisUrl === undefined
        ? undefined
        : new RedisStore({
            url: cacheRedisUrl,
            timeout: options.redisTimeoutMs ?? 50,
            maxEntryBytes,
            now,
            onFault: this.fault,
          });
    this.purges = createPurges({
      log:
        redisUrl === undefined
          ? new MemoryLog()
          : new RedisLog({ url: redisUrl, primaryUrl: primaryRedisUrl ?? redisUrl }),
      now,
      freshnessBoundMs: options.freshnessBoundMs ?? 5000,
      probeIntervalMs: options.probeIntervalMs ?? 1000,
    });
    this.#settled = new SettledPosition(this.purges.table, options.settleMs ?? 0, now);
  }

  /** `proven` is the state in which entries are served. */
  get state(): RegionState {
    return this.purges.state(this.now());
  }

  /** True while entries may be served. */
  get isProven(): boolean {
    return this.purges.isProven(this.now());
  }

  /** The position that answers asked for now are as of. To be taken before they are asked for. */
  asOf(): Position {
    return this.#settled.asOf();
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
    const known = this.#known;
    const isType = (name: string) => known === undefined || isTypeName(known.schema, known.rules, name);
    const parsed = tags.flatMap((text) => parseTag(text, isType) ?? []);
    const all = known ? expandTags(known.schema, known.rules, parsed) : new Set<Tag>(parsed);
    const kind = options.soft === true ? 'soft' : 'hard';
    return formatPosition(await this.purges.append([...all].map((tag) => ({ tag, kind }))));
  }

  /** Appends what was not acknowledged a last time, and ends. */
  async close(): Promise<void> {
    await Promise.all([this.purges.close(), this.far?.close(), this.near.close()]);
  }
}

/**
 * Opens a region and begins to follow its purge log. Does not wait for Redis: until the region is proven, everything is
 * executed as if there were no cache.
 */
export function openRegion(options: RegionOptions = {}): Region {
  const region = new Region(options);
  // Following never fails: faults are retried, and until then nothing is proven.
  region.purges.start().catch(region.fault);
  return region;
}
