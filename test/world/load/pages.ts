import type { ExampleData } from '../../../src/example/data';
import { COUNTRIES } from '../../../src/example/world';
import { numberOf, operation, type Operation } from './operation';

/**
 * Pages as signed-in travellers open them: each is one query, of something for all and something for whoever asks. A trip's
 * page holds besides a field that is never cached, which upstream has to be asked for whatever else is there.
 */
export interface Pages {
  readonly countries: readonly Operation[];
  readonly trips: readonly Operation[];
}

export function pagesOf(data: ExampleData): Pages {
  return {
    countries: [...COUNTRIES.keys()].map(countryPage),
    trips: data.trips.all().map(({ id }) => tripPage(id)),
  };
}

/** Who is signed in, above a country with what travellers made of it. */
export function countryPage(code: string): Operation {
  const query = `query ($code: ID!) {
    me { id version name email }
    country(code: $code) {
      code name native capital flag currencies phoneCodes
      languages { name native }
      continent { code name }
    }
    continents { code name }
    visits(country: $code)
    trips(country: $code, first: 10) { id version title startsOn nights }
    reviews(country: $code, first: 10) { edges { node { id version rating likes text } } }
  }`;
  return page('page-country', query, { code }, ({ visits, trips }) => [
    { subject: `visits:${code}`, version: Number(visits) },
    { subject: `newest-trip:${code}`, version: numberOf((trips as { id: string }[])[0]?.id) },
  ]);
}

/** A trip, beside the traveller who would like to book it: the passport is never cached, the rest of them for themselves. */
export function tripPage(id: string): Operation {
  const query = `query ($id: ID!) {
    me { id version name email passport trips(first: 5) { id version title } }
    trip(id: $id) {
      id version title startsOn nights
      traveller { id version name }
      country { code name native capital flag currencies languages { name native } continent { code name } }
    }
    continents { code name }
  }`;
  return page('page-trip', query, { id });
}

function page(...all: Parameters<typeof operation>): Operation {
  return { ...operation(...all), isPage: true };
}
