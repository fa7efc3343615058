import type { ErrorCode } from '../report/error';
import { ExactNumber, readJson } from '../json/exact-number';
import { FILE_PLACE, type Upload } from '../upstream/upload';
import type { Client } from './client';
import { asksInBody } from './request';

/** GraphQL over HTTP, "Request Parameters". `undefined` and null mean the same. */
export interface GraphQLParams {
  readonly query: string | undefined;
  /** an id of the list of trusted documents, in place of `query` */
  readonly documentId: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly extensions: Readonly<Record<string, unknown>>;
  /** of a member of a batch that asks for nothing: why; the others are answered all the same */
  readonly problem?: string;
  /** why the document it names is not available */
  readonly refusal?: ErrorCode;
}

export type Params =
  | { readonly kind: 'one'; readonly params: GraphQLParams }
  | { readonly kind: 'batch'; readonly params: readonly GraphQLParams[] }
  | { readonly kind: 'error'; readonly code: ErrorCode; readonly detail: string };

const UTF8 = new TextDecoder('utf-8', { fatal: true });
/** More levels than any input of a GraphQL API has; without a limit 100 KB of brackets would overflow the stack. */
export const DEEPEST = 100;

const NONE: Readonly<Record<string, unknown>> = Object.freeze({});

/** How much one request may ask. */
export interface ParamsLimits {
  /** requests in a batch */
  readonly maxBatch: number;
  /** values in its variables and extensions, of a batch in all of them together */
  readonly maxValues: number;
}

/** Reads what a request asks, without a word of GraphQL. Never throws. */
export function readParams(client: Client, limits: ParamsLimits): Params {
  const { request } = client;
  const size = new Size(limits.maxValues);
  if (asksInBody(request.method)) return readBody(client, limits.maxBatch, size);
  if (!isWellEncoded(request.search)) {
    return {
      kind: 'error',
      code: 'BAD_REQUEST',
      detail: 'The query of the URL is not percent-encoded UTF-8.',
    };
  }
  const query = new URLSearchParams(request.search);
  // GraphQL over HTTP, GET: an optional parameter that is empty is one that is not there. So is `query` beside a document's name.
  const parameter = (name: string): string | undefined => query.get(name) || undefined;
  const variables = readJsonParameter(parameter('variables'));
  const extensions = readJsonParameter(parameter('extensions'));
  if (variables instanceof SyntaxError || extensions instanceof SyntaxError) {
    return { kind: 'error', code: 'BAD_JSON', detail: '`variables` and `extensions` are JSON objects.' };
  }
  const asked = {
    query: parameter('query'),
    documentId: parameter('documentId') ?? parameter('doc_id') ?? parameter('id'),
    operationName: parameter('operationName'),
    variables,
    extensions,
  };
  return one(asked, size);
}

function readBody(client: Client, maxBatch: number, size: Size): Params {
  const type = client.header('content-type');
  // RFC 10008 2: content without a type is no content of another type.
  if (type === undefined && client.isSafe)
    return bad('A QUERY says of what type its content is. Send `content-type: application/json`.');
  const { upload } = client.request;
  const problem = upload ? undefined : mediaProblem(type);
  if (problem) return problem;
  let body: unknown;
  try {
    body = readJson(UTF8.decode(client.request.body));
  } catch {
    return { kind: 'error', code: 'BAD_JSON', detail: 'The body is not JSON in UTF-8.' };
  }
  if (upload) return withFiles(body, upload, size);
  if (!Array.isArray(body)) return one(body, size);
  if (body.length === 0 || body.length > maxBatch) {
    return { kind: 'error', code: 'BAD_REQUEST', detail: `A batch holds 1 to ${maxBatch} requests.` };
  }
  // GraphQL over HTTP, Request Batching: a list of anything but maps is refused as a whole.
  if (!body.every(isObject)) return bad('A batch holds JSON objects.');
  const params = body.map((each) => member(each, size));
  return size.isExceeded ? tooMany(size) : { kind: 'batch', params };
}

/** What `operations` of a multipart request asks, its variables with a mark where a file stands. */
function withFiles(body: unknown, { places }: Upload, size: Size): Params {
  if (Array.isArray(body)) return bad('A batch takes no files. Send each operation that has some by itself.');
  const read = one(body, size);
  if (read.kind !== 'one') return read;
  for (const path of [...places.values()].flat()) {
    if (!placeFile(read.params.variables, path.split('.'))) {
      const detail = `The path ${JSON.stringify(path.slice(0, 100))} of \`map\` leads to no null among the variables, or is there twice.`;
      return { kind: 'error', code: 'BAD_UPLOAD', detail };
    }
  }
  return read;
}

/** @returns false: there is nothing for a file at this path. Only an object's own members are followed (P54) */
function placeFile(variables: unknown, [root, ...steps]: readonly string[]): boolean {
  const last = steps.pop();
  if (root !== 'variables' || last === undefined) return false;
  let at = variables;
  for (const step of steps) at = isHolder(at) && Object.hasOwn(at, step) ? at[step] : undefined;
  if (!isHolder(at) || !Object.hasOwn(at, last) || at[last] !== null) return false;
  at[last] = FILE_PLACE;
  return true;
}

