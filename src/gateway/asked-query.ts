import type { CacheKey } from '../cache/entry';
import { secondsLeft } from '../cache/lookup';
import { areOfSameWords, type BoundOperation } from '../operation/bound-operation';
import { ANY_SESSION, type Tag } from '../purge/tag';
import { forwarded, type CacheStatus } from '../report/cache-status';
import type { Reason } from '../report/reason';
import { isFailure } from '../upstream/fault';
import type { Audience, Execution } from '../yoga/execution';
import type { Client } from './client';
import type { Answered, Filled } from './fill';
import type { FromUpstream } from './outcome';
import { languageIn } from './response-headers';
import type { SchemaSnapshot } from './schema-snapshot';
import type { Session } from './session';
import type { TokenProgress } from './token';

/** A query on its way to an answer. */
export interface Query {
  readonly snapshot: SchemaSnapshot;
  readonly bound: BoundOperation;
  readonly client: Client;
  readonly session: Session;
  /** analyse the answer even if it is not stored */
  readonly isObserved: boolean;
  /** its client's way to its next token, if it presented one */
  readonly progress: TokenProgress | undefined;
}

/** Where its answer may be found. */
export interface EntryPlace {
  readonly key: CacheKey;
  readonly scope: Audience;
}

const NOTHING: readonly never[] = [];

/** Of what is declared PUBLIC nothing but a refusal makes a reason of credentials. */
export function isDeclared({ bound: { operation } }: Query): boolean {
  return operation.policy.scope === 'PUBLIC' && operation.policy.declared;
}

/** What a request says beside its session and is part of every key: upstream may go by it when it lets a session in. */
export function besideOf({ parameters }: BoundOperation, { varying }: Client): readonly string[] {
  return parameters === '' ? varying : [...varying, parameters];
}

/** What a private answer carries of its session, and of all. */
export function sessionTagsOf({ session }: Query, { scope }: EntryPlace): readonly Tag[] {
  return scope === 'private' ? [...session.tags, ANY_SESSION] : NOTHING;
}

/** Whether upstream failed, so that what is stale may stand in for what it said. */
export function hasFailed({ execution }: Answered): boolean {
  return execution.answer !== undefined && isFailure(execution.answer);
}

/**
 * Whether what upstream said in place of an answer is for the request alone that began the call. What it says to one of all
 * sessions is not for the others. Status and bytes of an error depend on the media type, and its words on the names of variables.
 * @param query that joined the call
 */
export function isForItsOwn({ client, bound }: Query, scope: Audience, answered: Answered): boolean {
  return (
    scope === 'members' ||
    !answered.contentType.startsWith(client.accepts.json!) ||
    !areOfSameWords(answered.execution.bound, bound)
  );
}

/** Whether upstream said so to a request without the credentials that this client has: with them it may say something else. */
export function isForStrangers({ client }: Query, scope: Audience, { execution }: Answered): boolean {
  return scope === 'shared' && client.hasCredentials && execution.answer?.answered === true;
}

/**
 * The outcome of a query that upstream answered.
 * @param why nothing was looked up, or was found
 * @param collapsed it joined another request's call
 * @param now monotonic milliseconds
 */
export function passedOn(
  query: Query,
  {
    answered,
    why,
    collapsed,
    now,
  }: { readonly answered: Filled; readonly why: Reason; readonly collapsed: boolean; readonly now: number },
): FromUpstream {
  const { client } = query;
  const { entry, execution } = answered;
  const isPublic = answered.isStored && execution.scope === 'shared' && isDeclared(query);
  const fwd = forwarded(why);
  // Why it was not stored says more than why it was not there; why it was not looked up says more than both.
  const detail = fwd === 'uri-miss' || fwd === 'stale' ? (answered.why ?? why) : why;
  const status: CacheStatus = {
    kind: 'forwarded',
    fwd,
    why: detail,
    stored: answered.isStored,
    collapsed,
  };
  const headers = execution.answer?.headers;
  return {
    kind: 'answer',
    status,
    httpStatus: answered.status,
    contentType: answered.clean ? client.accepts.json! : answered.contentType,
    body: collapsed ? (answered.shared ?? answered.body) : answered.body,
    entry,
    // What upstream says of this very call is for the client that caused it: those bytes are not the entry's.
    isEntrysOwn: answered.shared === undefined || collapsed,
    own: collapsed ? undefined : ownHeaders(client, execution),
    language: headers && languageIn(headers),
    execution: execution,
    isQuery: true,
    publicFor: entry && isPublic ? secondsLeft(entry, now) : undefined,
  };
}

/**
 * What upstream says beside its answer to the client that caused a call. Asked without a client's credentials it says what it
 * says to strangers: the cookie of a new visitor would sign out who has signed in.
 */
export function ownHeaders(client: Client, { answer, headers }: Execution): FromUpstream['own'] {
  return client.saysMoreThan(headers) ? undefined : answer?.headers;
}
