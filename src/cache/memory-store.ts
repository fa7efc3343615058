import { fnv1a } from '../purge/packed-tags';
import { type CacheKey, lifetime, type Coding, type Entry, type Store } from './entry';
import { getHeapStatistics } from 'node:v8';
import { bytesOf, CompactEntry, LONGEST_TEXT, LruList } from './compact-entry';

/** A power of two; 256 KiB. */
const SLOTS = 2 ** 16;

/**
 * Remembers which keys were given up lately, without keeping them: one number for each, in a table of fixed size where
 * the later takes the place of the earlier. It may forget, and takes a key for another once in four thousand million.
 */
export class GhostKeys {
  readonly #hashes = new Uint32Array(SLOTS);

  add(key: CacheKey): void {
    const hash = slotHash(key);
    this.#hashes[hash % SLOTS] = hash;
  }

  has(key: CacheKey): boolean {
    const hash = slotHash(key);
    return this.#hashes[hash % SLOTS] === hash;
  }
}

/** Never 0, which is an empty slot. */
function slotHash(key: CacheKey): number {
  return fnv1a(key) >>> 0 || 1;
}

export interface MemoryStoreOptions {
  /** of all entries with what they cost beyond their bodies */
  readonly maxBytes: number;
  /** larger bodies are not kept */
  readonly maxEntryBytes: number;
  /** monotonic milliseconds, the clock entries carry */
  readonly now: () => number;
  /** Bytes of bodies kept as text, which lies in the engine's heap; default a quarter of the largest heap. */
  readonly maxTextBytes?: number;
}

const KEPT = Promise.resolve();

/** Entries that were not requested a second time are evicted first while they take more than this share. */
const NEWCOMERS_PART = 0.2;

/** An entry that takes more than this part is kept in no coding: it would drive out too much, or itself. */
const LARGEST_PART = 0.25;

/**
 * Entries in this process. Everything here is synchronous.
 *
 * Answers requested once must not evict those requested all the time. So an entry begins among the newcomers, and
 * joins the regulars when it is found again, or is filled again soon after its eviction: in a crowd of answers
 * requested once, few stay until they are found. When room is needed, newcomers go before regulars unless few are
 * left. In both groups the least recently used goes first. (The segmented LRU of Karedla, Love and Wherry, 1994,
 * with the memory of evicted keys of Johnson and Shasha's 2Q of the same year.)
 */
export class MemoryStore implements Store {
  readonly #entries = new Map<CacheKey, CompactEntry>();
  readonly #newcomers = new LruList();
  readonly #regulars = new LruList();
  /** newcomers that were given up lately */
  readonly #ghosts = new GhostKeys();
  readonly #options: MemoryStoreOptions;
  readonly #maxTextBytes: number;
  #textBytes = 0;

  constructor(options: MemoryStoreOptions) {
    this.#options = options;
    this.#maxTextBytes = options.maxTextBytes ?? getHeapStatistics().heap_size_limit / 4;
  }

  /** Bytes kept, as {@link bytesOf} counts them. */
  get bytes(): number {
    return this.#newcomers.bytes + this.#regulars.bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** All entries, in no order; meanwhile entries may come and go. Iterating does not count as use. */
  entries(): IterableIterator<CompactEntry> {
    return this.#entries.values();
  }

  /** The stored entry, whatever its age; this does not count as a request. */
  look(key: CacheKey): CompactEntry | undefined {
    return this.#entries.get(key);
  }

  /** The entry, unless its time is over. Every caller is given the same object. @param now where the caller has just looked */
  peek(key: CacheKey, now = this.#options.now()): Entry | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (now - entry.answeredAt >= lifetime(entry) * 1000) {
      this.#giveUp(entry);
      return undefined;
    }
    entry.asks++;
    if (entry.order === this.#regulars) {
      this.#regulars.use(entry);
    } else {
      this.#newcomers.remove(entry);
      this.#regulars.add(entry);
    }
    return entry;
  }

  get(key: CacheKey): Promise<Entry | undefined> {
    return Promise.resolve(this.peek(key));
  }

  /** Keeps a compact copy. An entry that is too large still replaces the one before it: that one is out of date. */
  set(entry: Entry): Promise<void> | undefined {
    const { key, body } = entry;
    const before = this.#entries.get(key);
    const order = before?.order;
    if (before) this.#giveUp(before);
    if (body.length <= this.#options.maxEntryBytes) {
      const isRegular = before ? order === this.#regulars : this.#ghosts.has(key);
      const kept = new CompactEntry(entry, this.#isText(body.length));
      kept.asks = before?.asks ?? 0;
      this.#put(kept, isRegular ? this.#regulars : this.#newcomers);
    }
    return this.#entries.has(key) ? KEPT : undefined;
  }

  /**
   * Keeps the body of an entry in a coding beside it, which counts as the entry's own. What is not kept any more is left
   * alone.
   * @param body undefined: it is not worth it
   */
  addCoded(entry: Entry, coding: Coding, body: Buffer | undefined): void {
    const kept = this.#entries.get(entry.key);
    if (!kept?.order || kept !== entry) return;
    const { order } = kept;
    const fits = body !== undefined && bytesOf(kept) + body.length < this.#options.maxBytes * LARGEST_PART;
    const asText = fits && this.#isText(body.length);
    this.#giveUp(kept);
    kept.addCoded(coding, fits ? body : null, asText);
    this.#put(kept, order);
  }

  close(): Promise<void> {
    for (const entry of this.#entries.values()) this.#giveUp(entry);
    return Promise.resolve();
  }

  /** Text lies in the engine's heap, whose limit ends the process. */
  #isText(length: number): boolean {
    return length <= LONGEST_TEXT && this.#textBytes + length <= this.#maxTextBytes;
  }

  #put(entry: CompactEntry, order: LruList): void {
    const { maxBytes } = this.#options;
    // It would drive out everything else, and then itself.
    if (bytesOf(entry) > maxBytes) return;
    this.#entries.set(entry.key, entry);
    this.#textBytes += entry.textBytes;
    order.add(entry);
    while (this.bytes > maxBytes) {
      const spare = this.#newcomers.bytes > maxBytes * NEWCOMERS_PART || this.#regulars.size === 0;
      const { oldest } = spare ? this.#newcomers : this.#regulars;
      if (!oldest) return;
      this.#giveUp(oldest);
      if (spare) this.#ghosts.add(oldest.key);
    }
  }

  #giveUp(entry: CompactEntry): void {
    entry.order?.remove(entry);
    this.#entries.delete(entry.key);
    this.#textBytes -= entry.textBytes;
  }
}
