import { isNamedBy } from '../config/operation-pattern';
import type { CacheOrder } from '../purge/cache-order';
import type { CacheSwitch } from '../purge/cache-switch';
import { cacheKeyOf, type BoundOperation } from '../operation/bound-operation';
import type { Operation } from '../operation/operation';
import { whyNever, type Policy } from '../policy/analyse';
import type { CacheKey } from '../cache/entry';
import type { Reason } from '../report/reason';
import type { Audience } from '../yoga/execution';
import { STORE_RULES } from './store-rules';

/**
 * What may be looked up and stored, whose it is, and under which key: one list of rules, in order. `decide` runs it,
 * `barriersOf` prints it for `lastmile explain` and the debug header, and the table of `report/README.md` is made from it.
 */

/** What the operator configured of headers that a rule looks at. */
export interface HeaderSettings {
  /** what a session is taken from, for example `header:authorization`; undefined: nothing is */
  readonly session: string | undefined;
  /** the request header a session is read from, in lower case */
  readonly sessionHeader: string | undefined;
  /** lower-case names of the headers that are part of every key, in a fixed order */
  readonly vary: readonly string[];
  /** lower-case names of further headers that upstream is sent */
  readonly forward: readonly string[];
  /** what every field declares PUBLIC and upstream wants credentials for is shared among all sessions: SHARED_CREDENTIALS */
  readonly sharesAmongSessions: boolean;
}

/** What the operator configured, or said since, that a rule looks at. */
export interface RuleSettings extends HeaderSettings {
  /** false: the cache is switched off */
  readonly serve: boolean;
  /** names of operations, with `*`, that are never answered from the cache */
  readonly without: readonly string[];
}

/** What the rules ask of a request. The gateway's comes from its headers, the plugin's from the GraphQL context. */
export interface RequestFacts {
  /** it identifies its client, verified or not */
  readonly hasCredentials: boolean;
  /** it carries a header that upstream is sent and that is no part of the key */
  readonly hasUnkeyedHeader: boolean;
  /** it carries credentials besides its session's, which are no part of the key */
  readonly hasSecondCredential: boolean;
  /** the values of what VARY lists, in its order: part of the key */
  readonly varying: readonly string[];
}

/** A request, as the rules see it. */
export interface Situation {
  readonly facts: RequestFacts;
  /** the verified session it is made under; undefined: none */
  readonly session: string | undefined;
  /** it may be shown what is shared among all sessions; false where nothing is */
  readonly isMember: boolean;
  /** monotonic milliseconds */
  readonly now: number;
}

/**
 * Which requests for an operation a rule keeps out of the cache: none, all, or those that a phrase describes,
 * written to follow "if".
 */
export type Reach = 'none' | 'all' | { readonly when: string };

export interface Rule {
  readonly reason: Reason;
  /** what it is about, for that table */
  readonly about: string;
  /** it looks at headers that a gateway sends on, so it is none of the plugin's */
  readonly ofHeaders?: true;
  readonly reach: (operation: Operation, settings: RuleSettings) => Reach;
  /** Of a request whose operation it reaches only sometimes: whether it keeps this one out. */
  readonly applies: (situation: Situation, bound: BoundOperation) => boolean;
  /** the field that decided */
  readonly field?: (policy: Policy) => string | undefined;
  /** it holds for a while after something was learnt of upstream: whether that has happened yet */
  readonly isLearnt?: (operation: Operation) => boolean;
}

const ALWAYS = (): boolean => true;
const CREDENTIALS = ['authorization', 'cookie'];

/**
 * One answer for all clients: every field is PUBLIC and declared so. Else one for all who ask without credentials, where no
 * field is PRIVATE whatever it returns.
 */
function isShared({ policy }: Operation, facts: RequestFacts): boolean {
  if (!facts.hasCredentials) return policy.scope === 'PUBLIC' || policy.isOpen;
  return policy.scope === 'PUBLIC' && policy.declared;
}

function never(reason: Reason, about: string): Rule {
  return {
    reason,
    about,
    reach: ({ policy }) => (policy.maxAge <= 0 && whyNever(policy) === reason ? 'all' : 'none'),
    applies: ALWAYS,
    field: ({ decidedBy }) => decidedBy.maxAge,
  };
}

/**
 * Before anyone is asked. The first that keeps all requests for an operation out decides; where none does, the first that
 * keeps this one out. When in doubt: past the cache. P30, P32, P34.
 */
