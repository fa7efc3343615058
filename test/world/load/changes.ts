import { operation, numberOf, type Mutation } from './operation';
import { nodeBy, reviewsOf, travellerBy, tripBy, visitsTo } from './questions';

export function like(id: string): Mutation {
  return change(
    'like',
    `mutation ($id: ID!) { likeReview(id: $id) { id version likes } }`,
    { id },
    {
      changed: ({ likeReview }) => [versionOf(likeReview)],
      readBack: () => nodeBy(id),
    },
  );
}

export function visit(country: string): Mutation {
  return change(
    'visit',
    `mutation ($country: ID!) { recordVisit(country: $country) }`,
    { country },
    {
      changed: () => [{ subject: `visits:${country}`, version: undefined }],
      readBack: () => visitsTo(country),
    },
  );
}

export function renameTraveller(id: string, random: () => number): Mutation {
  const name = `Traveller ${Math.floor(random() * 1e6)}`;
  return change(
    'rename-traveller',
    `mutation ($id: ID!, $name: String!) { renameTraveller(id: $id, name: $name) { id version } }`,
    { id, name },
    {
      changed: ({ renameTraveller }) => [versionOf(renameTraveller)],
      readBack: () => travellerBy(id),
    },
  );
}

export function renameTrip(id: string, random: () => number): Mutation {
  const title = `Journey ${Math.floor(random() * 1e6)}`;
  return change(
    'rename-trip',
    `mutation ($id: ID!, $title: String!) { renameTrip(id: $id, title: $title) { id version } }`,
    { id, title },
    {
      changed: ({ renameTrip }) => [versionOf(renameTrip)],
      readBack: () => tripBy(id),
    },
  );
}

export function createTrip(travellerId: string, country: string): Mutation {
  const query = `mutation ($travellerId: ID!, $country: ID!) { createTrip(travellerId: $travellerId, country: $country, title: "New", startsOn: "2027-01-01") { id version } }`;
  return change(
    'create-trip',
    query,
    { travellerId, country },
    {
      changed: ({ createTrip }) => [
        versionOf(createTrip),
        { subject: `newest-trip:${country}`, version: numberOf((createTrip as { id: string }).id) },
      ],
      readBack: ({ createTrip }) => tripBy((createTrip as { id: string }).id),
    },
  );
}

export function createReview(authorId: string, country: string): Mutation {
  const query = `mutation ($input: CreateReviewInput!) { createReview(input: $input) { review { id version } } }`;
  return change(
    'create-review',
    query,
    { input: { authorId, country, rating: 5 } },
    {
      changed: ({ createReview }) => [
        versionOf((createReview as { review: unknown }).review),
        { subject: `total:${country}`, version: undefined },
      ],
      readBack: () => reviewsOf(country),
    },
  );
}

/** A message to one person: no answer of the API shows it. */
export function sendPostcard(tripId: string): Mutation {
  return change(
    'send-postcard',
    `mutation ($tripId: ID!) { sendPostcard(tripId: $tripId, text: "Wish you were here.") }`,
    { tripId },
    { changed: () => [], readBack: () => undefined },
  );
}

function change(
  name: string,
  query: string,
  variables: Record<string, unknown>,
  rest: Pick<Mutation, 'changed' | 'readBack'>,
): Mutation {
  return { ...operation(name, query, variables), ...rest };
}

function versionOf(object: unknown): { subject: string; version: number } {
  const { id, version } = object as { id: string; version: number };
  return { subject: id, version };
}
