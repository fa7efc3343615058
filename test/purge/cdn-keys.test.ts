import * as fc from 'fast-check';
import { keysOfAnswer, keysOfPurges } from '../../src/purge/cdn-keys';
import {
  ANY_SESSION,
  changeTag,
  declaredTag,
  entityTag,
  EVERYTHING,
  impliedBy,
  listTag,
  membershipTag,
  sessionTag,
  typeTag,
  type Tag,
} from '../../src/purge/tag';

const type = fc.constantFrom('Product', 'Shelf', 'User');
const tag: fc.Arbitrary<Tag> = fc.oneof(
  fc
    .tuple(type, fc.oneof(fc.string(), fc.integer({ min: 0, max: 3 }).map(String)))
    .map(([name, id]) => entityTag(name, id)),
  type.map(listTag),
  type.map(typeTag),
  type.map(changeTag),
  type.map(membershipTag),
  fc.string().map(declaredTag),
);

/** Who purges a CDN may know of no membership, so any change of a type stands for it. */
const asKnown = (each: Tag): Tag => each.replace(/^~\[(.*)\]$/s, '~$1') as Tag;
const concerns = (purged: Tag, tags: readonly Tag[]): boolean =>
  purged === EVERYTHING ||
  [purged, ...impliedBy(purged)].some((one) => tags.some((each) => asKnown(each) === asKnown(one)));
const meet = (purged: Tag, keys: readonly string[]): boolean =>
  keys.some((key) => keysOfPurges([{ tag: purged }]).has(key));

describe('the keys of a CDN', () => {
  it('are met by each purge that is about an answer, and by no other', () => {
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 8 }), fc.oneof(tag, fc.constant(EVERYTHING)), (tags, purged) => {
        expect(meet(purged, keysOfAnswer(tags)!)).toBe(concerns(purged, tags));
      }),
    );
  });

  it('are folded where there are many, and still met by each purge about the answer', () => {
    const many = Array.from({ length: 5000 }, (_, id) => entityTag('Product', id));
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 8 }), fc.oneof(tag, fc.constant(EVERYTHING)), (few, purged) => {
        const tags = [...many, ...few];
        const keys = keysOfAnswer(tags)!;
        expect(keys.join(' ').length).toBeLessThanOrEqual(16_384);
        expect(!concerns(purged, tags) || meet(purged, keys)).toBe(true);
      }),
      { numRuns: 30 },
    );
    expect(meet(entityTag('User', 1), keysOfAnswer(many)!)).toBe(false);
  });

  it('are none where there are too many of any kind', () => {
    expect(keysOfAnswer(Array.from({ length: 999 }, (_, at) => declaredTag(`a${at}`)))).toHaveLength(1000);
    expect(keysOfAnswer(Array.from({ length: 1000 }, (_, at) => declaredTag(`a${at}`)))).toBeUndefined();
  });

  it('are lower-case letters and digits, which no CDN reads in its own way', () => {
    for (const key of keysOfAnswer([
      declaredTag('a b,c'),
      entityTag('Ü', '\0'),
      declaredTag('x'.repeat(70_000)),
    ])!)
      expect(key).toMatch(/^[0-9a-f]{12}$/);
  });

  it('are none of a session', () => {
    expect([...keysOfPurges([{ tag: sessionTag('ann') }, { tag: ANY_SESSION }])]).toEqual([]);
  });
});
