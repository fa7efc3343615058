import { AbortGroup } from '../cache/single-flight';
import type { BoundOperation } from '../operation/bound-operation';
import type { Refusal } from '../operation/operation';
import { forwarded } from '../report/cache-status';
import { replyStatus } from '../upstream/reply-status';
import type { Execution } from '../yoga/execution';
import type { Client } from './client';
import { run } from './fill';
import { FORWARDED_HEADER, isSealed } from './forward-mutation';
import { failed, type FromUpstream, type Outcome } from './outcome';
import { languageIn } from './response-headers';
import type { SchemaSnapshot } from './schema-snapshot';
import type { Session } from './session';
import type { Tag } from '../purge/tag';
import type { BodyStream } from './request';

/** What is never looked up: mutations, answers in parts, what is no valid operation. */

/**
 * A mutation runs to its end even if its client hangs up: it may commit, and its purge must follow (P06).
 * @param secret proves that the request comes from a forwarding gateway, not from a client
 */
export async function answerMutation(
  snapshot: SchemaSnapshot,
  bound: BoundOperation,
  client: Client,
  secret: string | undefined,
): Promise<Outcome> {
  const execution = executionFor(bound, client, undefined);
  const answered = await run(snapshot.yoga, execution, client.accepts.json!);
  const { problem } = client.request.upload ?? {};
  const purged = purgedBy(execution, client, secret);
  // What upstream did with a part of the files is nothing to tell; what was purged holds all the same.
  if (problem) return { ...failed(problem.code, problem), token: purged.token };
  return {
    ...uncached('mutation', answered.status, answered.contentType, answered.body),
    ...purged,
    ...saidBy(execution),
  };
}

/** A query with files among its variables, which are no part of any key. */
export async function answerWithFiles(
  snapshot: SchemaSnapshot,
  bound: BoundOperation,
  client: Client,
): Promise<Outcome> {
  const group = new AbortGroup();
  group.add(client.request.onAbort);
  const execution = executionFor(bound, client, group);
  const { status, contentType, body } = await run(snapshot.yoga, execution, client.accepts.json!);
  const { problem } = client.request.upload ?? {};
  if (problem) return failed(problem.code, problem);
  return { ...uncached('upload', status, contentType, body), ...saidBy(execution) };
}

/** Answers in parts, to a query or a mutation, are passed on as they come, and never stored. */
export async function answerInParts(
  snapshot: SchemaSnapshot,
  bound: BoundOperation,
  client: Client,
  secret: string | undefined,
): Promise<FromUpstream> {
  const isQuery = bound.operation.kind === 'query';
  const group = new AbortGroup();
  group.add(isQuery ? client.request.onAbort : undefined);
  const execution = executionFor(bound, client, group);
  const response = await snapshot.yoga.inParts(execution, client.header('accept') ?? '*/*');
  const contentType = response.headers.get('content-type') ?? 'text/plain';
  const body = (response.body as BodyStream | null) ?? '';
  return {
    ...uncached(
      isQuery ? 'incremental' : 'mutation',
      replyStatus(execution.answer, contentType) ?? response.status,
      contentType,
      body,
    ),
    ...purgedBy(execution, client, secret),
    ...saidBy(execution),
  };
}

/** What is wrong with a text that is no valid operation. */
export async function answerRefusal(
  snapshot: SchemaSnapshot,
  refusal: Refusal,
  client: Client,
): Promise<FromUpstream> {
  const execution = { ...executionFor(undefined, undefined, undefined), refusal };
  const { status, contentType, body } = await run(
    snapshot.yoga,
    execution,
    client.accepts.json ?? 'application/json',
  );
  return uncached('invalid', status, contentType, body);
}

function executionFor(
  bound: BoundOperation | undefined,
  client: Client | undefined,
  signal: AbortGroup | undefined,
): Execution {
  return {
    bound,
    refusal: undefined,
    scope: 'bypass',
    headers: client?.headersFor('bypass') ?? {},
    signal,
    upload: client?.request.upload,
    trace: client?.trace,
    wantsExtensions: client?.wantsExtensions ?? false,
    ...(bound?.operation.kind === 'mutation' && client && { sessionTags: tagsOf(client.session()) }),
  };
}

/** What upstream says beside the body, to the one client that asked. */
function saidBy(execution: Execution): Pick<FromUpstream, 'own' | 'language' | 'execution'> {
  const headers = execution.answer?.headers;
  return { own: headers, language: headers && languageIn(headers), execution };
}

/** The upstream call does not wait for them: identifying the client may need to fetch keys. */
function tagsOf(session: Session | Promise<Session>): readonly Tag[] | Promise<readonly Tag[]> {
  return session instanceof Promise ? session.then(({ tags }) => tags) : session.tags;
}

/** What the answer says of a mutation's purge. */
function purgedBy(
  { purged }: Execution,
  client: Client,
  secret: string | undefined,
): Pick<FromUpstream, 'token' | 'purged' | 'tellsPurged'> {
  if (!purged) return {};
  const { position } = purged;
  return {
    ...(position && { token: { position, provisional: undefined } }),
    purged,
    tellsPurged: isSealed(client.header(FORWARDED_HEADER), secret, client.request.body),
  };
}

function uncached(
  why: 'mutation' | 'incremental' | 'upload' | 'invalid',
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
