import { crc32 } from 'node:zlib';
import { positionAt } from '../purge/position';
import type { Tag } from '../purge/tag';
import { WRITABLE_ETAGS, WRITABLE_LANGUAGES, type CacheKey, type Entry } from './entry';
import { SEAL_BYTES, type Seal } from './seal';

/**
 * How an entry lies in Redis. Little-endian, no alignment, everything in one value:
 *
 *   offset  bytes
 *        0  4      `LME` and the version of this format
 *        4  4      CRC-32 (zlib's) of all bytes from offset 8; 0 where there is a seal
 *        8  4      bytes of the key          UTF-8
 *       12  4      bytes of the etag         UTF-8
 *       16  4      number of tags
 *       20  4      bytes of all tags         UTF-8, one after another
 *       24  4      bytes of the language     ASCII; 0: none was said
 *       28  4      bytes of the body
 *       32  8 x 6  as-of epoch, as-of seq, answeredAt, maxAge, swr, staleIfError   IEEE 754 doubles
 *       80         key, etag, the length of each tag (4 bytes, UTF-16 units), tags, language, body
 *       end    32  where the gateways have a secret: the seal of all bytes before it
 *
 * The body is as it is. Compressed it would be a fifth, and a read of 20 KB would cost 0.05 ms more than the 0.04 of a
 * whole hit (measured, Brotli and gzip alike): on the event loop, and for every process that reads it.
 *
 * The key is inside so that a value that strayed to another name, or was copied there, is not served under it. The checksum
 * is against accidents. The seal is against those who can write to Redis and do not know the secret: nothing that an entry
 * says can be changed. They can put an older entry of the same key back, which is no forgery: its as-of and its time are as
 * old as it is, so the purge table and its maxAge end it as they would have ended it where it was.
 */
/**
 * 2: entries may depend on any change of a type (`~Product`), which earlier gateways would not refuse them by.
 * 3: they have a language.
 * 4: they may be sealed.
 */
const MAGIC = 0x04_45_4d_4c;
const HEADER = 80;

/**
 * @param answeredAt replaces the entry's own, in the clock its readers share
 * @param seal undefined: there is no secret
 * @returns undefined for an entry whose strings are not well-formed Unicode: UTF-8 would change them, and a changed tag
 *   would escape its purge
 */
export function encodeEntry(
  entry: Entry,
  answeredAt: number = entry.answeredAt,
  seal?: Seal,
): Buffer | undefined {
  const { key, etag, tags, language = '', body } = entry;
  const joined = tags.join('');
  if (!joined.isWellFormed() || !key.isWellFormed() || !etag.isWellFormed()) return undefined;
  const lengths = [
    Buffer.byteLength(key),
    Buffer.byteLength(etag),
    tags.length,
    Buffer.byteLength(joined),
    language.length,
    body.length,
  ] as const;
  const [keyBytes, etagBytes, , tagBytes] = lengths;
  const end = HEADER + keyBytes + etagBytes + 4 * tags.length + tagBytes + language.length + body.length;
  const value = Buffer.allocUnsafe(end + (seal ? SEAL_BYTES : 0));
  value.writeUInt32LE(MAGIC, 0);
  let at = 8;
  for (const length of lengths) at = value.writeUInt32LE(length, at);
  const numbers = [entry.asOf.epoch, entry.asOf.seq, answeredAt, entry.maxAge, entry.swr, entry.staleIfError];
  for (const number of numbers) at = value.writeDoubleLE(number, at);
  at += value.write(key, at);
  at += value.write(etag, at);
  for (const tag of tags) at = value.writeUInt32LE(tag.length, at);
  at += value.write(joined, at);
  at += value.write(language, at, 'latin1');
  value.set(body, at);
  value.writeUInt32LE(seal ? 0 : crc32(value.subarray(8)), 4);
  if (seal) value.set(seal.of(value.subarray(0, end)), end);
  return value;
}

/** An entry with the time that was written. Who reads it puts that right in place: a copy would cost as much as to read it. */
export type WrittenEntry = Omit<Entry, 'answeredAt' | 'heldSince'> & {
  answeredAt: number;
  heldSince: number | undefined;
};

