import * as fc from 'fast-check';
import { beginsWith, firstWord, indexOfWords, wordsOf } from '../../src/policy/name-words';

describe('the words of names', () => {
  it.each([
    ['sku', 'skus'],
    ['status', 'statuses'],
    ['house', 'houses'],
    ['category', 'categories'],
    ['box', 'boxes'],
    ['address', 'addresses'],
  ])('are the same in the plural: %s', (one, many) => {
    expect(beginsWith([many], [one])).toBe(true);
    expect(beginsWith([one, 'in'], [many])).toBe(true);
    expect(indexOfWords(['of', many], [one])).toBe(1);
    expect(firstWord(many)).toBe(firstWord(one));
  });

  it.each([
    ['as', 'a'],
    ['news', 'newt'],
    ['ideas', 'ids'],
  ])('are others: %s, %s', (one, other) => {
    expect(beginsWith([one], [other])).toBe(false);
  });

  it('are passed over by their first only where none begins with the other', () => {
    const word = fc.stringMatching(/^[a-z]{1,6}(?:s|es|ies|y|us)?$/);
    fc.assert(
      fc.property(word, word, (one, other) => {
        if (beginsWith(wordsOf(one), wordsOf(other))) expect(firstWord(one)).toBe(firstWord(other));
      }),
    );
  });
});
