import fc from 'fast-check';
import { readStorageHints } from '../../src/upstream/storage-hints';

const SILENT = { maxAge: Infinity, isPrivate: false, mustRevalidate: false, age: 0, tags: [] };

describe('what upstream says of an answer', () => {
  it.each([
    ['nothing', {}, {}],
    ['no-store', { 'cache-control': 'no-store' }, { maxAge: 0 }],
    ['no-cache', { 'cache-control': 'max-age=60, no-cache' }, { maxAge: 0 }],
    ['private', { 'cache-control': 'private, max-age=30' }, { maxAge: 30, isPrivate: true }],
    ['max-age', { 'cache-control': 'public,max-age=30' }, { maxAge: 30 }],
    [
      's-maxage before max-age',
      { 'cache-control': 'max-age=30, s-maxage=10' },
      { maxAge: 10, mustRevalidate: true },
    ],
    [
      'names in any case, values in quotes',
      { 'cache-control': 'Max-Age="7", MUST-REVALIDATE' },
      { maxAge: 7, mustRevalidate: true },
    ],
    ['a max-age that is no number', { 'cache-control': 'max-age=soon' }, { maxAge: 0 }],
    ['a negative max-age', { 'cache-control': 'max-age=-1' }, { maxAge: 0 }],
    ['the first of two', { 'cache-control': 'max-age=5, max-age=50' }, { maxAge: 5 }],
    ['text that is no list of directives', { 'cache-control': 'max-age="5' }, { maxAge: 0 }],
    [
      'a targeted field first',
      { 'cache-control': 'no-store', 'cdn-cache-control': 'max-age=9' },
      { maxAge: 9 },
    ],
    [
      'our own before that of CDNs',
      { 'cdn-cache-control': 'max-age=9', 'lastmile-cache-control': 'max-age=8' },
      { maxAge: 8 },
    ],
    [
      'a targeted field that is empty',
      { 'cache-control': 'max-age=4', 'cdn-cache-control': '' },
      { maxAge: 4 },
    ],
    [
      'a targeted field that cannot be read',
      { 'cache-control': 'max-age=4', 'cdn-cache-control': '@@' },
      { maxAge: 4 },
    ],
    ['that nobody may reuse it', { vary: '*' }, { maxAge: 0 }],
    ['how old it is', { age: '12' }, { age: 12 }],
    ['tags', { 'surrogate-key': 'a b', 'cache-tag': 'c, d' }, { tags: ['a', 'b', 'c', 'd'] }],
  ])('reads %s', (_, headers, expected) => {
    expect(readStorageHints(headers, undefined)).toEqual({ ...SILENT, ...expected });
  });

  it('reads hints and tags in extensions', () => {
    const extensions = {
      cacheControl: {
        version: 1,
        hints: [
          { path: ['a'], maxAge: 20 },
          { path: ['b'], scope: 'PRIVATE', maxAge: 30 },
        ],
      },
      cacheTags: ['x', 7],
      apolloCacheTags: ['y'],
    };
    expect(readStorageHints({}, extensions)).toEqual({
      ...SILENT,
      maxAge: 20,
      isPrivate: true,
      tags: ['x', 'y'],
    });
  });

  it('survives whatever an upstream sends', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (text, json) => {
        const hints = readStorageHints(
          { 'cache-control': text, 'cdn-cache-control': text, age: text, 'surrogate-key': text },
          { cacheControl: json, cacheTags: json },
        );
        expect(hints.maxAge).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(hints.age)).toBe(true);
      }),
    );
  });
});
