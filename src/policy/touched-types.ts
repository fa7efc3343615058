import { getNamedType, isCompositeType } from 'graphql';
import type { GraphQLCompositeType, GraphQLField, GraphQLSchema } from 'graphql';
import { edgeNode, isReachable, listedTypes, payloadFields, possibleTypes } from './type-shape';
import type { Rules } from './rules';
import { parseTagFormat } from './tag-format';

/**
 * The types a mutation field touches by what it returns, whatever its caller selects: those it returns, or of a payload
 * those it carries. A result type that no query can return tells nothing of what changed.
 */
export function touchedTypes(
  schema: GraphQLSchema,
  rules: Rules,
  field: GraphQLField<unknown, unknown>,
): readonly GraphQLCompositeType[] {
  const named = getNamedType(field.type);
  if (!isCompositeType(named)) return [];
  const touched = possibleTypes(schema, named).flatMap((possible): GraphQLCompositeType[] => {
    const carried = payloadFields(schema, rules, possible);
    if (carried.length === 0) return isReachable(schema, rules, possible.name) ? [possible] : [];
    return carried.flatMap(({ type }) => {
      const node = edgeNode(type, rules);
      if (node) return [node];
      const listed = listedTypes(schema, type, rules);
      return listed.length > 0 ? listed : [getNamedType(type) as GraphQLCompositeType];
    });
  });
  return [...new Set(touched)];
}

/** The fields of the mutation type that yield nothing to purge (P21): neither what they return nor `@purges` says what changed. */
export function mutationsThatPurgeNothing(schema: GraphQLSchema, rules: Rules): readonly string[] {
  return Object.values(schema.getMutationType()?.getFields() ?? {})
    .filter((field) => {
      const declared = rules.purgeRule(field.name)?.tags ?? [];
      return (
        touchedTypes(schema, rules, field).length === 0 &&
        declared.every((text) => parseTagFormat(text).problem)
      );
    })
    .map(({ name }) => name);
}