/**
 * What is wrong with a value.
 *
 * unreadable  it is no entry, or one of another version
 * foreign     no gateway with this secret made it, or not for this key
 */
export type Unfit = 'unreadable' | 'foreign';

/**
 * Reads a value back. Whatever is wrong with it, that is said and nothing is thrown (P58).
 * The body is a view of `value`, not a copy: who keeps an entry for long decides whether to copy it.
 * @param seal undefined: there is no secret, and what is sealed cannot be read
 */
export function decodeEntry(key: CacheKey, value: Buffer, seal?: Seal): WrittenEntry | Unfit {
  if (value.length < HEADER || value.readUInt32LE(0) !== MAGIC) return 'unreadable';
  if (!seal) return readContent(key, value, crc32(value.subarray(8))) ?? 'unreadable';
  const end = value.length - SEAL_BYTES;
  // Before anything in it is looked at.
  if (end < HEADER || !seal.fits(value.subarray(0, end), value.subarray(end))) return 'foreign';
  return readContent(key, value.subarray(0, end), 0) ?? 'foreign';
}

/** @param checksum what it has to have */
function readContent(key: CacheKey, value: Buffer, checksum: number): WrittenEntry | undefined {
  const keyBytes = value.readUInt32LE(8);
  const etagBytes = value.readUInt32LE(12);
  const tagCount = value.readUInt32LE(16);
  const tagBytes = value.readUInt32LE(20);
  const languageBytes = value.readUInt32LE(24);
  const bodyBytes = value.readUInt32LE(28);
  const allBytes = HEADER + keyBytes + etagBytes + 4 * tagCount + tagBytes + languageBytes + bodyBytes;
  if (allBytes !== value.length) return undefined;
  if (value.readUInt32LE(4) !== checksum) return undefined;

  const etagAt = HEADER + keyBytes;
  const lengthsAt = etagAt + etagBytes;
  const tagsAt = lengthsAt + 4 * tagCount;
  const languageAt = tagsAt + tagBytes;
  const bodyAt = languageAt + languageBytes;
  if (value.toString('utf8', HEADER, etagAt) !== key) return undefined;
  const tags = split(value.toString('utf8', tagsAt, languageAt), value, lengthsAt, tagCount);
  const asOf = readPosition(value.readDoubleLE(32), value.readDoubleLE(40));
  const answeredAt = value.readDoubleLE(48);
  const maxAge = value.readDoubleLE(56);
  const swr = value.readDoubleLE(64);
  const staleIfError = value.readDoubleLE(72);
  const language = languageBytes === 0 ? undefined : value.toString('latin1', languageAt, bodyAt);
  if (!tags || !asOf || !Number.isFinite(answeredAt) || !areSeconds(maxAge, swr, staleIfError))
    return undefined;
  if (language !== undefined && !WRITABLE_LANGUAGES.test(language)) return undefined;
  const etag = value.toString('utf8', etagAt, lengthsAt);
  if (!WRITABLE_ETAGS.test(etag)) return undefined;
  const body = value.subarray(bodyAt);
  const heldSince = undefined;
  return { key, body, language, etag, asOf, tags, answeredAt, heldSince, maxAge, swr, staleIfError };
}

function split(joined: string, value: Buffer, lengthsAt: number, count: number): Tag[] | undefined {
  const tags: Tag[] = [];
  let from = 0;
  for (let index = 0; index < count; index++) {
    const to = from + value.readUInt32LE(lengthsAt + 4 * index);
    tags.push(joined.slice(from, to) as Tag);
    from = to;
  }
  return from === joined.length ? tags : undefined;
}

function readPosition(epoch: number, seq: number): Entry['asOf'] | undefined {
  const valid = Number.isSafeInteger(epoch) && Number.isSafeInteger(seq) && epoch >= 0 && seq >= 0;
  return valid ? positionAt(epoch, seq) : undefined;
}

function areSeconds(...values: readonly number[]): boolean {
  return values.every((value) => value >= 0 && value < Infinity);
}