export const LOOKUP_RULES: readonly Rule[] = [
  {
    reason: 'mutation',
    about: 'the operation is a mutation',
    reach: ({ kind }) => (kind === 'mutation' ? 'all' : 'none'),
    applies: ALWAYS,
  },
  {
    reason: 'subscription',
    about: 'the operation is a subscription',
    reach: ({ kind }) => (kind === 'subscription' ? 'all' : 'none'),
    applies: ALWAYS,
  },
  {
    reason: 'incremental',
    about: 'the operation uses @defer or @stream',
    reach: ({ incremental }) => (incremental ? 'all' : 'none'),
    applies: ALWAYS,
  },
  never('introspection', 'a field asks for the schema itself'),
  never('too-complex', 'the operation combines too many fragments and types'),
  never('no-policy', 'a field has no maxAge, or 0'),
  {
    reason: 'off',
    about: 'the cache is switched off: `lastmile cache off`, `POST /cache`',
    reach: (_, { serve }) => (serve ? 'none' : 'all'),
    applies: ALWAYS,
  },
  {
    reason: 'excluded',
    about: 'the operation is named in NO_CACHE_OPERATIONS, or was switched off by its name',
    reach: ({ name }, { without }) => (isNamedBy(without, name) ? 'all' : 'none'),
    applies: ALWAYS,
  },
  {
    reason: 'schema-changed',
    about: "a definition that the operation depends on changed in upstream's schema within the last minute",
    reach: ({ unsettledUntil }) =>
      unsettledUntil > -Infinity ? { when: "upstream's schema changed less than a minute ago" } : 'none',
    applies: ({ now }, { operation: { unsettledUntil } }) => now < unsettledUntil,
  },
  {
    reason: 'unkeyed-header',
    about: 'the request carries a header of FORWARD_HEADERS that is not in VARY',
    ofHeaders: true,
    reach: (_, settings) => {
      const names = settings.forward.filter((name) => !isKeyed(name, settings));
      if (names.length === 0) return 'none';
      const [only] = names;
      return {
        when:
          names.length === 1
            ? `the request carries the header ${only}`
            : `the request carries one of the headers ${names.join(', ')}`,
      };
    },
    applies: ({ facts }) => facts.hasUnkeyedHeader,
  },
  {
    reason: 'credentials',
    about: 'upstream refused this very request without credentials within the last minute',
    ofHeaders: true,
    reach: ({ policy }) =>
      policy.scope === 'PUBLIC' && policy.declared
        ? {
            when: 'the request carries credentials, and upstream refused the same variables without any a moment ago',
          }
        : 'none',
    applies: ({ facts, isMember, now }, bound) => {
      const { refusals } = bound.operation;
      return (
        !isMember &&
        refusals.size > 0 &&
        facts.hasCredentials &&
        refusals.holds(cacheKeyOf(bound, undefined, facts.varying), now)
      );
    },
    isLearnt: ({ refusals }) => refusals.size > 0,
  },
  {
    reason: 'private',
    about: 'a field is PRIVATE and the request has no verified session',
    reach: ({ policy }, { session }) => {
      if (policy.scope !== 'PRIVATE') return 'none';
      const noSession = session && `no verified session (${session})`;
      if (policy.isOpen)
        return { when: `the request carries credentials${noSession ? ` and ${noSession}` : ''}` };
      return noSession ? { when: `the request has ${noSession}` } : 'all';
    },
    applies: ({ facts, session }, { operation }) => session === undefined && !isShared(operation, facts),
    field: ({ decidedBy }) => decidedBy.scope,
  },
  {
    reason: 'credentials',
    about: 'the request carries credentials and no verified session, and a maxAge is only the default',
    reach: ({ policy }, { session }) => {
      if (policy.scope !== 'PUBLIC' || policy.declared) return 'none';
      return { when: `the request carries credentials${session ? ' and no verified session' : ''}` };
    },
    applies: ({ facts, session }) => facts.hasCredentials && session === undefined,
  },
  {
    reason: 'unkeyed-header',
    about:
      "the answer is one session's, and beside that the request carries a cookie, or `authorization`: upstream may decide by it too",
    ofHeaders: true,
    reach: ({ policy }, settings) => {
      if (settings.session === undefined || (policy.scope === 'PUBLIC' && policy.declared)) return 'none';
      const others = CREDENTIALS.filter((name) => !isKeyed(name, settings));
      if (others.length === 0) return 'none';
      return {
        when: `the request carries ${others.map((name) => `the header ${name}`).join(' or ')} beside its session`,
      };
    },
    applies: ({ facts, session }, { operation }) =>
      session !== undefined && !isShared(operation, facts) && facts.hasSecondCredential,
  },
];

/** The same for a server that runs resolvers: no headers are sent on, and its operator says what else is in the key. */
export const PLUGIN_RULES: readonly Rule[] = LOOKUP_RULES.filter(({ ofHeaders }) => !ofHeaders);

