import { setImmediate } from 'node:timers/promises';
import type { Catalogue } from '../operation/catalogue';
import type { AnswerType } from './media-type';
import type { GraphQLParams } from './params';
import { PURGED_HEADER } from './forward-mutation';
import type { Reply } from './request';
import { joinTokens, parseToken, tokenHeaders, TOKEN_COOKIE, type Token } from './token';

/**
 * Whether a batch holds a mutation. To read a new text takes its time, so between two of them it is the others' turn
 * (P47).
 */
export async function changesSomething(
  catalogue: Catalogue,
  parts: readonly GraphQLParams[],
): Promise<boolean> {
  let changes = false;
  for (const { query, operationName } of parts) {
    if (query === undefined) continue;
    if (!catalogue.knows(query, operationName)) await setImmediate();
    const operation = catalogue.find(query, operationName);
    changes ||= 'kind' in operation && operation.kind === 'mutation';
  }
  return changes;
}

/**
 * Joins the answers of a batch. Each was looked up by itself; the whole says the least that is true of all: it may not
 * be stored downstream, and it carries every cookie and one token that covers them all. Its status is 200 whatever became of each
 * (GraphQL over HTTP, Request Batching).
 */
export function joinBatch(replies: readonly Reply[], type: AnswerType): Reply {
  const bodies: Buffer[] = [];
  for (const { body, encoding } of replies) {
    if (typeof body !== 'string' && !Buffer.isBuffer(body))
      throw new TypeError('A batch holds whole answers only.');
    bodies.push(
      Buffer.from(bodies.length === 0 ? '[' : ','),
      typeof body === 'string' ? Buffer.from(body, encoding) : body,
    );
  }
  bodies.push(Buffer.from(']'));
  const headers = ['Content-Type', `${type}; charset=utf-8`, 'Cache-Control', 'no-store'];
  const statuses: string[] = [];
  let token: Token | undefined;
  let withCookie = false;
  let vary: string | undefined;
  for (const reply of replies) {
    for (let index = 0; index < reply.headers.length; index += 2) {
      const [name, value] = [reply.headers[index]!, reply.headers[index + 1]!];
      if (name === 'Cache-Status') statuses.push(value);
      if (name === 'Vary') vary = value;
      const isToken = name === 'Set-Cookie' && value.startsWith(`${TOKEN_COOKIE}=`);
      withCookie ||= isToken;
      if (!isToken && (name === 'Set-Cookie' || name === PURGED_HEADER)) headers.push(name, value);
      const its = name === 'Lastmile-Token' ? parseToken(value) : undefined;
      if (its) token = token ? joinTokens(token, its) : its;
    }
  }
  // RFC 9211 2: a list; here one member for each request of the batch, in its order.
  headers.push('Cache-Status', statuses.join(', '));
  if (token) headers.push(...tokenHeaders(token, withCookie));
  if (vary !== undefined) headers.push('Vary', vary);
  return { status: 200, headers, body: Buffer.concat(bodies) };
}
