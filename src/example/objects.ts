import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import type { ExampleData, Review, Traveller, Trip } from './data';
import { requirePageSize, whoAsks, type ExampleContext } from './input';
import { latest } from './records';
import {
  CONTINENTS,
  COUNTRIES,
  findCountries,
  LANGUAGES,
  type Continent,
  type Country,
  type Language,
} from './world';

const FULL_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A day of the calendar as text, for example 2026-08-01. RFC 3339 5.6, full-date. */
export const DateScalar = new GraphQLScalarType<string, string>({
  name: 'Date',
  serialize: (value) => parseDate(value),
  parseValue: (value) => parseDate(value),
  parseLiteral: (node) => parseDate(node.kind === Kind.STRING ? node.value : undefined),
});

function parseDate(value: unknown): string {
  if (typeof value === 'string' && FULL_DATE.test(value)) {
    const day = new Date(`${value}T00:00:00Z`);
    // A day the month does not have becomes one of the next month, or no date at all.
    if (!Number.isNaN(day.getTime()) && day.toISOString().startsWith(value)) return value;
  }
  throw new GraphQLError('A Date is a day such as "2026-08-01".', { extensions: { code: 'BAD_USER_INPUT' } });
}

interface Page {
  readonly first: number;
}

/** The resolvers of the object types: what leads from one object to others. Plain values need none. */
export function objectResolvers(data: ExampleData) {
  return {
    Country: {
      continent: (country: Country) => CONTINENTS.get(country.continentCode),
      languages: (country: Country) => country.languageCodes.map((code) => LANGUAGES.get(code)),
      trips: (country: Country, { first }: Page) =>
        latest(data.trips.where('countryCode', country.code), requirePageSize(first)),
      reviews: (country: Country, { first }: Page) =>
        latest(data.reviews.where('countryCode', country.code), requirePageSize(first)),
    },
    Continent: {
      countries: (continent: Continent) => findCountries(continent.code),
    },
    Language: {
      countries: (language: Language) => findCountries(undefined, language.code),
    },
    Traveller: {
      home: (traveller: Traveller) => COUNTRIES.get(traveller.homeCode),
      trips: (traveller: Traveller, { first }: Page) =>
        latest(data.trips.where('travellerId', traveller.id), requirePageSize(first)),
      reviews: (traveller: Traveller, { first }: Page) =>
        latest(data.reviews.where('authorId', traveller.id), requirePageSize(first)),
      email: (traveller: Traveller, _: unknown, context: ExampleContext | undefined) =>
        whoAsks(data, context)?.id === traveller.id ? traveller.email : null,
      passport: (traveller: Traveller, _: unknown, context: ExampleContext | undefined) =>
        whoAsks(data, context)?.id === traveller.id ? traveller.passport : null,
    },
    Trip: {
      traveller: (trip: Trip) => data.travellers.get(trip.travellerId),
      country: (trip: Trip) => COUNTRIES.get(trip.countryCode),
    },
    Review: {
      author: (review: Review) => data.travellers.get(review.authorId),
      country: (review: Review) => COUNTRIES.get(review.countryCode),
    },
  };
}
