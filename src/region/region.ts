import { Leases, type LeaseOutcome } from '../cache/leases';
import { keepIn, strongEtag, within, type CacheKey, type Entry, type LongestTimes } from '../cache/entry';
import { lookup, type Lookup } from '../cache/lookup';
import { MemoryStore } from '../cache/memory-store';
import type { StoreFault } from '../cache/entries-redis';
import { RedisStore } from '../cache/redis-store';
import { createSteadyClock } from './steady-clock';
import type { RedisTrust } from '../config/config';
import type { PurgeKind } from '../purge/log';
import { MemoryLog } from '../purge/memory-log';
import type { Position } from '../purge/position';
import type { Purges, RegionState, StateReason } from '../purge/purges';
import { MergedAppends } from '../purge/merged-appends';
import { RepeatedPurges } from '../purge/repeated-purges';
import { RedisLog } from '../purge/redis-log/redis-log';
import { createPurges } from '../purge/region-purges';
import { SettleWindow } from '../purge/settle-window';
import type { PurgeTable } from '../purge/table';
import type { Tag } from '../purge/tag';
import { LastmileError } from '../report/error';
import type { Health } from '../report/outages';
import type { TookOfRedis } from '../report/redis-places';

/** Where a region keeps what it knows, and how long it may believe it. */
export interface RegionSettings {
  /** undefined: everything in this process's memory */
  readonly redis:
    | {
        /** the log's local copy */
        readonly url: string;
        /** where purges are appended */
        readonly primaryUrl: string;
        /** where entries are kept; undefined: in memory only */
        readonly cacheUrl: string | undefined;
        /** what entries there are sealed with; undefined: they are not */
        readonly entrySecret: string | undefined;
        /** milliseconds any answer waits for it */
        readonly timeoutMs: number;
        /** by what each is known where its URL asks for TLS */
        readonly trust?: RedisTrust | undefined;
      }
    | undefined;
  /** milliseconds after its last proof of freshness during which entries are served */
  readonly freshnessBoundMs: number;
  /** milliseconds between two proofs */
  readonly probeIntervalMs: number;
  /** milliseconds after a database was known during which entries are served; undefined: none has to be known */
  readonly databaseBoundMs?: number | undefined;
  /** milliseconds after a purge during which answers with its tags are not stored */
  readonly settleMs: number;
  /** the time-out of a mutation in milliseconds; it may commit all the same */
  readonly upstreamTimeoutMs: number;
  /** all entries in this process together */
  readonly memoryCacheBytes: number;
  /** larger answers are not stored */
  readonly maxEntryBytes: number;
  /** what bounds the purge log on the primary, and what is known of purges here */
  readonly purgeLog: {
    readonly maxBytes: number;
    /** seconds after which no entry is served any more, stale or not */
    readonly retainSeconds: () => number;
    readonly tableBytes: number;
  };
  /** who of the region's processes asks upstream; undefined: each asks for itself */
  readonly leases?: { readonly leaseMs: number; readonly patienceMs: number } | undefined;
  /** told how each of the three connections fares */
  readonly health?: { readonly copy: Health; readonly primary: Health; readonly entries: Health };
  /** Told for how many milliseconds the machine was suspended, as far as its clocks show it. */
  readonly onSuspended?: (milliseconds: number) => void;
  readonly onState?: (state: RegionState, reason: StateReason) => void;
  /** Told once of gateways of an earlier version on the same log, and once of those of a later one. */
  readonly onOtherVersion?: (warning: LastmileError) => void;
  /** Called for every fault of the entries' Redis, all of which were survived. The error may name a host. */
  readonly onStoreFault?: (fault: StoreFault) => void;
  /** Told of a purge that was made in a trace, once the log has brought it. Must not throw. */
  readonly onTracedPurge?: (trace: string, position: Position) => void;
  /** what is counted here; none of these may throw */
  readonly counted?: RegionCounts;
}

/** What a region tells those who count. */
export interface RegionCounts {
  /** how long a call to Redis took */
  readonly redisTook: TookOfRedis;
  /** how long a purge took from the primary to here */
  readonly purgeArrived: (ms: number) => void;
  /** the outcome of a miss that requested its key's lease */
  readonly leaseFared: (how: LeaseOutcome) => void;
}

