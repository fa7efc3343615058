import * as fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { decodeEntry, encodeEntry } from '../../src/cache/entry-codec';
import type { CacheKey } from '../../src/cache/entry';
import type { Tag } from '../../src/purge/tag';
import { arbitraryEntry } from './arbitrary-entry';
import { Seal } from '../../src/cache/seal';
import { cacheKey, makeEntry } from './entries';

const SEAL = new Seal('a secret');

describe('the entry codec', () => {
  it('gives back every entry as it was', () => {
    fc.assert(
      fc.property(arbitraryEntry, (entry) => {
        expect(decodeEntry(entry.key, encodeEntry(entry)!)).toEqual(entry);
      }),
      { numRuns: 500 },
    );
  });

  it('can write another time than the entry carries', () => {
    const entry = makeEntry('a');
    expect(decodeEntry(entry.key, encodeEntry(entry, 123.5)!)).toEqual({ ...entry, answeredAt: 123.5 });
  });

  it('does not copy the body', () => {
    const entry = makeEntry('a');
    const value = encodeEntry(entry)!;
    expect(decodeEntry(entry.key, value)).toMatchObject({ body: { buffer: value.buffer } });
  });

  it('refuses strings that UTF-8 would change: a changed tag would escape its purge', () => {
    expect(encodeEntry(makeEntry('a', { tags: ['Product:\ud800' as Tag] }))).toBeUndefined();
    expect(encodeEntry(makeEntry('a', { key: '\udfff' as CacheKey }))).toBeUndefined();
    expect(encodeEntry(makeEntry('a', { etag: '"\udfff"' }))).toBeUndefined();
    // Two halves of one character, which are well-formed when they stand side by side, are read back as two halves.
    const halves = makeEntry('a', { tags: ['a\ud83d', '\ude00b'] as Tag[] });
    expect(decodeEntry(halves.key, encodeEntry(halves)!)).toEqual(halves);
  });
});

