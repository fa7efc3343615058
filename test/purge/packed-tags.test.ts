import * as fc from 'fast-check';
import { fnv1a, everyHash, packTags, unpackTags } from '../../src/purge/packed-tags';
import { entityTag, listTag, type Tag } from '../../src/purge/tag';

/** Any text at all, lone surrogates too, of lengths around those that need one more character to be told. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.nat(0xffff), { maxLength: 8 }).map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom(...[6, 7, 8, 31, 32, 261, 262, 263, 516, 517, 518].map((length) => 'x'.repeat(length))),
);
const anyTag = fc.oneof(
  fc.nat(100_000).map((id) => entityTag('Product', id)),
  fc.constantFrom(listTag('Product'), '' as Tag, 'Product' as Tag),
  anyText.map((text) => text as Tag),
  fc.tuple(anyText, anyText).map((texts) => `Product:${texts.join('')}` as Tag),
);

it('P20 gives back the very tags that were packed, in their order', () => {
  fc.assert(
    fc.property(fc.array(anyTag, { maxLength: 12 }), (tags) => {
      expect(unpackTags(packTags(tags))).toEqual(tags);
    }),
    { numRuns: 1000 },
  );
});

it('tells the hash of each tag without taking it out', () => {
  fc.assert(
    fc.property(fc.array(anyTag, { maxLength: 12 }), (tags) => {
      const hashes: number[] = [];
      expect(everyHash(packTags(tags), (hash) => hashes.push(hash) > 0)).toBe(true);
      expect(hashes).toEqual(tags.map(fnv1a));
      expect(everyHash(packTags(tags), () => false)).toBe(tags.length === 0);
    }),
    { numRuns: 1000 },
  );
});

it('says the name of a type once', () => {
  const tags = Array.from({ length: 10 }, (_, id) => entityTag('Product', 100_000 + 12_345 * id));
  expect(packTags(tags).length).toBeLessThan('Product:'.length + 10 * '1-123456'.length);
});
