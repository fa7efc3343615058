import { GraphQLError } from 'graphql';
import { listTag, typeTag } from '../../src/purge/tag';
import { expandTags } from '../../src/answer/expand-tags';
import { touchedBy } from '../../src/answer/touched';
import { asking, compiled, knowledgeOf } from './harness';

const SDL = `
  interface Node { id: ID! }
  type Trip implements Node { id: ID! title: String! likes: Int! owner: Traveller place: Place }
  type Traveller implements Node { id: ID! name: String! trips: [Trip!]! tripCount: Int! newest: Trip guide: Guide! }
  type Guide { id: ID! name: String! }
  type Place { id: ID! name: String! }
  union Found = Trip | Traveller | Weather
  type Weather { degrees: Int! }
  type Settings { theme: String! owner: Traveller }
  type Query {
    trip(id: ID!): Trip
    trips(country: ID): [Trip!] @cacheTag(format: "trips-in-{$args.country}")
    found: [Found!]!
    guide: Guide
    settings: Settings
    stay: Stay
    huts: [Hut!]!
    night: Night
    topTrips: [TopTrip!]!
    tripFacts: [TripFact!]!
  }
  type TopTrip { id: ID title: String likes: Int }
  type TripFact { title: String distance: Int }
  type Stay { nights: Int! trip: Trip }
  type Hut { beds: Int! price: Price! }
  type Price { amount: Int! }
  type Night { id: ID! hut: Hut price: Price }
  type StayPayload { stay: Stay trip: Trip }
  type TripEdge { cursor: String! node: Trip }
  type StrictEdge { cursor: String! node: Trip! }
  type Payload { trip: Trip traveller: Traveller query: Query clientMutationId: String }
  type StrictPayload { trip: Trip! clientMutationId: String }
  type EdgePayload { edge: TripEdge! }
  type StrictEdgePayload { edge: StrictEdge! }
  type Outer { result: Inner! ok: Boolean }
  type Inner { trip: Trip code: Int }
  type LooseOuter { result: StrictPayload ok: Boolean }
  type FoundPayload { found: Found }
  type ListPayload { trips: [Trip] ok: Boolean }
  type Problem { message: String! }
  union CreateResult = Payload | Problem
  type Done { ok: Boolean! }
  type TripDeleted { id: ID! }
  type Deletion { deletedId: ID viewer: Guide }
  type Counted { count: Int! }
  type Rows { affected_rows: Int! returning: [Trip!]! }
  input TripInput { title: String ownerId: ID owner: OwnerInput }
  input OwnerInput { create: TravellerInput connect: ID }
  input TravellerInput { name: String }
  input Close { country: ID! = "FR" }
  type Mutation {
    createTrip(input: TripInput): Trip
    createTopTrip: TopTrip
    createTripFact: TripFact
    createStrictTrip: Trip!
    perform(input: TripInput): Payload
    createTripInPayload(input: TripInput): Payload
    updateTripInPayload(id: ID, input: TripInput): Payload
    createTripStrictly: StrictPayload
    updateTripStrictly(id: ID): StrictPayload
    performStrictly: StrictPayload
    performWithEdge: EdgePayload
    performWithStrictEdge: StrictEdgePayload
    performDeep: Outer
    performLoosely: LooseOuter
    performOrFail(fail: Boolean): CreateResult
    performAll: ListPayload
    anything: FoundPayload
    any: Node
    likeTrip: Trip @purges(lists: false)
    discardTrip(id: ID, country: ID): Boolean! @purges(tags: ["Trip:{$args.id}", "[Trip]", "trips-in-{$args.country}"])
    postTrip(country: ID): Trip! @purges(tags: ["trips-in-{$args.country}"], lists: false)
    closeAll(input: Close!): Boolean @purges(tags: ["trips-in-{$args.input.country}"])
    see: Trip @purges
    change: Settings
    finish: Done
    nothing: Boolean
    deleteTrip(id: ID!): Boolean
    deleteTrips(ids: [ID!]): Counted
    deleteTripsWhere(country: ID): Counted
    createTrips(input: [TripInput!]): Counted
    insert_trips(on_conflict: String): Rows
    update_trips: Rows
    removeTrip(slug: String): TripDeleted
    removeTripOf(viewer: ID): Deletion
    remove(id: ID!): Deletion
    sweep(slug: String): Deletion
    viewTrip(slug: String): Boolean
    likeTripById(id: ID!): Boolean
    updateSettings(theme: String): Boolean
    setGuide(travellerId: ID!, guideId: ID!): Boolean
    deleteFound: Boolean
    createStay(tripId: ID!): StayPayload
    createStayNowhere: StayPayload
    bookNight: Night
    cancelNight(id: ID!): Boolean
  }
`;

