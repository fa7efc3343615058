import { countries, languages } from 'countries-list';
import { askExample } from './ask';

const ask = askExample();

describe('countries, continents and languages', () => {
  it('answers with the data of countries-list', async () => {
    const { data, errors } = await ask(
      `{ country(code: "PT") { code name native capital flag currencies phoneCodes continent { code name } languages { code native } } }`,
    );
    expect(errors).toEqual([]);
    expect(data.country).toEqual({
      code: 'PT',
      name: 'Portugal',
      native: 'Portugal',
      capital: 'Lisbon',
      flag: '🇵🇹',
      currencies: ['EUR'],
      phoneCodes: [351],
      continent: { code: 'EU', name: 'Europe' },
      languages: [{ code: 'pt', native: 'Português' }],
    });
  });

  it('answers for every country with every plain field', async () => {
    const { data, errors } = await ask(
      '{ countries { code name native capital flag currencies phoneCodes continent { code } languages { code } } }',
    );
    expect(errors).toEqual([]);
    expect(data.countries).toHaveLength(Object.keys(countries).length);
  });

  it('has no capital where there is none', async () => {
    const { data } = await ask('{ country(code: "AQ") { capital languages { code } } }');
    expect(data.country).toEqual({ capital: null, languages: [] });
  });

  it('answers null for a code nobody has, and for one in small letters', async () => {
    const { data, errors } = await ask(
      '{ a: country(code: "ZZ") { name } b: country(code: "pt") { name } c: continent(code: "XX") { name } d: language(code: "xx") { name } }',
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({ a: null, b: null, c: null, d: null });
  });

  it.each([
    ['all of them', '', () => true],
    ['a continent', '(continent: "SA")', (code: string) => countries[code as 'PT'].continent === 'SA'],
    ['a language', '(language: "pt")', (code: string) => countries[code as 'PT'].languages.includes('pt')],
    [
      'both',
      '(continent: "AF", language: "pt")',
      (code: string) =>
        countries[code as 'PT'].continent === 'AF' && countries[code as 'PT'].languages.includes('pt'),
    ],
    ['explicit nulls', '(continent: null, language: null)', () => true],
    ['an unknown continent', '(continent: "XX")', () => false],
    ['an unknown language', '(language: "xx")', () => false],
  ])('lists countries by %s', async (_, given, belongs: (code: string) => boolean) => {
    const { data } = await ask(`{ countries${given} { code } }`);
    expect(data.countries.map((country: { code: string }) => country.code)).toEqual(
      Object.keys(countries).filter(belongs),
    );
  });

  it('lists continents with their countries', async () => {
    const { data } = await ask('{ continents { code countries { continent { code } } } }');
    expect(data.continents).toHaveLength(7);
    for (const { code, countries } of data.continents) {
      expect(countries.length).toBeGreaterThan(0);
      for (const country of countries) expect(country.continent.code).toBe(code);
    }
  });

  it('lists the languages some country speaks, with these countries', async () => {
    const { data } = await ask('{ languages { code name rightToLeft countries { languages { code } } } }');
    expect(data.languages.length).toBeGreaterThan(80);
    for (const { code, name, countries } of data.languages) {
      expect(name).toBe(languages[code as 'pt'].name);
      expect(countries.length).toBeGreaterThan(0);
      for (const country of countries) expect(country.languages).toContainEqual({ code });
    }
    expect(data.languages.find((language: { code: string }) => language.code === 'ar').rightToLeft).toBe(
      true,
    );
    expect(data.languages.find((language: { code: string }) => language.code === 'pt').rightToLeft).toBe(
      false,
    );
  });
});

describe('travellers, trips and reviews', () => {
  it('leads from a traveller to all that is theirs, and back', async () => {
    const { data, errors } = await ask(`{
      travellers { id name version home { code } trips { traveller { id } country { code } startsOn nights title version }
        reviews { author { id } country { code } rating text likes version } }
    }`);
    expect(errors).toEqual([]);
    expect(data.travellers).toHaveLength(30);
    for (const { id, trips, reviews } of data.travellers) {
      for (const trip of trips) expect(trip.traveller.id).toBe(id);
      for (const review of reviews) expect(review.author.id).toBe(id);
    }
  });

  it('lists trips with the latest first, and those to one country', async () => {
    const { data } = await ask('{ all: trips(first: 100) { id country { code } } }');
    const ids = data.all.map((trip: { id: string }) => Number(trip.id.slice('trip-'.length)));
    expect(ids).toEqual(Array.from({ length: 100 }, (_, index) => 240 - index));
    const { code } = data.all[0].country;
    const there = await ask(
      `{ trips(country: "${code}") { id country { code } } country(code: "${code}") { trips { id } } }`,
    );
    expect(there.data.trips.length).toBeGreaterThan(0);
    for (const trip of there.data.trips) expect(trip.country.code).toBe(code);
    expect(there.data.country.trips).toEqual(there.data.trips.map(({ id }: { id: string }) => ({ id })));
  });

  it('lists none with `first: 0`, and none for an unknown country', async () => {
    const { data } = await ask('{ none: trips(first: 0) { id } nowhere: trips(country: "ZZ") { id } }');
    expect(data).toEqual({ none: [], nowhere: [] });
  });

  it('sorts the trips of a year into twelve months', async () => {
    const { data } = await ask('{ calendar(year: 2026) { startsOn } }');
    expect(data.calendar).toHaveLength(12);
    data.calendar.forEach((trips: { startsOn: string }[], month: number) => {
      expect(trips.length).toBeGreaterThan(0);
      const days = trips.map((trip) => trip.startsOn);
      expect(days).toEqual([...days].sort());
      for (const day of days) expect(day.slice(0, 7)).toBe(`2026-${String(month + 1).padStart(2, '0')}`);
    });
    const other = await ask('{ calendar(year: 1999) { id } }');
    expect(other.data.calendar).toEqual(Array.from({ length: 12 }, () => []));
  });

  it('finds any node by its id, as what it is', async () => {
    const { data } = await ask(`{
      trip: node(id: "trip-1") { __typename id version ... on Trip { title } }
      traveller: node(id: "traveller-1") { __typename ... on Traveller { name } }
      review: node(id: "review-1") { __typename ... on Review { rating } }
      nobody: node(id: "trip-99999") { id }
    }`);
    expect(data.trip).toEqual({ __typename: 'Trip', id: 'trip-1', version: 1, title: expect.any(String) });
    expect(data.traveller).toEqual({ __typename: 'Traveller', name: expect.any(String) });
    expect(data.review).toEqual({ __typename: 'Review', rating: expect.any(Number) });
    expect(data.nobody).toBeNull();
  });

  it('searches countries, travellers and trips in any case', async () => {
    const { data } = await ask(
      '{ search(text: "PORTUGAL") { __typename ... on Country { code } ... on Trip { title } } birds: search(text: "swift") { ... on Traveller { name } } }',
    );
    expect(data.search[0]).toEqual({ __typename: 'Country', code: 'PT' });
    for (const trip of data.search.slice(1)) expect(trip.title).toContain('Portugal');
    expect(data.birds).toEqual([{ name: 'Swift' }]);
  });

  it.each([
    ['trips(first: -1) { id }', '`first` must be from 0 to 100.'],
    ['trips(first: 101) { id }', '`first` must be from 0 to 100.'],
    ['country(code: "PT") { trips(first: 101) { id } }', '`first` must be from 0 to 100.'],
    ['reviews(first: -1) { totalCount }', '`first` must be from 0 to 100.'],
    ['calendar(year: 0) { id }', '`year` must be from 1 to 9999.'],
    ['search(text: " a ") { __typename }', '`text` must have 2 to 100 characters.'],
  ])('refuses %s', async (field, message) => {
    const { errors } = await ask(`{ ${field} }`);
    expect(errors).toEqual([{ message, code: 'BAD_USER_INPUT' }]);
  });
});

it('gives the same data for the same seed, and other data for another', async () => {
  const query = '{ trips(first: 100) { title startsOn nights } }';
  const [one, same, other] = await Promise.all([
    askExample({ seed: 7 })(query),
    askExample({ seed: 7 })(query),
    askExample({ seed: 8 })(query),
  ]);
  expect(same).toEqual(one);
  expect(other).not.toEqual(one);
});
