import type { ExampleData } from '../../../src/example/data';
import { CONTINENTS, COUNTRIES, LANGUAGES } from '../../../src/example/world';
import { numberOf, operation, type Operation } from './operation';

/** A few thousand questions about the example's data, in no order. */
export function catalogueOf(data: ExampleData): Operation[] {
  const all: Operation[] = [];
  for (const code of COUNTRIES.keys()) {
    all.push(
      operation('country', `query ($code: ID!) { country(code: $code) { code name capital flag } }`, {
        code,
      }),
      operation(
        'country-page',
        `query ($code: ID!) { country(code: $code) { code name native currencies continent { name } languages { name } } }`,
        { code },
      ),
      countryTrips(code),
      reviewsOf(code),
      visitsTo(code),
    );
  }
  for (const code of CONTINENTS.keys())
    all.push(
      operation(
        'continent',
        `query ($code: ID!) { continent(code: $code) { name countries { code name flag } } }`,
        { code },
      ),
    );
  for (const code of LANGUAGES.keys())
    all.push(
      operation('language', `query ($code: ID!) { language(code: $code) { name countries { code name } } }`, {
        code,
      }),
    );
  for (const { id } of data.trips.all())
    all.push(
      tripBy(id),
      operation(
        'trip-page',
        `query ($id: ID!) { trip(id: $id) { id version title traveller { id version name } country { code name } } }`,
        { id },
      ),
    );
  for (const { id } of data.travellers.all())
    all.push(
      travellerBy(id),
      operation(
        'traveller-trips',
        `query ($id: ID!) { tripsBy(travellerId: $id) { id version title nights } }`,
        { id },
      ),
    );
  for (const { id } of data.reviews.all()) all.push(nodeBy(id));
  // Not there yet: the answer is null until a trip with this id is made.
  for (let next = 1; next <= 60; next++) all.push(tripBy(`trip-${data.trips.size + next}`));
  return all;
}

/** What a signed-in traveller asks: who they are, or where they go. */
export const MINE: readonly [profile: Operation, trips: Operation] = [
  operation('me', '{ me { id version name email } }', {}),
  operation('me-trips', '{ me { id version email trips(first: 5) { id version title } } }', {}),
];

/** An address, asked for by nobody who is signed in: it may be in no answer to this. */
export function addressOf(id: string): Operation {
  return operation('traveller-email', `query ($id: ID!) { traveller(id: $id) { id version email } }`, { id });
}

export function tripBy(id: string): Operation {
  const query = `query ($id: ID!) { trip(id: $id) { id version title startsOn nights } }`;
  // A trip that is not there has the version 0.
  return operation('trip', query, { id }, ({ trip }) => (trip === null ? [{ subject: id, version: 0 }] : []));
}

export function travellerBy(id: string): Operation {
  return operation('traveller', `query ($id: ID!) { traveller(id: $id) { id version name home { name } } }`, {
    id,
  });
}

export function nodeBy(id: string): Operation {
  return operation('node', `query ($id: ID!) { node(id: $id) { id version ... on Review { likes text } } }`, {
    id,
  });
}

export function visitsTo(country: string): Operation {
  return operation(
    'visits',
    `query ($country: ID!) { visits(country: $country) }`,
    { country },
    ({ visits }) => [{ subject: `visits:${country}`, version: Number(visits) }],
  );
}

function countryTrips(country: string): Operation {
  const query = `query ($country: ID!) { trips(country: $country, first: 5) { id version title } }`;
  return operation('country-trips', query, { country }, ({ trips }) => [
    { subject: `newest-trip:${country}`, version: numberOf((trips as { id: string }[])[0]?.id) },
  ]);
}

export function reviewsOf(country: string): Operation {
  const query = `query ($country: ID!) { reviews(country: $country, first: 5) { totalCount edges { node { id version rating likes } } } }`;
  return operation('reviews', query, { country }, ({ reviews }) => [
    { subject: `total:${country}`, version: (reviews as { totalCount: number }).totalCount },
  ]);
}
