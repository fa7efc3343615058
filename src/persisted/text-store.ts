import { LRUCache } from 'lru-cache';
import { hashOf, type TextHash } from './persisted-hash';

/** Where the processes of a region keep texts for each other. Never rejects: a fault is nothing found. */
export interface SharedTexts {
  getText(name: string): Promise<string | undefined>;
  /** @param ttl seconds */
  setText(name: string, text: string, ttl: number): Promise<void>;
}

/** Seconds a text is kept in Redis after it was last registered: a client whose text is gone sends it again. */
const TTL = 24 * 60 * 60;

/** Texts by their hash: in this process, bounded in bytes, and in the region's Redis. */
export class TextStore {
  readonly #known: LRUCache<TextHash, string>;
  readonly #shared: SharedTexts | undefined;

  constructor(maxBytes: number, shared: SharedTexts | undefined) {
    this.#known = new LRUCache({ maxSize: maxBytes, sizeCalculation: (text) => 300 + 2 * text.length });
    this.#shared = shared;
  }

  async find(name: TextHash): Promise<string | undefined> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const text = await this.#shared?.getText(name);
    // Whoever can write to Redis must not be able to put other words into a client's mouth.
    if (text === undefined || hashOf(text) !== name) return undefined;
    this.#known.set(name, text);
    return text;
  }

  /** @param text whose hash the name is: the caller has made sure of it */
  keep(name: TextHash, text: string): void {
    if (this.#known.get(name) === text) return;
    this.#known.set(name, text);
    void this.#shared?.setText(name, text, TTL);
  }
}
