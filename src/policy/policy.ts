import type { Reason } from '../report/reason';
import type { Scope } from './rules';

/**
 * Why an operation's answer is treated as it is. All but the first two mean that it is never stored.
 *
 * cacheable     may be shared by all, or by those without credentials where not all of it is declared
 * private       may be stored for one session
 * no-policy     a field that is always in the answer says nothing, and the default maxAge is 0
 * max-age-zero  a field that is always in the answer has `maxAge: 0`, or nothing in it has any
 * introspection it asks for the schema, which has no maxAge and no tags
 * too-complex   it has more combinations of fragments and types than are worth following
 */
export type PolicyReason =
  | 'cacheable'
  | 'private'
  | 'no-policy'
  | 'max-age-zero'
  | 'introspection'
  | 'too-complex'
  | 'mutation'
  | 'subscription';

/**
 * What may be remembered of an operation's answers, decided from document and schema alone, before upstream is asked.
 * Which fields an answer has is known only once it is there, so `maxAge` is an upper bound: see {@link refine}.
 */
export interface Policy {
  /** seconds no answer can exceed; 0: never stored */
  readonly maxAge: number;
  /** seconds past maxAge during which every part of the answer may still be served while it is refreshed */
  readonly swr: number;
  /**
   * Seconds since upstream answered past which some part of the answer may not be served at all: the smallest
   * maxAge + swr over all fields selected. With a refined maxAge, swr is what is left up to here.
   */
  readonly staleUntil: number;
  /** PRIVATE when any selected field is, whether or not an answer then has it */
  readonly scope: Scope;
  /**
   * It is PRIVATE only because of what interfaces and unions may return. If an answer was fetched without
   * credentials, and each such place holds an object that is not PRIVATE, the answer is shared like any other
   * fetched without credentials.
   */
  readonly isOpen: boolean;
  /** true when no part of maxAge comes from the default: needed to share an answer made with credentials */
  readonly declared: boolean;
  /** seconds an answer gets that has every selected field; between this and maxAge the answer decides */
  readonly leastMaxAge: number;
  /** the deciding fields, as `Traveller.email at me.email`: schema coordinate, then field names from the root */
  readonly decidedBy: { readonly maxAge?: string; readonly leastMaxAge?: string; readonly scope?: string };
  readonly reason: PolicyReason;
}

/** The policy of what is never stored, whatever the schema says. */
export function neverStored(reason: PolicyReason): Policy {
  return {
    maxAge: 0,
    swr: 0,
    staleUntil: 0,
    scope: 'PRIVATE',
    isOpen: false,
    declared: false,
    leastMaxAge: 0,
    decidedBy: {},
    reason,
  };
}

/** How `Cache-Status` calls the reason why a query whose maxAge is 0 is never stored. */
export function whyNever({ reason }: Policy): Reason {
  return reason === 'introspection' || reason === 'too-complex' ? reason : 'no-policy';
}
