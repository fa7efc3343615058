import { isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';
import type { Rules } from './rules';

/** Whether any type, field or default has a maxAge: else each query goes past the cache. */
export function isAnythingKept(schema: GraphQLSchema, rules: Rules): boolean {
  if (rules.defaultMaxAge > 0) return true;
  return Object.values(schema.getTypeMap()).some((type) => {
    if ((rules.typeHint(type.name)?.maxAge ?? 0) > 0) return true;
    if (!isObjectType(type) && !isInterfaceType(type)) return false;
    return Object.keys(type.getFields()).some((name) => (rules.fieldHint(type.name, name)?.maxAge ?? 0) > 0);
  });
}
