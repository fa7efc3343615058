import { packTags, unpackTags, type PackedTags } from '../purge/packed-tags';
import { comparePositions, type Position } from '../purge/position';
import type { Tag } from '../purge/tag';
import type { CacheKey, Coding, Entry } from './entry';

/**
 * Entries in the order of their last use. They are linked through themselves, two fields each: arrays of an order beside
 * them cost 40 bytes an entry, and up to half as much again while they grow.
 */
export class LruList {
  size = 0;
  /** as {@link bytesOf} counts them */
  bytes = 0;
  #oldest: CompactEntry | undefined;
  #newest: CompactEntry | undefined;

  get oldest(): CompactEntry | undefined {
    return this.#oldest;
  }

  /** Adds an entry that is in no order, as used just now. What it takes must not change while it is here. */
  add(entry: CompactEntry): void {
    entry.order = this;
    this.size++;
    this.bytes += bytesOf(entry);
    this.#append(entry);
  }

  /** Notes that an entry which is here was used. */
  use(entry: CompactEntry): void {
    if (entry === this.#newest) return;
    this.#unlink(entry);
    this.#append(entry);
  }

  /** Removes an entry that is here. */
  remove(entry: CompactEntry): void {
    this.#unlink(entry);
    this.size--;
    this.bytes -= bytesOf(entry);
    // A reference to it must not keep its neighbours alive.
    entry.order = entry.older = entry.newer = undefined;
  }

  #append(entry: CompactEntry): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
  }

  #unlink({ older, newer }: CompactEntry): void {
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
  }
}

/** A power of two. */
const SLOTS = 256;

/**
 * Keeps once what many entries have alike. Of fixed size: a value takes the place of another, which is then kept twice
 * when it comes again.
 */
export class Interner<T> {
  readonly #values = Array.from<T | undefined>({ length: SLOTS });
  readonly #isSame: (one: T, other: T) => boolean;

  constructor(isSame: (one: T, other: T) => boolean) {
    this.#isSame = isSame;
  }

  /**
   * @param place the same number for equal values
   * @returns the value, or one that is equal to it
   */
  share(value: T, place: number): T {
    const slot = place & (SLOTS - 1);
    const known = this.#values[slot];
    if (known !== undefined && this.#isSame(known, value)) return known;
    this.#values[slot] = value;
    return value;
  }
}

/** Bodies up to this many bytes are worth keeping as text: more than 16 KiB of it, with the headers, node:net writes by a slower way. */
export const LONGEST_TEXT = 15_000;

/**
 * More tags than this are kept unpacked: checking a thousand for a purge takes 1 us then, packed 22 (see
 * `RecentPurges`).
 */
const MOST_PACKED = 32;

type Terms = Pick<Entry, 'maxAge' | 'swr' | 'staleIfError' | 'language'>;

const positions = new Interner<Position>((one, other) => comparePositions(one, other) === 0);
const terms = new Interner<Terms>(
  (one, other) =>
    one.maxAge === other.maxAge &&
    one.swr === other.swr &&
    one.staleIfError === other.staleIfError &&
    one.language === other.language,
);

/**
 * An entry as this process keeps it, in as little memory as possible.
 *
 * A small body is text with one character for each byte (Latin-1). It then costs 16 bytes besides its bytes, where a
 * separate Buffer costs 350 in three places, and leaves in one piece with its headers, where a Buffer is a second
 * piece: a tenth of the cost of a whole request.
 *
 * A body is often a view of a shared slab, or of a whole network read: kept for an hour, it would keep all of that
 * alive. Strings made by joining and cutting keep their parts, and arrays that grew keep room to grow. So everything
 * is copied; a round trip through JSON or UTF-8 gives a flat text.
 *
 * Times are whole milliseconds, which the engine keeps unboxed (for the first 24 days of a process; 16 bytes each
 * afterwards). So an entry counts as answered up to a millisecond earlier, and as held later: both err on the
 * careful side.
 */
export class CompactEntry implements Entry {
  readonly key: CacheKey;
  readonly etag: string;
  readonly asOf: Position;
  readonly answeredAt: number;
  readonly heldSince: number;
  checkedAt: number | undefined;
  /** How often its key was requested in this process, including the entries that it replaced. */
  asks = 0;
  /** where it is kept, between an entry used before it and one used after it; see {@link LruList} */
  order: LruList | undefined;
  older: CompactEntry | undefined;
  newer: CompactEntry | undefined;
  readonly #terms: Terms;
  readonly #tags: PackedTags | readonly Tag[];
  readonly #body: string | Buffer;
  #coded: Partial<Record<Coding, Buffer | string | null>> | undefined;

