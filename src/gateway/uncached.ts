import { Audience } from '../cache/single-flight';
import type { Asked } from '../operation/bound-operation';
import type { Refusal } from '../operation/operation';
import { forwarded } from '../report/cache-status';
import type { Exchange } from '../yoga/execution';
import type { Client } from './client';
import { run } from './fill';
import { FORWARDED_HEADER, isSealed } from './forward-mutation';
import type { FromUpstream } from './outcome';
import type { Generation } from './schema-snapshot';
import type { Parts } from './request';

/** What is never looked up: mutations, answers in parts, what is no valid operation, the page for browsers. */

/**
 * A mutation runs to its end, whoever hangs up: it may commit, and its purge must follow (P06).
 * @param secret by which a gateway that sent the mutation on is told from a client that says it is one
 */
export async function answerMutation(
  generation: Generation,
  asked: Asked,
  client: Client,
  secret: string | undefined,
): Promise<FromUpstream> {
  const exchange = exchangeFor(asked, client, undefined);
  const answered = await run(generation.engine, exchange, client.accepts.json!);
  return {
    ...uncached('mutation', answered.status, answered.contentType, answered.body),
    ...purgedBy(exchange, client, secret),
    cookies: exchange.answer?.headers['set-cookie']?.split('\n') ?? [],
    execution: exchange,
  };
}

/** Answers in parts are passed on as they come, and never stored. */
export async function answerInParts(
  generation: Generation,
  asked: Asked,
  client: Client,
  secret: string | undefined,
): Promise<FromUpstream> {
  const { kind } = asked.operation;
  const audience = new Audience();
  audience.add(kind === 'mutation' ? undefined : client.request.onAbort);
  const exchange = exchangeFor(asked, client, audience);
  const response = await generation.engine.run(exchange, client.header('accept') ?? '*/*');
  const contentType = response.headers.get('content-type') ?? 'text/plain';
  const body = (response.body as Parts | null) ?? '';
  return {
    ...uncached(kind === 'query' ? 'incremental' : kind, response.status, contentType, body),
    ...purgedBy(exchange, client, secret),
    execution: exchange,
  };
}

/** What is wrong with a text that is no valid operation. */
export async function answerRefusal(
  generation: Generation,
  refusal: Refusal,
  client: Client,
): Promise<FromUpstream> {
  const exchange = { ...exchangeFor(undefined, undefined, undefined), refusal };
  const { status, contentType, body } = await run(
    generation.engine,
    exchange,
    client.accepts.json ?? 'application/json',
  );
  return uncached('invalid', status, contentType, body);
}

/** GraphiQL. */
export async function answerPage(generation: Generation, client: Client): Promise<FromUpstream> {
  const response = await generation.engine.page(client.header('accept') ?? '*/*');
  const contentType = response.headers.get('content-type') ?? 'text/html';
  return uncached('introspection', response.status, contentType, await response.text());
}

function exchangeFor(
  asked: Asked | undefined,
  client: Client | undefined,
  signal: Audience | undefined,
): Exchange {
  return {
    asked,
    refusal: undefined,
    scope: 'bypass',
    headers: client?.headersFor('bypass') ?? {},
    signal,
    wantsExtensions: client?.wantsExtensions ?? false,
  };
}

/** What the answer says of a mutation's purge. */
function purgedBy(
  { purged }: Exchange,
  client: Client,
  secret: string | undefined,
): Pick<FromUpstream, 'token' | 'purged' | 'tellsPurged'> {
  if (!purged) return {};
  return {
    token: { position: purged.position, open: undefined },
    purged,
    tellsPurged: isSealed(client.header(FORWARDED_HEADER), secret, client.request.body),
  };
}

function uncached(
  why: 'mutation' | 'subscription' | 'incremental' | 'invalid' | 'introspection',
  httpStatus: number,
  contentType: string,
  body: FromUpstream['body'],
): FromUpstream {
  return {
    kind: 'answer',
    status: { kind: 'forwarded', fwd: forwarded(why), why },
    httpStatus,
    contentType,
    body,
  };
}
