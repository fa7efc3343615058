import { everyHash, fnv1a, fnv1aOn, FNV_START, type PackedTags } from './packed-tags';
import { ANY_DECLARED, ANY_TAG, subjectLength, type TagSubject, type Tag } from './tag';

/** Changes remembered tag by tag. An entry with many tags that is requested less often is checked as a whole. */
const KEPT = 64;
/** Purged tags that are compared with an entry's one by one; with more a look at each row costs less. */
const MOST_COMPARED = 16;

/** A power of two; 256 KiB. */
const SLOTS = 2 ** 15;

/** A power of two; 32 KiB. There are few subjects: types, their lists, and first words of declared tags. */
const SUBJECT_SLOTS = 2 ** 12;

/**
 * What the last changes of a table purged. For most entries it shows, at less cost than looking up each tag, that
 * none of their tags was purged since the last check; when it cannot tell, each tag is looked up.
 *
 * - Packed tags need not be unpacked for that: their hashes lead to the last purge of a tag with such a hash.
 * - Checking whether one of a few purged tags is among a thousand unpacked ones takes a twentieth of the time of
 *   looking up a thousand
 *   rows.
 */
export class RecentPurges {
  readonly #tags: (readonly Tag[])[] = Array.from({ length: KEPT }, () => []);
  /** by hash, the version of the last purge */
  readonly #versions = new Float64Array(SLOTS);
  /** by hash of a subject, the version of the last purge that is about it */
  readonly #subjects = new Float64Array(SUBJECT_SLOTS);
  /** the last version at which something else than a purge of tags happened */
  #since = 0;

  /** The table came to this version by a purge of these tags, and by nothing else. */
  purged(version: number, tags: readonly Tag[]): void {
    this.#tags[version % KEPT] = tags;
    this.#subjects[ANY_TAG_SLOT] = version;
    for (const tag of tags) {
      const end = subjectLength(tag);
      const subject = fnv1aOn(FNV_START, tag, 0, end);
      this.#subjects[slotOf(subject, SUBJECT_SLOTS)] = version;
      if (tag.startsWith(ANY_DECLARED)) this.#subjects[ANY_DECLARED_SLOT] = version;
      this.#versions[slotOf(fnv1aOn(subject, tag, end, tag.length))] = version;
    }
  }

  /** What came before this version says nothing of an entry any more. */
  begin(version: number): void {
    this.#since = version;
  }

