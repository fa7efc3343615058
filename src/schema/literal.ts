import { isScalarType, isSpecifiedScalarType, Kind, type GraphQLSchema, type ValueNode } from 'graphql';
import { readJson } from '../json/exact-number';

type Variables = Readonly<Record<string, unknown>>;

/** A value of a document as JSON would have it, with all digits of its numbers. */
export function readLiteral(node: ValueNode, variables?: Variables | null): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      // GraphQL writes numbers as JSON does.
      return readJson(node.value);
    case Kind.LIST:
      return node.values.map((item) => readLiteral(item, variables));
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map(({ name, value }) => [name.value, readLiteral(value, variables)]),
      );
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    default:
      return node.value;
  }
}

/** Makes the scalars of a schema of ours read literals as they read variables: a double has not the digits of a `Long`. */
export function keepDigits(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isScalarType(type) && !isSpecifiedScalarType(type)) type.parseLiteral = readLiteral;
  }
  return schema;
}