const guide = { __typename: 'Guide', id: '5', name: 'Bo' };
const traveller = { __typename: 'Traveller', id: '9', name: 'Ada', tripCount: 2, trips: [], guide };
const place = { id: '3', name: 'Oslo' };
const trip = { __typename: 'Trip', id: '7', title: 'North', likes: 1, owner: traveller, place };
Object.assign(traveller, { newest: trip });
const payload = { __typename: 'Payload', trip, traveller, clientMutationId: 'x' };
const roots: Record<string, unknown> = {
  createTrip: trip,
  createStrictTrip: trip,
  perform: payload,
  createTripInPayload: payload,
  updateTripInPayload: payload,
  createTripStrictly: { trip },
  updateTripStrictly: { trip },
  performStrictly: { trip },
  performWithEdge: { edge: { cursor: 'c', node: trip } },
  performWithStrictEdge: { edge: { cursor: 'c', node: trip } },
  performDeep: { result: { trip, code: 1 } },
  performLoosely: { result: { trip } },
  performOrFail: ({ fail }: { fail?: boolean }) =>
    fail ? { __typename: 'Problem', message: 'no' } : payload,
  performAll: { trips: [trip, null] },
  anything: { found: trip },
  any: traveller,
  likeTrip: trip,
  see: trip,
  postTrip: trip,
  discardTrip: true,
  closeAll: true,
  change: { theme: 'dark', owner: traveller },
  finish: { ok: true },
  nothing: true,
  deleteTrip: true,
  deleteTrips: { count: 2 },
  deleteTripsWhere: { count: 2 },
  createTrips: { count: 2 },
  insert_trips: { affected_rows: 1, returning: [trip] },
  update_trips: { affected_rows: 1, returning: [trip] },
  removeTrip: { id: '7' },
  removeTripOf: { deletedId: '7', viewer: guide },
  remove: { deletedId: '7', viewer: guide },
  sweep: { deletedId: '7', viewer: guide },
  viewTrip: true,
  likeTripById: true,
  updateSettings: true,
  setGuide: true,
  deleteFound: true,
  bookNight: { id: '1', hut: { beds: 2, price: { amount: 3 } }, price: { amount: 3 } },
  cancelNight: true,
  createStay: { stay: { nights: 2, trip }, trip },
  createStayNowhere: { stay: { nights: 2, trip }, trip },
};
const knowledge = knowledgeOf(SDL);
const trips = ['[Found]', '[Node]', '[Trip]'];
const travellers = ['[Found]', '[Node]', '[Traveller]'];
/** A trip, what it refers to, and the lists it may be in. */
const wholeTrip = ['Place:3', 'Traveller:9', 'Trip:7', ...trips];
/** A trip and a traveller, both of which may be new. */
const both = [...wholeTrip, '[Traveller]', 'Guide:5'];
const allTrips = ['Trip', ...trips];

function touchedOf(text: string, variables: Record<string, unknown> = {}) {
  return asking(knowledge, text.startsWith('m') ? text : `mutation ${text}`, variables, roots);
}