  /** Whether it is known that none of these tags was purged after one version, up to another: that of the last change. */
  spared(tags: readonly Tag[] | PackedTags, after: number, upTo: number): boolean {
    if (after < this.#since) return false;
    if (typeof tags !== 'string') return this.#isNoneAmong(tags, after, upTo);
    const versions = this.#versions;
    return everyHash(tags, (hash) => versions[slotOf(hash)]! <= after);
  }

  /** Whether it is known that no purge after a version is about any of these. */
  sparedSubjects(subjects: Iterable<TagSubject>, after: number): boolean {
    if (after < this.#since) return false;
    for (const subject of subjects)
      if (this.#subjects[slotOf(fnv1a(subject), SUBJECT_SLOTS)]! > after) return false;
    return true;
  }

  #isNoneAmong(tags: readonly Tag[], after: number, upTo: number): boolean {
    if (upTo - after > KEPT) return false;
    let compared = 0;
    for (let version = after + 1; version <= upTo; version++) {
      for (const tag of this.#tags[version % KEPT]!) {
        if (++compared > MOST_COMPARED || tags.includes(tag)) return false;
      }
    }
    return true;
  }
}

/** The upper bits of a hash are the better mixed. */
function slotOf(hash: number, slots = SLOTS): number {
  return (hash ^ (hash >>> 15)) & (slots - 1);
}

const ANY_TAG_SLOT = slotOf(fnv1a(ANY_TAG), SUBJECT_SLOTS);
const ANY_DECLARED_SLOT = slotOf(fnv1a(ANY_DECLARED), SUBJECT_SLOTS);

/**
 * Rows are spread over this many maps, by the last characters of their tags. A single map of a million rows stops
 * the process for more than 100 ms each time it rehashes, which it does after as many deletions as it has rows.
 */
const MAPS = 16;

/** When there are too many rows, about this part of the fullest map goes at once. */
const DROPPED_PART = 1 / 32;

/** Rows sampled to find old ones. */
const SAMPLE = 1024;

/** What a row costs beyond the characters of its tag: the string, its place in the map, its number. Measured. */
const ROW_BYTES = 56;

/** The longest tag is of 322 characters: see `tag.ts`. */
export const MOST_ROW_BYTES = ROW_BYTES + 2 * 322;

/** With such a character a string takes two bytes for each. */
const TWO_BYTES = /[\u0100-\uffff]/;

/** What a row costs in this process, to within a tenth. */
export function rowBytes(tag: Tag): number {
  return ROW_BYTES + (TWO_BYTES.test(tag) ? 2 * tag.length : tag.length);
}

/** Tag -> sequence number of its last purge, for one epoch and one kind of purge. Who bounds it lets old rows go first. */
export class Rows {
  size = 0;
  /** as {@link rowBytes} counts them */
  bytes = 0;

  readonly #maps = Array.from({ length: MAPS }, () => new Map<Tag, number>());

  has(tag: Tag): boolean {
    return this.#mapOf(tag).has(tag);
  }

  isNewer(tag: Tag, seq: number): boolean {
    const row = this.#mapOf(tag).get(tag);
    return row !== undefined && row > seq;
  }

  /**
   * Keeps the later purge of a tag. A row keeps its place in the map: deleting and setting it again, so that the map
   * would have the order of the purges, leaves a hole each time, and each later insertion of that tag steps over all
   * of them. For a tag in every record that cost 70 us.
   * @returns false if that purge, or a later one, was known already
   */
  set(tag: Tag, seq: number): boolean {
    const map = this.#mapOf(tag);
    const before = map.get(tag);
    if (before === undefined) {
      this.size++;
      this.bytes += rowBytes(tag);
    } else if (before >= seq) return false;
    map.set(tag, seq);
    return true;
  }

  clear(): void {
    for (const map of this.#maps) map.clear();
    this.size = 0;
    this.bytes = 0;
  }

  /** Several at once: finding the oldest scans all rows of a map, which takes about a millisecond in a large table. */
  dropOldest(dropped: (tag: Tag, seq: number) => void): void {
    const map = this.#maps.reduce((fullest, each) => (each.size > fullest.size ? each : fullest));
    const newestDropped = quantile(map, DROPPED_PART);
    for (const [tag, seq] of map) {
      if (seq > newestDropped) continue;
      map.delete(tag);
      this.size--;
      this.bytes -= rowBytes(tag);
      dropped(tag, seq);
    }
  }

  #mapOf(tag: Tag): Map<Tag, number> {
    // The last two characters: tags of one type differ at their end.
    const last = tag.length - 1;
    const place = last > 0 ? tag.charCodeAt(last) + 3 * tag.charCodeAt(last - 1) : 0;
    return this.#maps[place % MAPS] as Map<Tag, number>;
  }
}

/** A value of the map that about this part of the values, and at least one, is not above. */
function quantile(map: ReadonlyMap<unknown, number>, part: number): number {
  const every = Math.max(1, Math.floor(map.size / SAMPLE));
  const sample: number[] = [];
  let at = 0;
  for (const value of map.values()) if (at++ % every === 0) sample.push(value);
  return Float64Array.from(sample).sort()[Math.floor(part * sample.length)]!;
}

const SLOT_BYTES = 8;

/**
 * What is left of rows that had to go: by the hash of their tags, when one of those that share it was purged last. It takes
 * a tag for purged that only shares a hash, never one that was purged for fresh: a few answers are refused by chance, where a
 * floor over the rows that went would refuse all.
 */
export class FoldedRows {
  /** rows that were folded */
  size = 0;
  readonly #length: number;
  /** made with the first */
  #slots: Float64Array | undefined;

  /** @param maxBytes what it may take, to the next power of two below */
  constructor(maxBytes: number) {
    this.#length = 2 ** Math.max(0, Math.floor(Math.log2(maxBytes / SLOT_BYTES)));
  }

  get bytes(): number {
    return this.#slots ? this.#length * SLOT_BYTES : 0;
  }

  readonly fold = (tag: Tag, seq: number): void => {
    this.#slots ??= new Float64Array(this.#length);
    const slot = this.#slotOf(tag);
    if (this.#slots[slot]! < seq) this.#slots[slot] = seq;
    this.size++;
  };

  /** Whether a tag may have been purged after a sequence number. */
  isNewer(tag: Tag, seq: number): boolean {
    return this.#slots !== undefined && this.#slots[this.#slotOf(tag)]! > seq;
  }

  clear(): void {
    this.#slots = undefined;
    this.size = 0;
  }

  /** The upper bits of a hash are the better mixed. */
  #slotOf(tag: Tag): number {
    const hash = fnv1a(tag);
    return (hash ^ (hash >>> 15)) & (this.#length - 1);
  }
}
