import type { CacheKey } from '../cache/entry';
import { keyOf, type Asked } from '../operation/asked';
import { whyNever } from '../policy/analyse';
import type { Reason } from '../report/reason';
import type { Session } from '../session/session';
import { header, type GatewayRequest } from './request';
import { withoutTokenCookie } from './token';

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
