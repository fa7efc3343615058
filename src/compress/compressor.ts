import type { Coding, Entry } from '../cache/entry';
import { compress } from './coding';

/** Shorter bodies fit into a packet or two as they are. */
export const LEAST_BYTES = 1024;

/** What `Content-Encoding` and the longer ETag take. A body that does not save more is left alone. */
const COST_BYTES = 32;

/** Bodies asked for and not made yet. Beyond them a wish is dropped: the next hit has it again. */
const MOST_WAITING = 256;

export interface CompressorParts {
  /** Keeps the body of an entry in a coding; undefined: it is not worth it, which is to be kept as well. */
  readonly keep: (entry: Entry, coding: Coding, body: Buffer | undefined) => void;
  readonly fault: (error: unknown) => void;
}

interface Wish {
  readonly name: string;
  readonly entry: Entry;
  readonly coding: Coding;
}

/**
 * Compresses bodies behind the back of those who ask for them: one at a time, off the event loop, and after what is being
 * answered has left. Nobody waits for it.
 */
export class Compressor {
  readonly #parts: CompressorParts;
  readonly #wishes: Wish[] = [];
  /** what waits or is being made */
  readonly #names = new Set<string>();
  #isBusy = false;

  constructor(parts: CompressorParts) {
    this.#parts = parts;
  }

  /** Has an entry's body made in a coding, soon. */
  want(entry: Entry, coding: Coding): void {
    const name = `${coding} ${entry.key}`;
    if (this.#names.has(name) || this.#names.size >= MOST_WAITING) return;
    this.#names.add(name);
    this.#wishes.push({ name, entry, coding });
    if (this.#isBusy) return;
    this.#isBusy = true;
    setImmediate(() => void this.#work());
  }

  async #work(): Promise<void> {
    for (let wish = this.#wishes.shift(); wish; wish = this.#wishes.shift()) {
      const { name, entry, coding } = wish;
      try {
        const { body } = entry;
        const made = await compress(coding, body);
        this.#parts.keep(entry, coding, made.length + COST_BYTES < body.length ? made : undefined);
      } catch (error) {
        this.#parts.keep(entry, coding, undefined);
        this.#parts.fault(error);
      }
      this.#names.delete(name);
    }
    this.#isBusy = false;
  }
}
