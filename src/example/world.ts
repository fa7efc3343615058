import {
  continents,
  countries,
  getEmojiFlag,
  languages,
  type TCountryCode,
  type TLanguageCode,
} from 'countries-list';

export interface Country {
  readonly __typename: 'Country';
  readonly code: string;
  readonly name: string;
  readonly native: string;
  readonly capital: string | null;
  readonly flag: string;
  readonly currencies: readonly string[];
  readonly phoneCodes: readonly number[];
  readonly continentCode: string;
  readonly languageCodes: readonly string[];
}

export interface Continent {
  readonly __typename: 'Continent';
  readonly code: string;
  readonly name: string;
}

export interface Language {
  readonly __typename: 'Language';
  readonly code: string;
  readonly name: string;
  readonly native: string;
  readonly rightToLeft: boolean;
}

/** The countries of the package countries-list, by code. */
export const COUNTRIES: ReadonlyMap<string, Country> = new Map(
  Object.entries(countries).map(([code, country]) => [
    code,
    {
      __typename: 'Country',
      code,
      name: country.name,
      native: country.native,
      capital: country.capital || null,
      flag: getEmojiFlag(code as TCountryCode),
      currencies: country.currency,
      phoneCodes: country.phone,
      continentCode: country.continent,
      languageCodes: country.languages,
    },
  ]),
);

export const CONTINENTS: ReadonlyMap<string, Continent> = new Map(
  Object.entries(continents).map(([code, name]) => [code, { __typename: 'Continent', code, name }]),
);

const spoken = new Set<string>([...COUNTRIES.values()].flatMap((country) => country.languageCodes));

/** The languages that some country speaks, by code. */
export const LANGUAGES: ReadonlyMap<string, Language> = new Map(
  Object.entries(languages)
    .filter(([code]) => spoken.has(code as TLanguageCode))
    .map(([code, { name, native, rtl }]) => [
      code,
      { __typename: 'Language', code, name, native, rightToLeft: rtl === 1 },
    ]),
);

const byContinent = groupByCode([...COUNTRIES.values()], (country) => [country.continentCode]);
const byLanguage = groupByCode([...COUNTRIES.values()], (country) => country.languageCodes);

/** Countries, narrowed to a continent and to a language where these are given. An unknown code matches none. */
export function findCountries(continent?: string | null, language?: string | null): readonly Country[] {
  const spokenThere =
    typeof language === 'string' ? (byLanguage.get(language) ?? []) : [...COUNTRIES.values()];
  if (typeof continent !== 'string') return spokenThere;
  if (typeof language !== 'string') return byContinent.get(continent) ?? [];
  return spokenThere.filter((country) => country.continentCode === continent);
}

function groupByCode(
  all: readonly Country[],
  codesOf: (country: Country) => readonly string[],
): ReadonlyMap<string, readonly Country[]> {
  const groups = new Map<string, Country[]>();
  for (const country of all) {
    for (const code of codesOf(country)) {
      const group = groups.get(code);
      if (group) group.push(country);
      else groups.set(code, [country]);
    }
  }
  return groups;
}
