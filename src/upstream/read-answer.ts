import { Readable } from 'node:stream';
import { LastmileError } from '../report/error';
import { decodeBody, isEncoded, readText, readWholeText, textOf } from './body-text';
import type { CallResponse } from './call';
import type { Deadline } from './deadline';
import { readEvents } from './event-stream';
import { readResult } from './graphql-result';
import { boundaryOf, readParts } from './multipart';
import { ResultStream, resultsOfEvents, resultsOfParts } from './result-stream';
import type { UpstreamAnswer } from './upstream';

/** True for bodies that come over time, or have to be decompressed on their way in. */
export function isStream(headers: CallResponse['headers']): boolean {
  const type = String(headers['content-type'] ?? '');
  return isEvents(type) || isMultipart(type) || isEncoded(headers['content-encoding']);
}

const isEvents = (type: string): boolean => type.startsWith('text/event-stream');
const isMultipart = (type: string): boolean => type.startsWith('multipart/mixed');

export interface ReadOptions {
  /** of a whole answer, or of one event */
  readonly maxBytes: number;
  readonly deadline: Deadline;
  /** whether the request asked for a stream: who did not would never read one to its end */
  readonly takesStream: boolean;
}

/**
 * Reads a response, whatever it is: a GraphQL result in JSON, or a stream of them. What of its body was not read when
 * this throws is for the caller to give up.
 * @throws LastmileError UPSTREAM_BAD_ANSWER when it is not GraphQL; whatever the connection fails with
 */
export async function readAnswer(
  response: CallResponse,
  { maxBytes, deadline, takesStream }: ReadOptions,
): Promise<UpstreamAnswer> {
  const { status } = response;
  const headers = flatten(response.headers);
  const type = headers['content-type'] ?? '';
  const body =
    response.body instanceof Readable
      ? decodeBody(response.body, headers['content-encoding'])
      : response.body;
  if (status >= 300 && status < 400) {
    // Following it would let an answer choose a host.
    throw new LastmileError('UPSTREAM_BAD_ANSWER', `status ${status}: redirects are not followed`);
  }
  const whole = { headers, answered: true, status };
  if (body instanceof Readable && (isEvents(type) || isMultipart(type))) {
    if (!takesStream)
      throw new LastmileError('UPSTREAM_BAD_ANSWER', `status ${status}, ${type}: not asked for`);
    deadline.liftTime();
    const results = isEvents(type)
      ? resultsOfEvents(readEvents(readText(body, Infinity), maxBytes))
      : resultsOfParts(readParts(readText(body, maxBytes), boundaryOf(type)));
    return { ...whole, result: new ResultStream(results, deadline) };
  }
  const text = body instanceof Readable ? await readWholeText(body, maxBytes) : textOf(body);
  try {
    return { ...whole, size: text.length, ...readResult(text, status) };
  } catch (error) {
    if (!(error instanceof LastmileError)) throw error;
    const detail = `status ${status}, ${type || 'no content type'}: ${error.detail ?? ''}`;
    throw new LastmileError(error.code, detail, { cause: error });
  }
}

function flatten(headers: CallResponse['headers']): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    flat[name] = typeof value === 'string' ? value : value.join(name === 'set-cookie' ? '\n' : ', ');
  }
  return flat;
}
