import type { ExampleData, Review, Traveller, Trip } from './data';
import { requirePageSize } from './input';
import { latest } from './latest';
import { whoAsks, type ExampleContext } from './session';
import {
  CONTINENTS,
  COUNTRIES,
  findCountries,
  LANGUAGES,
  type Continent,
  type Country,
  type Language,
} from './world';

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
