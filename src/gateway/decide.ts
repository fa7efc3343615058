import type { Operation } from '../operation/operation';
import { whyNever, type Policy } from '../policy/analyse';
import { REASONS, type Reason } from '../report/reason';
import { type Asked, keyOf } from '../operation/bound-operation';
import { NO_SESSION, type Session, type Sessions } from './session';
import type { Generation } from './schema-snapshot';
import type { AnswerType } from './media-type';
import { header, type GatewayRequest } from './request';
import { type TokenHolder, withoutTokenCookie } from './token';
import type { CacheKey } from '../cache/entry';

/** One "no", in the words of `Cache-Status`. */
export interface Obstacle {
  readonly reason: Reason;
  /** undefined: always */
  readonly when?: string;
  /** the field that decided */
  readonly field?: string;
  readonly meaning: string;
  readonly remedy: string;
}

export interface ObstacleSettings {
  /** what a session is taken from, for example `header:authorization`; undefined: SESSION is not set */
  readonly session: string | undefined;
  /** lower-case names of headers that are part of every key */
  readonly vary: readonly string[];
  /** lower-case names of headers that upstream is sent besides */
  readonly forward: readonly string[];
  /** the header a session is read from */
  readonly sessionHeader: string | undefined;
}

/**
 * Everything that keeps answers to an operation out of the cache, as far as it is known before one is asked for: what
 * always does first, then what depends on the request or the answer. The order and the words are those of `decide`.
 */
export function findObstacles(operation: Operation, settings: ObstacleSettings): readonly Obstacle[] {
  const { kind, policy } = operation;
  if (kind !== 'query') return [obstacle(kind)];
  const found: Obstacle[] = [];
  if (operation.incremental) found.push(obstacle('incremental'));
  if (policy.maxAge <= 0) found.push(obstacle(whyNever(policy), { field: policy.decidedBy.maxAge }));
  else found.push(...whoMay(policy, settings));
  for (const name of settings.forward.filter((name) => !isKeyed(name, settings))) {
    found.push(obstacle('unkeyed-header', { when: `the request carries the header ${name}` }));
  }
  if (policy.maxAge > 0 && policy.leastMaxAge <= 0) {
    const field = policy.decidedBy.leastMaxAge;
    found.push(obstacle('no-policy', { when: `the answer has ${field ?? 'a field without maxAge'}`, field }));
  }
  return found;
}

function whoMay({ scope, declared, decidedBy }: Policy, { session }: ObstacleSettings): Obstacle[] {
  if (scope === 'PRIVATE') {
    const when = session && `the request has no verified session (${session})`;
    return [obstacle('private', { when, field: decidedBy.scope })];
  }
  if (declared) return [];
  const without = session ? ' and no verified session' : '';
  return [obstacle('credentials', { when: `the request carries credentials${without}` })];
}

function isKeyed(name: string, { vary, sessionHeader }: ObstacleSettings): boolean {
  return vary.includes(name) || name === sessionHeader;
}

function obstacle(
  reason: Reason,
  more: { when?: string | undefined; field?: string | undefined } = {},
): Obstacle {
  const [meaning, remedy] = REASONS[reason];
  return {
    reason,
    ...(more.when !== undefined && { when: more.when }),
    ...(more.field !== undefined && { field: more.field }),
    meaning,
    remedy,
  };
}

/** A query on its way to an answer. */
export interface Journey {
  readonly generation: Generation;
  readonly asked: Asked;
  readonly request: GatewayRequest;
  readonly session: Session;
  readonly type: AnswerType;
  /** its client, if that presents a token */
  readonly holder: TokenHolder | undefined;
}

/** Where its answer may be found. */
export type Lookup = Extract<Decision, { kind: 'lookup' }>;

/**
 * Who is asking, where that matters: what is public by declaration, or never kept, is answered alike whoever it is, and must
 * not wait for the keys that tokens are verified with. A promise only where that has to be done.
 */
export function identify(
  sessions: Sessions,
  { operation: { policy } }: Asked,
  request: GatewayRequest,
): Session | Promise<Session> {
  if (sessions.header === undefined) return NO_SESSION;
  const isForAll = policy.maxAge <= 0 || (policy.scope === 'PUBLIC' && policy.declared);
  // Whoever looks closer wants to know for whom it was.
  if (isForAll && !request.witness) return NO_SESSION;
  return sessions.identify(header(request, sessions.header));
}

