import type { Dispatcher } from 'undici';
import { LastmileError } from '../report/error';
import { decodeBody, readText, readWholeText } from './body-text';
import type { Deadline } from './deadline';
import { readEvents } from './event-stream';
import { readResult } from './graphql-result';
import { boundaryOf, readParts } from './multipart';
import { ResultStream, resultsOfEvents, resultsOfParts } from './result-stream';
import type { UpstreamAnswer } from './upstream';

/**
 * Reads a response, whatever it is: a GraphQL result in JSON, or a stream of them.
 * @throws LastmileError UPSTREAM_BAD_ANSWER when it is not GraphQL; whatever the connection fails with
 */
export async function readAnswer(
  response: Dispatcher.ResponseData,
  maxBytes: number,
  deadline: Deadline,
): Promise<UpstreamAnswer> {
  const status = response.statusCode;
  if (status >= 300 && status < 400) {
    await response.body.dump();
    // Following it would let an answer choose a host.
    throw new LastmileError('UPSTREAM_BAD_ANSWER', `status ${status}: redirects are not followed`);
  }
  const headers = flatten(response.headers);
  const contentType = headers['content-type'] ?? '';
  const body = decodeBody(response.body, headers['content-encoding']);
  const whole = { headers, answered: true, status };

  if (contentType.startsWith('text/event-stream')) {
    const events = readEvents(readText(body, Infinity), maxBytes);
    deadline.liftTime();
    return { ...whole, result: new ResultStream(resultsOfEvents(events), deadline) };
  }
  if (contentType.startsWith('multipart/mixed')) {
    const parts = readParts(readText(body, maxBytes), boundaryOf(contentType));
    deadline.liftTime();
    return { ...whole, result: new ResultStream(resultsOfParts(parts), deadline) };
  }
  // Undici bounds what it reads itself; only what a coding expands to has to be counted here.
  const text = body === response.body ? await response.body.text() : await readWholeText(body, maxBytes);
  try {
    return { ...whole, result: readResult(text, status) };
  } catch (error) {
    if (!(error instanceof LastmileError)) throw error;
    const detail = `status ${status}, ${contentType || 'no content type'}: ${error.detail ?? ''}`;
    throw new LastmileError(error.code, detail, { cause: error });
  }
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    flat[name] = typeof value === 'string' ? value : value.join(name === 'set-cookie' ? '\n' : ', ');
  }
  return flat;
}
