import {
  isCompositeType,
  isObjectType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import type { Rules } from '../policy/rules';
import { withoutMaxAge, type FieldWithoutMaxAge } from '../policy/without-max-age';
import { possibleTypes } from '../policy/type-shape';

/**
 * The fields of an operation that keep answers which show them out of the cache, each once, in the order of the document;
 * of an interface's field, those of the types that an answer may hold.
 */
export function fieldsWithoutMaxAge(
  schema: GraphQLSchema,
  rules: Rules,
  document: DocumentNode,
): FieldWithoutMaxAge[] {
  const found = new Map<string, FieldWithoutMaxAge>();
  const info = new TypeInfo(schema);
  const enter = ({ name: { value } }: { readonly name: { readonly value: string } }): void => {
    const parent = info.getParentType();
    if (!isCompositeType(parent)) return;
    for (const type of possibleTypes(schema, parent)) {
      const field = isObjectType(type) ? type.getFields()[value] : undefined;
      const one = field && withoutMaxAge(schema, rules, type.name, field);
      if (one) found.set(one.field, one);
    }
  };
  visit(document, visitWithTypeInfo(info, { Field: { enter } }));
  return [...found.values()];
}
