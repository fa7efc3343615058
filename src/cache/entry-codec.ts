import { crc32 } from 'node:zlib';
import { positionAt } from '../purge/position';
import type { Tag } from '../purge/tag';
import { WRITABLE_LANGUAGES, type CacheKey, type Entry } from './entry';

/**
 * How an entry lies in Redis. Little-endian, no alignment, everything in one value:
 *
 *   offset  bytes
 *        0  4      `LME` and the version of this format
 *        4  4      CRC-32 (zlib's) of all bytes from offset 8
 *        8  4      bytes of the key          UTF-8
 *       12  4      bytes of the etag         UTF-8
 *       16  4      number of tags
 *       20  4      bytes of all tags         UTF-8, one after another
 *       24  4      bytes of the language     ASCII; 0: none was said
 *       28  4      bytes of the body
 *       32  8 x 6  as-of epoch, as-of seq, answeredAt, maxAge, swr, staleIfError   IEEE 754 doubles
 *       80         key, etag, the length of each tag (4 bytes, UTF-16 units), tags, language, body
 *
 * The body is as it is. Compressed it would be a fifth, and a read of 20 KB would cost 0.05 ms more than the 0.04 of a
 * whole hit (measured, Brotli and gzip alike): on the event loop, and for every process that reads it.
 *
 * The key is inside so that a value that strayed to another name is not served under it. The checksum is against
 * accidents; who can write to Redis can forge a value.
 */
/**
 * 2: entries may depend on any change of a type (`~Product`), which earlier gateways would not refuse them by.
 * 3: they have a language.
 */
const MAGIC = 0x03_45_4d_4c;
const HEADER = 80;

/**
 * @param answeredAt replaces the entry's own, in the clock its readers share
 * @returns undefined for an entry whose strings are not well-formed Unicode: UTF-8 would change them, and a changed tag
 *   would escape its purge
 */
export function encodeEntry(entry: Entry, answeredAt: number = entry.answeredAt): Buffer | undefined {
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
  const value = Buffer.allocUnsafe(
    HEADER + keyBytes + etagBytes + 4 * tags.length + tagBytes + language.length + body.length,
  );
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
  value.writeUInt32LE(crc32(value.subarray(8)), 4);
  return value;
}

/** An entry with the time that was written. Who reads it puts that right in place: a copy would cost as much as to read it. */
export type WrittenEntry = Omit<Entry, 'answeredAt' | 'heldSince'> & {
  answeredAt: number;
  heldSince: number | undefined;
};

/**
 * Reads a value back. Whatever is wrong with it, it is undefined and never throws (P58).
 * The body is a view of `value`, not a copy: who keeps an entry for long decides whether to copy it.
 */
export function decodeEntry(key: CacheKey, value: Buffer): WrittenEntry | undefined {
  if (value.length < HEADER || value.readUInt32LE(0) !== MAGIC) return undefined;
  const keyBytes = value.readUInt32LE(8);
  const etagBytes = value.readUInt32LE(12);
  const tagCount = value.readUInt32LE(16);
  const tagBytes = value.readUInt32LE(20);
  const languageBytes = value.readUInt32LE(24);
  const bodyBytes = value.readUInt32LE(28);
  const allBytes = HEADER + keyBytes + etagBytes + 4 * tagCount + tagBytes + languageBytes + bodyBytes;
  if (allBytes !== value.length) return undefined;
  if (value.readUInt32LE(4) !== crc32(value.subarray(8))) return undefined;

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
