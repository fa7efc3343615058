import { print, stripIgnoredCharacters, type DocumentNode } from 'graphql';
import { writeJson } from '../json/exact-number';
import type { UpstreamRequest, Upstream, UpstreamAnswer } from './upstream';
import { Readable } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';
import { ACCEPTED_ENCODINGS, flatten, isStream, readAnswer } from './read-answer';
import { Call, Deadline } from './call';
import { connectUpstream } from './connect-upstream';
import { classifyFault, faultAnswer, isConnectionFault } from './fault';
import { ResultStream } from './result-stream';
import { writeUpload } from './upload';
import { withParameters } from './with-parameters';

interface PrintedDocument {
  /** the text as a JSON string, quotes included */
  readonly json: string;
  /** true when the answer may come in parts */
  readonly inParts: boolean;
}

const SINGLE = 'application/graphql-response+json, application/json;q=0.9';

/** A document and its text belong together. Printed once: documents live as long as the gateway remembers the text they came from. */
const printed = new WeakMap<DocumentNode, PrintedDocument>();

/**
 * The JSON body of a GraphQL over HTTP request (section 5.4). Variables are written as they are: a library that looks for
 * files among them takes `{ "then": 1 }` or a variable named `promise` for an upload.
 */
export function writeBody(request: UpstreamRequest): string {
  let body = `{"query":${printOnce(request).json}`;
  if (request.operationName !== undefined)
    body += `,"operationName":${JSON.stringify(request.operationName)}`;
  const variables = writeJson(request.variables);
  if (variables !== '{}') body += `,"variables":${variables}`;
  return `${body}}`;
}

/** The same in the URL's query, for GET (section 5.3). */
export function writeQuery(request: UpstreamRequest): string {
  const query = new URLSearchParams({ query: stripIgnoredCharacters(print(request.document)) });
  if (request.operationName !== undefined) query.set('operationName', request.operationName);
  const variables = JSON.stringify(request.variables);
  if (variables !== '{}') query.set('variables', variables);
  return query.toString();
}

/** What we can read. Parts are asked for only when the document asks for them: some servers prefer them if offered. */
export function acceptHeader(request: UpstreamRequest): string {
  if (request.operation === 'subscription') return `text/event-stream, ${SINGLE}`;
  if (!printOnce(request).inParts) return SINGLE;
  return `multipart/mixed;deferSpec=20220824, multipart/mixed, ${SINGLE}`;
}

/** True when the answer may be a stream: {@link acceptHeader} offers that. */
export function asksForStream(request: UpstreamRequest): boolean {
  return request.operation === 'subscription' || printOnce(request).inParts;
}

function printOnce(request: UpstreamRequest): PrintedDocument {
  const { document } = request;
  const known = printed.get(document);
  if (known) return known;
  const text = request.text ?? print(document);
  // Also true for `@defer` inside a string: then a form is offered that upstream will not choose.
  const fresh = { json: JSON.stringify(text), inParts: /@(?:defer|stream)\b/.test(text) };
  printed.set(document, fresh);
  return fresh;
}

export interface HttpUpstreamOptions {
  /** http or https; a user and password in it become basic credentials */
  readonly url: string;
  /** for one call, its retries included, until the whole answer is there, or the first bytes of one in parts */
  readonly timeoutMs: number;
  /** how often a query is sent again after a fault of the connection or 502, 503, 504; 0: never */
  readonly retries: number;
  /** sent with every request, lower-case names; a forwarded header of the same name is sent instead */
  readonly headers?: Readonly<Record<string, string>>;
  /** after decompression; one event of a subscription counts alone */
  readonly maxAnswerBytes?: number;
  /** characters of a whole answer that is still looked into; a longer one is passed on; default: all are */
  readonly longestAnswer?: number;
  /** to upstream, for queries and mutations, and as many for those with files; what exceeds it waits. Subscriptions are not counted. */
  readonly maxConnections?: number;
}

export const DEFAULT_MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** What a proxy in front of upstream says while upstream restarts. */
const TRANSIENT = new Set([502, 503, 504]);

const FIRST_PAUSE_MS = 20;

/** Bytes of the headers of an answer: some clusters send long ones, of traces and policies. */
const MAX_HEADER_BYTES = 64 * 1024;
/** Not Modified, and what RFC 9110 13.1.2 has servers say where the method is not GET: Precondition Failed. */
const UNCHANGED = new Set([304, 412]);

/**
 * A GraphQL API over HTTP. A whole operation is one request; a query may be several, one after the other, when upstream
 * cannot be reached. Two equal queries at the same time are two requests: a request that joins one must know when it began.
 */
