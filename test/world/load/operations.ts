import { createExampleData, type ExampleData } from '../../../src/example/data';
import { pick, seededRandom } from '../../../src/example/random';
import { COUNTRIES, LANGUAGES } from '../../../src/example/world';

/** What an answer shows beyond objects with id and version. */
export interface Shown {
  readonly subject: string;
  readonly version: number;
}

/** An operation that a client sends, as it goes over the wire, and what is to be read from its answer. */
export interface Operation {
  readonly name: string;
  readonly body: string;
  /** whether it is asked in a user's name */
  readonly isPrivate: boolean;
  /** what the answer shows of lists and counters */
  readonly shows?: (data: Record<string, unknown>) => Shown[];
}

/** A change, and how to tell from its answer what it made. */
export interface Mutation extends Operation {
  readonly changed: (
    data: Record<string, unknown>,
  ) => readonly { subject: string; version: number | undefined }[];
  /** a query that must show it */
  readonly readBack: (data: Record<string, unknown>) => Operation;
}

/** Popularity falls with the rank to this power. Pages of the web are near 1; an API's operations are fewer and repeat more. */
const ZIPF = 1.1;

/** Lists whose length and newest member count as versions. */
export function isCounter(subject: string): boolean {
  return subject.startsWith('visits:') || subject.startsWith('total:');
}

/** What a counter stands at before anybody changes it. */
export function countersOf(data: ExampleData): (subject: string) => number {
  return (subject) => {
    const [kind, country = ''] = subject.split(':');
    return kind === 'total' ? data.reviews.where('countryCode', country).length : 0;
  };
}

/** All that is asked and changed, for one seed. */
export class Workload {
  readonly data: ExampleData;
  readonly reads: readonly Operation[];
  readonly #sums: readonly number[];
  readonly #countries = [...COUNTRIES.keys()];

  constructor(seed: number) {
    this.data = createExampleData(seed);
    const random = seededRandom(seed);
    const reads = this.#catalogue();
    for (let last = reads.length - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1));
      [reads[last], reads[other]] = [reads[other]!, reads[last]!];
    }
    this.reads = reads;
    let sum = 0;
    this.#sums = reads.map((_, rank) => (sum += 1 / (rank + 1) ** ZIPF));
  }

  /** One operation, the popular ones more often. */
  read(random: () => number): Operation {
    const point = random() * this.#sums.at(-1)!;
    let low = 0;
    let high = this.#sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sums[middle]! < point) low = middle + 1;
      else high = middle;
    }
    return this.reads[low]!;
  }

  /** What a signed-in traveller asks. */
  mine(random: () => number): Operation {
    return random() < 0.7
      ? operation('me', '{ me { id version name email } }', {}, true)
      : operation('me-trips', '{ me { id version email trips(first: 5) { id version title } } }', {}, true);
  }

  /** Mostly small changes, as on most sites: likes and counts; now and then a name, a trip, a review. */
  mutate(random: () => number): Mutation {
    const country = popular(random, this.#countries);
    const dice = random();
    if (dice < 0.6) return like(popular(random, this.data.reviews.all()).id);
    if (dice < 0.88) return visit(country);
    if (dice < 0.94) return renameTraveller(pick(random, this.data.travellers.all()).id, random);
    if (dice < 0.96) return renameTrip(pick(random, this.data.trips.all()).id, random);
    if (dice < 0.98) return createTrip(pick(random, this.data.travellers.all()).id, country);
    return createReview(pick(random, this.data.travellers.all()).id, country);
  }

  /** A few thousand questions about the example's data. */
  #catalogue(): Operation[] {
    const all: Operation[] = [];
    for (const code of this.#countries) {
      all.push(
        operation('country', `query ($code: ID!) { country(code: $code) { code name capital flag } }`, {
          code,
        }),
        operation(
          'country-page',
          `query ($code: ID!) { country(code: $code) { code name native currencies continent { name } languages { name } } }`,
          { code },
        ),
        operation(
          'country-phones',
          `query ($code: ID!) { country(code: $code) { code phoneCodes currencies } }`,
          { code },
        ),
        operation(
          'country-neighbours',
          `query ($code: ID!) { country(code: $code) { code continent { code countries { code name flag } } } }`,
          { code },
        ),
        countryTrips(code),
        reviewsOf(code),
        visitsTo(code),
      );
    }
    for (const code of LANGUAGES.keys())
      all.push(
        operation(
          'language',
          `query ($code: ID!) { language(code: $code) { name countries { code name } } }`,
          { code },
        ),
      );
    for (const { id } of this.data.trips.all())
      all.push(
        tripBy(id),
        operation(
          'trip-page',
          `query ($id: ID!) { trip(id: $id) { id version title traveller { id version name } country { code name } } }`,
          { id },
        ),
      );
    for (const { id } of this.data.travellers.all())
      all.push(
        travellerBy(id),
        operation(
          'traveller-trips',
          `query ($id: ID!) { tripsBy(travellerId: $id) { id version title nights } }`,
          { id },
        ),
        // Nobody signed in asks for it, so nobody's address may be in the answer.
        operation('traveller-email', `query ($id: ID!) { traveller(id: $id) { id version email } }`, { id }),
      );
    for (const { id } of this.data.reviews.all()) all.push(nodeBy(id));
    // Not there yet: the answer is null until a trip with this id is made.
    for (let next = 1; next <= 60; next++) all.push(tripBy(`trip-${this.data.trips.size + next}`));
    return all;
  }
}

