import { hash } from 'node:crypto';
import { LOG_PROTOCOL } from '../../src/purge/log';
import { bind, cacheKeyOf } from '../../src/operation/bound-operation';
import { compiled, knowledgeOf } from '../answer/harness';

const knowledge = knowledgeOf(`
  type Query { pages(first: Int, by: By, tags: [String]): [Page!]! @cacheControl(maxAge: 60) }
  input By { field: String  descending: Boolean = false }
  type Page { id: ID! }
`);
const TEXT =
  'query A($n: Int = 10, $by: By, $tags: [String]) { pages(first: $n, by: $by, tags: $tags) { id } }';

function keyFor(variables: Record<string, unknown>, { text = TEXT, session = '', varying = [''] } = {}) {
  const bound = bind(compiled(knowledge, text), variables);
  return cacheKeyOf(bound, session === '' ? undefined : session, varying[0] === '' ? [] : varying);
}

describe('two requests have one key', () => {
  it.each([
    ['in whatever order their variables come', { n: 1, tags: ['a'] }, { tags: ['a'], n: 1 }],
    [
      'in whatever order an input object is written',
      { by: { field: 'a', descending: true } },
      { by: { descending: true, field: 'a' } },
    ],
    ['where one says what is the default', { n: 10 }, {}],
    ['where one has a variable that is not declared', { n: 1, other: 2 }, { n: 1 }],
  ] as [string, Record<string, unknown>, Record<string, unknown>][])('%s', (_, a, b) => {
    expect(keyFor(a)).toBe(keyFor(b));
  });

  it('whatever they call their variables', () => {
    const other = 'query A($a: Int = 10, $n: By, $c: [String]) { pages(first: $a, by: $n, tags: $c) { id } }';
    expect(keyFor({ a: 1, c: ['n'] }, { text: other })).toBe(keyFor({ n: 1, tags: ['n'] }));
    expect(keyFor({ n: null }, { text: other })).toBe(keyFor({ by: null }));
  });

  it('however their text is laid out', () => {
    expect(keyFor({}, { text: '{ pages { id } }' })).toBe(
      keyFor({}, { text: '{\n  pages { id }  # all\n}' }),
    );
  });
});

describe('two requests have different keys', () => {
  it('P92 where gateways of two protocols of the purge log are asked', () => {
    const bound = bind(compiled(knowledge, TEXT), {});
    const keyOf = (protocol: number): string =>
      hash('sha256', JSON.stringify([protocol, bound.text, null, []]), 'base64url');
    expect(keyFor({})).toBe(keyOf(LOG_PROTOCOL));
    expect(keyFor({})).not.toBe(keyOf(LOG_PROTOCOL - 1));
  });

  it.each([
    ['null is not absent', { by: null }, {}],
    ['null is not the default', { n: null }, {}],
    ['a number is not a text', { n: 1 }, { n: '1' }],
    ['the order of a list counts', { tags: ['a', 'b'] }, { tags: ['b', 'a'] }],
    ['a list is not its text', { tags: ['a,b'] }, { tags: ['a', 'b'] }],
    ['composed letters are not decomposed ones', { tags: ['\u00e9'] }, { tags: ['e\u0301'] }],
  ] as [string, Record<string, unknown>, Record<string, unknown>][])('%s', (_, a, b) => {
    expect(keyFor(a)).not.toBe(keyFor(b));
  });

  it('where more is different than the names of variables', () => {
    const all = [
      'query ($n: Int) { pages(first: $n) { id } }',
      'query ($n: Int!) { pages(first: $n) { id } }',
      'query ($n: Int = 3) { pages(first: $n) { id } }',
      '{ pages(first: 1) { id } }',
      'query ($n: Int) { pages(first: $n, tags: ["$n"]) { id } }',
      'query ($m: Int) { pages(first: $m, tags: ["$m"]) { id } }',
      'query ($m: Int) { pages(first: $m, tags: ["""\\""" $m $n"""]) { id } }',
      'query ($n: Int) { pages(first: $n) { id } more: pages(first: $n) { id } }',
      'query ($n: Int, $m: Int) { pages(first: $n) { id } more: pages(first: $m) { id } }',
    ];
    expect(new Set(all.map((text) => keyFor({ n: 1, m: 1 }, { text }))).size).toBe(all.length);
  });

  it.each([
    ['__proto__', 'a server that gathers values in a plain object loses it'],
    ['toString', 'there one has it that was not sent'],
    ['_n', 'it is out of the ordinary'],
    ['n'.repeat(65), 'it is long'],
  ])('where a variable is called %s: %s', (name) => {
    const other = `query A($${name}: Int = 10, $by: By, $tags: [String]) { pages(first: $${name}, by: $by, tags: $tags) { id } }`;
    expect(keyFor({ tags: ['a'] }, { text: other })).not.toBe(keyFor({ tags: ['a'] }));
  });

  it('where variables are called alike but for the case', () => {
    const called = (a: string, b: string) =>
      keyFor({}, { text: `query ($${a}: Int, $${b}: By) { pages(first: $${a}, by: $${b}) { id } }` });
    expect(called('a', 'A')).not.toBe(called('a', 'b'));
    expect(called('c', 'd')).toBe(called('a', 'b'));
  });

  it('of two sessions, and of a session and nobody', () => {
    const keys = [keyFor({}), keyFor({}, { session: 'a' }), keyFor({}, { session: 'b' })];
    expect(new Set(keys).size).toBe(3);
  });

  it('of the values of what VARY lists, one after the other', () => {
    const keys = [['+a', '+b'], ['+b', '+a'], ['+a,+b'], ['-', '+a']].map((varying) =>
      keyFor({}, { varying }),
    );
    expect(new Set(keys).size).toBe(4);
  });
});
