import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isCompositeType,
} from 'graphql';
import type { Rules } from './rules';

/**
 * What a field makes of the answers that select it. `open`: private, unless it returned one object that is not: it may
 * return an interface or union of which only some types are PRIVATE.
 */
export type Privacy = 'public' | 'open' | 'private';

/**
 * Whether a field makes every answer that selects it private. Decided by definitions alone, so that no alias, fragment
 * or directive of a document changes it. At least as strict as Apollo Server, which asks the field and its named return
 * type; where Apollo would look away from something declared PRIVATE, this does not:
 *
 * 1. What the field says replaces what the type it names says.
 * 2. PRIVATE on an interface, or on a field of one, holds for the types that implement it unless they say otherwise.
 * 3. A field that returns an interface or union is private when any possible type is: it may return that one. PUBLIC on
 *    the field does not change this, because it speaks only for the type it names. Where nothing else makes it private,
 *    what it returned tells. Not of a list: that one is not in it says as much as that it is.
 */
export function privacyOf(
  schema: GraphQLSchema,
  rules: Rules,
  type: GraphQLObjectType | GraphQLInterfaceType,
  field: GraphQLField<unknown, unknown>,
): Privacy {
  const scope = rules.fieldHint(type.name, field.name)?.scope;
  if (scope === 'PRIVATE') return 'private';
  const named = getNamedType(field.type);
  const isInherited = type
    .getInterfaces()
    .some((parent) => rules.fieldHint(parent.name, field.name)?.scope === 'PRIVATE');
  const isPrivate = scope !== 'PUBLIC' && (isInherited || isPrivateType(rules, named));
  if (privateTypesOf(schema, rules, named).length > 0)
    return isPrivate || isListType(getNullableType(field.type)) ? 'private' : 'open';
  return isPrivate ? 'private' : 'public';
}

/** The PRIVATE ones of the types that an interface or union may be. Empty for any other type. */
export function privateTypesOf(
  schema: GraphQLSchema,
  rules: Rules,
  named: GraphQLNamedType,
): readonly GraphQLObjectType[] {
  return isAbstractType(named)
    ? schema.getPossibleTypes(named).filter((one) => isPrivateType(rules, one))
    : [];
}

/** Whether a type is declared PRIVATE: by itself, else by an interface it implements. */
export function isPrivateType(rules: Rules, type: GraphQLNamedType): boolean {
  const scope = rules.typeHint(type.name)?.scope;
  if (scope !== undefined || !isObjectType(type)) return scope === 'PRIVATE';
  return type.getInterfaces().some((parent) => rules.typeHint(parent.name)?.scope === 'PRIVATE');
}

/** How long one field lets an answer live. */
export interface FieldLimit {
  /** seconds */
  readonly maxAge: number;
  /** maxAge + swr: seconds after which this part may not be served at all */
  readonly staleUntil: number;
  /** false: it is the default, not declared */
  readonly declared: boolean;
  /** the field, as a schema coordinate: `Query.products` */
  readonly coordinate: string;
}

/**
 * The limit that a field puts on every answer it is in, also where its value is null. Apollo Server's rules for
 * `@cacheControl`, as its cache control plugin executes them:
 *
 * 1. What the field says replaces, argument by argument, what its named return type says. The types behind an
 *    interface or union, and the interfaces behind a type, are not asked.
 * 2. `inheritMaxAge` on the type is replaced by a maxAge on the field; on the field, it gives way to a maxAge on the type.
 * 3. With no maxAge from either, root fields and fields that return objects take the default, unless they inherit;
 *    everything else inherits. At the root there is nothing to inherit, so a root field takes the default all the same.
 *
 * One further limit is the operator's: no answer is served for longer than MAX_AGE_LIMIT, fresh or stale.
 *
 * One difference, on the strict side: a field of the query type counts as a root field wherever it is reached.
 *
 * @param type the name of the object type the field was executed on
 * @returns undefined when the field inherits: it limits nothing by itself
 */
export function fieldLimit(
  schema: GraphQLSchema,
  rules: Rules,
  type: string,
  field: GraphQLField<unknown, unknown>,
): FieldLimit | undefined {
  const named = getNamedType(field.type);
  const ofField = rules.fieldHint(type, field.name);
  const ofType = isCompositeType(named) ? rules.typeHint(named.name) : undefined;
  const maxAge = ofField?.maxAge ?? ofType?.maxAge;
  const coordinate = `${type}.${field.name}`;
  const atMost = (seconds: number): number => Math.min(seconds, rules.maxAgeLimit);
  if (maxAge !== undefined) {
    const swr = ofField?.swr ?? ofType?.swr ?? 0;
    return { maxAge: atMost(maxAge), staleUntil: atMost(maxAge + swr), declared: true, coordinate };
  }
  const isRoot = isRootType(schema, type);
  const inherits = ofField?.inheritMaxAge ?? ofType?.inheritMaxAge ?? !isCompositeType(named);
  if (inherits && !isRoot) return undefined;
  const byDefault = atMost(rules.defaultMaxAge);
  return { maxAge: byDefault, staleUntil: byDefault, declared: false, coordinate };
}

/**
 * Both limits at once: the smaller maxAge, of equal ones the first, and the smaller staleUntil, which may be the other's.
 */
export function strictest(a: FieldLimit | undefined, b: FieldLimit | undefined): FieldLimit | undefined {
  if (!a || !b) return a ?? b;
  const deciding = b.maxAge < a.maxAge ? b : a;
  const staleUntil = Math.min(a.staleUntil, b.staleUntil);
  return deciding.staleUntil === staleUntil ? deciding : { ...deciding, staleUntil };
}

function isRootType(schema: GraphQLSchema, type: string): boolean {
  return (
    schema.getQueryType()?.name === type ||
    schema.getMutationType()?.name === type ||
    schema.getSubscriptionType()?.name === type
  );
}