export function createHttpUpstream(options: HttpUpstreamOptions): Upstream {
  const url = new URL(options.url);
  const path = url.pathname + url.search;
  const maxBytes = options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES;
  const longest = options.longestAnswer ?? Infinity;
  const fixed = { 'accept-encoding': ACCEPTED_ENCODINGS, ...credentialsOf(url), ...options.headers };
  const limited = {
    connections: options.maxConnections ?? 256,
    // Our deadline is the time-out; only between two parts of an answer in parts there is none.
    headersTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    bodyTimeout: options.timeoutMs,
    connect: connectUpstream(options.timeoutMs),
  };
  const operations = new Pool(url.origin, limited);
  // A form takes its connection for as long as its client takes to send it: slow ones are to hold up nothing but forms.
  const forms = new Pool(url.origin, limited);
  const subscriptions = new Pool(url.origin, {
    headersTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    bodyTimeout: 0,
    connect: connectUpstream(options.timeoutMs),
  });

  let closed: Promise<unknown> | undefined;

  async function send(request: UpstreamRequest, deadline: Deadline): Promise<UpstreamAnswer> {
    const { unless, parameters = '' } = request;
    const target = withParameters(path, parameters);
    const form = request.upload && writeUpload(writeBody(request), request.upload);
    const whole = form ? forms : operations;
    const pool = request.operation === 'subscription' ? subscriptions : whole;
    const message: Dispatcher.DispatchOptions = {
      path: unless?.method === 'GET' ? withParameters(target, writeQuery(request)) : target,
      method: unless?.method ?? 'POST',
      headers: {
        ...fixed,
        ...request.headers,
        ...(unless && { 'if-none-match': unless.etag, 'cache-control': 'no-cache' }),
        accept: acceptHeader(request),
        'accept-encoding': fixed['accept-encoding'],
        'content-type': form?.contentType ?? 'application/json',
        // Apollo Server refuses a form from what could be a browser that another site's page made send it.
        ...(form && { 'apollo-require-preflight': 'true' }),
      },
      body: form?.stream ?? (unless?.method === 'GET' ? null : writeBody(request)),
      // How long a form takes is its client's affair: undici counts only while upstream takes no piece, or all is sent.
      ...(form && { headersTimeout: options.timeoutMs }),
    };
    const takesStream = asksForStream(request);
    const mayRepeat = request.operation === 'query' && !form ? options.retries : 0;
    for (let repeated = 0; ; repeated++) {
      const call = new Call({ maxBytes, streams: isStream }, deadline);
      let answer: UpstreamAnswer | undefined;
      try {
        const response = await call.send(pool, message);
        if (unless && UNCHANGED.has(response.status)) {
          if (response.body instanceof Readable) response.body.destroy();
          return { result: {}, headers: flatten(response.headers), answered: true, status: 304 };
        }
        if (repeated === mayRepeat || !TRANSIENT.has(response.status)) {
          answer = await readAnswer(response, { maxBytes, longest, cut: request.cut, deadline, takesStream });
          return answer;
        }
      } catch (error) {
        if (repeated === mayRepeat || deadline.reason || !isConnectionFault(error)) {
          const { responded, status } = call;
          const answer = faultAnswer(classifyFault(error, { givenUp: deadline.reason, responded }));
          return responded ? { ...answer, status } : answer;
        }
      } finally {
        // Of a stream the rest is still to come; of anything else the rest is never read.
        if (!(answer?.result instanceof ResultStream)) {
          call.end();
          form?.stream.destroy();
        }
      }
      // Given up while pausing: the next call fails with that at once.
      await deadline.pause(FIRST_PAUSE_MS * 2 ** repeated);
    }
  }

  return {
    async execute(request) {
      const deadline = new Deadline(
        request.upload ? undefined : options.timeoutMs,
        request.operation === 'mutation' ? undefined : request.signal,
      );
      let answer: UpstreamAnswer;
      try {
        answer = await send(request, deadline);
      } catch (error) {
        answer = faultAnswer(classifyFault(error, { givenUp: deadline.reason, responded: false }));
      }
      if (!(answer.result instanceof ResultStream)) deadline.end();
      return answer;
    },

    /** Waits for queries and mutations under way, at most their time-out; ends subscriptions. */
    async close() {
      closed ??= Promise.all([operations.close(), forms.close(), subscriptions.destroy()]);
      await closed;
    },
  };
}

function credentialsOf(url: URL): { authorization?: string } {
  if (url.username === '' && url.password === '') return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
