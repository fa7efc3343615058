import { GraphQLError, type ExecutionResult } from 'graphql';
import { LastmileError } from '../report/error';
import { readJson, writeJson } from '../json/exact-number';
import { leadingItems, membersInSteps, type Cut } from '../json/long-text';
import { onOneLine, type Member } from '../json/text';
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { UpstreamAnswer } from './upstream';

type Members = Record<string, unknown>;

/**
 * Reads the JSON text of one whole answer. What its errors say keeps all digits; of the rest the text does, and `result` says
 * what JSON.parse would.
 * @param status of the HTTP response; when there is no `data`, clients are to see it if it says what went wrong
 * @throws LastmileError UPSTREAM_BAD_ANSWER when this is no GraphQL result (specification 7.1)
 */
export function readResult(
  text: string,
  status: number,
): Pick<UpstreamAnswer, 'result' | 'text' | 'isVerbatim'> {
  const members = parseMembers(text, JSON.parse);
  const errors = readErrors(members['errors'] ? parseMembers(text, readJson)['errors'] : undefined);
  const result = judge(members, errors, status);
  return { result, text: onOneLine(text.trim()), isVerbatim: result === members };
}

/** Characters of an answer's errors, or extensions, that are read where the answer is too long to be looked into. */
const LONGEST_PART = 2 ** 16;

/** In the place of data that nobody has looked into. */
const SOME_DATA: Members = Object.freeze({});

/**
 * The same for a text that would hold up others to be parsed (P47): it is read in steps, and others have their turn between
 * two. Its data are not looked into; of its errors the first are told, and longer extensions are left out.
 */
export async function readLongResult(
  text: string,
  status: number,
  cut: Cut | undefined,
): Promise<Pick<UpstreamAnswer, 'result' | 'text' | 'isVerbatim' | 'members'>> {
  const all = await membersOfLong(text, cut);
  const members = all.filter(({ name, value }) => name !== 'extensions' || value.length <= LONGEST_PART);
  const valueOf = (name: string): string | undefined => members.findLast((one) => one.name === name)?.value;
  const [data, said, extensions] = ['data', 'errors', 'extensions'].map(valueOf);
  const known: Members = {
    ...(data !== undefined && { data: data.startsWith('{') ? SOME_DATA : JSON.parse(data.slice(0, 5)) }),
    ...(said !== undefined && { errors: said }),
    ...(extensions !== undefined && { extensions: JSON.parse(extensions) as unknown }),
  };
  const result = judge(known, readLongErrors(said), status);
  // To copy so much once is enough for a turn.
  await othersTurn();
  const written = `{${members.map((member) => member.text).join(',')}}`;
  await othersTurn();
  return { result, text: written, isVerbatim: result === known, members };
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

function readLongErrors(list: string | undefined): GraphQLError[] | undefined {
  if (list?.startsWith('[') !== true) return undefined;
  const { text, isAll } = leadingItems(list, { items: MOST_ERRORS, characters: LONGEST_PART });
  const errors = readErrors(readJson(text));
  return isAll ? errors : [...(errors ?? []), new GraphQLError(MORE_ERRORS)];
}

/** @throws LastmileError UPSTREAM_BAD_ANSWER when this is no GraphQL result */
function judge(members: Members, errors: GraphQLError[] | undefined, status: number): ExecutionResult {
  if (members['data'] === undefined && errors === undefined) {
    throw new LastmileError('UPSTREAM_BAD_ANSWER', 'JSON with neither `data` nor `errors`');
  }
  if (members['data'] !== undefined && typeof members['data'] !== 'object') {
    throw new LastmileError('UPSTREAM_BAD_ANSWER', '`data` is not an object');
  }
  if (members['data'] === undefined && errors) errors[0] = withStatus(errors[0]!, status);
  return assemble(members, errors);
}

/**
 * Reads one part of an answer in parts: a result, or a patch to be applied to an earlier one, which is passed on as it is.
 * @throws LastmileError UPSTREAM_BAD_ANSWER when it is not a JSON object
 */
export function readPart(text: string): ExecutionResult {
  const members = parseMembers(text, readJson);
  const part = assemble(members, readErrors(members['errors']));
  const patches = members['incremental'];
  if (!Array.isArray(patches)) return withDigits(part);
  const incremental = patches.map((patch: unknown) =>
    isMembers(patch) && patch['errors'] !== undefined
      ? { ...patch, errors: readErrors(patch['errors']) }
      : patch,
  );
  return withDigits({ ...part, incremental } as ExecutionResult);
}

/** Yoga asks a result that has this for its text. */
function withDigits(part: ExecutionResult): ExecutionResult {
  return Object.defineProperty(part, 'stringify', { value: (shown: unknown) => writeJson(shown) });
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

/** @returns the members themselves where nothing is to be changed */
function assemble(members: Members, errors: GraphQLError[] | undefined): ExecutionResult {
  const said = members['extensions'];
  if (!('errors' in members) && (said === undefined || (isMembers(said) && !('http' in said))))
    return members;
  const { errors: _, extensions, ...others } = members;
  return {
    ...others,
    ...(errors ? { errors } : {}),
    ...(isMembers(extensions) ? { extensions: withoutHttp(extensions) } : {}),
  };
}

/** Each is an Error, with all that comes with one: a hundred thousand of them took two seconds. */
const MOST_ERRORS = 1000;
const MORE_ERRORS = 'There are more errors than the gateway passes on.';

/** Some servers write `errors: null` or `errors: []` where the specification wants nothing. */
function readErrors(value: unknown): GraphQLError[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const errors = value.slice(0, MOST_ERRORS).map(readError);
  return value.length > MOST_ERRORS ? [...errors, new GraphQLError(MORE_ERRORS)] : errors;
}

/**
 * An error as upstream said it, but for `locations`: they point into the document we sent, which is not the client's.
 * Members that the specification does not know (GitHub's `type`) are kept among the extensions: servers that print
 * errors by the book would drop them.
 */
function readError(value: unknown): GraphQLError {
  if (!isMembers(value))
    return new GraphQLError(typeof value === 'string' ? value : 'An error without a message.');
  const { message, path, extensions, locations: _, ...others } = value;
  const merged = { ...others, ...(isMembers(extensions) ? withoutHttp(extensions) : {}) };
  return new GraphQLError(typeof message === 'string' ? message : 'An error without a message.', {
    ...(isPath(path) ? { path } : {}),
    ...(Object.keys(merged).length > 0 ? { extensions: merged } : {}),
  });
}

/** Inside the gateway `extensions.http` sets status and headers of our own response: not for upstream's data to do. */
function withoutHttp(extensions: Members): Members {
  const { http: _, ...others } = extensions;
  return others;
}

/**
 * A result without `data` is a failed request and must not be 200 in `application/graphql-response+json` (GraphQL over
 * HTTP 6.4.2). Upstream's own status is kept if it is one of failure. 400 says no more than that body, so clients of
 * `application/json`, where 200 is usual, are spared it (`spec`); 401 or 503 is for all.
 */
export function withStatus(error: GraphQLError, status: number): GraphQLError {
  const http = status > 400 ? { status } : { status: 400, spec: true };
  return new GraphQLError(error.message, {
    ...(error.path ? { path: error.path } : {}),
    extensions: { ...error.extensions, http },
  });
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPath(value: unknown): value is (string | number)[] {
  return Array.isArray(value) && value.every((part) => typeof part === 'string' || typeof part === 'number');
}
