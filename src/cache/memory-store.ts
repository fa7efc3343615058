import { getHeapStatistics } from 'node:v8';
import { LRUCache } from 'lru-cache';
import { lifetime, type CacheKey, type Coding, type Entry, type Store } from './entry';
import { GoneKeys } from './gone-keys';
import { bytesOf, KeptEntry, LONGEST_TEXT } from './kept-entry';

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

/** Entries nobody has asked for a second time are given up first while they take more than this part. */
const NEWCOMERS_PART = 0.2;

/** An entry that takes more than this part is kept in no coding: it would drive out too much, or itself. */
const LARGEST_PART = 0.25;

/**
 * Entries in this process. Nothing here waits.
 *
 * Answers asked for once must not drive out those asked for all the time. So an entry begins among the newcomers, and
 * joins the regulars when it is first found again, or filled again soon after it was given up: in a crowd of what is
 * asked for once, few stay until they are found. When room is needed, newcomers go before regulars unless few are left.
 * Of both the least recently used goes first. (The segmented LRU of Karedla, Love and Wherry, 1994, with the memory for
 * what is gone of Johnson and Shasha's 2Q of the same year.)
 */
export class MemoryStore implements Store {
  readonly #newcomers: LRUCache<CacheKey, KeptEntry>;
  readonly #regulars: LRUCache<CacheKey, KeptEntry>;
  /** newcomers that were given up lately */
  readonly #gone = new GoneKeys();
  readonly #options: MemoryStoreOptions;
  readonly #maxTextBytes: number;
  #textBytes = 0;

  constructor(options: MemoryStoreOptions) {
    this.#options = options;
    this.#maxTextBytes = options.maxTextBytes ?? getHeapStatistics().heap_size_limit / 4;
    const forget = (entry: KeptEntry): void => {
      this.#textBytes -= entry.textBytes;
    };
    const limits = { maxSize: options.maxBytes, sizeCalculation: bytesOf, dispose: forget };
    this.#newcomers = new LRUCache<CacheKey, KeptEntry>(limits);
    this.#regulars = new LRUCache<CacheKey, KeptEntry>(limits);
  }

  /** Bytes kept, as {@link bytesOf} counts them. */
  get bytes(): number {
    return this.#newcomers.calculatedSize + this.#regulars.calculatedSize;
  }

  get size(): number {
    return this.#newcomers.size + this.#regulars.size;
  }

  /** The entry, unless its time is over. Every caller is given the same object. */
  peek(key: CacheKey): Entry | undefined {
    const entry = this.#regulars.get(key) ?? this.#promote(key);
    if (!entry) return undefined;
    if (this.#options.now() - entry.answeredAt < lifetime(entry) * 1000) return entry;
    this.#delete(key);
    return undefined;
  }

  get(key: CacheKey): Promise<Entry | undefined> {
    return Promise.resolve(this.peek(key));
  }

  /** Keeps a compact copy. An entry that is too large still replaces the one before it: that one is out of date. */
  set(entry: Entry): Promise<void> {
    if (entry.body.length > this.#options.maxEntryBytes) this.#delete(entry.key);
    else this.#put(this.#isRegular(entry.key) ? this.#regulars : this.#newcomers, this.#keep(entry));
    return Promise.resolve();
  }

  /**
   * Keeps the body of an entry in a coding beside it, which counts as the entry's own. What is not kept any more is left
   * alone.
   * @param body undefined: it is not worth it
   */
  addCoded(entry: Entry, coding: Coding, body: Buffer | undefined): void {
    const entries = [this.#regulars, this.#newcomers].find((some) => some.peek(entry.key) === entry);
    if (!entries) return;
    const kept = entry as KeptEntry;
    const fits = body !== undefined && bytesOf(kept) + body.length < this.#options.maxBytes * LARGEST_PART;
    entries.delete(kept.key);
    kept.addCoded(coding, fits ? body : null, fits && this.#isText(body.length));
    this.#put(entries, kept);
  }

  close(): Promise<void> {
    this.#newcomers.clear();
    this.#regulars.clear();
    return Promise.resolve();
  }

  #keep(entry: Entry): KeptEntry {
    return new KeptEntry(entry, this.#isText(entry.body.length));
  }

  /** Text lies in the engine's heap, whose limit ends the process. */
  #isText(length: number): boolean {
    return length <= LONGEST_TEXT && this.#textBytes + length <= this.#maxTextBytes;
  }

  #isRegular(key: CacheKey): boolean {
    return this.#regulars.has(key) || (!this.#newcomers.has(key) && this.#gone.has(key));
  }

  #promote(key: CacheKey): KeptEntry | undefined {
    const entry = this.#newcomers.peek(key);
    if (!entry) return undefined;
    this.#newcomers.delete(key);
    this.#put(this.#regulars, entry);
    return entry;
  }

  #put(entries: LRUCache<CacheKey, KeptEntry>, entry: KeptEntry): void {
    entries.set(entry.key, entry);
    // What is larger than all the room there is was not taken.
    if (entries.peek(entry.key) === entry) this.#textBytes += entry.textBytes;
    const { maxBytes } = this.#options;
    while (this.bytes > maxBytes) {
      const spare = this.#newcomers.calculatedSize > maxBytes * NEWCOMERS_PART || this.#regulars.size === 0;
      const gone = (spare ? this.#newcomers : this.#regulars).pop();
      if (spare && gone) this.#gone.add(gone.key);
    }
  }

  #delete(key: CacheKey): void {
    this.#newcomers.delete(key);
    this.#regulars.delete(key);
  }
}
