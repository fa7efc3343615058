import { GraphQLError, type ExecutionResult } from 'graphql';
import { LastmileError } from '../report/error';
import { readJson, writeJson } from '../json/exact-number';
import { leadingItems, membersInSteps, type Cut } from '../json/long-text';
import { itemsOf, membersOf, onOneLine, type Member } from '../json/text';
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { UpstreamAnswer } from './upstream';

type Members = Record<string, unknown>;

/** A whole answer, read. */
type Read = Pick<UpstreamAnswer, 'result' | 'isVerbatim'> & { readonly text: string };

/**
 * Reads the JSON text of one whole answer. What its errors say keeps all digits; of the rest the text does, and `result` says
 * what JSON.parse would. Members that GraphQL does not know are in the text alone: a result with `then` would be awaited.
 * @throws LastmileError UPSTREAM_BAD_ANSWER when this is no GraphQL result (specification 7.1)
 */
export function readResult(text: string): Read {
  const members = parseMembers(text, JSON.parse);
  const line = onOneLine(text.trim());
  const said = members['errors'] ? membersOf(line).findLast(({ name }) => name === 'errors') : undefined;
  return { text: line, ...judge(members, said && readErrors(said.value.trim())) };
}

/** Characters of an answer's errors, or extensions, that are read where the answer is too long to be looked into. */
const LONGEST_PART = 2 ** 16;

/** Stands for data that was not analysed. */
const SOME_DATA: Members = Object.freeze({});

/**
 * The same for a text that would hold up others to be parsed (P47): it is read in steps, and others have their turn between
 * two. Its data are not looked into; of its errors the first are told, and longer extensions are left out.
 */
export async function readLongResult(
  text: string,
  cut: Cut | undefined,
): Promise<Read & Pick<UpstreamAnswer, 'members'>> {
  const all = await membersOfLong(text, cut);
  const members = all.filter(({ name, value }) => name !== 'extensions' || value.length <= LONGEST_PART);
  const valueOf = (name: string): string | undefined => members.findLast((one) => one.name === name)?.value;
  const [data, said, extensions] = ['data', 'errors', 'extensions'].map(valueOf);
  const known: Members = {
    ...(data !== undefined && { data: data.startsWith('{') ? SOME_DATA : JSON.parse(data.slice(0, 5)) }),
    ...(extensions !== undefined && { extensions: JSON.parse(extensions) as unknown }),
  };
  const judged = judge(known, said === undefined ? undefined : readLongErrors(said));
  // To copy so much once is enough for a turn.
  await othersTurn();
  const written = `{${members.map((member) => member.text).join(',')}}`;
  await othersTurn();
  return { ...judged, text: written, members };
}

async function membersOfLong(text: string, cut: Cut | undefined): Promise<Member[]> {
  try {
    const reading = membersInSteps(text, cut);
    for (;;) {
      // Before the first as well: that it was made of bytes has taken its time.
      await othersTurn();
      const { done, value } = reading.next();
      if (done) return value;
    }
  } catch {
    throw new LastmileError('UPSTREAM_BAD_ANSWER', `${text.length} characters that are no JSON object`);
  }
}

function readLongErrors(said: string): GraphQLError[] | undefined {
  if (!said.startsWith('[')) return readErrors(said);
  const { text, isAll } = leadingItems(said, { items: MOST_ERRORS, characters: LONGEST_PART });
  const errors = readErrors(text);
  return isAll ? errors : [...(errors ?? []), new GraphQLError(MORE_ERRORS)];
}

/** @throws LastmileError UPSTREAM_BAD_ANSWER when this is no GraphQL result */
function judge(
  { data, extensions: said }: Members,
  errors: GraphQLError[] | undefined,
): Pick<Read, 'result' | 'isVerbatim'> {
  if (data === undefined && errors === undefined) {
    throw new LastmileError('UPSTREAM_BAD_ANSWER', 'JSON with neither `data` nor `errors`');
  }
  if (data !== undefined && typeof data !== 'object') {
    throw new LastmileError('UPSTREAM_BAD_ANSWER', '`data` is not an object');
  }
  const extensions = isMembers(said) ? withoutHttp(said) : undefined;
  const result = {
    ...(data !== undefined && { data }),
    ...(errors && { errors }),
    ...(extensions && { extensions }),
  } as ExecutionResult;
  return { result, isVerbatim: !errors && (!extensions || extensions === said) };
}

/**
 * Reads one part of an answer in parts: a result, or a patch to be applied to an earlier one, which is passed on as it is.
 * @throws LastmileError UPSTREAM_BAD_ANSWER when it is not a JSON object
 */
export function readPart(text: string): ExecutionResult {
  const line = onOneLine(text.trim());
  const members = parseMembers(line, readJson);
  const { errors: said, extensions: saidOfAll, incremental } = members;
  const errors = listErrors(said);
  const extensions = isMembers(saidOfAll) ? withoutHttp(saidOfAll) : undefined;
  const patches = Array.isArray(incremental) ? incremental.map(ownPatch) : undefined;
  const read: Members = { ...members, errors, extensions, incremental: patches ?? incremental };
  const part = Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
  // It only keeps a connection open: whoever asks whether it says anything is to find nothing.
  if (Object.keys(part).length === 0) return part;
  const isOwn =
    (!extensions || extensions === saidOfAll) &&
    (!patches || patches.every((patch, at) => patch === (incremental as unknown[])[at]));
  // Yoga asks a result that has this for its text. Its plugins copy results member by member, so it is one.
  const stringify = (shown: ExecutionResult): string =>
    isOwn && shown.extensions === extensions
      ? partText(line, part, shown)
      : writeJson(errors ? { ...shown, errors: ownErrors(said) } : shown);
  return { ...part, stringify } as ExecutionResult;
}

