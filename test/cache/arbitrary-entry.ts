/** Any entry at all, for properties. */
import * as fc from 'fast-check';
import type { CacheKey, Entry } from '../../src/cache/entry';
import { positionAt } from '../../src/purge/position';
import type { Tag } from '../../src/purge/tag';

/** Text in which UTF-8 and UTF-16 differ in every way they can, all well-formed. */
const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((each) => each.isWellFormed());
const seconds = fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e9, noNaN: true, noDefaultInfinity: true }));
const part = fc.oneof(fc.nat(), fc.maxSafeNat());

export const arbitraryEntry: fc.Arbitrary<Entry> = fc.record({
  key: text.map((each) => each as CacheKey),
  body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  etag: fc.stringMatching(/^"[!#-~]{1,40}"$/),
  language: fc.option(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 40 }), { nil: undefined }),
  asOf: fc.tuple(part, part).map(([epoch, seq]) => positionAt(epoch, seq)),
  tags: fc.array(
    text.map((each) => each as Tag),
    { maxLength: 12 },
  ),
  answeredAt: fc.double({ noNaN: true, noDefaultInfinity: true }),
  maxAge: seconds,
  swr: seconds,
  staleIfError: seconds,
});