describe('P58 a value in Redis that is no good', () => {
  const entry = makeEntry('a', { tags: ['Product:7', '[Product]', 'Naïve:ü'] as Tag[] });
  const value = encodeEntry(entry)!;

  it('P58 is a miss when any one bit of it is flipped', () => {
    for (let bit = 0; bit < value.length * 8; bit++) {
      const changed = Buffer.from(value);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeEntry(entry.key, changed)).toBe('unreadable');
    }
  });

  it('P58 is a miss when it is cut anywhere, or has something after it', () => {
    for (let length = 0; length < value.length; length++) {
      expect(decodeEntry(entry.key, value.subarray(0, length))).toBe('unreadable');
    }
    expect(decodeEntry(entry.key, Buffer.concat([value, Buffer.from([0])]))).toBe('unreadable');
  });

  it('P58 is a miss under another key', () => {
    expect(decodeEntry(cacheKey('b'), value)).toBe('unreadable');
    expect(decodeEntry(entry.key, value)).toEqual(entry);
  });

  it.each([1, 2, 3, 5])('P58 is a miss in version %i of the format', (version) => {
    const other = Buffer.from(value);
    other[3] = version;
    expect(decodeEntry(entry.key, withChecksum(other))).toBe('unreadable');
  });

  it('P58 is a miss, and throws nothing, whatever bytes it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeEntry(entry.key, Buffer.from(bytes))).toBe('unreadable');
      }),
    );
  });

  it('P58 throws nothing when the checksum was made to fit changed bytes, and never yields nonsense', () => {
    const change = fc.record({ at: fc.nat(value.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const changed = Buffer.from(value);
        for (const { at, byte } of changes) changed[at] = byte;
        const decoded = decodeEntry(entry.key, withChecksum(changed));
        if (typeof decoded === 'string') return;
        expect(decoded.key).toBe(entry.key);
        expect(decoded.tags.every((tag) => typeof tag === 'string')).toBe(true);
        expect(
          [decoded.maxAge, decoded.swr, decoded.staleIfError].every((each) => each >= 0 && each < Infinity),
        ).toBe(true);
        expect([decoded.asOf.epoch, decoded.asOf.seq, decoded.answeredAt].every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['an as-of that is no integer', 32, 1.5],
    ['an as-of below nothing', 40, -1],
    ['a time that is no number', 48, NaN],
    ['a maxAge without end', 56, Infinity],
    ['a negative maxAge', 56, -1],
  ])('P58 is a miss with %s', (_what, at, number) => {
    const changed = Buffer.from(value);
    changed.writeDoubleLE(number, at);
    expect(decodeEntry(entry.key, withChecksum(changed))).toBe('unreadable');
  });
});

it('P58 is a miss with a language that could not leave as a header', () => {
  const written = makeEntry('a', { language: 'de\r\nx: y' });
  expect(decodeEntry(written.key, encodeEntry(written)!)).toBe('unreadable');
});

it.each(['"a\r\nb"', '"a\0b"', 'a', '""', 'W/"a"', '"ä"', '"a"b"'])(
  'P58 is a miss with an ETag that could not leave as a header: %j',
  (etag) => {
    const written = makeEntry('a', { etag });
    for (const seal of [undefined, SEAL])
      expect(typeof decodeEntry(written.key, encodeEntry(written, 0, seal)!, seal)).toBe('string');
  },
);

describe('P67 a sealed value in Redis', () => {
  const entry = makeEntry('a', { language: 'de', tags: ['Product:7', 'Naïve:ü'] as Tag[] });
  const value = encodeEntry(entry, entry.answeredAt, SEAL)!;

  it('P67 gives back every entry as it was', () => {
    fc.assert(
      fc.property(arbitraryEntry, (any) => {
        expect(decodeEntry(any.key, encodeEntry(any, any.answeredAt, SEAL)!, SEAL)).toEqual(any);
      }),
    );
  });

  it('P67 is a miss when any one bit of it is flipped', () => {
    for (let bit = 0; bit < value.length * 8; bit++) {
      const changed = Buffer.from(value);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeEntry(entry.key, changed, SEAL)).toBe(bit < 32 ? 'unreadable' : 'foreign');
    }
  });

  it('P67 is a miss whatever is changed in it, with whatever checksum', () => {
    const change = fc.record({ at: fc.nat(value.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(arbitraryEntry, fc.array(change, { minLength: 1, maxLength: 8 }), (any, changes) => {
        const own = encodeEntry(any, any.answeredAt, SEAL)!;
        const changed = Buffer.from(own);
        for (const { at, byte } of changes) changed[at % own.length] = byte;
        fc.pre(!changed.equals(own));
        expect(typeof decodeEntry(any.key, changed, SEAL)).toBe('string');
        expect(typeof decodeEntry(any.key, withChecksum(changed), SEAL)).toBe('string');
      }),
    );
  });

  it('P67 is a miss when it is cut anywhere, or has something after it', () => {
    for (let length = 0; length < value.length; length++)
      expect(typeof decodeEntry(entry.key, value.subarray(0, length), SEAL)).toBe('string');
    expect(decodeEntry(entry.key, Buffer.concat([value, Buffer.from([0])]), SEAL)).toBe('foreign');
  });

  it('P67 is a miss under another key', () => {
    expect(decodeEntry(cacheKey('b'), value, SEAL)).toBe('foreign');
  });

  it('P67 is a miss with another secret, with none, and where it ought to be sealed and is not', () => {
    expect(decodeEntry(entry.key, value, new Seal('another secret'))).toBe('foreign');
    expect(decodeEntry(entry.key, value)).toBe('unreadable');
    expect(decodeEntry(entry.key, encodeEntry(entry)!, SEAL)).toBe('foreign');
  });

  it('P67 is the same for all who know the secret', () => {
    expect(decodeEntry(entry.key, value, new Seal('a secret'))).toEqual(entry);
  });
});

/** The same bytes with a checksum that fits. */
function withChecksum(value: Buffer): Buffer {
  value.writeUInt32LE(crc32(value.subarray(8)), 4);
  return value;
}
