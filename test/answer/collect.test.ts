import { asking, knowledgeOf } from './harness';

const SDL = `
  interface Node { id: ID! }
  type Trip implements Node { id: ID! title: String! stops: [[Stop!]!]! owner: Traveller meta: JSON }
  type Traveller implements Node { id: ID! name: String! trips: [Trip!]! @cacheTag(format: "trips-of-{$key.id}") boss: Traveller }
  type Stop @key(fields: "trip place") { trip: ID! place: ID! note: String }
  type Country @key(fields: "code") { code: ID! name: String! }
  type Weather { degrees: Int! }
  union Found = Trip | Country | Weather
  scalar JSON
  type TripEdge { cursor: String! node: Trip }
  type TripConnection { edges: [TripEdge!]! nodes: [Trip!]! totalCount: Int! }
  type Query {
    trip(id: ID!): Trip
    trips(country: ID): [Trip!] @cacheTag(format: "trips-in-{$args.country}")
    country(code: ID!): Country
    stop(trip: ID!, place: ID!): Stop
    page: TripPage
    ranked: [Ranked!]!
    node(id: ID!): Node
    found: [Found]!
    connection: TripConnection!
    number: Numbered
    matrix: [[[Trip!]!]!]!
    featured: Trip @cacheTag(format: "featured")
    settings: Settings
    popular(text: String): [Trip!]! @cacheTag(format: "~Traveller") @cacheTag(format: "~Found")
  }
  type Settings @cacheTag(format: "settings") { theme: String }
  type TripPage { items: [Trip!]! total: Int! query: Query }
  type Ranked { rank: Int! shown: Shown }
  type Shown { trip: Trip! at: Weather }
  type Numbered { id: Int! name: String! }
`;

const trip = (id: unknown, more: object = {}) => ({
  __typename: 'Trip',
  id,
  title: `Trip ${String(id)}`,
  stops: [],
  ...more,
});

const roots = {
  trip: ({ id }: { id: string }) =>
    id === 'none' ? null : trip(id, { owner: { __typename: 'Traveller', id: '9', name: 'Ada', trips: [] } }),
  trips: ({ country }: { country?: string }) =>
    country === 'none' ? null : country === 'empty' ? [] : [trip(1), trip(2)],
  country: ({ code }: { code: string }) =>
    code === 'XX' ? null : { __typename: 'Country', code, name: code },
  node: ({ id }: { id: string }) => (id === 'none' ? null : trip(id)),
  found: () => [
    trip(3),
    { __typename: 'Country', code: 'FR', name: 'France' },
    { __typename: 'Weather', degrees: 3 },
  ],
  connection: () => ({ edges: [{ cursor: 'a', node: trip(5) }], nodes: [trip(6)], totalCount: 2 }),
  stop: () => null,
  page: () => ({ items: [trip(5)], total: 1 }),
  ranked: () => [{ rank: 1, shown: { trip: trip(5), at: null } }],
  number: () => ({ id: 0, name: 'zero' }),
  settings: () => ({ theme: 'dark' }),
  matrix: () => [[[trip(1)], [trip(2)]], [[trip(3, { stops: [[{ trip: '3', place: 'a:b', note: 'n' }]] })]]],
  featured: () => trip('f'),
  popular: () => [],
};

const knowledge = knowledgeOf(SDL);
const ask = (text: string, variables?: Record<string, unknown>) => asking(knowledge, text, variables, roots);

