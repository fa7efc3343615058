import * as fc from 'fast-check';
import {
  ANY_DECLARED,
  declaredSubject,
  changeTag,
  declaredTag,
  HASHED_DECLARED,
  subjectOf,
  entityTag,
  EVERYTHING,
  formatTag,
  impliedBy,
  listTag,
  membershipTag,
  parseTag,
  sessionTag,
  typeTag,
  type Tag,
} from '../../src/purge/tag';

/** Characters that separate something somewhere, two lone surrogates that UTF-8 would make one, and a few more. */
const characters = [
  '\0',
  '\ud800',
  '\ud801',
  '\udc00',
  ':',
  '%',
  '#',
  '[',
  ']',
  '*',
  '%3A',
  'a',
  'A',
  '1',
  ' ',
  '\n',
  'é',
  '😀',
];
const strange = fc
  .array(fc.oneof(fc.constantFrom(...characters), fc.string({ unit: 'binary' })))
  .map((parts) => parts.join(''));
const long = fc
  .tuple(strange, fc.integer({ min: 150, max: 65_536 }))
  .map(([text, size]) => text.padEnd(size, 'x'));
const text = fc.oneof(strange, strange, long);
const name = fc.oneof(
  fc.constantFrom('A', 'Product', '_', 'a1'),
  fc.nat(200).map((size) => `N${'n'.repeat(size)}`),
);

/** What a tag is about, as a value that can be compared, and the tag. */
const subject = fc.oneof(
  fc.tuple(name, text).map(([type, id]) => ({ what: ['entity', type, id], tag: entityTag(type, id) })),
  // A type has one number of key fields: "C" stands for types with two, which the single ids above are not of.
  fc
    .tuple(name, text, text)
    .map(([type, a, b]) => ({ what: ['entity', `C${type}`, a, b], tag: entityTag(`C${type}`, [a, b]) })),
  name.map((type) => ({ what: ['list', type], tag: listTag(type) })),
  name.map((type) => ({ what: ['type', type], tag: typeTag(type) })),
  name.map((type) => ({ what: ['change', type], tag: changeTag(type) })),
  name.map((type) => ({ what: ['membership', type], tag: membershipTag(type) })),
  text.map((declared) => ({ what: ['declared', declared], tag: declaredTag(declared) })),
  fc.string().map((value) => ({ what: ['session', value], tag: sessionTag(value) })),
  fc.constant({ what: ['everything'], tag: EVERYTHING }),
);