/** The error for a file that is in none of its operation's variables: upstream would not know where to put it. */
export function undeclaredPlace(
  { places }: Upload,
  variables: GraphQLParams['variables'],
): string | undefined {
  const stray = [...places.values()].flat().find((path) => !Object.hasOwn(variables, path.split('.')[1]!));
  return stray === undefined
    ? undefined
    : `The path ${JSON.stringify(stray.slice(0, 100))} of \`map\` leads to a variable that the operation does not declare.`;
}

/** An object or a list of JSON. */
function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber);
}

function member(body: unknown, size: Size): GraphQLParams {
  const read = one(body, size);
  if (read.kind === 'one') return read.params;
  const problem = read.kind === 'error' ? read.detail : undefined;
  return {
    query: undefined,
    documentId: undefined,
    operationName: undefined,
    variables: NONE,
    extensions: NONE,
    ...(problem && { problem }),
  };
}

/**
 * GraphQL over HTTP takes JSON, in UTF-8 (RFC 8259 8.1). All that a page of another site can make a browser send
 * without a preflight has another content type, or none (CSRF).
 */
function mediaProblem(contentType: string | undefined): Params | undefined {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (type !== 'application/json' && type !== 'application/graphql+json') {
    return {
      kind: 'error',
      code: 'UNSUPPORTED_MEDIA_TYPE',
      detail: 'Send `content-type: application/json`.',
    };
  }
  const isUtf8 = parameters
    .filter((parameter) => parameter.startsWith('charset='))
    .every((parameter) => /^charset="?utf-?8"?$/.test(parameter));
  return isUtf8
    ? undefined
    : { kind: 'error', code: 'BAD_JSON', detail: 'JSON is UTF-8, whatever its `charset` says.' };
}

function one(body: unknown, size: Size): Params {
  if (!isObject(body)) return bad('The request is a JSON object.');
  const { query, operationName, variables, extensions } = body;
  // Relay's names for it, beside that of the draft. A request with a text may carry an `id` of another meaning.
  const documentId = query == null ? (body['documentId'] ?? body['doc_id'] ?? body['id']) : undefined;
  if (query != null && typeof query !== 'string') return bad('`query` is a string.');
  if (documentId != null && typeof documentId !== 'string') return bad('`documentId` is a string.');
  if (operationName != null && typeof operationName !== 'string') return bad('`operationName` is a string.');
  if (variables != null && !isObject(variables)) return bad('`variables` is an object.');
  if (extensions != null && !isObject(extensions)) return bad('`extensions` is an object.');
  if (size.isDeeper(variables, DEEPEST) || size.isDeeper(extensions, DEEPEST)) {
    return bad(`\`variables\` and \`extensions\` are at most ${DEEPEST} levels deep.`);
  }
  if (size.isExceeded) return tooMany(size);
  return {
    kind: 'one',
    params: {
      query: query ?? undefined,
      documentId: documentId ?? undefined,
      operationName: operationName === '' ? undefined : (operationName ?? undefined),
      variables: variables ?? NONE,
      extensions: extensions ?? NONE,
    },
  };
}

function bad(detail: string): Params {
  return { kind: 'error', code: 'BAD_REQUEST', detail };
}

function readJsonParameter(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return readJson(text);
  } catch {
    return new SyntaxError('not JSON');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  );
}

/**
 * Counts the values of a request. Each becomes part of a key, in order, which takes the longer the more there are: 22,000
 * members of an object in a quarter of a megabyte hold up others (P47).
 */
class Size {
  #left: number;

  constructor(readonly most: number) {
    this.#left = most;
  }

  get isExceeded(): boolean {
    return this.#left < 0;
  }

  /** Whether a JSON value has more levels of objects and lists than the limit. Does not look beyond the limit. */
  isDeeper(value: unknown, levels: number): boolean {
    if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return false;
    if (levels === 0) return true;
    const members: unknown[] = Array.isArray(value) ? value : Object.values(value);
    this.#left -= members.length;
    return !this.isExceeded && members.some((item) => this.isDeeper(item, levels - 1));
  }
}

/** Whether a value of JSON has more than {@link DEEPEST} levels: what is deeper may be more than can be written. */
export function isTooDeep(value: unknown): boolean {
  return new Size(Infinity).isDeeper(value, DEEPEST);
}

function tooMany({ most }: Size): Params {
  return {
    kind: 'error',
    code: 'TOO_MANY_VALUES',
    detail: `\`variables\` and \`extensions\` hold at most ${most} values. Send fewer at a time, or raise MAX_VALUES.`,
  };
}

/** What URLSearchParams would replace by U+FFFD instead of refusing it. */
function isWellEncoded(search: string): boolean {
  if (!search.includes('%')) return true;
  try {
    decodeURIComponent(search);
    return true;
  } catch {
    return false;
  }
}
