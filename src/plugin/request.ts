import type { CacheKey } from '../cache/entry';
import { parseToken, TokenHolder } from '../gateway/token';
import { keyOf, type Asked } from '../operation/bound-operation';
import { whyNever } from '../policy/analyse';
import type { Reason } from '../report/reason';
import type { LastmileOptions } from './options';
import type { Region } from './region';

/** Which answer an operation may be given, by its policy and by who asks. */
export type PluginDecision =
  { readonly kind: 'lookup'; readonly key: CacheKey } | { readonly kind: 'bypass'; readonly why: Reason };

/**
 * The decision of the gateway (`gateway/decide.ts`) for a server that runs resolvers: there the context may change an
 * answer, so it is the operator who says which of it may.
 */
export function decideInPlugin<Context>(
  asked: Asked,
  context: Context,
  options: LastmileOptions<Context>,
): PluginDecision {
  const { policy, incremental } = asked.operation;
  if (incremental) return { kind: 'bypass', why: 'incremental' };
  if (policy.maxAge <= 0) return { kind: 'bypass', why: whyNever(policy) };
  const session = options.session?.(context) ?? undefined;
  const varying = options.vary?.(context) ?? [];
  const isShared =
    policy.scope === 'PUBLIC' && (policy.declared || !hasCredentials(context, session, options));
  if (isShared) return { kind: 'lookup', key: keyOf(asked, undefined, varying) };
  if (session !== undefined) return { kind: 'lookup', key: keyOf(asked, session, varying) };
  return { kind: 'bypass', why: policy.scope === 'PRIVATE' ? 'private' : 'credentials' };
}

/** The client, if it says what it has seen. */
export function tokenHolderIn(context: unknown, { purges, now }: Region): TokenHolder | undefined {
  const text = requestOf(context)?.headers.get('lastmile-token');
  const token = typeof text === 'string' ? parseToken(text) : undefined;
  // Answers of the plugin carry no open tokens, so no time in one is of this clock.
  return token && new TokenHolder({ purges, now, clock: 'none' }, token);
}

/** The request of a context, where a server puts one there, as Yoga does. */
export function requestOf(context: unknown): Request | undefined {
  if (typeof context !== 'object' || context === null || !('request' in context)) return undefined;
  const { request } = context;
  return typeof request === 'object' && request !== null && 'headers' in request
    ? (request as Request)
    : undefined;
}

function hasCredentials<Context>(
  context: Context,
  session: string | undefined,
  options: LastmileOptions<Context>,
): boolean {
  if (session !== undefined) return true;
  if (options.hasCredentials) return options.hasCredentials(context);
  const headers = requestOf(context)?.headers;
  return !headers || headers.get('authorization') !== null || headers.get('cookie') !== null;
}