describe('what a mutation touches', () => {
  it.each<[string, string, string[]]>([
    ['an entity, its lists and what it refers to', '{ createTrip { id } }', wholeTrip],
    ['the same, whatever its caller selects', '{ createTrip { title } }', wholeTrip],
    [
      'the same, however far its caller looks',
      '{ createTrip { id owner { id trips { id } newest { owner { guide { name } } } } } }',
      wholeTrip,
    ],
    ['what its payload carries', '{ perform { trip { id } traveller { id } } }', both],
    ['the same, when it is not selected', '{ perform { clientMutationId } }', both],
    ['the same, when it is selected in part', '{ perform { t: trip { title } } }', both],
    [
      'the same, through fragments',
      '{ perform { ...P } } fragment P on Payload { ... on Payload { trip { title } } }',
      both,
    ],
    ["the node of a payload's edge", '{ performWithEdge { edge { cursor } } }', wholeTrip],
    ['what objects without a key carry, at any depth', '{ performDeep { result { code } } }', wholeTrip],
    ['the same, where the way to it is not selected', '{ performLoosely { ok } }', wholeTrip],
    ['a union of payload and problem', '{ performOrFail { __typename } }', both],
    ['items of a list, but for nulls', '{ performAll { ok } }', wholeTrip],
    ['what is found behind a union, and not what could have been', '{ anything { __typename } }', wholeTrip],
    ['what is found behind an interface', '{ any { __typename } }', ['Traveller:9', 'Trip:7', ...travellers]],
    ['no lists, where the operator says so', '{ likeTrip { likes } }', ['Place:3', 'Traveller:9', 'Trip:7']],
    [
      'what is declared, instead of its lists',
      '{ postTrip(country: "FR") { id } }',
      ['#trips-in-FR', '#trips-in-{}', 'Place:3', 'Traveller:9', 'Trip:7'],
    ],
    [
      'its lists all the same, where a value of what is declared is missing',
      '{ postTrip { id } }',
      ['#trips-in-{}', ...wholeTrip],
    ],
    ['nothing, where `@purges` stands alone', '{ see { id owner { name } } }', []],
    [
      'an object without a key, by its type, and what it refers to',
      '{ change { theme } }',
      ['Settings', 'Traveller:9', '[Settings]'],
    ],
  ])('purges %s', (_, text, tags) => {
    const bound = touchedOf(text);
    expect(bound.touched).toEqual([...new Set(tags)].sort());
    expect(bound.data).toEqual(bound.plain.data);
    expect(bound.silent).toEqual([]);
  });

  it.each<[string, string, string[]]>([
    [
      'a delete by key: the entity',
      '{ deleteTrip(id: "7") }',
      ['Trip:7', ...trips, 'Traveller', '[Traveller]'],
    ],
    [
      'a delete of many by their keys',
      '{ deleteTrips(ids: ["7", "8"]) { count } }',
      ['Trip:7', 'Trip:8', ...trips, 'Traveller', '[Traveller]'],
    ],
    [
      'a delete of which only a count comes back: the type',
      '{ deleteTripsWhere(country: "FR") { count } }',
      [...allTrips, 'Traveller', '[Traveller]'],
    ],
    [
      'what is new: its lists',
      '{ createTrips(input: []) { count } }',
      [...trips, 'Traveller', '[Traveller]'],
    ],
    [
      'what is new, and whom it is of',
      '{ createTrips(input: [{ ownerId: "9" }]) { count } }',
      [...trips, 'Traveller:9'],
    ],
    ['an insertion', '{ insert_trips { affected_rows } }', [...trips, 'Traveller', '[Traveller]']],
    [
      'an insertion that may change what was there',
      '{ insert_trips(on_conflict: "x") { affected_rows } }',
      [...allTrips, 'Traveller', '[Traveller]'],
    ],
    [
      'a change of many that are not selected',
      '{ update_trips { affected_rows } }',
      [...allTrips, 'Traveller', '[Traveller]'],
    ],
    ['a change of many that are selected', '{ update_trips { returning { title } } }', wholeTrip],
    [
      'a delete that returns the key',
      '{ removeTrip(slug: "n") { __typename } }',
      ['Trip:7', ...trips, 'Traveller', '[Traveller]'],
    ],
    [
      'a deleted key beside other objects',
      '{ removeTripOf(viewer: "5") { viewer { name } } }',
      ['Guide:5', 'Trip:7', ...trips, '[Guide]', 'Traveller', '[Traveller]'],
    ],
    [
      'what an `id` may be of, where the name is about nothing',
      '{ remove(id: "8") { viewer { name } } }',
      ['Guide:5', 'Guide:7', 'Guide:8', '[Guide]'],
    ],
    [
      'what a deleted key may be of, where the name is about nothing',
      '{ sweep(slug: "n") { viewer { name } } }',
      ['Guide:5', 'Guide:7', '[Guide]'],
    ],
    ['what is given to a verb that is not known', '{ likeTripById(id: "7") }', ['Trip:7', ...trips]],
    ['an object without a key', '{ updateSettings(theme: "dark") }', ['Settings', '[Settings]']],
    [
      'all that the arguments name',
      '{ setGuide(travellerId: "9", guideId: "5") }',
      ['Guide:5', 'Traveller:9', '[Guide]'],
    ],
    [
      'all types of a union',
      '{ deleteFound }',
      ['Found', 'Traveller', 'Trip', 'Weather', '[Weather]', ...trips, ...travellers],
    ],
  ])('finds by its name and arguments %s', (_, text, tags) => {
    const bound = touchedOf(text);
    expect(bound.touched).toEqual([...new Set(tags)].sort());
    expect(bound.data).toEqual(bound.plain.data);
    expect(bound.silent).toEqual([]);
  });

  it.each<[string, string, string[], Record<string, unknown>]>([
    [
      'what its arguments name',
      'mutation M($i: ID!) { discardTrip(id: $i, country: "FR") }',
      ['#trips-in-FR', '#trips-in-{}', 'Trip:8', ...trips],
      { i: 8 },
    ],
    [
      'what the default of an input object names',
      'mutation M($i: Close!) { closeAll(input: $i) }',
      ['#trips-in-FR', '#trips-in-{}'],
      { i: {} },
    ],
  ])('purges what the operator says: %s', (_, text, tags, variables) => {
    expect(touchedOf(text, variables).touched).toEqual(tags.toSorted());
  });

  it('asks again what is named and still there for what it refers to, where that has figures', () => {
    expect(touchedOf('{ likeTripById(id: "7") }').wanted).toEqual(['Trip 7: owner']);
    expect(touchedOf('{ deleteTrip(id: "7") }').wanted).toEqual([]);
  });

  it.each<[string, string, string[]]>([
    [
      'created and not selected: its lists',
      '{ createTripStrictly { clientMutationId } }',
      [...trips, 'Traveller', '[Traveller]'],
    ],
    ['created and selected', '{ createTripStrictly { trip { title } } }', wholeTrip],
    [
      'named by an argument',
      '{ updateTripStrictly(id: "7") { clientMutationId } }',
      ['Trip:7', ...trips, 'Traveller', '[Traveller]'],
    ],
    [
      'neither: all of its type',
      '{ performStrictly { clientMutationId } }',
      [...allTrips, 'Traveller', '[Traveller]'],
    ],
    [
      'the node of an edge',
      '{ performWithStrictEdge { edge { cursor } } }',
      [...allTrips, 'Traveller', '[Traveller]'],
    ],
  ])('never asks for what may not be null: %s', (_, text, tags) => {
    const bound = touchedOf(text);
    expect(bound.touched).toEqual([...new Set(tags)].sort());
    expect(bound.data).toEqual(bound.plain.data);
  });

  it.each<[string, string, string[]]>([
    ['of what the mutation changed', '{ updateTripInPayload(id: "7") { clientMutationId } }', wholeTrip],
    [
      'of what is new, where an argument names it',
      '{ createTripInPayload(input: { ownerId: "9" }) { clientMutationId } }',
      wholeTrip,
    ],
  ])('leaves alone the lists of a neighbour: %s', (_, text, tags) => {
    expect(touchedOf(text).touched).toEqual(tags.toSorted());
  });

  it('purges all of what it refers to that has no key, but nothing that is only part of it', () => {
    const tags = ['Hut', 'Night:1', '[Hut]', '[Night]'];
    expect(touchedOf('{ bookNight { id } }').touched).toEqual(tags);
    expect(touchedOf('{ cancelNight(id: "1") }').touched).toEqual(tags);
  });

  it('purges all of what it returns a row of under another name, as of a view', () => {
    const { touched } = touchedOf('{ createTopTrip { title } }');
    expect(touched).toEqual(expect.arrayContaining(['TopTrip', 'Trip']));
    // One that has something else is no row of it.
    expect(touchedOf('{ createTripFact { title } }').touched).not.toContain('Trip');
  });

  it('leaves alone the lists of a neighbour of what has no key', () => {
    const touched = ['Stay', '[Stay]', 'Trip:7'];
    expect(touchedOf('{ createStay(tripId: "7") { stay { nights } } }').touched).toEqual(touched.toSorted());
    expect(touchedOf('{ createStayNowhere { stay { nights } } }').touched).toContain('[Trip]');
  });

  it.each<[string, string]>([
    ['nothing names it', '{ createTripInPayload { clientMutationId } }'],
    [
      'an argument makes it',
      '{ updateTripInPayload(id: "7", input: { owner: { create: { name: "Ada" } } }) { clientMutationId } }',
    ],
  ])('purges the lists of what may be new beside another: %s', (_, text) => {
    expect(touchedOf(text).touched).toEqual(expect.arrayContaining(['[Traveller]', '[Trip]', 'Trip:7']));
  });

  it('takes what is new for no neighbour because something old refers to it', () => {
    // The traveller is named, was there, and refers to the trip as its newest.
    expect(touchedOf('{ createTripInPayload(input: { ownerId: "9" }) { trip { id } } }').touched).toContain(
      '[Trip]',
    );
  });

  it('P21 reports a mutation that yields nothing to purge', () => {
    expect(touchedOf('{ nothing }').silent).toEqual(['nothing']);
    expect(touchedOf('{ finish { ok } }').silent).toEqual(['finish']);
    expect(touchedOf('{ viewTrip(slug: "n") }').silent).toEqual(['viewTrip']);
  });

  it('purges the whole type when an argument that names the entity is missing', () => {
    const { touched } = touchedOf('{ discardTrip(country: "FR") }');
    expect(touched).toEqual(expect.arrayContaining(['Trip', '[Trip]']));
  });

  it('does not purge for a field that a directive left out', () => {
    const operation = compiled(
      knowledge,
      'mutation M($no: Boolean!) { createTrip @include(if: $no) { id } ...F nothing } fragment F on Mutation { finish @skip(if: true) { ok } }',
    );
    const { tags, silentFields } = touchedBy(operation, { data: { nothing: true } }, { no: false });
    expect([[...tags], silentFields]).toEqual([[], ['nothing']]);
  });
});

