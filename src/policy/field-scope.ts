import { getNamedType, isAbstractType, isObjectType } from 'graphql';
import type { GraphQLField, GraphQLNamedType, GraphQLObjectType, GraphQLSchema } from 'graphql';
import type { Rules } from './rules';

/**
 * Whether a field makes every answer that selects it private. Decided by definitions alone, so that no alias, fragment
 * or directive of a document changes it. At least as strict as Apollo Server, which asks the field and its named return
 * type; where Apollo would look away from something declared PRIVATE, this does not:
 *
 * 1. What the field says replaces what the type it names says.
 * 2. PRIVATE on an interface, or on a field of one, holds for the types that implement it unless they say otherwise.
 * 3. A field that returns an interface or union is private when any possible type is: it may return that one. PUBLIC on
 *    the field does not change this, because it speaks only for the type it names.
 */
export function isPrivateField(
  schema: GraphQLSchema,
  rules: Rules,
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): boolean {
  const scope = rules.fieldHint(type.name, field.name)?.scope;
  if (scope === 'PRIVATE') return true;
  const named = getNamedType(field.type);
  if (isAbstractType(named) && schema.getPossibleTypes(named).some((one) => isPrivateType(rules, one)))
    return true;
  if (scope === 'PUBLIC') return false;
  const inherited = type
    .getInterfaces()
    .some((parent) => rules.fieldHint(parent.name, field.name)?.scope === 'PRIVATE');
  return inherited || isPrivateType(rules, named);
}

/** Whether a type is declared PRIVATE: by itself, else by an interface it implements. */
export function isPrivateType(rules: Rules, type: GraphQLNamedType): boolean {
  const scope = rules.typeHint(type.name)?.scope;
  if (scope !== undefined || !isObjectType(type)) return scope === 'PRIVATE';
  return type.getInterfaces().some((parent) => rules.typeHint(parent.name)?.scope === 'PRIVATE');
}
