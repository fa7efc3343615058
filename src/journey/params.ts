import type { ErrorCode } from '../report/error';
import { header, type GatewayRequest } from './request';

/** GraphQL over HTTP, "Request Parameters". `undefined` and null mean the same. */
export interface GraphQLParams {
  readonly query: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly extensions: Readonly<Record<string, unknown>>;
}

export type Params =
  | { readonly kind: 'one'; readonly params: GraphQLParams }
  | { readonly kind: 'batch'; readonly params: readonly GraphQLParams[] }
  | { readonly kind: 'error'; readonly code: ErrorCode; readonly detail: string };

const UTF8 = new TextDecoder('utf-8', { fatal: true });
const NONE: Readonly<Record<string, unknown>> = Object.freeze({});

/** Reads what a request asks, without a word of GraphQL. Never throws. */
export function readParams(request: GatewayRequest, maxBatch: number): Params {
  if (request.method === 'POST') return readBody(request, maxBatch);
  const query = new URLSearchParams(request.search);
  const variables = readJsonParameter(query.get('variables'));
  const extensions = readJsonParameter(query.get('extensions'));
  if (variables instanceof SyntaxError || extensions instanceof SyntaxError) {
    return { kind: 'error', code: 'BAD_JSON', detail: '`variables` and `extensions` are JSON objects.' };
  }
  return one({
    query: query.get('query') ?? undefined,
    operationName: query.get('operationName') ?? undefined,
    variables,
    extensions,
  });
}

function readBody(request: GatewayRequest, maxBatch: number): Params {
  const charset = mediaProblem(header(request, 'content-type'));
  if (charset) return charset;
  let body: unknown;
  try {
    body = JSON.parse(UTF8.decode(request.body));
  } catch {
    return { kind: 'error', code: 'BAD_JSON', detail: 'The body is not JSON in UTF-8.' };
  }
  if (!Array.isArray(body)) return one(body);
  if (body.length === 0 || body.length > maxBatch) {
    return { kind: 'error', code: 'BAD_REQUEST', detail: `A batch holds 1 to ${maxBatch} requests.` };
  }
  const parts = body.map(one);
  const problem = parts.find((part) => part.kind === 'error');
  return (
    problem ?? { kind: 'batch', params: parts.flatMap((part) => (part.kind === 'one' ? part.params : [])) }
  );
}

/** GraphQL over HTTP takes JSON; other types are what a browser may send across sites unasked (CSRF). */
function mediaProblem(contentType: string | undefined): Params | undefined {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (type !== 'application/json' && type !== 'application/graphql+json') {
    return {
      kind: 'error',
      code: 'UNSUPPORTED_MEDIA_TYPE',
      detail: 'Send `content-type: application/json`.',
    };
  }
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8') return undefined;
  return { kind: 'error', code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'JSON is UTF-8 (RFC 8259 8.1).' };
}

function one(body: unknown): Params {
  if (!isObject(body)) return bad('The request is a JSON object.');
  const { query, operationName, variables, extensions } = body;
  if (query != null && typeof query !== 'string') return bad('`query` is a string.');
  if (operationName != null && typeof operationName !== 'string') return bad('`operationName` is a string.');
  if (variables != null && !isObject(variables)) return bad('`variables` is an object.');
  if (extensions != null && !isObject(extensions)) return bad('`extensions` is an object.');
  return {
    kind: 'one',
    params: {
      query: query ?? undefined,
      operationName: operationName === '' ? undefined : (operationName ?? undefined),
      variables: variables ?? NONE,
      extensions: extensions ?? NONE,
    },
  };
}

function bad(detail: string): Params {
  return { kind: 'error', code: 'BAD_REQUEST', detail };
}

function readJsonParameter(text: string | null): unknown {
  if (text === null || text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return new SyntaxError('not JSON');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
