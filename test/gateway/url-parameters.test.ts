import * as fc from 'fast-check';
import { namesOf, UrlParameters } from '../../src/gateway/url-parameters';
import { bind, cacheKeyOf } from '../../src/operation/bound-operation';
import { withParameters } from '../../src/upstream/with-parameters';
import { compiled } from '../answer/harness';
import { KNOWLEDGE } from './harness';

const IGNORED = ['utm_*', 'fbclid', 'gclid', 'msclkid'];
const parameters = new UrlParameters(IGNORED, 'http://api/graphql?tenant=1&Region=eu');
const read = (search: string, method = 'POST') => parameters.read({ method, search });

describe('the parameters that upstream is sent', () => {
  it.each([
    ['', ''],
    ['&&', ''],
    ['a=1', 'a=1'],
    ['&a=1&&b=2&', 'a=1&b=2'],
    ['a', 'a'],
    ['=1', '=1'],
    ['a=1=2', 'a=1=2'],
    ['a=%zz&b=%E4', 'a=%zz&b=%E4'],
    ['a=1;query=x', 'a=1%3Bquery=x'],
    ['a=1#query', 'a=1%23query'],
    ['?a=1', '?a=1'],
    ['query=1&a=1&variables=2', 'a=1'],
    ['Query=1&OPERATIONNAME=2&extensions[x]=3&%20variables=4&query%00=5&documentId=6&doc_id=7', ''],
    ['?query=1', ''],
    ['querys=1&my_query=2', 'querys=1&my_query=2'],
    ['tenant=2&TENANT=3&tenant[]=4&+tenant=5&region=us&tenants=6', 'tenants=6'],
    ['utm_source=1&utm_=2&UTM_x=3&fbclid=4&fbclids=5', 'UTM_x=3&fbclids=5'],
    ['u%74m_source=1&__proto__=2&constructor=3', '__proto__=2&constructor=3'],
  ])('of %j are %j', (search, passed) => {
    expect(read(search)).toBe(passed);
  });

  it.each([
    ['POST', 'id=1', 'id=1'],
    ['GET', 'id=1', ''],
    ['HEAD', 'id=1', ''],
    ['GET', 'query=%7Ba%7D&id=1', 'id=1'],
  ])('of a %s of %j are %j, where `id` may name the document', (method, search, passed) => {
    expect(read(search, method)).toBe(passed);
  });

  it('are all, where there is no UPSTREAM_URL and nothing is ignored', () => {
    expect(new UrlParameters([], undefined).read({ method: 'POST', search: 'utm_x=1&tenant=2' })).toBe(
      'utm_x=1&tenant=2',
    );
  });

  it('are none, where all are ignored', () => {
    expect(new UrlParameters(['*'], undefined).read({ method: 'POST', search: 'a=1&b=2&=3' })).toBe('');
  });

  it('are named as they are once decoded', () => {
    expect(namesOf('')).toEqual([]);
    expect(namesOf('a=1&%C3%A4=2&b+c&a&?x=1')).toEqual(['a', 'ä', 'b c', 'a', '?x']);
  });
});

it.each([
  ['http://api/graphql', '', 'http://api/graphql'],
  ['http://api/graphql', 'a=1', 'http://api/graphql?a=1'],
  ['http://api/graphql?b=2', 'a=1', 'http://api/graphql?b=2&a=1'],
  ['/graphql?', 'a=1', '/graphql?&a=1'],
  ['http://api/graphql#top', 'a=1', 'http://api/graphql?a=1#top'],
])('the URL %s with %j is %s', (url, more, extended) => {
  expect(withParameters(url, more)).toBe(extended);
});

/** Names of every kind, few of each so that they meet: GraphQL's own, ignored, UPSTREAM_URL's, and others. */
const name = fc.oneof(
  fc.constantFrom(
    'query',
    'variables',
    'utm_a',
    'fbclid',
    'tenant',
    'region',
    'lang',
    'currency',
    'a',
    'a b',
    'ä',
    '',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const pair = fc.tuple(
  name,
  fc.oneof(fc.constantFrom('', '1', '2'), fc.string({ unit: 'grapheme', maxLength: 8 })),
);
const pairs = fc.array(pair, { maxLength: 12 });
const written = (list: readonly (readonly [string, string])[]) =>
  new URLSearchParams(list.map(([one, other]) => [one, other])).toString();

/** The same rule, said over pairs. */
const isOther = ([given]: readonly [string, string]): boolean => {
  const plain = given
    .replace(/^[\s?]+/, '')
    .split(/[[\0]/)[0]!
    .trimEnd()
    .toLowerCase();
  const isGraphQLs = ['query', 'variables', 'operationname', 'extensions', 'documentid', 'doc_id'].includes(
    plain,
  );
  const isIgnored = given.startsWith('utm_') || IGNORED.includes(given);
  return !isGraphQLs && !isIgnored && plain !== 'tenant' && plain !== 'region';
};

describe('P34 P66 properties of parameters', () => {
  it('P66 keep their order, their number, their names and their values', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const passed = read(written(list));
        expect([...new URLSearchParams(`x=&${passed}`)].slice(1)).toEqual(
          // An empty piece is no parameter.
          list.filter(isOther).filter((each) => written([each]) !== ''),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('P34 never share an entry where they differ in anything that is passed', () => {
    const operation = compiled(KNOWLEDGE, 'query ($id: ID) { page(id: $id) { id } }');
    const key = (list: readonly [string, string][], id: string) =>
      cacheKeyOf(bind(operation, { id }, read(written(list))), undefined, []);
    // Mostly near each other: the same in another order, with one more, one less, or one changed.
    const both = fc.oneof(
      fc.tuple(pairs, pairs),
      pairs.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list))),
      fc
        .tuple(pairs, fc.nat(11), pair)
        .map(([list, at, other]): [typeof list, typeof list] => [list, list.toSpliced(at, 1, other)]),
    );
    fc.assert(
      fc.property(
        both,
        fc.constantFrom('1', '1?lang=de'),
        fc.constantFrom('1', '2'),
        ([one, other], a, b) => {
          const isSame =
            JSON.stringify([a, one.filter(isOther)]) === JSON.stringify([b, other.filter(isOther)]);
          expect(key(one, a) === key(other, b)).toBe(isSame);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
