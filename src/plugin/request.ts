import { parseToken, TokenProgress } from '../gateway/token';
import { decide, PLUGIN_RULES, type Decision, type RuleSettings } from '../gateway/rules';
import type { BoundOperation } from '../operation/bound-operation';
import type { LastmileOptions } from './options';
import type { PluginRegion } from './region';

const NOTHING_VARIES: readonly string[] = [];

/** Who is asking, as far as the server says. */
export function sessionIn<Context>(
  context: Context,
  { session }: LastmileOptions<Context>,
): string | undefined {
  return session?.(context) ?? undefined;
}

/**
 * The decision of the gateway, by its rules, for a server that runs resolvers: there the context may change an answer, so
 * it is the operator who says which of it may.
 * @param settings of {@link ruleSettingsOf} and the switch: the same object until that is thrown
 */
export function decideInPlugin<Context>(
  bound: BoundOperation,
  { context, session }: { readonly context: Context; readonly session: string | undefined },
  options: LastmileOptions<Context>,
  settings: RuleSettings,
): Decision {
  const facts = {
    get hasCredentials() {
      return carriesCredentials(context, session, options);
    },
    hasUnkeyedHeader: false,
    hasSecondCredential: false,
    varying: options.vary?.(context) ?? NOTHING_VARIES,
  };
  return decide(bound, { facts, session, isMember: false, now: 0 }, settings, PLUGIN_RULES);
}

/** What the rules need to know of a plugin's options. */
export function ruleSettingsOf<Context>({ session }: LastmileOptions<Context>): RuleSettings {
  return {
    session: session && 'the option `session`',
    sessionHeader: undefined,
    vary: [],
    forward: [],
    sharesAmongSessions: false,
    serve: true,
    without: [],
  };
}

/** The client, if it says what it has seen. */
export function tokenProgressIn(
  context: unknown,
  { purges, now, clock }: PluginRegion,
): TokenProgress | undefined {
  const text = requestOf(context)?.headers.get('lastmile-token');
  const token = typeof text === 'string' ? parseToken(text) : undefined;
  return token && new TokenProgress({ purges, now, clock }, token);
}

/** The request of a context, where a server puts one there, as Yoga does. */
export function requestOf(context: unknown): Request | undefined {
  if (typeof context !== 'object' || context === null || !('request' in context)) return undefined;
  const { request } = context;
  return typeof request === 'object' && request !== null && 'headers' in request
    ? (request as Request)
    : undefined;
}

/** Whether resolvers may find credentials in the context. */
export function carriesCredentials<Context>(
  context: Context,
  session: string | undefined,
  options: LastmileOptions<Context>,
): boolean {
  if (session !== undefined) return true;
  if (options.hasCredentials) return options.hasCredentials(context);
  const headers = requestOf(context)?.headers;
  return !headers || headers.get('authorization') !== null || headers.get('cookie') !== null;
}
