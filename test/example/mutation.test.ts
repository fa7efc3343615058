import { askExample, type Ask } from './ask';

let ask: Ask;
beforeEach(() => {
  ask = askExample();
});

const CREATE = `mutation {
  createTrip(travellerId: "traveller-1", country: "PT", title: "Down the Tagus", startsOn: "2026-09-01") {
    id version title nights startsOn country { code } traveller { id }
  }
}`;

/** Ids of the trips that a field lists. */
async function tripIds(field: string): Promise<string[]> {
  const { data } = await ask(`{ list: ${field} { id } }`);
  return data.list.map((trip: { id: string }) => trip.id);
}

it('createTrip adds a trip that all lists then show', async () => {
  const missing = await ask('{ trip(id: "trip-241") { id } }');
  expect(missing.data.trip).toBeNull();
  const { data, errors } = await ask(CREATE);
  expect(errors).toEqual([]);
  expect(data.createTrip).toEqual({
    id: 'trip-241',
    version: 1,
    title: 'Down the Tagus',
    nights: 7,
    startsOn: '2026-09-01',
    country: { code: 'PT' },
    traveller: { id: 'traveller-1' },
  });
  for (const list of ['trips', 'trips(country: "PT")', 'tripsBy(travellerId: "traveller-1")']) {
    expect((await tripIds(list))[0]).toBe('trip-241');
  }
  const { data: nested } = await ask(
    '{ country(code: "PT") { trips { id } } traveller(id: "traveller-1") { trips { id } } search(text: "tagus") { ... on Trip { id } } calendar(year: 2026) { id } }',
  );
  expect(nested.country.trips[0].id).toBe('trip-241');
  expect(nested.traveller.trips[0].id).toBe('trip-241');
  expect(nested.search).toEqual([{ id: 'trip-241' }]);
  expect(nested.calendar[8]).toContainEqual({ id: 'trip-241' });
});

it('renameTrip changes the title, the version, and what a search finds', async () => {
  const { data } = await ask(
    'mutation { renameTrip(id: "trip-1", title: "  The long way home ") { title version } }',
  );
  expect(data.renameTrip).toEqual({ title: 'The long way home', version: 2 });
  const found = await ask(
    '{ search(text: "long way") { ... on Trip { id } } trip(id: "trip-1") { title version } }',
  );
  expect(found.data.search).toEqual([{ id: 'trip-1' }]);
  expect(found.data.trip).toEqual({ title: 'The long way home', version: 2 });
});

it('moveTrip takes a trip out of one country and into another', async () => {
  const { data } = await ask('{ trip(id: "trip-1") { country { code } } }');
  const from = data.trip.country.code;
  expect(await tripIds(`trips(country: "${from}")`)).toContain('trip-1');
  const moved = await ask('mutation { moveTrip(id: "trip-1", country: "IS") { version country { code } } }');
  expect(moved.data.moveTrip).toEqual({ version: 2, country: { code: 'IS' } });
  expect(await tripIds(`trips(country: "${from}")`)).not.toContain('trip-1');
  expect(await tripIds('trips(country: "IS")')).toContain('trip-1');
});

it('deleteTrip says whether there was one, and every list forgets it', async () => {
  const { data } = await ask('{ trip(id: "trip-1") { country { code } traveller { id } } }');
  const first = await ask('mutation { deleteTrip(id: "trip-1") }');
  const second = await ask('mutation { deleteTrip(id: "trip-1") }');
  expect([first.data.deleteTrip, second.data.deleteTrip]).toEqual([true, false]);
  expect(await tripIds(`trips(country: "${data.trip.country.code}")`)).not.toContain('trip-1');
  expect(await tripIds(`tripsBy(travellerId: "${data.trip.traveller.id}")`)).not.toContain('trip-1');
  expect((await ask('{ trip(id: "trip-1") { id } node(id: "trip-1") { id } }')).data).toEqual({
    trip: null,
    node: null,
  });
});

