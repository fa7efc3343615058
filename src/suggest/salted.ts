import { createHmac, randomBytes } from 'node:crypto';
import { EVERYTHING, type Tag } from '../purge/tag';

/** Characters of a hash: 72 bits, so that no two of a log's values share one. */
const LENGTH = 12;

/** Hashes whose salt is kept in this process alone and ends with it. */
export class Salted {
  readonly #salt = randomBytes(32);

  hash(text: string | Buffer): string {
    return createHmac('sha256', this.#salt).update(text).digest('base64url').slice(0, LENGTH);
  }

  /** A tag that still says what kind it is and of which type, and hides ids and declared texts. See `purge/tag.ts`. */
  tag(tag: Tag): string {
    if (tag === EVERYTHING || tag.startsWith('[')) return tag;
    if (tag.startsWith('#')) return `#${this.hash(tag.slice(1))}`;
    const colon = tag.indexOf(':');
    return colon < 0 ? tag : `${tag.slice(0, colon)}:${this.hash(tag.slice(colon + 1))}`;
  }
}
