/** Requests as the gateway makes them, and upstreams that are closed after the test. */
import { getOperationAST, parse, type ExecutionResult } from 'graphql';
import { createHttpUpstream, type HttpUpstreamOptions } from '../../src/upstream/http-upstream';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from '../../src/upstream/upstream';
import type { Cleanup } from '../kit/cleanup';
import { PATIENCE } from '../kit/until';

export function request(query: string, more: Partial<UpstreamRequest> = {}): UpstreamRequest {
  const document = parse(query, { noLocation: true });
  const operation = getOperationAST(document)!;
  return {
    document,
    operation: operation.operation,
    operationName: operation.name?.value,
    variables: {},
    headers: {},
    ...more,
  };
}

/** Nothing is given up unless a test says so: what it waits for comes, or it fails before. */
export function connect(cleanup: Cleanup, url: string, options: Partial<HttpUpstreamOptions> = {}): Upstream {
  return cleanup.add(createHttpUpstream({ url, timeoutMs: 2 * PATIENCE, retries: 0, ...options }));
}

/** The result of an answer that must not be a stream. */
export function single(answer: UpstreamAnswer): ExecutionResult {
  if (Symbol.asyncIterator in answer.result) throw new Error('expected one result, not a stream');
  return answer.result;
}

/** All results of an answer that must be a stream, as a client would see them. */
export async function collect(answer: UpstreamAnswer): Promise<unknown[]> {
  if (!(Symbol.asyncIterator in answer.result)) throw new Error('expected a stream, not one result');
  const all: unknown[] = [];
  for await (const result of answer.result) all.push(JSON.parse(JSON.stringify(result)));
  return all;
}

/** What is wrong with an answer, in short: code and status as clients would see them. */
export function fault(answer: UpstreamAnswer): unknown {
  const extensions = single(answer).errors?.[0]?.extensions as { code?: string; http?: { status: number } };
  return { answered: answer.answered, code: extensions?.code, status: extensions?.http?.status };
}