it('never gives an id again', async () => {
  await ask(CREATE);
  await ask('mutation { deleteTrip(id: "trip-241") }');
  const { data } = await ask(CREATE);
  expect(data.createTrip.id).toBe('trip-242');
});

it('pinTrip puts a trip first and back, and changes no trip', async () => {
  const before = await tripIds('tripsBy(travellerId: "traveller-1")');
  const last = before.at(-1);
  const pinned = await ask(`mutation { pinTrip(travellerId: "traveller-1", tripId: "${last}") }`);
  expect(pinned.data.pinTrip).toBe(true);
  expect(await tripIds('tripsBy(travellerId: "traveller-1")')).toEqual([last, ...before.slice(0, -1)]);
  expect((await ask(`{ trip(id: "${last}") { version } }`)).data.trip.version).toBe(1);
  const back = await ask(
    `mutation { pinTrip(travellerId: "traveller-1", tripId: "${last}", pinned: false) }`,
  );
  expect(back.data.pinTrip).toBe(false);
  expect(await tripIds('tripsBy(travellerId: "traveller-1")')).toEqual(before);
});

it('a pinned trip can be deleted', async () => {
  const [first, ...rest] = await tripIds('tripsBy(travellerId: "traveller-1")');
  await ask(
    `mutation { pinTrip(travellerId: "traveller-1", tripId: "${first}") deleteTrip(id: "${first}") }`,
  );
  expect(await tripIds('tripsBy(travellerId: "traveller-1")')).toEqual(rest);
});

it('renameTraveller changes the name wherever the traveller appears', async () => {
  const { data } = await ask(
    'mutation { renameTraveller(id: "traveller-1", name: "Puffin") { name version } }',
  );
  expect(data.renameTraveller).toEqual({ name: 'Puffin', version: 2 });
  const { data: after } = await ask('{ tripsBy(travellerId: "traveller-1") { traveller { name version } } }');
  for (const trip of after.tripsBy) expect(trip.traveller).toEqual({ name: 'Puffin', version: 2 });
});

it('createReview answers with a payload, and the review leads the connection', async () => {
  const { data, errors } = await ask(
    'mutation { createReview(input: { authorId: "traveller-2", country: "PT", rating: 4, text: "Custard tarts." }) { review { id likes version rating text author { id } } } }',
  );
  expect(errors).toEqual([]);
  expect(data.createReview.review).toEqual({
    id: 'review-361',
    likes: 0,
    version: 1,
    rating: 4,
    text: 'Custard tarts.',
    author: { id: 'traveller-2' },
  });
  const { data: after } = await ask('{ reviews(first: 1) { totalCount edges { node { id } } } }');
  expect(after.reviews).toEqual({ totalCount: 361, edges: [{ node: { id: 'review-361' } }] });
});

it('likeReview counts, and leaves the order of the reviews alone', async () => {
  const before = await ask(
    '{ review: node(id: "review-1") { ... on Review { likes } } reviews { edges { node { id } } } }',
  );
  const { data } = await ask('mutation { likeReview(id: "review-1") { likes version } }');
  expect(data.likeReview).toEqual({ likes: before.data.review.likes + 1, version: 2 });
  const after = await ask('{ reviews { edges { node { id } } } }');
  expect(after.data.reviews).toEqual(before.data.reviews);
});

it('recordVisit answers null and counts for its country alone', async () => {
  const { data, errors } = await ask(
    'mutation { recordVisit(country: "PT") again: recordVisit(country: "PT") is: recordVisit(country: "IS") }',
  );
  expect({ data, errors }).toEqual({ data: { recordVisit: null, again: null, is: null }, errors: [] });
  expect((await ask('{ pt: visits(country: "PT") es: visits(country: "ES") }')).data).toEqual({
    pt: 2,
    es: 0,
  });
});