/** For so many of upstream's time-outs a mutation that was given up may still commit. */
export const LATE_COMMITS = 10;

const NOTHING = Promise.resolve(undefined);

/** What the region is made of. Everything in it can be held by a test. */
export interface RegionParts {
  readonly purges: Purges;
  /** in-process entries */
  readonly near: MemoryStore;
  /** entries in the region's Redis; undefined without one */
  readonly far: RedisStore | undefined;
  readonly leases: Leases | undefined;
  readonly settleMs: number;
  /** milliseconds for which what a mutation that was given up may have touched is purged again and again */
  readonly repeatForMs: number;
  readonly maxEntryBytes: number;
  /** monotonic milliseconds of this process, with those for which it was suspended; the clock that entries carry in it */
  readonly now: () => number;
}

/** An entry before it has a place: see {@link Region.entryOf}. */
export type EntryDraft = Omit<Entry, 'etag' | 'heldSince' | 'swr' | 'staleIfError'> &
  Partial<Pick<Entry, 'swr' | 'staleIfError'>>;

/**
 * What one process knows of its region: what is remembered, and whether that may still be believed. The gateway and
 * the plugin look up, fill and purge through it alone.
 *
 * An entry leaves it only with a verdict of the purge table, and a store's fault is a miss: nothing here throws but
 * {@link purgeTags}.
 */
export class Region {
  readonly purges: Purges;
  readonly near: MemoryStore;
  readonly far: RedisStore | undefined;
  readonly leases: Leases | undefined;
  readonly maxEntryBytes: number;
  readonly now: () => number;
  /** purges again what mutations without an answer may still commit (P26) */
  readonly repeated: RepeatedPurges;
  /** what mutations purge goes through it */
  readonly merged: MergedAppends;
  readonly #settleWindow: SettleWindow;

  constructor({ purges, near, far, leases, settleMs, repeatForMs, maxEntryBytes, now }: RegionParts) {
    this.purges = purges;
    this.near = near;
    this.far = far;
    this.leases = leases;
    this.maxEntryBytes = maxEntryBytes;
    this.now = now;
    this.merged = new MergedAppends((purges, trace) => this.purges.append(purges, trace));
    this.repeated = new RepeatedPurges({
      append: (all) => purges.append(all),
      forMs: repeatForMs,
      now,
    });
    this.#settleWindow = new SettleWindow(purges.table, settleMs, now);
  }

  get table(): PurgeTable {
    return this.purges.table;
  }

  /** True while entries may be served: a proof of freshness is younger than the bound (P09). */
  get isProven(): boolean {
    return this.isProvenAt(this.now());
  }

  /** The same. @param now monotonic milliseconds, where the caller has just looked */
  isProvenAt(now: number): boolean {
    return this.purges.isProven(now);
  }

  /** The as-of of answers requested now. Read it before asking upstream, never later (P01). */
  asOf(): Position {
    return this.#settleWindow.asOf();
  }

  /** Milliseconds after a purge from which on answers count as asked for after it: see SETTLE_MS. */
  get settledInMs(): number {
    return this.#settleWindow.settledInMs;
  }

  /** What memory says of a key. Nothing is awaited. @param seen see {@link lookup} */
  peek(key: CacheKey, now = this.now(), seen?: Position): Lookup {
    return this.evaluate(this.near.peek(key, now), now, seen);
  }

  /**
   * Looks a key up in the region's Redis. What may be served from it is in memory from then on. Never rejects.
   * @param longest lifetime by its policy: the writer may have given it more
   */
  find(key: CacheKey, longest: LongestTimes, seen?: Position): Promise<Lookup> {
    return (this.far?.get(key) ?? NOTHING).then((entry) => {
      const found = this.evaluate(entry && within(longest, entry), undefined, seen);
      if (found.kind !== 'miss') void this.near.set(found.entry);
      return found;
    });
  }

  /** What is held of a key, in memory or in Redis, before anyone has asked whether it may be served: {@link evaluate} it. */
  async held(key: CacheKey, longest: LongestTimes): Promise<Entry | undefined> {
    const near = this.near.peek(key);
    if (near) return near;
    const entry = await this.far?.get(key);
    return entry && within(longest, entry);
  }

  /** What the purge table and the clock say of an entry. */
  evaluate(entry: Entry | undefined, now = this.now(), seen?: Position): Lookup {
    return lookup(entry, this.table, now, seen);
  }