/** Which answer a request may be given, and what upstream is told if there is none. */
export type Decision =
  | { readonly kind: 'lookup'; readonly scope: 'shared' | 'private'; readonly key: CacheKey }
  | { readonly kind: 'bypass'; readonly why: Reason };

export interface DecisionSettings {
  /** lower-case names of the headers that are part of every key, in a fixed order */
  readonly vary: readonly string[];
  /** lower-case names of further headers that upstream is sent */
  readonly forward: readonly string[];
  /** the header a session is read from */
  readonly sessionHeader: string | undefined;
}

/** Headers that say who is asking. */
const CREDENTIALS = ['authorization', 'cookie'];

/**
 * Decides from the operation's policy and the request's credentials, before anyone is asked. When in doubt: bypass.
 * P30, P32, P34: everything that can change an answer is in its key or does not reach upstream.
 * @param now monotonic milliseconds
 */
export function decide(
  asked: Asked,
  request: GatewayRequest,
  session: Session,
  settings: DecisionSettings,
  now: number,
): Decision {
  const { policy, kind } = asked.operation;
  if (kind !== 'query') return { kind: 'bypass', why: kind };
  if (asked.operation.incremental) return { kind: 'bypass', why: 'incremental' };
  if (policy.maxAge <= 0) return { kind: 'bypass', why: whyNever(policy) };
  if (settings.forward.some((name) => hasUnkeyed(request, name, settings))) {
    return { kind: 'bypass', why: 'unkeyed-header' };
  }
  const credentials = hasCredentials(request, settings);
  const shared = policy.scope === 'PUBLIC' && (policy.declared || !credentials);
  if (shared && credentials && now < asked.operation.needsCredentialsUntil)
    return { kind: 'bypass', why: 'credentials' };
  if (shared)
    return { kind: 'lookup', scope: 'shared', key: keyOf(asked, undefined, varying(request, settings)) };
  if (session.kind !== 'verified')
    return { kind: 'bypass', why: policy.scope === 'PRIVATE' ? 'private' : 'credentials' };
  // A second credential beside the session's could change the answer, and is not in the key.
  if (CREDENTIALS.some((name) => name !== settings.sessionHeader && hasUnkeyed(request, name, settings))) {
    return { kind: 'bypass', why: 'unkeyed-header' };
  }
  return { kind: 'lookup', scope: 'private', key: keyOf(asked, session.id, varying(request, settings)) };
}

/** Whether a request says who is asking: in one of the usual headers, or in that which SESSION names. */
export function hasCredentials(
  request: GatewayRequest,
  { sessionHeader }: Pick<DecisionSettings, 'sessionHeader'>,
): boolean {
  if (request.headers['authorization'] !== undefined) return true;
  if (
    sessionHeader !== undefined &&
    sessionHeader !== 'cookie' &&
    header(request, sessionHeader) !== undefined
  )
    return true;
  const cookies = header(request, 'cookie');
  return cookies !== undefined && withoutTokenCookie(cookies) !== undefined;
}

/**
 * The request headers upstream is sent: for a shared answer only those in its key, so that nobody's credentials can
 * change it; for a private one its session's too; past the cache all that the operator forwards, and credentials.
 */
export function headersFor(
  request: GatewayRequest,
  scope: 'shared' | 'private' | 'bypass',
  session: Session,
  settings: DecisionSettings,
): Record<string, string> {
  const headers: Record<string, string> = {};
  const names = [...settings.vary];
  if (scope === 'bypass')
    names.push(
      ...CREDENTIALS,
      ...settings.forward,
      ...(settings.sessionHeader ? [settings.sessionHeader] : []),
    );
  for (const name of names) {
    const value = header(request, name);
    const sent = name === 'cookie' && value !== undefined ? withoutTokenCookie(value) : value;
    if (sent !== undefined) headers[name] = sent;
  }
  if (scope === 'private' && session.kind === 'verified') Object.assign(headers, session.forward);
  return headers;
}

function hasUnkeyed(request: GatewayRequest, name: string, settings: DecisionSettings): boolean {
  if (name === settings.sessionHeader || settings.vary.includes(name)) return false;
  const value = header(request, name);
  return value !== undefined && (name !== 'cookie' || withoutTokenCookie(value) !== undefined);
}

const NOTHING: readonly string[] = [];

function varying(request: GatewayRequest, settings: DecisionSettings): readonly string[] {
  // An absent header and an empty one are different requests to upstream.
  return settings.vary.length === 0
    ? NOTHING
    : settings.vary.map((name) => (request.headers[name] === undefined ? '-' : `+${header(request, name)}`));
}
