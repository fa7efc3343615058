import {
  OperationTypeNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { type FieldLimit, isPrivateType } from './field-limit';
import { neverStored, type Policy, type PolicyReason } from './policy';
import type { Rules } from './rules';
import { Survey } from './survey';
import { TypeSets } from './type-set';
export { fieldLimit, strictest, type FieldLimit } from './field-limit';
export { whyNever, type Policy, type PolicyReason } from './policy';

/** What each schema's fields mean, worked out once. Held by the rules, so it goes when they are replaced. */
const known = new WeakMap<Rules, TypeSets>();

/** What the fields of a schema mean, for each set of types that a place may have. */
export function typeSetsOf(schema: GraphQLSchema, rules: Rules): TypeSets {
  let sets = known.get(rules);
  if (!sets) known.set(rules, (sets = new TypeSets(schema, rules)));
  return sets;
}

/**
 * Decides from document and schema what may be remembered of an operation's answers. Pure and deterministic; variables
 * are not asked, so what @skip and @include leave out counts as selected.
 *
 * Nested fragments cost time linear in the document: a selection set is followed once for each set of types it is met
 * on. An operation that takes more than a fixed number of steps all the same is never stored.
 *
 * @param operation an operation that is valid for the schema; what is not valid is never stored
 * @param fragments the fragments it uses, by name
 */
export function analyse(
  schema: GraphQLSchema,
  rules: Rules,
  operation: OperationDefinitionNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): Policy {
  if (operation.operation === OperationTypeNode.MUTATION) return neverStored('mutation');
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) return neverStored('subscription');
  const query = schema.getQueryType();
  if (!query) return neverStored('no-policy');
  const sets = typeSetsOf(schema, rules);
  const survey = new Survey(sets, fragments);
  survey.root(operation.selectionSet, sets.ofType(query));
  if (survey.isTooComplex) return neverStored('too-complex');
  if (survey.unknown !== undefined) return neverStored('no-policy');

  const { bound, least } = survey;
  const isAllPrivate = isPrivateType(rules, query);
  const privateBy = isAllPrivate ? query.name : survey.privateBy;
  const maxAge = survey.hasIntrospection ? 0 : (bound?.limit.maxAge ?? 0);
  const staleUntil = least?.limit.staleUntil ?? 0;
  return {
    maxAge,
    swr: swrWithin(maxAge, staleUntil),
    staleUntil,
    scope: privateBy === undefined ? 'PUBLIC' : 'PRIVATE',
    isOpen: privateBy !== undefined && !isAllPrivate && survey.isOpen,
    declared: least !== undefined && survey.isDeclared,
    leastMaxAge: Math.min(maxAge, least?.limit.maxAge ?? 0),
    decidedBy: {
      ...(bound && { maxAge: bound.where }),
      ...(least && { leastMaxAge: least.where }),
      ...(privateBy !== undefined && { scope: privateBy }),
    },
    reason: reasonFor(survey, maxAge, privateBy !== undefined),
  };
}

/**
 * The policy of one answer, from the limits of the fields that are in it.
 *
 * @param answered the {@link strictest} {@link fieldLimit} over the answer's fields, null ones included; undefined when
 *   none of them limits it
 */
export function refine(policy: Policy, answered: FieldLimit | undefined): Policy {
  if (policy.maxAge === 0) return policy;
  const maxAge = Math.min(policy.maxAge, answered?.maxAge ?? 0);
  const staleUntil = answered?.staleUntil ?? 0;
  const reason = answered?.declared === false ? 'no-policy' : 'max-age-zero';
  return {
    ...policy,
    maxAge,
    swr: swrWithin(maxAge, staleUntil),
    staleUntil,
    leastMaxAge: maxAge,
    decidedBy: { ...policy.decidedBy, ...(answered && { maxAge: answered.coordinate }) },
    reason: maxAge > 0 ? policy.reason : reason,
  };
}

/** Seconds past maxAge that leave every part of an answer within its own maxAge + swr. */
function swrWithin(maxAge: number, staleUntil: number): number {
  return maxAge > 0 ? Math.max(0, staleUntil - maxAge) : 0;
}

function reasonFor(survey: Survey, maxAge: number, isPrivate: boolean): PolicyReason {
  if (maxAge > 0) return isPrivate ? 'private' : 'cacheable';
  if (survey.hasIntrospection) return 'introspection';
  return survey.bound?.limit.declared === false ? 'no-policy' : 'max-age-zero';
}