it('sendPostcard answers null and changes nothing', async () => {
  const everything =
    '{ trips(first: 100) { id version title } travellers { id version } visits(country: "PT") }';
  const before = await ask(everything);
  const { data, errors } = await ask(
    'mutation { sendPostcard(tripId: "trip-1", text: "Wish you were here") }',
  );
  expect({ data, errors }).toEqual({ data: { sendPostcard: null }, errors: [] });
  expect(await ask(everything)).toEqual(before);
});

it.each([
  [
    'createTrip(travellerId: "nobody", country: "PT", title: "x", startsOn: "2026-01-01") { id }',
    'There is no traveller with this id.',
  ],
  [
    'createTrip(travellerId: "traveller-1", country: "pt", title: "x", startsOn: "2026-01-01") { id }',
    'There is no country with this code. Codes are two capital letters, such as "PT".',
  ],
  [
    'createTrip(travellerId: "traveller-1", country: "PT", title: " ", startsOn: "2026-01-01") { id }',
    '`title` must have 1 to 200 characters.',
  ],
  [
    'createTrip(travellerId: "traveller-1", country: "PT", title: "x", startsOn: "2026-01-01", nights: 0) { id }',
    '`nights` must be from 1 to 365.',
  ],
  ['renameTrip(id: "trip-0", title: "x") { id }', 'There is no trip with this id.'],
  ['renameTrip(id: "trip-1", title: "") { id }', '`title` must have 1 to 200 characters.'],
  [`renameTrip(id: "trip-1", title: "${'x'.repeat(201)}") { id }`, '`title` must have 1 to 200 characters.'],
  ['moveTrip(id: "trip-0", country: "PT") { id }', 'There is no trip with this id.'],
  [
    'moveTrip(id: "trip-1", country: "Portugal") { id }',
    'There is no country with this code. Codes are two capital letters, such as "PT".',
  ],
  ['pinTrip(travellerId: "traveller-1", tripId: "trip-0")', 'There is no trip with this id.'],
  ['renameTraveller(id: "trip-1", name: "x") { id }', 'There is no traveller with this id.'],
  [
    'createReview(input: { authorId: "traveller-1", country: "PT", rating: 6 }) { review { id } }',
    '`rating` must be from 1 to 5.',
  ],
  ['likeReview(id: "trip-1") { id }', 'There is no review with this id.'],
  ['sendPostcard(tripId: "trip-1", text: "")', '`text` must have 1 to 500 characters.'],
])('refuses %s and changes nothing', async (field, message) => {
  const everything = '{ trips(first: 100) { id version } reviews { totalCount } travellers { version } }';
  const before = await ask(everything);
  const { errors } = await ask(`mutation { ${field} }`);
  expect(errors).toEqual([{ message, code: 'BAD_USER_INPUT' }]);
  expect(await ask(everything)).toEqual(before);
});

it("refuses to pin a trip in another traveller's list", async () => {
  const { data } = await ask('{ trip(id: "trip-1") { traveller { id } } }');
  const other = data.trip.traveller.id === 'traveller-1' ? 'traveller-2' : 'traveller-1';
  const { errors } = await ask(`mutation { pinTrip(travellerId: "${other}", tripId: "trip-1") }`);
  expect(errors).toEqual([{ message: 'This trip is not one of this traveller.', code: 'BAD_USER_INPUT' }]);
});

it.each(['2026-02-30', '2026-13-01', '2026-1-1', 'tomorrow', ''])(
  'refuses %j as a date',
  async (startsOn) => {
    const literal = CREATE.replace('2026-09-01', startsOn);
    const { errors } = await ask(literal);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain('A Date is a day such as "2026-08-01".');
    const { errors: byVariable } = await ask(
      'mutation ($startsOn: Date!) { createTrip(travellerId: "traveller-1", country: "PT", title: "x", startsOn: $startsOn) { id } }',
      undefined,
      { startsOn },
    );
    expect(byVariable[0]?.message).toContain('A Date is a day such as "2026-08-01".');
  },
);
