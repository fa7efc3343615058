import type { ExecutionResult } from 'graphql';
import { LastmileError } from '../report/error';
import type { Deadline } from './deadline';
import { classifyFault, toGraphQLError } from './fault';
import { readPart } from './graphql-result';
import type { ServerEvent } from './event-stream';

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
      // Whoever ended the stream early does not want to hear of the call it ended.
      if (this.#ended) return DONE;
      const fault = classifyFault(error, { givenUp: this.#deadline.reason, responded: true });
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
