import type { CacheKey } from './entry';

/** A power of two; 256 KiB. */
const SLOTS = 2 ** 16;

/**
 * Remembers which keys were given up lately, without keeping them: one number for each, in a table of fixed size where
 * the later takes the place of the earlier. It may forget, and takes a key for another once in four thousand million.
 */
export class GoneKeys {
  readonly #marks = new Uint32Array(SLOTS);

  add(key: CacheKey): void {
    const mark = markOf(key);
    this.#marks[mark % SLOTS] = mark;
  }

  has(key: CacheKey): boolean {
    const mark = markOf(key);
    return this.#marks[mark % SLOTS] === mark;
  }
}

/** FNV-1a; never 0, which is an empty slot. */
function markOf(key: string): number {
  let mark = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) mark = Math.imul(mark ^ key.charCodeAt(index), 0x01000193);
  return mark >>> 0 || 1;
}
