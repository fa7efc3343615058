import { GraphQLError } from 'graphql';
import { errors } from 'undici';
import { LastmileError, type ErrorCode } from '../report/error';
import type { UpstreamAnswer } from './upstream';

/** What our side of a failed call knows of it. */
export interface FailedCall {
  /** why we gave the call up ourselves, if we did */
  readonly givenUp: LastmileError | undefined;
  /** true once response headers had arrived: upstream was reached, so what followed is a bad answer */
  readonly responded: boolean;
}

/** Undici's codes for a call that waited too long for a connection, for headers, or between two chunks of a body. */
const TOO_SLOW = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** Codes of a request that could not even be written: our mistake, not upstream's. */
const OUR_MISTAKE = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_NOT_SUPPORTED',
]);

/** Codes of a response that is no well-formed HTTP, or whose headers are too long: upstream was reached. */
const isMalformed = (code: string): boolean => code === 'UND_ERR_HEADERS_OVERFLOW' || code.startsWith('HPE_');

/** Turns whatever a call failed with into an error of the registry. What only a log may see is in `detail` and `cause`. */
export function classifyFault(error: unknown, call: FailedCall): LastmileError {
  if (call.givenUp) return call.givenUp;
  if (error instanceof LastmileError) return error;
  const code = codeOf(error);
  const detail = describe(error, code);
  const options = { cause: error };
  if (TOO_SLOW.has(code)) return new LastmileError('UPSTREAM_TIMEOUT', detail, options);
  if (OUR_MISTAKE.has(code) || (code === '' && !call.responded)) {
    return new LastmileError('INTERNAL', detail, options);
  }
  const isReached = call.responded || isMalformed(code);
  return new LastmileError(isReached ? 'UPSTREAM_BAD_ANSWER' : 'UPSTREAM_UNREACHABLE', detail, options);
}

/**
 * True for faults of the connection: refused, reset, closed half-way. A query may be sent again then; a mutation may
 * have happened.
 */
export function isConnectionFault(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code !== '' &&
    !TOO_SLOW.has(code) &&
    !OUR_MISTAKE.has(code) &&
    code !== 'UND_ERR_HEADERS_OVERFLOW' &&
    code !== 'UND_ERR_RES_EXCEEDED_MAX_SIZE' &&
    !(error instanceof LastmileError)
  );
}

/** What fails before there is a connection: finding the address, and reaching it. */
const CONNECTING: ReadonlySet<unknown> = new Set(['getaddrinfo', 'connect']);

/** Whether upstream cannot have received a request, because no connection to it was made. */
export function wasNeverSent(fault: LastmileError | undefined): boolean {
  if (fault?.code !== 'UPSTREAM_UNREACHABLE') return false;
  const { cause } = fault;
  // Node has one for each address of a name, in an error that names no system call.
  const failures: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  return failures.every((one) =>
    CONNECTING.has((one as { readonly syscall?: unknown } | undefined)?.syscall),
  );
}

/**
 * The answer that stands for a fault. Its error carries no `originalError`: Yoga would take it for a crash of a resolver
 * and mask the sentence.
 */
export function faultAnswer(fault: LastmileError): UpstreamAnswer {
  return { result: { errors: [toGraphQLError(fault)] }, headers: {}, answered: false, fault };
}

/** What upstream, or what stands before it, says by its status alone, and what its client then can do something about. */
const SAID_BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'UPSTREAM_UNAUTHORISED'],
  [403, 'UPSTREAM_FORBIDDEN'],
  [404, 'UPSTREAM_NOT_FOUND'],
  [413, 'UPSTREAM_TAKES_LESS'],
  [429, 'UPSTREAM_LIMIT'],
  [503, 'UPSTREAM_UNAVAILABLE'],
]);

/**
 * The answer that stands for a body that is no GraphQL, where its status says enough: that status and its headers are for
 * the client. What was refused counts as answered, for with other credentials the answer may be another.
 * @returns undefined for any other status
 */
export function answerByStatus(
  { status, headers }: Required<Pick<UpstreamAnswer, 'status' | 'headers'>>,
  detail: string,
): UpstreamAnswer | undefined {
  const code = SAID_BY_STATUS.get(status);
  if (code === undefined) return undefined;
  const fault = new LastmileError(code, detail);
  return { ...faultAnswer(fault), headers, status, answered: status < 429 };
}

/** The statuses of an error for which a stale answer may stand in (RFC 5861 4). */
const FAILING: ReadonlySet<number | undefined> = new Set([500, 502, 503, 504]);

/** Whether upstream failed: it could not be asked, or says by its status that it cannot answer now, whatever the body holds. */
export function isFailure({ answered, status }: Pick<UpstreamAnswer, 'answered' | 'status'>): boolean {
  return !answered || FAILING.has(status);
}

/**
 * Whether upstream stands by its answer. Data that comes with another status than 200 is a makeshift or an aside of
 * its sender (GraphQL over HTTP 6.4: a client is not to rely on it): passed on, and not stored.
 */
export function saysOk({ answered, status = 200 }: Pick<UpstreamAnswer, 'answered' | 'status'>): boolean {
  return answered && status === 200;
}

/** What a client sees of an error of the registry: sentence, code, and the status for servers that honour it. */
export function toGraphQLError(error: LastmileError): GraphQLError {
  return new GraphQLError(error.message, {
    extensions: { code: error.code, http: { status: error.status } },
  });
}

function codeOf(error: unknown): string {
  // Undici knows a code for some of what is no HTTP, and for the rest none.
  if (error instanceof errors.HTTPParserError) return error.code || 'HPE_INVALID';
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

function describe(error: unknown, code: string): string {
  const text = error instanceof Error ? error.message : String(error);
  // An AggregateError of several refused addresses has a code and no message.
  return [code, text].filter((part) => part !== '').join(': ');
}
