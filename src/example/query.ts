import {
  badInput,
  requireBetween,
  requirePageSize,
  requireText,
  whoAsks,
  type ExampleContext,
} from './input';
import type { ExampleData, Trip } from './data';
import { latest } from './records';
import { CONTINENTS, COUNTRIES, findCountries, LANGUAGES } from './world';

/** One page of a list. Relay's GraphQL Cursor Connections, sections 2 to 5. */
export interface Connection<Row> {
  readonly totalCount: number;
  readonly edges: readonly { readonly cursor: string; readonly node: Row }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/**
 * The page of at most `first` rows that comes after a cursor, or from the start.
 * @param first not negative
 * @throws GraphQLError BAD_USER_INPUT when the cursor is of no row in the list
 */
export function pageOf<Row extends { readonly id: string }>(
  rows: readonly Row[],
  first: number,
  after?: string | null,
): Connection<Row> {
  const start = typeof after === 'string' ? indexAfter(rows, after) : 0;
  const edges = rows.slice(start, start + first).map((node) => ({ cursor: cursorOf(node), node }));
  return {
    totalCount: rows.length,
    edges,
    pageInfo: {
      hasNextPage: start + first < rows.length,
      hasPreviousPage: start > 0,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** A cursor names the row, not its place: rows that are added at the front do not shift the pages behind it. */
function cursorOf(row: { readonly id: string }): string {
  return Buffer.from(row.id).toString('base64url');
}

function indexAfter(rows: readonly { readonly id: string }[], cursor: string): number {
  const id = Buffer.from(cursor, 'base64url').toString();
  const index = rows.findIndex((row) => row.id === id);
  if (index === -1) throw badInput('`after` is not a cursor of this list.');
  return index + 1;
}

const LONGEST_MONTH = 50;
const SEARCH_RESULTS_PER_TYPE = 20;

/** The resolvers of `Query`. */
export function queryResolvers(data: ExampleData) {
  return {
    country: (_: unknown, { code }: { code: string }) => COUNTRIES.get(code),
    countries: (
      _: unknown,
      { continent, language }: { continent?: string | null; language?: string | null },
    ) => findCountries(continent, language),
    continent: (_: unknown, { code }: { code: string }) => CONTINENTS.get(code),
    continents: () => [...CONTINENTS.values()],
    language: (_: unknown, { code }: { code: string }) => LANGUAGES.get(code),
    languages: () => [...LANGUAGES.values()],
    visits: (_: unknown, { country }: { country: string }) => data.visits.get(country) ?? 0,

    me: (_: unknown, __: unknown, context: ExampleContext | undefined) => whoAsks(data, context),
    traveller: (_: unknown, { id }: { id: string }) => data.travellers.get(id),
    travellers: () => data.travellers.all(),
    trip: (_: unknown, { id }: { id: string }) => data.trips.get(id),
    trips: (_: unknown, { country, first }: { country?: string | null; first: number }) =>
      latest(
        typeof country === 'string' ? data.trips.where('countryCode', country) : data.trips.all(),
        requirePageSize(first),
      ),
    tripsBy: (_: unknown, { travellerId }: { travellerId: string }) => pinnedFirst(data, travellerId),
    calendar: (_: unknown, { year }: { year: number }) =>
      calendarOf(data, requireBetween('year', year, 1, 9999)),
    reviews: (_: unknown, args: { country?: string | null; first: number; after?: string | null }) => {
      const { country } = args;
      const rows =
        typeof country === 'string' ? data.reviews.where('countryCode', country) : data.reviews.all();
      return pageOf(rows.toReversed(), requirePageSize(args.first), args.after);
    },
    node: (_: unknown, { id }: { id: string }) =>
      data.travellers.get(id) ?? data.trips.get(id) ?? data.reviews.get(id),
    search: (_: unknown, { text }: { text: string }) => search(data, requireText('text', text, 2, 100)),
  };
}

function pinnedFirst(data: ExampleData, travellerId: string): Trip[] {
  const pins = data.pins.get(travellerId) ?? new Set<string>();
  const pinned = [...pins].map((id) => data.trips.get(id)).filter((trip) => trip !== undefined);
  const others = data.trips.where('travellerId', travellerId).filter((trip) => !pins.has(trip.id));
  return [...pinned, ...others.toReversed()];
}

function calendarOf(data: ExampleData, year: number): Trip[][] {
  const months = Array.from({ length: 12 }, (): Trip[] => []);
  const prefix = `${String(year).padStart(4, '0')}-`;
  for (const trip of data.trips.all()) {
    if (trip.startsOn.startsWith(prefix)) months[Number(trip.startsOn.slice(5, 7)) - 1]?.push(trip);
  }
  return months.map((trips) => trips.sort(byDay).slice(0, LONGEST_MONTH));
}

function byDay(a: Trip, b: Trip): number {
  return a.startsOn < b.startsOn ? -1 : a.startsOn > b.startsOn ? 1 : 0;
}

function search(data: ExampleData, text: string) {
  const wanted = text.toLowerCase();
  const holds = (name: string) => name.toLowerCase().includes(wanted);
  return [
    ...[...COUNTRIES.values()].filter((country) => holds(country.name)).slice(0, SEARCH_RESULTS_PER_TYPE),
    ...data.travellers
      .all()
      .filter((traveller) => holds(traveller.name))
      .slice(0, SEARCH_RESULTS_PER_TYPE),
    ...latest(
      data.trips.all().filter((trip) => holds(trip.title)),
      SEARCH_RESULTS_PER_TYPE,
    ),
  ];
}
