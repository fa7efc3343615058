import { listTag, typeTag } from '../../src/purge/tag';
import { expandTags } from '../../src/answer/expand-tags';
import { touchedBy } from '../../src/answer/touched';
import { asking, compiled, knowledgeOf } from './harness';

const SDL = `
  interface Node { id: ID! }
  type Trip implements Node { id: ID! title: String! likes: Int! owner: Traveller }
  type Traveller implements Node { id: ID! name: String! trips: [Trip!]! }
  union Found = Trip | Traveller | Weather
  type Weather { degrees: Int! }
  type Settings { theme: String! }
  type Query {
    trip(id: ID!): Trip
    trips(country: ID): [Trip!] @cacheTag(format: "trips-in-{$args.country}")
    found: [Found!]!
    settings: Settings
  }
  type TripEdge { cursor: String! node: Trip! }
  type CreatePayload { trip: Trip! traveller: Traveller query: Query clientMutationId: String }
  type EdgePayload { edge: TripEdge! }
  type FoundPayload { found: Found }
  type Problem { message: String! }
  union CreateResult = CreatePayload | Problem
  type Done { ok: Boolean! }
  type Mutation {
    createTrip: Trip!
    createWithPayload: CreatePayload!
    createWithEdge: EdgePayload!
    createOrFail(fail: Boolean): CreateResult!
    likeTrip: Trip @purges(lists: false)
    deleteTrip(id: ID, country: ID): Boolean! @purges(tags: ["Trip:{$args.id}", "[Trip]", "trips-in-{$args.country}"])
    postTrip(country: ID): Trip! @purges(tags: ["trips-in-{$args.country}"], lists: false)
    anything: FoundPayload
    change: Settings
    finish: Done
    nothing: Boolean
  }
`;

const trip = {
  __typename: 'Trip',
  id: '7',
  title: 'North',
  likes: 1,
  owner: { __typename: 'Traveller', id: '9', name: 'Ada', trips: [] },
};
const payload = { __typename: 'CreatePayload', trip, traveller: trip.owner, clientMutationId: 'x' };
const roots = {
  createTrip: () => trip,
  createWithPayload: () => payload,
  createWithEdge: () => ({ edge: { cursor: 'c', node: trip } }),
  createOrFail: ({ fail }: { fail?: boolean }) => (fail ? { __typename: 'Problem', message: 'no' } : payload),
  likeTrip: () => trip,
  postTrip: () => trip,
  anything: () => ({ found: trip }),
  deleteTrip: () => true,
  change: () => ({ theme: 'dark' }),
  finish: () => ({ ok: true }),
  nothing: () => true,
};
const knowledge = knowledgeOf(SDL);
const tripLists = ['[Found]', '[Node]', '[Trip]'];
const travellerLists = ['[Traveller]'];

describe('what a mutation touches', () => {
  it.each([
    ['the entity and its lists', '{ createTrip { id } }', ['Trip:7', ...tripLists]],
    ['the same, whatever its caller selects', '{ createTrip { title } }', ['Trip:7', ...tripLists]],
    [
      'entities deeper in its answer, but not their lists',
      '{ createTrip { owner { name } } }',
      ['Traveller:9', 'Trip:7', ...tripLists],
    ],
    [
      'what its payload carries, selected or not',
      '{ createWithPayload { clientMutationId } }',
      ['Traveller:9', 'Trip:7', ...tripLists, ...travellerLists],
    ],
    [
      'the same, when it is selected',
      '{ createWithPayload { trip { title } traveller { id } } }',
      ['Traveller:9', 'Trip:7', ...tripLists, ...travellerLists],
    ],
    ["the node of a payload's edge", '{ createWithEdge { __typename } }', ['Trip:7', ...tripLists]],
    [
      'the node of an edge selected without it',
      '{ createWithEdge { edge { cursor } } }',
      ['Trip:7', ...tripLists],
    ],
    [
      'a union of payload and problem',
      '{ createOrFail { __typename } }',
      ['Traveller:9', 'Trip:7', ...tripLists, ...travellerLists],
    ],
    ['no lists, where the operator says so', '{ likeTrip { likes } }', ['Trip:7']],
    [
      'what its arguments name',
      'mutation M($i: ID!) { deleteTrip(id: $i, country: "FR") }',
      ['#trips-in-FR', '#trips-in-{}', 'Trip:8', ...tripLists],
    ],
    [
      'what is declared, instead of its lists',
      '{ postTrip(country: "FR") { id } }',
      ['#trips-in-FR', '#trips-in-{}', 'Trip:7'],
    ],
    [
      'its lists all the same, where a value of what is declared is missing',
      '{ postTrip { id } }',
      ['#trips-in-{}', 'Trip:7', ...tripLists],
    ],
    [
      'what has no key behind a union, by its type',
      '{ anything { __typename } }',
      ['Trip:7', 'Weather', '[Weather]', ...tripLists, ...travellerLists],
    ],
    ['an object without a key, by its type', '{ change { theme } }', ['Settings', '[Settings]']],
  ])('purges %s', (_, text, tags) => {
    const bound = asking(knowledge, text.startsWith('m') ? text : `mutation ${text}`, { i: 8 }, roots);
    expect(bound.touched).toEqual([...tags].sort());
    expect(bound.data).toEqual(bound.plain.data);
    expect(bound.silent).toEqual([]);
  });

  it('P21 reports a mutation that yields nothing to purge', () => {
    expect(asking(knowledge, 'mutation { nothing }', {}, roots).silent).toEqual(['nothing']);
    expect(asking(knowledge, 'mutation { finish { ok } }', {}, roots).silent).toEqual(['finish']);
  });

  it('purges the whole type when an argument that names the entity is missing', () => {
    const { touched } = asking(knowledge, 'mutation { deleteTrip(country: "FR") }', {}, roots);
    expect(touched).toEqual(expect.arrayContaining(['Trip', '[Trip]']));
  });

  it.each([
    ['no data at all', undefined],
    ['null', null],
    ['a field that is null', { createTrip: null }],
  ])('P06 purges every answer of its types after an answer with %s', (_, data) => {
    const operation = compiled(knowledge, 'mutation { createTrip { id } }');
    const { tags } = touchedBy(operation, data, {});
    expect([...tags].sort()).toEqual([...tripLists, 'Trip'].sort());
  });

  it('does not purge for a field that a directive left out', () => {
    const operation = compiled(
      knowledge,
      'mutation M($no: Boolean!) { createTrip @include(if: $no) { id } nothing }',
    );
    expect([...touchedBy(operation, { nothing: true }, { no: false }).tags]).toEqual([]);
  });
});

describe('what purging a tag means in a schema', () => {
  it('reaches the types behind an interface, and every list they can be in', () => {
    const tags = expandTags(knowledge.schema, knowledge.rules, [typeTag('Node')]);
    expect([...tags].sort()).toEqual(
      ['Node', 'Traveller', 'Trip', '[Found]', '[Node]', '[Traveller]', '[Trip]'].sort(),
    );
  });

  it('reaches a union that a list of one of its types could be shown as', () => {
    const tags = expandTags(knowledge.schema, knowledge.rules, [listTag('Traveller')]);
    expect([...tags].sort()).toEqual(['[Found]', '[Node]', '[Traveller]']);
  });
});
