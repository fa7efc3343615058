/** Entries for tests of stores. */
import { hash } from 'node:crypto';
import type { CacheKey, Entry } from '../../src/cache/entry';
import { positionAt } from '../../src/purge/position';
import type { Tag } from '../../src/purge/tag';

export function cacheKey(name: string): CacheKey {
  return hash('sha256', name, 'base64url') as CacheKey;
}

export function makeEntry(name: string, parts: Partial<Entry> = {}): Entry {
  const body = parts.body ?? Buffer.from(`{"data":{"name":${JSON.stringify(name)}}}`);
  return {
    key: cacheKey(name),
    body,
    etag: `"${hash('sha256', body, 'base64url').slice(0, 27)}"`,
    asOf: positionAt(1_700_000_000_000, 7),
    tags: ['Product:7', '[Product]'] as Tag[],
    answeredAt: performance.now(),
    maxAge: 60,
    swr: 30,
    staleIfError: 0,
    ...parts,
  };
}
