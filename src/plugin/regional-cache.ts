import { hash } from 'node:crypto';
import type { Cache, CacheEntityRecord } from '@envelop/response-cache';
import type { CacheKey, Entry } from '../cache/entry';
import type { Position } from '../purge/position';
import { LOG_PROTOCOL, type Purge } from '../purge/log';
import { entityTag, listTag, typeTag, type Tag } from '../purge/tag';
import { resultOf, statusAndCookies } from './queries';
import type { PluginRegion } from './region';

export interface RegionalCacheOptions {
  readonly region: PluginRegion;
  /**
   * Part of every key: change it whenever the schema or what answers depend on changes, because the stock plugin's keys
   * say nothing of either (P16). Default: the empty text.
   */
  readonly version?: string;
  /**
   * Whether an entity that a mutation returned also purges the lists of its type, and so every answer that holds any
   * entity of the type, as the stock plugin does not say which of them are lists. False: as in the stock plugin, where a
   * new entity purges no list. Default: true.
   */
  readonly lists?: boolean;
}

/**
 * A region's entries and its purge log as the `cache` of @envelop/response-cache: given to the stock plugin, its answers
 * are kept in the region's Redis, and its mutations purge in every region.
 *
 *   useResponseCache({ session, cache: createRegionalCache({ region }) })
 *
 * It is a function of the GraphQL context, which the plugin calls once for each request: an answer is as of the position
 * its region had when the same request looked for it and missed, and an answer without such a lookup is not kept (P01).
 *
 * What cannot be promised behind that interface, and is with `useLastmile`:
 * - the plugin does not await `invalidate`, so a mutation may be answered before its purge is acknowledged (P05), and a
 *   client that reads at once in another region may not see its own write (P07); nor is it told when a purge failed: see
 *   the region's `onFault`;
 * - its look for PRIVATE goes by the names in the answer, so an alias hides a private field: give every request that may
 *   see private fields a session (P30, P31);
 * - what its collector misses is not purged: objects whose id was left out by a directive or whose type has none, lists and
 *   nulls under `useResponseCache`'s rules, and answers in which a client's alias posed as a type (P17 to P20, P35);
 * - it keeps the session in its own hash alone, so a mutation leaves its session's other answers alone (P36);
 * - equal misses are not joined (P42), and keys hold neither schema nor headers (P16, P34): see `version`.
 */
export function createRegionalCache({
  region,
  version = '',
  lists = true,
}: RegionalCacheOptions): (context: object) => Cache {
  return () => {
    /** key -> the position when this request missed it */
    const missed = new Map<CacheKey, Position>();
    return {
      async get(id) {
        // Switched off: nothing is looked up, and so nothing is kept.
        if (!region.purges.cacheSwitch.current.serve) return undefined;
        const key = regionalKeyOf(version, id);
        const entry = await find(region, key);
        if (entry) return resultOf(entry);
        missed.set(key, region.asOf());
        return undefined;
      },
      set(id, result, entities, ttl) {
        const key = regionalKeyOf(version, id);
        const asOf = missed.get(key);
        // The stock plugin's default TTL is Infinity.
        const maxAge = Math.min(ttl / 1000, region.maxAgeLimit);
        const { saysOk, setsCookie } = statusAndCookies(result);
        if (!asOf || !(maxAge > 0) || !saysOk || setsCookie) return;
        const body = Buffer.from(JSON.stringify({ data: result.data }));
        const tags = [...tagsOf(entities, lists)];
        const entry = region.entryOf({ key, body, asOf, tags, answeredAt: region.now(), maxAge });
        if (typeof entry !== 'string') region.keep(entry);
      },
      invalidate(entities) {
        const purges = [...purgedTagsOf(entities, lists)].map((tag): Purge => ({ tag, kind: 'hard' }));
        if (purges.length === 0) return;
        // Here it counts at once: who reads next from this process sees the change. The plugin awaits nothing and catches
        // nothing: a rejection would end the process. It is being retried.
        region.purges.append(purges).catch(region.fault);
      },
    };
  };
}

/** Session and variables are in the plugin's own hash. */
function regionalKeyOf(version: string, id: string): CacheKey {
  return hash('sha256', JSON.stringify(['regional', LOG_PROTOCOL, version, id]), 'base64url') as CacheKey;
}

async function find(region: PluginRegion, key: CacheKey): Promise<Entry | undefined> {
  if (!region.isProven) return undefined;
  const near = region.peek(key);
  if (near.kind === 'fresh') return near.entry;
  const { maxAgeLimit } = region;
  const far = await region.find(key, { maxAge: maxAgeLimit, staleUntil: maxAgeLimit, staleIfError: 0 });
  return far.kind === 'fresh' ? far.entry : undefined;
}

/** Where the plugin names a type without an id, the answer has a null or an empty list of it. */
function tagsOf(entities: Iterable<CacheEntityRecord>, lists: boolean): Set<Tag> {
  const tags = new Set<Tag>();
  for (const { typename, id } of entities) {
    tags.add(typeTag(typename));
    if (lists || id === undefined) tags.add(listTag(typename));
    if (id !== undefined) tags.add(entityTag(typename, id));
  }
  return tags;
}

function purgedTagsOf(entities: Iterable<CacheEntityRecord>, lists: boolean): Set<Tag> {
  const tags = new Set<Tag>();
  for (const { typename, id } of entities) {
    tags.add(id === undefined ? typeTag(typename) : entityTag(typename, id));
    if (lists || id === undefined) tags.add(listTag(typename));
  }
  return tags;
}
