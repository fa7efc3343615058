import { LRUCache } from 'lru-cache';
import type { Tag } from '../purge/tag';
import { lifetime, type CacheKey, type Entry, type Store } from './entry';

export interface MemoryStoreOptions {
  /** of all entries with what they cost beyond their bodies */
  readonly maxBytes: number;
  /** larger bodies are not kept */
  readonly maxEntryBytes: number;
  /** monotonic milliseconds, the clock entries carry */
  readonly now: () => number;
}

/** Entries in this process, the least recently used given up first. Nothing here waits. */
export class MemoryStore implements Store {
  readonly #entries: LRUCache<CacheKey, Entry>;
  readonly #options: MemoryStoreOptions;

  constructor(options: MemoryStoreOptions) {
    this.#options = options;
    this.#entries = new LRUCache<CacheKey, Entry>({ maxSize: options.maxBytes, sizeCalculation: bytesOf });
  }

  /** Bytes kept, as {@link bytesOf} counts them. */
  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry, unless its time is over. Every caller is given the same object. */
  peek(key: CacheKey): Entry | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (this.#options.now() - entry.answeredAt < lifetime(entry) * 1000) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  get(key: CacheKey): Promise<Entry | undefined> {
    return Promise.resolve(this.peek(key));
  }

  /** Keeps a compact copy. An entry that is too large still replaces the one before it: that one is out of date. */
  set(entry: Entry): Promise<void> {
    if (entry.body.length > this.#options.maxEntryBytes) this.#entries.delete(entry.key);
    else this.#entries.set(entry.key, compact(entry));
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#entries.clear();
    return Promise.resolve();
  }
}

/**
 * An entry beyond its body and tags, measured: 610 for the objects, its key and etag, and its place in the map and the
 * list, and 140 that the allocator and the engine spend outside their heap on a body of its own.
 */
const ENTRY_BYTES = 750;
/** A tag beyond its characters. Measured. */
const TAG_BYTES = 28;

/** What an entry costs in this process, to within a few per cent (see the test). */
export function bytesOf(entry: Entry): number {
  let bytes = entry.body.length + ENTRY_BYTES;
  for (const tag of entry.tags) bytes += tag.length + TAG_BYTES;
  return bytes;
}

/**
 * The same entry in as little memory as it can have. A body is often a view of a slab that is shared with others, or of
 * a whole network read: kept for an hour, it would keep all of that. Strings made by joining and cutting keep their
 * parts, and arrays that grew keep room to grow: a trip through JSON or UTF-8 leaves the text alone.
 */
function compact(entry: Entry): Entry {
  const { key, body, asOf, answeredAt, maxAge, swr, staleIfError, checkedAt } = entry;
  const own = body.buffer.byteLength === body.length ? body : Buffer.allocUnsafeSlow(body.length);
  if (own !== body) own.set(body);
  const etag = Buffer.from(entry.etag).toString();
  const tags = JSON.parse(JSON.stringify(entry.tags)) as Tag[];
  // Written out, so that every entry has its fields in the same order and the engine sees one shape.
  return { key, body: own, etag, asOf, tags, answeredAt, maxAge, swr, staleIfError, checkedAt };
}
