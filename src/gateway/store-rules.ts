import type { Policy } from '../policy/analyse';
import type { Reason } from '../report/reason';
import type { StorageHints } from '../upstream/storage-hints';
import type { Audience } from '../yoga/execution';

/** An answer of upstream, as the rules see it. */
export interface AnswerFacts {
  /** it holds data and no error, and upstream was reached */
  readonly isClean: boolean;
  /** upstream stands by it: its status is 200 */
  readonly saysOk: boolean;
  readonly setsCookie: boolean;
  /** seconds that the policy and the fields that are in it allow */
  readonly allowedFor: number;
  /** every object in it could be given its tags */
  readonly isTagged: boolean;
  /** what upstream says of its storage */
  readonly hints: StorageHints;
  /** an interface or union that may be PRIVATE is null in it, or is */
  readonly mayBePrivate: boolean;
  readonly scope: Audience;
}

export interface StoreRule {
  readonly reason: Reason;
  /** what it is about, for the table of `report/README.md` */
  readonly about: string;
  readonly applies: (answer: AnswerFacts) => boolean;
  /** Which answers to an operation it will reach, where that can be said before there is one. */
  readonly foreseen?: (
    policy: Policy,
  ) => { readonly when: string; readonly field: string | undefined } | undefined;
}

/** When an answer is there. The first that applies keeps it from being stored. */
export const STORE_RULES: readonly StoreRule[] = [
  { reason: 'error', about: 'the answer contains errors, or no data', applies: ({ isClean }) => !isClean },
  { reason: 'status', about: 'the answer has a status other than 200', applies: ({ saysOk }) => !saysOk },
  { reason: 'set-cookie', about: 'upstream set a cookie', applies: ({ setsCookie }) => setsCookie },
  {
    reason: 'private',
    about:
      'something that may be PRIVATE is null in the answer, or is PRIVATE, and the request has no session',
    applies: ({ mayBePrivate, scope }) => mayBePrivate && scope === 'shared',
    foreseen: ({ isOpen, decidedBy: { scope } }) =>
      isOpen
        ? {
            when: 'the request carries no credentials, and what is returned there is null or PRIVATE',
            field: scope,
          }
        : undefined,
  },
  {
    reason: 'no-policy',
    about: 'a field in the answer has no maxAge, or 0',
    applies: ({ allowedFor }) => !(allowedFor > 0),
    foreseen: ({ maxAge, leastMaxAge, decidedBy: { leastMaxAge: field } }) =>
      maxAge > 0 && leastMaxAge <= 0
        ? { when: `the answer has ${field ?? 'a field without maxAge'}`, field }
        : undefined,
  },
  {
    reason: 'untagged',
    about: 'the gateway could not build the tags of an object in the answer',
    applies: ({ isTagged }) => !isTagged,
  },
  {
    reason: 'upstream',
    about: "upstream's Cache-Control forbids it",
    applies: ({ allowedFor, hints, scope }) =>
      Math.min(allowedFor, hints.maxAge) <= hints.age || (hints.isPrivate && scope !== 'private'),
  },
];

/** Why an answer may not be stored; undefined: it may. */
export function whyNotStored(answer: AnswerFacts): Reason | undefined {
  return STORE_RULES.find((rule) => rule.applies(answer))?.reason;
}