describe('P06 a mutation that failed, in whole or in part', () => {
  const touched = (text: string, data: unknown, ...paths: (string | number)[][]) => {
    const errors = paths.map((path) => new GraphQLError('no', path.length > 0 ? { path } : {}));
    const answer = {
      ...(data !== undefined && { data: data as never }),
      ...(errors.length > 0 && { errors }),
    };
    return [...touchedBy(compiled(knowledge, `mutation ${text}`), answer, {}).tags].sort();
  };
  const all = [...allTrips, 'Traveller', '[Traveller]'].sort();

  it.each<[string, string[]]>([
    ['no data at all', touched('{ createTrip { id } }', undefined)],
    ['no data, and an error', touched('{ createTrip { id } }', undefined, ['createTrip'])],
    ['data that is null', touched('{ createTrip { id } }', null, ['createTrip', 'id'])],
    ['data without the field', touched('{ createTrip { id } }', {})],
    ['a field that failed', touched('{ createTrip { id } }', { createTrip: null }, ['createTrip'])],
    ['an error that says nothing of where', touched('{ createTrip { id } }', { createTrip: null }, [])],
    [
      'a failure in its payload',
      touched('{ performStrictly { trip { id } } }', { performStrictly: null }, ['performStrictly', 'trip']),
    ],
    [
      'a failure deeper in its payload',
      touched('{ performDeep { result { trip { id } } } }', { performDeep: { result: { trip: null } } }, [
        'performDeep',
        'result',
        'trip',
        'id',
      ]),
    ],
    [
      'a failure that took more with it',
      touched('{ performDeep { result { trip { id } } } }', { performDeep: null }, [
        'performDeep',
        'result',
        'trip',
      ]),
    ],
    [
      'an item that failed',
      touched('{ performAll { trips { id } } }', { performAll: { trips: [null] } }, [
        'performAll',
        'trips',
        0,
      ]),
    ],
  ])('purges all of its types: %s', (_, tags) => {
    expect(tags).toEqual(all);
  });

  it('purges all of its type where a field is null for no reason given', () => {
    expect(touched('{ createTrip { id } }', { createTrip: null })).toEqual([...allTrips].sort());
  });

  it('purges by itself what was to stand beside it, where an argument names that', () => {
    const text = '{ createTripInPayload(input: { ownerId: "9" }) { trip { id } } }';
    const tags = touched(text, { createTripInPayload: null }, ['createTripInPayload']);
    expect(tags).toEqual(['Traveller:9', ...allTrips].sort());
  });

  it('purges what is there beside what failed', () => {
    const data = { performAll: { trips: [null, { __lm_key_4_Trip_id: '7', id: '7' }] } };
    const tags = touched('{ performAll { trips { id } } }', data, ['performAll', 'trips', 0]);
    expect(tags).toEqual(expect.arrayContaining([...all, 'Trip:7']));
  });

  it('purges the types of references that failed, and of what came without its key', () => {
    const failed = {
      createTrip: {
        id: '7',
        __lm_payload_Trip_owner: null,
        __lm_payload_Trip_place: { __lm_key_5_Place_id: '3' },
      },
    };
    expect(
      touched('{ createTrip { id } }', failed, [
        'createTrip',
        '__lm_payload_Trip_owner',
        '__lm_key_9_Traveller_id',
      ]),
    ).toEqual(['Place:3', 'Traveller', 'Trip:7', '[Traveller]', ...trips].sort());
    expect(touched('{ createTrip { title } }', { createTrip: { title: 'x' } })).toEqual(all);
  });

  it('reads no key out of a field that a client has called like it', () => {
    const text = '{ performStrictly { trip { id: title } } }';
    const data = { performStrictly: { trip: { id: 'North', __lm_key_4_Trip_id: '7' } } };
    const tags = touched(text, data);
    expect(tags).toContain('Trip:7');
    expect(tags).not.toContain('Trip:North');
    expect(touched(text, { performStrictly: { trip: { id: 'North' } } })).toContain('Trip');
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
