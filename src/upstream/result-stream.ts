import { LastmileError } from '../report/error';
import type { ExecutionResult } from 'graphql';
import type { Deadline } from './call';
import { classifyFault, isConnectionFault, toGraphQLError } from './fault';
import { readPart } from './graphql-result';

/** One server-sent event. `event` is empty where the stream names none. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** A CR at the end of what has arrived may be the first half of a CRLF. */
const END_OF_LINE = /\r\n|\n|\r(?!$)/;

/**
 * Reads server-sent events (HTML standard 9.2.6), but for one thing: an event without data is passed on if it has a
 * name, because `event: complete` says all it has to say. What follows the last empty line is dropped, as there.
 * @param maxLength UTF-16 units one event may have
 * @throws LastmileError UPSTREAM_ANSWER_TOO_LARGE for a longer one
 */
export async function* readEvents(
  text: AsyncIterable<string>,
  maxLength: number,
): AsyncGenerator<ServerEvent, void> {
  let pending = '';
  let event = '';
  let data: string | undefined;
  for await (const piece of text) {
    const lines = (pending + piece).split(END_OF_LINE);
    pending = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (event !== '' || data !== undefined) yield { event, data: data ?? '' };
        event = '';
        data = undefined;
        continue;
      }
      const [name, value] = splitField(line);
      if (name === 'event') event = value;
      else if (name === 'data') data = data === undefined ? value : `${data}\n${value}`;
    }
    if (pending.length + (data?.length ?? 0) > maxLength) {
      throw new LastmileError('UPSTREAM_ANSWER_TOO_LARGE', `an event longer than ${maxLength} characters`);
    }
  }
}

/** A line that begins with a colon is a comment: its name is empty. */
function splitField(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  if (colon === -1) return [line, ''];
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value];
}

const PART_LINE_END = '\r\n';
const END_OF_HEAD = '\r\n\r\n';

/**
 * The bodies of the parts of a `multipart/mixed` text, each as soon as the delimiter after it has arrived
 * (RFC 2046 5.1.1). Delimiters may be cut anywhere by the network. Headers of parts are not looked at: all parts of
 * an answer are JSON.
 * @throws LastmileError UPSTREAM_BAD_ANSWER when the text ends before the closing delimiter
 */
export async function* readParts(
  text: AsyncIterable<string>,
  boundary: string,
): AsyncGenerator<string, void> {
  const delimiter = `${PART_LINE_END}--${boundary}`;
  // The first delimiter may lack the line end that belongs to every other one.
  let pending = PART_LINE_END;
  let searched = 0;
  let preamble = true;
  for await (const piece of text) {
    pending += piece;
    for (;;) {
      const at = pending.indexOf(delimiter, searched);
      if (at === -1) {
        searched = Math.max(0, pending.length - delimiter.length + 1);
        break;
      }
      if (!preamble) yield* bodyOf(pending.slice(0, at));
      // What follows may be `--`, and half of it may still be on its way.
      pending = pending.slice(at + delimiter.length);
      searched = 0;
      preamble = false;
    }
    if (!preamble && pending.startsWith('--')) return;
  }
  throw new LastmileError('UPSTREAM_BAD_ANSWER', 'an answer in parts that ended before its last part');
}

/** What a delimiter line is followed by: the rest of that line, headers or none, an empty line, the body. */
function* bodyOf(part: string): Generator<string, void> {
  const head = part.indexOf(END_OF_HEAD);
  if (head === -1) throw new LastmileError('UPSTREAM_BAD_ANSWER', 'a part without an end to its headers');
  yield part.slice(head + END_OF_HEAD.length);
}

/** The `boundary` of a content type; `-` where it says none, as GraphQL servers have it. */
export function boundaryOf(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"]*)"|([^\s;]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2] ?? '-';
}

/**
 * Results as they arrive. Never throws: a fault becomes the last result. Ending it early ends the call upstream at once,
 * also while a result is awaited; a plain generator would first wait for that result.
 */
export class ResultStream implements AsyncIterableIterator<ExecutionResult> {
  readonly #results: AsyncIterator<ExecutionResult>;
  readonly #deadline: Deadline;
  #ended = false;

  constructor(results: AsyncIterator<ExecutionResult>, deadline: Deadline) {
    this.#results = results;
    this.#deadline = deadline;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.#ended) return DONE;
    try {
      const next = await this.#results.next();
      if (!next.done) return next;
      this.#end();
      return DONE;
    } catch (error) {
      // A reader that ended the stream early needs no error from the call that it ended.
      if (this.#ended) return DONE;
      // What was answered well for as long as the connection stood is no bad answer.
      const responded = !isConnectionFault(error);
      const fault = classifyFault(error, { givenUp: this.#deadline.reason, responded });
      this.#end();
      return { done: false, value: { errors: [toGraphQLError(fault)], hasNext: false } as ExecutionResult };
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.#ended) return DONE;
    this.#end();
    this.#deadline.giveUp(new LastmileError('ABANDONED'));
    // The body fails with that, and so may this: it was we who ended it.
    await this.#results.return?.().catch(() => undefined);
    return DONE;
  }

  #end(): void {
    this.#ended = true;
    this.#deadline.end();
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Results out of the parts of a `multipart/mixed` answer. A part without members only keeps the connection open. */
export async function* resultsOfParts(parts: AsyncIterable<string>): AsyncGenerator<ExecutionResult, void> {
  let complete = false;
  try {
    for await (const part of parts) {
      const result = readPart(part);
      complete = 'hasNext' in result && result.hasNext === false;
      if (Object.keys(result).length > 0) yield result;
    }
  } catch (error) {
    // Some servers forget the closing delimiter after a part that says it is the last.
    if (!complete) throw error;
  }
}

/** Results out of server-sent events, as in graphql-sse's distinct connections mode: `next` and `complete`. */
export async function* resultsOfEvents(
  events: AsyncIterable<ServerEvent>,
): AsyncGenerator<ExecutionResult, void> {
  for await (const { event, data } of events) {
    if (event === 'complete') return;
    if (data !== '' && (event === 'next' || event === '' || event === 'message')) yield readPart(data);
  }
}
