import {
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type TypeNode,
} from 'graphql';

/** Input objects may hold themselves: no format of a tag looks deeper than this. */
const MAX_DEPTH = 4;

/**
 * Stands in for the variables an operation requires and was not given, each by its own name: `<id>`, and inside an input
 * object `<input.id>`. A tag that is made with one then shows where its value would come from.
 */
export function fillMissing(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): { readonly variables: Readonly<Record<string, unknown>>; readonly missing: readonly string[] } {
  const filled: Record<string, unknown> = { ...variables };
  const missing: string[] = [];
  for (const { variable, type, defaultValue } of variableDefinitions) {
    const name = variable.name.value;
    if (Object.hasOwn(variables, name) || defaultValue) continue;
    const required = inputTypeOf(schema, type);
    if (!required || !isNonNullType(required)) continue;
    missing.push(name);
    filled[name] = placeholder(required, name, 0);
  }
  return { variables: filled, missing };
}

function placeholder(type: GraphQLInputType, name: string, depth: number): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [placeholder(nullable.ofType, name, depth)];
  if (!isInputObjectType(nullable) || depth >= MAX_DEPTH) return `<${name}>`;
  return Object.fromEntries(
    Object.values(nullable.getFields()).map((field) => [
      field.name,
      placeholder(field.type, `${name}.${field.name}`, depth + 1),
    ]),
  );
}

function inputTypeOf(schema: GraphQLSchema, node: TypeNode): GraphQLInputType | undefined {
  const type = typeFromAST(schema, node);
  return isInputType(type) ? type : undefined;
}