  /** @param asText whether to keep the body as text */
  constructor(entry: Entry, asText: boolean) {
    const { asOf, tags, answeredAt, maxAge, swr, staleIfError, language, body } = entry;
    this.key = entry.key;
    this.etag = Buffer.from(entry.etag).toString();
    this.asOf = positions.share(asOf, asOf.seq);
    this.answeredAt = Math.floor(answeredAt);
    this.heldSince = Math.ceil(entry.heldSince ?? answeredAt);
    this.checkedAt = entry.checkedAt;
    this.order = undefined;
    this.older = undefined;
    this.newer = undefined;
    this.#terms = terms.share(
      { maxAge, swr, staleIfError, language },
      maxAge + 7 * swr + 31 * staleIfError + placeOf(language),
    );
    this.#tags = tags.length > MOST_PACKED ? (JSON.parse(JSON.stringify(tags)) as Tag[]) : packTags(tags);
    this.#body = asText ? body.toString('latin1') : ownCopy(body);
    this.#coded = undefined;
  }

  get maxAge(): number {
    return this.#terms.maxAge;
  }

  get swr(): number {
    return this.#terms.swr;
  }

  get staleIfError(): number {
    return this.#terms.staleIfError;
  }

  get language(): string | undefined {
    return this.#terms.language;
  }

  get packedTags(): PackedTags | undefined {
    return typeof this.#tags === 'string' ? this.#tags : undefined;
  }

  /** Unpacked at each read, if packed. */
  get tags(): readonly Tag[] {
    return typeof this.#tags === 'string' ? unpackTags(this.#tags) : this.#tags;
  }

  /** `body` with one character for each byte; undefined for a body that is kept as a Buffer */
  get text(): string | undefined {
    return typeof this.#body === 'string' ? this.#body : undefined;
  }

  get body(): Buffer {
    return typeof this.#body === 'string' ? Buffer.from(this.#body, 'latin1') : this.#body;
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
    let bytes = this.#body.length + (typeof this.#body === 'string' ? 0 : BUFFER_BYTES);
    if (this.#coded) bytes += CODED_BYTES;
    for (const body of this.#bodies())
      bytes += typeof body === 'string' ? body.length + TEXT_BYTES : (body?.length ?? 0) + BUFFER_BYTES;
    return bytes;
  }

  /** What its tags take. */
  get tagBytes(): number {
    const tags = this.#tags;
    if (typeof tags === 'string') return bytesOfText(tags);
    let bytes = 0;
    for (const tag of tags) bytes += bytesOfText(tag) + TAG_BYTES;
    return bytes;
  }

  #bodies(): readonly (Buffer | string | null)[] {
    return this.#coded ? Object.values(this.#coded) : NOTHING;
  }
}

const NOTHING: readonly never[] = [];

/** Languages that differ have different places, mostly. */
function placeOf(language = ''): number {
  let place = language.length;
  for (let at = 0; at < language.length; at++) place = (place * 31 + language.charCodeAt(at)) & (SLOTS - 1);
  return place;
}

/** With such a character a string takes two bytes for each. */
const TWO_BYTES = /[\u0100-\uffff]/;

function bytesOfText(text: string): number {
  return TWO_BYTES.test(text) ? 2 * text.length : text.length;
}

function ownCopy(body: Buffer): Buffer {
  if (body.buffer.byteLength === body.length) return body;
  const own = Buffer.allocUnsafeSlow(body.length);
  own.set(body);
  return own;
}

/** Beyond its body and tags: the object, its key and etag, and its place in the map. Measured. */
const ENTRY_BYTES = 328;
/** What the engine and the allocator spend on a Buffer beyond its bytes. Measured. */
const BUFFER_BYTES = 350;
/** What the first coding of a body costs beyond the coded bytes, and each text. Measured. */
const CODED_BYTES = 72;
const TEXT_BYTES = 16;
/** A tag beyond its characters where it is not packed. Measured. */
const TAG_BYTES = 28;

/** What an entry costs in this process, to within a tenth (see the test). */
export function bytesOf(entry: CompactEntry): number {
  return ENTRY_BYTES + entry.bodyBytes + entry.tagBytes;
}
