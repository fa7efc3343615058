import { Records, type Identified } from './records';
import { COUNTRIES, type Country } from './world';

/**
 * A seeded source of numbers from 0 up to 1, so that the example's data is the same in every process: mulberry32, a
 * public-domain generator. Good enough to look varied; never for secrets.
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of a list's elements. @throws RangeError when the list is empty */
export function pick<Element>(random: () => number, from: readonly Element[]): Element {
  const picked = from[Math.floor(random() * from.length)];
  if (picked === undefined) throw new RangeError('Nothing can be picked from an empty list.');
  return picked;
}

export interface Traveller extends Identified {
  readonly __typename: 'Traveller';
  readonly name: string;
  readonly homeCode: string;
  readonly email: string;
  readonly passport: string;
}

export interface Trip extends Identified {
  readonly __typename: 'Trip';
  readonly title: string;
  readonly travellerId: string;
  readonly countryCode: string;
  /** a day, as 2026-08-01 */
  readonly startsOn: string;
  readonly nights: number;
}

export interface Review extends Identified {
  readonly __typename: 'Review';
  readonly authorId: string;
  readonly countryCode: string;
  readonly rating: number;
  readonly text: string;
  readonly likes: number;
}

/** Everything the example API can change. Countries, continents and languages are constants: see world.ts. */
export interface ExampleData {
  readonly travellers: Records<Traveller>;
  readonly trips: Records<Trip>;
  readonly reviews: Records<Review>;
  /** country code -> number of visits */
  readonly visits: Map<string, number>;
  /** traveller id -> ids of the pinned trips, the first pinned first */
  readonly pins: Map<string, Set<string>>;
}

const TRIPS = 240;
const REVIEWS = 360;

// Travellers are named after birds: the data is invented, and is to look it.
const NAMES = (
  'Avocet Bittern Bunting Chough Crane Curlew Dipper Dunlin Egret Fieldfare Gannet Godwit Goldcrest Hoopoe Kestrel ' +
  'Kittiwake Lapwing Linnet Merlin Nightjar Nuthatch Osprey Ouzel Plover Redstart Sanderling Siskin Swift Teal Wheatear'
).split(' ');
const TITLES = [
  'A week in',
  'Across',
  'Back to',
  'By train through',
  'Spring in',
  'The coast of',
  'Walking in',
];
const OPINIONS = [
  'Would go again tomorrow.',
  'The food alone was worth the way.',
  'Quiet in winter, and better for it.',
  'Bring good shoes.',
  'Nice, but the ferries were full.',
  'Nobody was in a hurry, which we liked.',
];
const DAY_MS = 86_400_000;

/** Fresh data, the same for the same seed. */
export function createExampleData(seed = 1): ExampleData {
  const random = seededRandom(seed);
  const data: ExampleData = {
    travellers: new Records<Traveller>('traveller', []),
    trips: new Records<Trip>('trip', ['travellerId', 'countryCode']),
    reviews: new Records<Review>('review', ['authorId', 'countryCode']),
    visits: new Map(),
    pins: new Map(),
  };
  const countries = [...COUNTRIES.values()];
  for (const name of NAMES) addTraveller(data, name, pick(random, countries), random);
  const travellers = data.travellers.all();
  for (let index = 0; index < TRIPS; index++) {
    addTrip(data, pick(random, travellers), pick(random, countries), random);
  }
  for (let index = 0; index < REVIEWS; index++) {
    addReview(data, pick(random, travellers), pick(random, countries), random);
  }
  return data;
}

function addTraveller(data: ExampleData, name: string, home: Country, random: () => number): void {
  data.travellers.add((identity) => ({
    __typename: 'Traveller',
    ...identity,
    name,
    homeCode: home.code,
    email: `${name.toLowerCase()}@travellers.example`,
    passport: `${home.code}${String(Math.floor(random() * 1e7)).padStart(7, '0')}`,
  }));
}

function addTrip(data: ExampleData, traveller: Traveller, country: Country, random: () => number): void {
  const day = Date.UTC(2026, 0, 1) + Math.floor(random() * 730) * DAY_MS;
  data.trips.add((identity) => ({
    __typename: 'Trip',
    ...identity,
    title: `${pick(random, TITLES)} ${country.name}`,
    travellerId: traveller.id,
    countryCode: country.code,
    startsOn: new Date(day).toISOString().slice(0, 10),
    nights: 1 + Math.floor(random() * 21),
  }));
}

function addReview(data: ExampleData, author: Traveller, country: Country, random: () => number): void {
  data.reviews.add((identity) => ({
    __typename: 'Review',
    ...identity,
    authorId: author.id,
    countryCode: country.code,
    rating: 1 + Math.floor(random() * 5),
    text: pick(random, OPINIONS),
    likes: Math.floor(random() * 40),
  }));
}