/** One of a list's elements, the first ones far more often: what is talked about changes most. */
function popular<Element>(random: () => number, from: readonly Element[]): Element {
  return from[Math.floor(from.length * random() ** 3)]!;
}

function operation(
  name: string,
  query: string,
  variables: Record<string, unknown>,
  isPrivate = false,
  shows?: Operation['shows'],
): Operation {
  return { name, body: JSON.stringify({ query, variables }), isPrivate, ...(shows && { shows }) };
}

function tripBy(id: string): Operation {
  const query = `query ($id: ID!) { trip(id: $id) { id version title startsOn nights } }`;
  // A trip that is not there has the version 0.
  return operation('trip', query, { id }, false, ({ trip }) =>
    trip === null ? [{ subject: id, version: 0 }] : [],
  );
}

function travellerBy(id: string): Operation {
  return operation('traveller', `query ($id: ID!) { traveller(id: $id) { id version name home { name } } }`, {
    id,
  });
}

function nodeBy(id: string): Operation {
  return operation('node', `query ($id: ID!) { node(id: $id) { id version ... on Review { likes text } } }`, {
    id,
  });
}

function visitsTo(country: string): Operation {
  return operation(
    'visits',
    `query ($country: ID!) { visits(country: $country) }`,
    { country },
    false,
    ({ visits }) => [{ subject: `visits:${country}`, version: Number(visits) }],
  );
}

function countryTrips(country: string): Operation {
  const query = `query ($country: ID!) { trips(country: $country, first: 5) { id version title } }`;
  return operation('country-trips', query, { country }, false, ({ trips }) => [
    { subject: `newest-trip:${country}`, version: numberOf((trips as { id: string }[])[0]?.id) },
  ]);
}

function reviewsOf(country: string): Operation {
  const query = `query ($country: ID!) { reviews(country: $country, first: 5) { totalCount edges { node { id version rating likes } } } }`;
  return operation('reviews', query, { country }, false, ({ reviews }) => [
    { subject: `total:${country}`, version: (reviews as { totalCount: number }).totalCount },
  ]);
}

function like(id: string): Mutation {
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

function visit(country: string): Mutation {
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

function renameTraveller(id: string, random: () => number): Mutation {
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

function renameTrip(id: string, random: () => number): Mutation {
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

function createTrip(travellerId: string, country: string): Mutation {
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

function createReview(authorId: string, country: string): Mutation {
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

function numberOf(id: string | undefined): number {
  return Number(id?.split('-')[1] ?? 0);
}
