import type { Position } from '../purge/position';
import type { Tag } from '../purge/tag';
import type { CacheKey, Coding, Entry } from './entry';

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
  readonly heldSince: number | undefined;
  readonly maxAge: number;
  readonly swr: number;
  readonly staleIfError: number;
  /** `body` with one character for each byte; undefined for a body that is kept as a Buffer */
  readonly text: string | undefined;
  readonly #buffer: Buffer | undefined;
  #coded: Partial<Record<Coding, Buffer | string | null>> | undefined;
  checkedAt: number | undefined;

  /** @param asText whether to keep the body as text */
  constructor(entry: Entry, asText: boolean) {
    this.key = entry.key;
    this.etag = Buffer.from(entry.etag).toString();
    this.asOf = entry.asOf;
    this.tags = JSON.parse(JSON.stringify(entry.tags)) as Tag[];
    this.answeredAt = entry.answeredAt;
    this.heldSince = entry.heldSince;
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

  coded(coding: Coding): Buffer | string | null | undefined {
    return this.#coded?.[coding];
  }

  /** Keeps the body in a coding as well, as text or not. @param body null: it is not worth it */
  addCoded(coding: Coding, body: Buffer | null, asText: boolean): void {
    this.#coded ??= {};
    this.#coded[coding] = body && (asText ? body.toString('latin1') : ownCopy(body));
  }

  /** All bytes it keeps as text. */
  get textBytes(): number {
    let bytes = this.text?.length ?? 0;
    for (const body of this.#bodies()) if (typeof body === 'string') bytes += body.length;
    return bytes;
  }

  /** What its bodies take, in whatever coding. */
  get bodyBytes(): number {
    let bytes = this.text?.length ?? this.#buffer!.length + BUFFER_BYTES;
    if (this.#coded) bytes += CODED_BYTES;
    for (const body of this.#bodies())
      bytes += typeof body === 'string' ? body.length + TEXT_BYTES : (body?.length ?? 0) + BUFFER_BYTES;
    return bytes;
  }

  #bodies(): readonly (Buffer | string | null)[] {
    return this.#coded ? Object.values(this.#coded) : NOTHING;
  }
}

const NOTHING: readonly never[] = [];

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
/** What the first coding of a body costs beyond the coded bytes, and each text. Measured. */
const CODED_BYTES = 72;
const TEXT_BYTES = 16;
/** A tag beyond its characters. Measured. */
const TAG_BYTES = 28;

/** What an entry costs in this process, to within a tenth (see the test). */
export function bytesOf(entry: KeptEntry): number {
  let bytes = ENTRY_BYTES + entry.bodyBytes;
  for (const tag of entry.tags) bytes += tag.length + TAG_BYTES;
  return bytes;
}
