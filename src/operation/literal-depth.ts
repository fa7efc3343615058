import {
  Kind,
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type SelectionSetNode,
  type TypeNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';

/**
 * Whether a value or a type in a document has more levels of lists and objects than so many: the parser follows them
 * without a bound, and so does all that reads them later. It looks at operations and fragments: nothing else is valid.
 * @param document whose selections are within their own limit of depth
 */
export function hasDeepLiteral(document: DocumentNode, levels: number): boolean {
  return document.definitions.some((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION)
      return false;
    const { variableDefinitions, directives, selectionSet } = definition;
    return (
      isInDirectives(directives, levels) ||
      variableDefinitions?.some((variable) => isInVariable(variable, levels)) ||
      isInSelections(selectionSet, levels)
    );
  });
}

function isInVariable({ type, defaultValue, directives }: VariableDefinitionNode, levels: number): boolean {
  return (
    isDeepType(type, levels) ||
    (defaultValue !== undefined && isDeepValue(defaultValue, levels)) ||
    isInDirectives(directives, levels)
  );
}

function isInSelections({ selections }: SelectionSetNode, levels: number): boolean {
  return selections.some((selection) => {
    if (isInDirectives(selection.directives, levels)) return true;
    if (selection.kind === Kind.FRAGMENT_SPREAD) return false;
    if (selection.kind === Kind.FIELD && isInArguments(selection.arguments, levels)) return true;
    return selection.selectionSet !== undefined && isInSelections(selection.selectionSet, levels);
  });
}

function isInDirectives(directives: readonly DirectiveNode[] | undefined, levels: number): boolean {
  return directives?.some((directive) => isInArguments(directive.arguments, levels)) === true;
}

function isInArguments(list: readonly ArgumentNode[] | undefined, levels: number): boolean {
  return list?.some(({ value }) => isDeepValue(value, levels)) === true;
}

function isDeepValue(value: ValueNode, levels: number): boolean {
  if (value.kind !== Kind.LIST && value.kind !== Kind.OBJECT) return false;
  if (levels === 0) return true;
  return value.kind === Kind.LIST
    ? value.values.some((item) => isDeepValue(item, levels - 1))
    : value.fields.some((field) => isDeepValue(field.value, levels - 1));
}

function isDeepType(type: TypeNode, levels: number): boolean {
  if (type.kind === Kind.NAMED_TYPE) return false;
  if (type.kind === Kind.NON_NULL_TYPE) return isDeepType(type.type, levels);
  return levels === 0 || isDeepType(type.type, levels - 1);
}
