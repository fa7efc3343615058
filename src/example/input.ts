import type { ExampleData, Traveller } from './data';
import { GraphQLError } from 'graphql';
import type { Identified, Records } from './records';
import { COUNTRIES, type Country } from './world';

/** What the example's resolvers need to know of a request. */
export interface ExampleContext {
  /** lower-case names */
  readonly headers?: Readonly<Record<string, string>>;
}

const BEARER = /^bearer +(\S+) *$/i;

/**
 * Who a request is from: `authorization: Bearer <traveller id>`, else `x-traveller: <traveller id>`. There is nothing to
 * prove: the example shows what happens to private answers, not how to sign in.
 */
export function whoAsks(data: ExampleData, context: ExampleContext | undefined): Traveller | undefined {
  const headers = context?.headers ?? {};
  const bearer = BEARER.exec(headers['authorization'] ?? '')?.[1];
  const id = bearer ?? headers['x-traveller'];
  return id === undefined ? undefined : data.travellers.get(id);
}

const LONGEST_PAGE = 100;

/** An error whose message is for the client. */
export function badInput(sentence: string): GraphQLError {
  return new GraphQLError(sentence, { extensions: { code: 'BAD_USER_INPUT' } });
}

/** @throws GraphQLError BAD_USER_INPUT for what is longer than `longest` characters, or shorter than `shortest` once trimmed */
export function requireText(name: string, text: string, shortest: number, longest: number): string {
  const trimmed = text.trim();
  if (trimmed.length < shortest || trimmed.length > longest) {
    throw badInput(`\`${name}\` must have ${shortest} to ${longest} characters.`);
  }
  return trimmed;
}

/** @throws GraphQLError BAD_USER_INPUT */
export function requireBetween(name: string, value: number, least: number, most: number): number {
  if (value < least || value > most) throw badInput(`\`${name}\` must be from ${least} to ${most}.`);
  return value;
}

/** @throws GraphQLError BAD_USER_INPUT when a page is to have fewer than none or more than a hundred elements */
export function requirePageSize(first: number): number {
  return requireBetween('first', first, 0, LONGEST_PAGE);
}

/**
 * A country a change speaks of. Codes are taken as they are written: were "pt" accepted for "PT", then the change would
 * purge a tag made from "pt", and the answers about "PT" would stay.
 * @throws GraphQLError BAD_USER_INPUT when there is no such country
 */
export function requireCountry(code: string): Country {
  const country = COUNTRIES.get(code);
  if (!country)
    throw badInput('There is no country with this code. Codes are two capital letters, such as "PT".');
  return country;
}

/** @throws GraphQLError BAD_USER_INPUT when there is no such record */
export function requireRecord<Row extends Identified>(kind: string, records: Records<Row>, id: string): Row {
  const record = records.get(id);
  if (!record) throw badInput(`There is no ${kind} with this id.`);
  return record;
}

/** @throws GraphQLError BAD_USER_INPUT when the example can hold no more of a kind */
export function requireRoom<Row extends Identified>(kind: string, records: Records<Row>): void {
  if (records.isFull)
    throw badInput(`The example holds ${records.size} of the kind ${kind}, and has no room for more.`);
}