/** What the operator says while the gateway runs, laid over what was configured: the same object until it changes. */
export function switchable(
  configured: RuleSettings,
  cacheSwitch: Pick<CacheSwitch, 'current'>,
): () => RuleSettings {
  let order = cacheSwitch.current;
  let settings = withOrder(configured, order);
  return () => {
    const { current } = cacheSwitch;
    if (current !== order) {
      order = current;
      settings = withOrder(configured, order);
    }
    return settings;
  };
}

function withOrder(configured: RuleSettings, { serve, without }: CacheOrder): RuleSettings {
  return { ...configured, serve, without: [...configured.without, ...without] };
}

/** Replaces the session in the key of an answer that all sessions share. No session's id has this form. */
const MEMBERS = 'members';

/** Which answer a request may be given. */
export type Decision =
  | { readonly kind: 'lookup'; readonly scope: Audience; readonly key: CacheKey }
  | { readonly kind: 'bypass'; readonly why: Reason };

/** Rules about all of an operation, whichever of its parts. */
const OF_ALL: ReadonlySet<Reason> = new Set<Reason>(['off', 'excluded', 'schema-changed']);

/** Whether parts of an answer may be looked up where the whole may not. */
export function mayBeCut(whole: Decision): boolean {
  return whole.kind === 'lookup' || !OF_ALL.has(whole.why);
}

/** What the rules say of an operation whatever the request: worked out once for each. */
interface OperationReach {
  readonly settings: RuleSettings;
  /** it never gets past this rule */
  readonly barred: Decision | undefined;
  /** those that depend on the request, in order */
  readonly open: readonly Rule[];
}

const reaches = new WeakMap<Operation, OperationReach>();

function reachOf(operation: Operation, settings: RuleSettings, rules: readonly Rule[]): OperationReach {
  const known = reaches.get(operation);
  if (known?.settings === settings) return known;
  const open: Rule[] = [];
  let barred: Decision | undefined;
  for (const rule of rules) {
    const reached = rule.reach(operation, settings);
    if (reached === 'all') {
      barred = { kind: 'bypass', why: rule.reason };
      break;
    }
    if (reached !== 'none') open.push(rule);
  }
  const reach = { settings, barred, open };
  reaches.set(operation, reach);
  return reach;
}

/** Decides by the rules before anyone is asked. On the hit path. @param settings the same object until something in it changes */
export function decide(
  bound: BoundOperation,
  situation: Situation,
  settings: RuleSettings,
  rules: readonly Rule[] = LOOKUP_RULES,
): Decision {
  const { operation } = bound;
  const { barred, open } = reachOf(operation, settings, rules);
  if (barred) return barred;
  for (const rule of open) if (rule.applies(situation, bound)) return { kind: 'bypass', why: rule.reason };
  const { facts, session, isMember } = situation;
  const isForAll = isShared(operation, facts);
  if (isForAll && isMember)
    return { kind: 'lookup', scope: 'members', key: cacheKeyOf(bound, MEMBERS, facts.varying) };
  return isForAll
    ? { kind: 'lookup', scope: 'shared', key: cacheKeyOf(bound, undefined, facts.varying) }
    : { kind: 'lookup', scope: 'private', key: cacheKeyOf(bound, session, facts.varying) };
}

/** A rule that keeps answers to an operation out of the cache: all of them, or those that `when` describes. */
export interface Barrier {
  readonly reason: Reason;
  readonly when: string | undefined;
  /** the field that decided */
  readonly field: string | undefined;
}

/**
 * The rules that an operation meets, in the order in which they decide: those that keep every request for it out, or,
 * where none does, those that keep some of them out.
 */
export function barriersOf(operation: Operation, settings: RuleSettings): readonly Barrier[] {
  const { policy, kind } = operation;
  const before = LOOKUP_RULES.flatMap(({ reason, reach, field, isLearnt }): Barrier[] => {
    if (isLearnt?.(operation) === false) return [];
    const reached = reach(operation, settings);
    if (reached === 'none') return [];
    return [{ reason, when: reached === 'all' ? undefined : reached.when, field: field?.(policy) }];
  });
  // What is no query is never stored, whatever else could be said of it.
  if (kind !== 'query') return before.slice(0, 1);
  const always = before.filter(({ when }) => when === undefined);
  if (always.length > 0) return always;
  const after = STORE_RULES.flatMap(({ reason, foreseen }): Barrier[] => {
    const met = foreseen?.(policy);
    return met ? [{ reason, ...met }] : [];
  });
  return [...before, ...after];
}

function isKeyed(name: string, { vary, sessionHeader }: HeaderSettings): boolean {
  return vary.includes(name) || name === sessionHeader;
}
