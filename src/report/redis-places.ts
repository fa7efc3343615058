import { readSentinelUrl } from '../config/redis-url';
import type { Place } from './outages';

/** What Redis is used for: the region's copy of the log, the entries, the primary. */
export type RedisUse = 'copy' | 'entries' | 'primary';

/** Calls to Redis whose time is counted: for entries and leases in the region's own, to append and to probe on the primary. */
export type RedisCall = 'read' | 'write' | 'lease' | 'append' | 'probe';

/** Told how long a call took, with an answer or without. Must not throw. */
export type TookOfRedis = (call: RedisCall, ms: number) => void;

/**
 * Where each use of Redis finds it. Uses of one address are one place.
 * @param urls of each use, with the variable or option that says it; they may hold passwords, places do not
 */
export function redisPlaces(
  urls: Readonly<Record<RedisUse, { readonly url: string; readonly variable: string }>>,
  help: string,
): Readonly<Record<RedisUse, Place>> {
  const placeOf = (use: RedisUse): Place => {
    const address = addressOf(urls[use].url);
    const there = Object.values(urls).filter(({ url }) => addressOf(url) === address);
    return { name: 'Redis', address, variables: [...new Set(there.map(({ variable }) => variable))], help };
  };
  return { copy: placeOf('copy'), entries: placeOf('entries'), primary: placeOf('primary') };
}

/** Host and port, without anything secret. */
function addressOf(url: string): string {
  const bySentinel = readSentinelUrl(url);
  if (bySentinel) {
    const { name, sentinels } = bySentinel;
    return `${name} of Sentinel at ${sentinels.map(({ host, port }) => `${host}:${port}`).join(', ')}`;
  }
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || 6379}`;
}
