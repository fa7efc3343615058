import { explainParts, WHOLE, type ExplainedSlot } from '../gateway/parts/explain-parts';
import { bindSlot, type Plans } from '../gateway/parts/plan';
import { decide, type RuleSettings } from '../gateway/rules';
import type { BoundOperation } from '../operation/bound-operation';
import type { Policy } from '../policy/analyse';
import { REASONS } from '../report/reason';
import type { ExplainedPart, Explanation, PartsForSome } from './explanation';

/**
 * How answers to an operation are cut: for requests with credentials and for those without, where it differs.
 * @returns nothing where all of an answer is kept for the same, and nothing would be otherwise if it could be cut
 */
export function partsOf(
  plans: Plans,
  settings: RuleSettings,
  { bound, isLogged }: { readonly bound: BoundOperation; readonly isLogged: boolean },
): readonly PartsForSome[] {
  const cut = (hasCredentials: boolean): Omit<PartsForSome, 'requests'> => {
    const { whole, slots, uncut, useless } = explainParts(plans, bound.operation, hasCredentials);
    const explained = slots.map((slot) => partOf(slot, settings, { bound, hasCredentials }));
    return { ...(whole && { whole }), slots: explained, uncut, useless };
  };
  const withCredentials = cut(true);
  const without = cut(false);
  const all: PartsForSome[] =
    JSON.stringify(withCredentials) === JSON.stringify(without)
      ? [{ requests: 'all', ...without }]
      : [
          { requests: 'with credentials', ...withCredentials },
          { requests: 'without credentials', ...without },
        ];
  if (!all.some(saysSomething)) return [];
  if (!isLogged || all.every(({ whole }) => whole)) return all;
  return [
    {
      requests: 'all',
      whole: { reason: 'logged', because: WHOLE.logged },
      slots: [],
      uncut: [],
      useless: [],
    },
  ];
}

function saysSomething({ whole, uncut, useless }: PartsForSome): boolean {
  return whole?.reason !== 'one-class' || uncut.length > 0 || useless.length > 0;
}

/** As the rules decide of a slot by itself, of a request that has a session where there are sessions. */
function partOf(
  slot: ExplainedSlot,
  settings: RuleSettings,
  { bound, hasCredentials }: { readonly bound: BoundOperation; readonly hasCredentials: boolean },
): ExplainedPart {
  const { text: asks, operation } = slot;
  const facts = { hasCredentials, hasUnkeyedHeader: false, hasSecondCredential: false, varying: [] };
  const session = settings.session !== undefined ? 'one' : undefined;
  const situation = { facts, session, isMember: false, now: Infinity };
  const decision = decide(bindSlot(slot, bound), situation, settings);
  if (decision.kind === 'bypass') return { asks, kept: 'never', because: REASONS[decision.why][0] };
  const { policy } = operation;
  return { asks, kept: keptAs(decision.scope, policy, settings), maxAge: policy.leastMaxAge };
}

function keptAs(scope: string, policy: Policy, settings: RuleSettings): Explanation['kept'] {
  if (scope === 'private') return 'for one session';
  return policy.scope === 'PUBLIC' && policy.declared
    ? keptFor(policy, settings)
    : 'for all without credentials';
}

/** For whom an answer is kept as a whole. */
export function keptFor(
  { scope, isOpen, declared }: Policy,
  { session, sharesAmongSessions }: RuleSettings,
): Explanation['kept'] {
  if (scope === 'PUBLIC')
    return declared && sharesAmongSessions
      ? 'for all sessions, and apart for all other clients'
      : 'for all clients';
  if (!isOpen) return 'for one session';
  return session === undefined
    ? 'for all without credentials'
    : 'for one session, or for all without credentials';
}