describe('what an answer holds', () => {
  it.each([
    ['a plain entity', '{ trip(id: 1) { id title } }', ['Trip', 'Trip:1']],
    ['P19 an id that the client did not select', '{ trip(id: 1) { title } }', ['Trip', 'Trip:1']],
    ['P19 an id under another name', '{ t: trip(id: 1) { key: id, id: title } }', ['Trip', 'Trip:1']],
    ['P19 an id behind @skip', '{ trip(id: 1) { title id @skip(if: true) } }', ['Trip', 'Trip:1']],
    [
      'P19 an id that one of two selections has, and the other is skipped',
      '{ trip(id: 1) { id } trip(id: 1) @skip(if: true) { title } }',
      ['Trip', 'Trip:1'],
    ],
    [
      'P19 an id in a fragment that does not apply',
      '{ trip(id: 1) { title ... @include(if: false) { id } } }',
      ['Trip', 'Trip:1'],
    ],
    [
      'P19 fragments',
      '{ trip(id: 1) { ...T } } fragment T on Trip { title owner { ...O } } fragment O on Traveller { name }',
      ['Traveller', 'Traveller:9', 'Trip', 'Trip:1'],
    ],
    ['P19 an interface', '{ node(id: 4) { __typename } }', ['Trip', 'Trip:4']],
    ['P19 an interface, by type', '{ node(id: 4) { ... on Trip { title } } }', ['Trip', 'Trip:4']],
    [
      'P19 a union, also of types not asked for',
      '{ found { ... on Weather { degrees } } }',
      ['Country', 'Country:FR', 'Trip', 'Trip:3', 'Weather', '[Found]'],
    ],
    [
      'P19 nested lists and a composite key',
      '{ matrix { title stops { note } } }',
      ['Stop', 'Stop:3:a%3Ab', 'Trip', 'Trip:1', 'Trip:2', 'Trip:3', '[Stop]', '[Trip]'],
    ],
    ['P19 a numeric id, zero too', '{ number { name } }', ['Numbered', 'Numbered:0', '[Numbered]']],
    ['P19 a declared key', '{ country(code: "FR") { name } }', ['Country', 'Country:FR']],
    [
      'P17 a missing entity, by the argument that names it, which may name another',
      '{ trip(id: "none") { title } }',
      ['Trip:none', '[Trip]'],
    ],
    [
      'P17 a missing entity with a declared key',
      '{ country(code: "XX") { name } }',
      ['Country:XX', '[Country]'],
    ],
    [
      'P17 a missing entity with a key of two fields',
      '{ stop(place: "b:c", trip: "a") { note } }',
      ['Stop:a:b%3Ac', '[Stop]'],
    ],
    [
      'P17 a missing entity of one of several types',
      '{ node(id: "none") { id } }',
      ['Traveller:none', 'Trip:none', '[Node]'],
    ],
    [
      'P17 an entity that is missing in another',
      '{ trip(id: 1) { owner { boss { name } } } }',
      ['Traveller', 'Traveller:9', 'Trip', 'Trip:1', '[Traveller]'],
    ],
    ['P17 an empty list', '{ trips(country: "empty") { title } }', ['#trips-in-empty', '[Trip]']],
    ['P17 a list that is null', '{ trips(country: "none") { title } }', ['#trips-in-none', '[Trip]']],
    [
      'P18 a list',
      '{ trips(country: "FR") { title } }',
      ['#trips-in-FR', 'Trip', 'Trip:1', 'Trip:2', '[Trip]'],
    ],
    ['P18 a connection, by its count alone', '{ connection { totalCount } }', ['TripConnection', '[Trip]']],
    [
      'P18 a connection, by its edges',
      '{ connection { edges { node { title } } } }',
      ['Trip', 'Trip:5', 'TripConnection', 'TripEdge', '[Trip]'],
    ],
    ['P18 a page, by its total alone', '{ page { total } }', ['TripPage', '[Trip]']],
    [
      'P18 a list of what wraps entities, without them',
      '{ ranked { rank } }',
      ['Ranked', '[Ranked]', '[Shown]', '[Trip]', '[Weather]'],
    ],
    [
      'a declared tag, by the key of the object that has the field',
      '{ trip(id: 1) { owner { trips { title } } } }',
      ['#trips-of-9', 'Traveller', 'Traveller:9', 'Trip', 'Trip:1', '[Trip]'],
    ],
    [
      'a declared tag without a value',
      '{ trips { title } }',
      ['#trips-in-{}', 'Trip', 'Trip:1', 'Trip:2', '[Trip]'],
    ],
    ['a declared tag that is fixed', '{ featured { title } }', ['#featured', 'Trip', 'Trip:f', '[Trip]']],
    ['a tag that a type without a key declares', '{ settings { theme } }', ['#settings', 'Settings']],
    [
      'P25 any change of a type, where it is declared',
      '{ popular(text: "x") { title } }',
      ['[Trip]', '~Country', '~Traveller', '~Trip', '~Weather'],
    ],
  ])('tags %s', (_, text, tags) => {
    const { data, plain, ...rest } = ask(text);
    expect(rest.tags).toEqual(tags);
    expect(data).toEqual(plain.data);
    expect(rest.collected.untagged).toBeUndefined();
  });

  it('does not look into custom scalars', () => {
    const meta = { __typename: 'Country', code: 'DE', __lm_type: 'Trip' };
    const { tags, data } = asking(
      knowledge,
      '{ trip(id: 1) { meta } }',
      {},
      { trip: () => trip(1, { meta }) },
    );
    expect(tags).toEqual(['Trip', 'Trip:1']);
    expect(data).toEqual({ trip: { meta } });
  });

  it('reads names that every object inherits as the names they are', () => {
    const odd = knowledgeOf(
      'type constructor { id: ID! } type Query { toString: constructor valueOf: [constructor!] }',
    );
    const root = { toString: () => ({ id: 'x' }), valueOf: () => [] };
    const { tags } = asking(odd, '{ hasOwnProperty: toString { id } valueOf { id } }', {}, root);
    expect(tags).toEqual(['[constructor]', 'constructor', 'constructor:x']);
  });

  it('takes time that grows with the answer, not with its nesting', () => {
    const deep = (depth: number): unknown => (depth === 0 ? [trip(1)] : [deep(depth - 1)]);
    const sdl = `type Trip { id: ID! } type Query { deep: ${'['.repeat(31)}Trip${']'.repeat(31)} }`;
    const { tags } = asking(knowledgeOf(sdl), '{ deep { id } }', {}, { deep: () => deep(30) });
    expect(tags).toEqual(['Trip', 'Trip:1', '[Trip]']);
  });
});