describe('tags', () => {
  it('P20 gives no two different things the same tag', () => {
    fc.assert(
      fc.property(fc.array(subject, { minLength: 2, maxLength: 20 }), (subjects) => {
        const seen = new Map<Tag, string>();
        for (const { what, tag } of subjects) {
          const same = JSON.stringify(what);
          expect(seen.get(tag) ?? same).toBe(same);
          seen.set(tag, same);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('P20 keeps ids apart that differ in one character only, wherever it is', () => {
    fc.assert(
      fc.property(strange, strange, strange, (before, one, other) => {
        fc.pre(one !== other);
        expect(entityTag('A', before + one)).not.toBe(entityTag('A', before + other));
        expect(declaredTag(before + one)).not.toBe(declaredTag(before + other));
        expect(entityTag('A', [before, one])).not.toBe(entityTag('A', [before, other]));
      }),
      { numRuns: 500 },
    );
  });

  it('P20 keeps lone surrogates apart, which UTF-8 would make one character', () => {
    const surrogates = ['\ud800', '\ud801', '\udbff', '\udc00', '\udfff', '\ufffd'];
    expect(new Set(surrogates.map((id) => entityTag('A', id))).size).toBe(surrogates.length);
    expect(new Set(surrogates.map((id) => declaredTag(id.padEnd(65_536, 'x')))).size).toBe(surrogates.length);
  });

  it('P20 keeps the parts of a composite key apart', () => {
    expect(entityTag('A', ['1', '2:3'])).not.toBe(entityTag('A', ['1:2', '3']));
    expect(entityTag('A', ['1%3A2', '3'])).not.toBe(entityTag('A', ['1:2', '3']));
    expect(entityTag('A', ['', '1'])).not.toBe(entityTag('A', ['1', '']));
  });

  it('P20 lets no id pose as the hash of another', () => {
    const hashed = entityTag('A', 'x'.repeat(65_536));
    expect(entityTag('A', hashed.slice(2))).not.toBe(hashed);
    expect(typeTag(typeTag('T'.repeat(1_000)))).not.toBe(typeTag('T'.repeat(1_001)));
  });

  it('P20 keeps every tag short and well-formed, so that UTF-8 carries it unchanged', () => {
    fc.assert(
      fc.property(subject, ({ tag }) => {
        expect(tag.length).toBeLessThanOrEqual(322);
        expect(Buffer.from(tag, 'utf8').toString('utf8')).toBe(tag);
      }),
    );
  });

  it('finds what a tag of a type purges as well, whatever the name of the type', () => {
    fc.assert(
      fc.property(name, text, (type, id) => {
        for (const tag of [entityTag(type, id), entityTag(type, [id, id]), listTag(type), typeTag(type)]) {
          expect(impliedBy(tag)).toEqual([changeTag(type), membershipTag(type)]);
          expect(impliedBy(tag, true)).toEqual([changeTag(type)]);
        }
        expect(impliedBy(changeTag(type))).toEqual([membershipTag(type)]);
        for (const tag of [declaredTag(id), membershipTag(type), sessionTag(id), EVERYTHING])
          expect(impliedBy(tag)).toEqual([]);
      }),
    );
  });

  it('P36 names a session by its bytes alone, and shows no more of it than tells two apart', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const tag = sessionTag(value);
        expect(tag).toBe(sessionTag(Buffer.from(value)));
        expect(tag).toMatch(/^@[\w-]{43}$/);
        expect(formatTag(tag)).toMatch(/^@[\w-]{6}\.\.\.$/);
        // Nobody purges a session by writing its tag.
        expect(parseTag(tag, () => true)).toBe(declaredTag(tag));
      }),
    );
  });

  it('treats a number and its text as the same id', () => {
    expect(entityTag('Product', 7)).toBe(entityTag('Product', '7'));
    expect(entityTag('Product', [7])).toBe('Product:7');
  });

  it('reads what users write', () => {
    const isType = (type: string): boolean => type === 'Product';
    expect(parseTag('Product', isType)).toBe(typeTag('Product'));
    expect(parseTag('featured', isType)).toBe(declaredTag('featured'));
    expect(parseTag('[Product]', isType)).toBe(listTag('Product'));
    expect(parseTag('Product:7', isType)).toBe(entityTag('Product', 7));
    expect(parseTag('Product:', isType)).toBe(entityTag('Product', ''));
    expect(parseTag('~Product', isType)).toBe(changeTag('Product'));
    expect(parseTag('~not a name', isType)).toBe(declaredTag('~not a name'));
    expect(parseTag('posts-by-7', isType)).toBe(declaredTag('posts-by-7'));
    expect(parseTag('[not a name]', isType)).toBe(declaredTag('[not a name]'));
    expect(parseTag('7:8', isType)).toBe(declaredTag('7:8'));
    expect(parseTag('', isType)).toBeUndefined();
    expect(parseTag('*', isType)).toBeUndefined();
  });

  it('reads each tag it makes from short text as what it was', () => {
    fc.assert(
      fc.property(fc.constantFrom('A', 'Product'), fc.string(), (type, id) => {
        expect(parseTag(formatTag(entityTag(type, id)), () => true)).toBe(entityTag(type, id));
      }),
    );
    expect(formatTag(declaredTag('posts-by-7'))).toBe('posts-by-7');
  });

  it('bounds what the purge API can make a row hold', () => {
    const longest = 'T'.repeat(65_536);
    for (const written of [longest, `[${longest}]`, `${longest}:1`, `Product:${longest}`, `?${longest}`])
      expect(parseTag(written, () => true)?.length).toBeLessThan(400);
    expect(parseTag(longest, () => true)).toBe(typeTag(longest));
  });
});

describe('what a tag is about', () => {
  it.each([
    ['Product:7', 'Product'],
    ['Product', 'Product'],
    ['[Product]', '[Product]'],
    ['posts-by-7', '#posts'],
    ['-x', '#-'],
  ])('of %s is %s', (text, subject) => {
    expect(subjectOf(parseTag(text, (name) => name === 'Product')!)).toBe(subject);
  });

  it('can be told of a declared tag from the text it begins with, if not more', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ maxLength: 200 }), (start, rest) => {
        const subject = subjectOf(declaredTag(start + rest));
        const expected = declaredSubject(start, rest === '');
        expect([expected === ANY_DECLARED ? subject : expected, HASHED_DECLARED]).toContain(subject);
      }),
    );
  });
});