/** A part as upstream wrote it, but for what is not shown of it, and for what is never shown of an error. */
function partText(line: string, part: object, shown: object): string {
  const texts = membersOf(line).flatMap(({ name, text, value }) => {
    if (name in part && !(name in shown)) return [];
    if (name !== 'errors' || !('errors' in part) || !value.trimStart().startsWith('[')) return text;
    return `"errors":[${itemsOf(value).map(withoutOurs).join(',')}]`;
  });
  return `{${texts.join(',')}}`;
}

/** The same of what its patches say, as values. */
function ownPatch(patch: unknown): unknown {
  return isMembers(patch) && patch['errors'] !== undefined
    ? { ...patch, errors: ownErrors(patch['errors']) }
    : patch;
}

function ownErrors(errors: unknown): unknown {
  if (!Array.isArray(errors)) return errors;
  return errors.map((error: unknown) => {
    if (!isMembers(error)) return error;
    const { locations: _, ...own } = error;
    return isMembers(own['extensions']) ? { ...own, extensions: withoutHttp(own['extensions']) } : own;
  });
}

function parseMembers(text: string, parse: (text: string) => unknown): Members {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    // The parser's message is not kept: it quotes the text, which may be anybody's data.
    throw new LastmileError('UPSTREAM_BAD_ANSWER', `${text.length} characters that are not JSON`);
  }
  if (!isMembers(value)) throw new LastmileError('UPSTREAM_BAD_ANSWER', 'JSON that is not an object');
  return value;
}

/** Each is an Error, with all that comes with one: a hundred thousand of them took two seconds. */
const MOST_ERRORS = 1000;
const MORE_ERRORS = 'There are more errors than the gateway passes on.';

/** What the member `errors` says is wrong; undefined: nothing. @param said JSON, on one line */
function readErrors(said: string): GraphQLError[] | undefined {
  const value = readJson(said);
  return listErrors(value, Array.isArray(value) ? itemsOf(said) : [said]);
}

/**
 * Some servers write `errors: null` or `errors: []` where the specification wants nothing, and some write what is wrong as one
 * text or object.
 * @param texts what they are written as, where that is known
 */
function listErrors(value: unknown, texts: readonly string[] = []): GraphQLError[] | undefined {
  const all: unknown[] = Array.isArray(value) ? value : value ? [value] : [];
  if (all.length === 0) return undefined;
  const errors = all.slice(0, MOST_ERRORS).map((one, at) => readError(one, texts[at]));
  return all.length > MOST_ERRORS ? [...errors, new GraphQLError(MORE_ERRORS)] : errors;
}

const errorTexts = new WeakMap<GraphQLError, string>();

/**
 * An error of a whole answer as upstream wrote it, but for `locations`, which point into the document it was sent, and for
 * `extensions.http`. @returns undefined for one that it did not write
 */
export function errorText(error: GraphQLError): string | undefined {
  return errorTexts.get(error);
}

/**
 * An error as upstream said it, but for `locations`. Members that the specification does not know (GitHub's `type`) are found
 * among its extensions, where servers that print errors by the book leave them.
 */
function readError(value: unknown, text: string | undefined): GraphQLError {
  const error = asError(value);
  if (text !== undefined) errorTexts.set(error, withoutOurs(text));
  return error;
}

function asError(value: unknown): GraphQLError {
  if (!isMembers(value))
    return new GraphQLError(typeof value === 'string' ? value : 'An error without a message.');
  const { message, path, extensions, locations: _, ...others } = value;
  const merged = { ...others, ...(isMembers(extensions) ? withoutHttp(extensions) : {}) };
  return new GraphQLError(typeof message === 'string' ? message : 'An error without a message.', {
    ...(isPath(path) ? { path } : {}),
    ...(Object.keys(merged).length > 0 ? { extensions: merged } : {}),
  });
}

function withoutOurs(text: string): string {
  if (!text.startsWith('{')) return text;
  const members = membersOf(text);
  const kept = members.flatMap(({ name, text: own, value }) => {
    if (name === 'locations') return [];
    const inner = name === 'extensions' && value.trim().startsWith('{') ? membersOf(value) : [];
    if (!inner.some((one) => one.name === 'http')) return own;
    const left = inner.filter((one) => one.name !== 'http').map((one) => one.text);
    return left.length > 0 ? `"extensions":{${left.join(',')}}` : [];
  });
  return kept.every((one, at) => one === members[at]!.text) && kept.length === members.length
    ? text
    : `{${kept.join(',')}}`;
}

/** Inside the gateway `extensions.http` sets status and headers of our own response: not for upstream's data to do. */
function withoutHttp(extensions: Members): Members {
  if (!('http' in extensions)) return extensions;
  const { http: _, ...others } = extensions;
  return others;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPath(value: unknown): value is (string | number)[] {
  return Array.isArray(value) && value.every((part) => typeof part === 'string' || typeof part === 'number');
}
