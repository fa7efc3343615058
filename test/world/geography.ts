import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Table {
  readonly source: string;
  readonly regions: readonly string[];
  readonly places: Readonly<Record<string, string>>;
  /** milliseconds, there and back */
  readonly rtt: readonly (readonly number[])[];
}

const table = JSON.parse(readFileSync(join(__dirname, 'rtt.json'), 'utf8')) as Table;

/** Every region there is a distance for. */
export const REGIONS: readonly string[] = table.regions;

/** Where the primary and the origin are, whichever other regions there are. */
export const PRIMARY_REGION = 'iad';

export const SOURCE = table.source;

/** The city of a region. */
export function placeOf(region: string): string {
  return table.places[region] ?? region;
}

/** Milliseconds one way between two regions. @throws RangeError for a region that is not in the table */
export function oneWay(from: string, to: string): number {
  const roundTrip = table.rtt[REGIONS.indexOf(from)]?.[REGIONS.indexOf(to)];
  if (roundTrip === undefined) throw new RangeError(`There is no distance between ${from} and ${to}.`);
  return roundTrip / 2;
}