  /**
   * Makes an entry of an answer.
   * @returns why it may not be stored: it is too large, or was purged while it was on its way (requests that waited
   * for it began before the
   *   purge, but no later request may have it), or was requested before the position that the region can vouch for
   */
  entryOf(draft: EntryDraft): Entry | 'too-large' | 'purged' | 'distrusted' {
    if (draft.body.length > this.maxEntryBytes) return 'too-large';
    const entry: Entry = {
      swr: 0,
      staleIfError: 0,
      ...draft,
      etag: strongEtag(draft.body),
      heldSince: this.now(),
    };
    const found = this.evaluate(entry);
    return found.kind === 'miss' && (found.why === 'purged' || found.why === 'distrusted')
      ? found.why
      : entry;
  }

  /** Keeps an entry in memory and in Redis. No answer waits for a store (P43). @returns whether either keeps it, as far as is known */
  keep(entry: Entry): boolean {
    return keepIn(this.far ? [this.near, this.far] : [this.near], entry);
  }

  /**
   * Purges tags in every region, and resolves with the position of the purge once the primary has acknowledged it.
   * @throws LastmileError PURGE_NOT_ACKNOWLEDGED; the purge is applied here, and retried until it is acknowledged
   */
  purgeTags(tags: Iterable<Tag>, kind: PurgeKind = 'hard'): Promise<Position> {
    return this.purges.append(Array.from(tags, (tag) => ({ tag, kind })));
  }

  /** Appends what was not acknowledged a last time, and ends. */
  async close(): Promise<void> {
    this.repeated.close();
    await Promise.all([this.purges.close(), this.far?.close(), this.near.close()]);
  }
}

/** A region with its stores, purge log, settle window and leases. Nothing is contacted before `purges.start()`. */
export function createRegion(settings: RegionSettings): Region {
  return new Region(wireRegion(settings));
}

/** The one place where the parts of a region are wired. */
export function wireRegion(settings: RegionSettings): RegionParts {
  const { redis, maxEntryBytes, memoryCacheBytes, leases, health, purgeLog, counted } = settings;
  const { onOtherVersion = () => {} } = settings;
  const now = createSteadyClock(settings.onSuspended);
  const far =
    redis?.cacheUrl === undefined
      ? undefined
      : new RedisStore({
          url: redis.cacheUrl,
          trust: redis.trust,
          timeout: redis.timeoutMs,
          maxEntryBytes,
          secret: redis.entrySecret,
          now,
          onFault: settings.onStoreFault ?? (() => {}),
          ...(health && { health: health.entries }),
          ...(counted && { took: counted.redisTook }),
        });
  return {
    purges: createPurges({
      log: redis
        ? new RedisLog({
            url: redis.url,
            primaryUrl: redis.primaryUrl,
            maxBytes: purgeLog.maxBytes,
            retainSeconds: purgeLog.retainSeconds,
            trust: redis.trust,
            ...(health && { copy: health.copy, primary: health.primary }),
            ...(counted && { took: counted.redisTook }),
            onNewer: () => onOtherVersion(new LastmileError('PURGE_LOG_NEWER')),
          })
        : new MemoryLog(),
      now,
      freshnessBoundMs: settings.freshnessBoundMs,
      probeIntervalMs: settings.probeIntervalMs,
      databaseBoundMs: settings.databaseBoundMs,
      tableBytes: purgeLog.tableBytes,
      ...(settings.onState && { onState: settings.onState }),
      ...(settings.onTracedPurge && { onTraced: settings.onTracedPurge }),
      ...(counted && { onArrival: counted.purgeArrived }),
      onOlder: () => onOtherVersion(new LastmileError('PURGE_LOG_OLDER')),
    }),
    near: new MemoryStore({
      maxBytes: Math.max(1, memoryCacheBytes),
      maxEntryBytes: Math.min(maxEntryBytes, memoryCacheBytes),
      now,
    }),
    far,
    leases:
      far &&
      leases &&
      new Leases({ claims: far, ...leases, now, ...(counted && { fared: counted.leaseFared }) }),
    settleMs: settings.settleMs,
    repeatForMs: LATE_COMMITS * settings.upstreamTimeoutMs,
    maxEntryBytes,
    now,
  };
}
