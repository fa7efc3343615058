import type { Position } from '../purge/position';
import type { Tag } from '../purge/tag';
import type { CacheKey, Entry } from './entry';

/** Bodies up to this many bytes are worth keeping as text: node:http writes more than 16 KiB of text by a slower way. */
export const LONGEST_TEXT = 15_000;

/**
 * An entry as this process keeps it, in as little memory as it can have.
 *
 * A small body is text with one character for each byte (Latin-1). It then costs 16 bytes beside itself, where a Buffer
 * of its own costs 350 in three places, and node:http puts it behind the headers and writes both at once, where it
 * writes a Buffer as a second piece: a tenth of what a whole request costs.
 *
 * A body is often a view of a slab that is shared with others, or of a whole network read: kept for an hour, it would
 * keep all of that. Strings made by joining and cutting keep their parts, and arrays that grew keep room to grow. So
 * all of it is copied; a trip through JSON or UTF-8 leaves a text alone.
 */
export class KeptEntry implements Entry {
  readonly key: CacheKey;
  readonly etag: string;
  readonly asOf: Position;
  readonly tags: readonly Tag[];
  readonly answeredAt: number;
  readonly maxAge: number;
  readonly swr: number;
  readonly staleIfError: number;
  /** `body` with one character for each byte; undefined for a body that is kept as a Buffer */
  readonly text: string | undefined;
  readonly #buffer: Buffer | undefined;
  checkedAt: number | undefined;

  /** @param asText whether to keep the body as text */
  constructor(entry: Entry, asText: boolean) {
    this.key = entry.key;
    this.etag = Buffer.from(entry.etag).toString();
    this.asOf = entry.asOf;
    this.tags = JSON.parse(JSON.stringify(entry.tags)) as Tag[];
    this.answeredAt = entry.answeredAt;
    this.maxAge = entry.maxAge;
    this.swr = entry.swr;
    this.staleIfError = entry.staleIfError;
    this.text = asText ? entry.body.toString('latin1') : undefined;
    this.#buffer = asText ? undefined : ownCopy(entry.body);
    this.checkedAt = entry.checkedAt;
  }

  get body(): Buffer {
    return this.#buffer ?? Buffer.from(this.text!, 'latin1');
  }
}

function ownCopy(body: Buffer): Buffer {
  if (body.buffer.byteLength === body.length) return body;
  const own = Buffer.allocUnsafeSlow(body.length);
  own.set(body);
  return own;
}

/** Beyond its body and tags: the object, its key and etag, and its place in the map and the list. Measured. */
const ENTRY_BYTES = 450;
/** What the engine and the allocator spend on a Buffer beyond its bytes. Measured. */
const BUFFER_BYTES = 350;
/** A tag beyond its characters. Measured. */
const TAG_BYTES = 28;

/** What an entry costs in this process, to within a tenth (see the test). */
export function bytesOf(entry: KeptEntry): number {
  let bytes = ENTRY_BYTES + (entry.text === undefined ? entry.body.length + BUFFER_BYTES : entry.text.length);
  for (const tag of entry.tags) bytes += tag.length + TAG_BYTES;
  return bytes;
}
