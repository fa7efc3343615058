import fc from 'fast-check';
import { usualIn, readStorageHints } from '../../src/upstream/storage-hints';

const SILENT = { maxAge: Infinity, isPrivate: false, mustRevalidate: false, age: 0, tags: [] };
const SHARED = { mustRevalidate: true };
/** Milliseconds since 1970. */
const NOW = Date.UTC(2026, 10, 23, 12);

/** So many seconds from now as HTTP writes it (RFC 9110 5.6.7). */
function at(seconds: number): string {
  return new Date(NOW + seconds * 1000).toUTCString();
}

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
    ['a max-age beyond what is counted', { 'cache-control': 'max-age=99999999999' }, { maxAge: 2 ** 31 }],
    [
      'one beyond all numbers',
      { 'cache-control': `s-maxage=${'9'.repeat(400)}` },
      { maxAge: 2 ** 31, ...SHARED },
    ],
    ['that nobody may reuse it', { vary: '*' }, { maxAge: 0 }],
    ['the same in a list', { vary: 'Accept, *' }, { maxAge: 0 }],
    ['a header that has a star in its name', { vary: 'x-*, accept' }, {}],
    ['how old it is', { age: '12' }, { age: 12 }],
    ['an age beyond what is counted', { age: '99999999999' }, { age: 2 ** 31 }],
    ['the first of two ages', { age: '7, 12' }, { age: 7 }],
    ['when it expires, by its own date', { expires: at(90), date: at(60) }, { maxAge: 30 }],
    ['when it expires, by the time it came', { expires: at(90) }, { maxAge: 90 }],
    ['when it expires, where its date cannot be read', { expires: at(90), date: 'x' }, { maxAge: 90 }],
    ['that it has expired', { expires: at(-1) }, { maxAge: 0 }],
    ['a date that is none', { expires: '0' }, { maxAge: 0 }],
    ['another that is none', { expires: '2099' }, { maxAge: 0 }],
    ['max-age before Expires', { expires: '0', 'cache-control': 'max-age=5' }, { maxAge: 5 }],
    ['Expires beside other directives', { expires: '0', 'cache-control': 'public' }, { maxAge: 0 }],
    ['a targeted field before Expires', { expires: '0', 'cdn-cache-control': 'max-age=9' }, { maxAge: 9 }],
    ['Pragma', { pragma: 'x, No-Cache' }, { maxAge: 0 }],
    ['no Pragma beside Cache-Control', { pragma: 'no-cache', 'cache-control': 'max-age=5' }, { maxAge: 5 }],
    ['another Pragma', { pragma: 'cache' }, {}],
    ['tags', { 'surrogate-key': 'a b', 'cache-tag': 'c, d' }, { tags: ['a', 'b', 'c', 'd'] }],
  ])('reads %s', (_, headers, expected) => {
    expect(readStorageHints(headers, undefined, { now: NOW })).toEqual({ ...SILENT, ...expected });
  });

  const FILTER = { 'cache-control': 'no-cache, no-store, max-age=0', pragma: 'no-cache', expires: '0' };
  it.each([
    ['what filters add to all', FILTER, FILTER, Infinity],
    ['Pragma alone', { pragma: 'no-cache' }, { pragma: 'no-cache' }, Infinity],
    ['an Expires that moves', { expires: at(-5), date: at(0) }, { expires: at(-4), date: at(1) }, Infinity],
    ['the same and more', { pragma: 'no-cache' }, { pragma: 'no-cache', expires: '0' }, 0],
    ['less', FILTER, { 'cache-control': 'no-store' }, 0],
    ['something else', FILTER, { ...FILTER, 'cache-control': 'max-age=9' }, 9],
    [
      'something of all that forbids nothing',
      { 'cache-control': 'max-age=9' },
      { 'cache-control': 'max-age=9' },
      9,
    ],
    ['what is said of all, and Vary', { pragma: 'no-cache' }, { pragma: 'no-cache', vary: '*' }, 0],
  ])('passes over what is said of all alike, and only that: %s', (_, ofAll, ofThis, maxAge) => {
    const habit = usualIn(ofAll, NOW);
    expect(readStorageHints(ofThis, undefined, { usual: habit, now: NOW }).maxAge).toBe(maxAge);
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
        const said = { 'cache-control': text, 'cdn-cache-control': text, age: text, 'surrogate-key': text };
        const headers = { ...said, expires: text, date: text, pragma: text, vary: text };
        const habit = usualIn(headers, NOW);
        const hints = readStorageHints(
          headers,
          { cacheControl: json, cacheTags: json },
          { usual: habit, now: NOW },
        );
        expect(hints.maxAge).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(hints.age)).toBe(true);
      }),
    );
  });
});
