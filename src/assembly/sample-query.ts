import {
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import { fieldLimit } from '../policy/analyse';
import type { Rules } from '../policy/rules';

/** A small query that the cache answers the second time, for somebody to try; undefined when there is none without arguments. */
export function sampleQuery(schema: GraphQLSchema, rules: Rules): string | undefined {
  const query = schema.getQueryType();
  if (!query) return undefined;
  for (const field of Object.values(query.getFields())) {
    if (!isSample(schema, rules, query.name, field)) continue;
    const type = getNamedType(field.type);
    if (isLeafType(type)) return `{ ${field.name} }`;
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    const leaf = Object.values(type.getFields()).find(
      (inner) =>
        isLeafType(getNamedType(inner.type)) &&
        !inner.args.some(isRequiredArgument) &&
        rules.fieldHint(type.name, inner.name) === undefined,
    );
    if (leaf) return `{ ${field.name} { ${leaf.name} } }`;
  }
  return undefined;
}

/** Public, with a maxAge, and asked for without arguments. */
function isSample(
  schema: GraphQLSchema,
  rules: Rules,
  type: string,
  field: GraphQLField<unknown, unknown>,
): boolean {
  const scopes = [
    rules.fieldHint(type, field.name)?.scope,
    rules.typeHint(getNamedType(field.type).name)?.scope,
  ];
  const maxAge = fieldLimit(schema, rules, type, field)?.maxAge ?? 0;
  return maxAge > 0 && !scopes.includes('PRIVATE') && !field.args.some(isRequiredArgument);
}
