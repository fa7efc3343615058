import { markOf } from '../purge/mark';
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
    const mark = slotMark(key);
    this.#marks[mark % SLOTS] = mark;
  }

  has(key: CacheKey): boolean {
    const mark = slotMark(key);
    return this.#marks[mark % SLOTS] === mark;
  }
}

/** Never 0, which is an empty slot. */
function slotMark(key: CacheKey): number {
  return markOf(key) >>> 0 || 1;
}
