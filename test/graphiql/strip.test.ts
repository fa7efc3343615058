import fc from 'fast-check';
import { join } from 'node:path';
import { withExtensions } from '../../src/answer/extensions';
import { REASONS } from '../../src/report/reason';

interface Strip {
  readCacheStatus(header: string | null): { verdict: string; ttl?: number; stored: boolean; detail?: string };
  takeExplanation(text: string): { text: string; explanation: unknown };
  nameOf(asked: { query?: string; operationName?: string }): string;
  sayInSeconds(seconds: number): string;
  sayRemedy(remedy?: string): string;
  narrowest(tags: readonly string[]): string;
  sayPurges(purges: Readonly<Record<string, unknown>>): string;
}

// It is a browser's, and no part of what the compiler reads.
const strip = require(join(__dirname, '../../src/graphiql/browser/strip.js')) as Strip;

it.each([
  ['lastmile-syd; hit; ttl=59', 'hit'],
  ['lastmile-syd; hit; ttl=-3; detail=stale', 'stale'],
  ['lastmile-syd; fwd=uri-miss; stored', 'miss'],
  ['lastmile-syd; fwd=stale; detail=purged', 'miss'],
  ['lastmile-syd; fwd=partial; stored; detail=absent', 'partial'],
  ['lastmile-syd; fwd=bypass; detail=no-policy', 'bypass'],
  ['lastmile-syd; fwd=method; detail=mutation', 'bypass'],
  ['lastmile-lhr; hit; ttl=9, lastmile-syd; fwd=uri-miss', 'miss'],
  [null, 'unknown'],
])('reads %p as %s', (header, verdict) => {
  expect(strip.readCacheStatus(header).verdict).toBe(verdict);
});

it('takes out what the gateway put in, and no more', () => {
  const member = fc.tuple(fc.constantFrom('data', 'errors', 'extensions', 'other'), fc.json());
  fc.assert(
    fc.property(fc.uniqueArray(member, { selector: ([name]) => name }), (members) => {
      const plain = members.filter(([name]) => name !== 'extensions');
      const text = `{${plain.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
      const explained = withExtensions(text, {}, { lastmile: { explain: { kept: 'never' } } });
      const taken = strip.takeExplanation(explained);
      expect(taken.explanation).toEqual({ kept: 'never' });
      expect(JSON.parse(taken.text)).toEqual(JSON.parse(text));
    }),
  );
});

it('leaves numbers as they were written, and what has no explanation alone', () => {
  const text = '{"data":{"a":1.10,"b":12345678901234567890}}';
  const explained = withExtensions(text, {}, { lastmile: { explain: {} } });
  expect(strip.takeExplanation(explained).text).toBe(text);
  for (const each of [text, '<h1>It works</h1>', '[]', 'null'])
    expect(strip.takeExplanation(each)).toEqual({ text: each, explanation: undefined });
});

it('keeps the extensions of others, and a token', () => {
  const said = { cost: 3, lastmile: { token: 't' } };
  const text = `{"data":null,"extensions":${JSON.stringify(said)}}`;
  const wanted = { ...said, lastmile: { ...said.lastmile, explain: {} } };
  expect(JSON.parse(strip.takeExplanation(withExtensions(text, said, wanted)).text)).toEqual(
    JSON.parse(text),
  );
});

it('calls an operation by its name, else by its first field', () => {
  expect(strip.nameOf({ query: 'query Home { a }', operationName: 'Home' })).toBe('Home');
  expect(strip.nameOf({ query: '# {no}\n{ mine: country(code: "NZ") { name } }' })).toBe('country');
  expect(strip.nameOf({})).toBe('operation');
});

it('says every remedy as a sentence', () => {
  expect(strip.sayRemedy('nothing: the next request hits')).toBe('The next request hits.');
  expect(strip.sayRemedy('nothing')).toBe('');
  for (const [, remedy] of Object.values(REASONS))
    expect(strip.sayRemedy(remedy)).toMatch(/^(?:[A-Z].*\.)?$/s);
});

it('purges by the tag that the fewest others have', () => {
  expect(strip.narrowest(['Country', '[Country]', 'Country:NZ'])).toBe('Country:NZ');
  expect(strip.narrowest(['Country', '[Country]'])).toBe('[Country]');
  expect(strip.narrowest(['front-page'])).toBe('front-page');
});

it.each([
  [0, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [90, '90 s'],
  [7200, '2 h'],
  [86_400, '1 d'],
])('says %p seconds as %s', (seconds, said) => {
  expect(strip.sayInSeconds(seconds)).toBe(said);
});

it.each([
  [
    { entities: ['Trip:1'], lists: ['[Trip]'], session: true },
    'Purges Trip:1, [Trip] and the private answers of its session.',
  ],
  [{ entities: ['Trip:1'], session: false }, 'Purges Trip:1.'],
  [{ entities: [], session: true }, 'Purges the private answers of its session.'],
  [{ silent: ['Mutation.finish'] }, 'Purges nothing: say with @purges what it changes.'],
  [{ silent: [] }, 'Purges nothing.'],
])('says of what %p is', (purges, said) => {
  expect(strip.sayPurges(purges)).toBe(said);
});
