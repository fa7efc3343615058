import {
  getDirectiveValues,
  getVariableValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Question } from './question';

/** A request's variables as upstream will read them: with the defaults of input objects, too. */
export interface CoercedVariables {
  /** as they were sent, where they cannot be coerced */
  readonly values: Readonly<Record<string, unknown>>;
  /** some are no values of their types: upstream cannot have run the operation either */
  readonly areInvalid: boolean;
}

export function coerceVariables(
  { root, document }: Question,
  sent: Readonly<Record<string, unknown>>,
): CoercedVariables {
  return coerceDeclared(root.source.schema, document.definitions[0] as OperationDefinitionNode, sent);
}

/** The same for an operation of which nothing else is asked. */
export function coerceDeclared(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  sent: Readonly<Record<string, unknown>>,
): CoercedVariables {
  const { coerced } = getVariableValues(schema, variableDefinitions, sent, { maxErrors: 1 });
  return { values: coerced ?? sent, areInvalid: coerced === undefined };
}

/** The response keys of the root fields that no directive leaves out. */
export function includedFields(
  { root }: Question,
  variables: Readonly<Record<string, unknown>>,
): ReadonlySet<string> {
  const included = new Set<string>();
  const visited = new Set<string>();
  const visit = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (!isIncluded(selection, variables)) continue;
      if (selection.kind === Kind.FIELD) {
        included.add(selection.alias?.value ?? selection.name.value);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        visit(selection.selectionSet);
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value);
        const fragment = root.source.fragments[selection.name.value];
        if (fragment) visit(fragment.selectionSet);
      }
    }
  };
  for (const set of root.sets) visit(set);
  return included;
}

/** Specification 3.13.1 and 3.13.2. A condition that cannot be read counts as met: better purge more than less. */
function isIncluded(node: SelectionNode, variables: Readonly<Record<string, unknown>>): boolean {
  try {
    const skip = getDirectiveValues(GraphQLSkipDirective, node, variables);
    const include = getDirectiveValues(GraphQLIncludeDirective, node, variables);
    return skip?.['if'] !== true && include?.['if'] !== false;
  } catch {
    return true;
  }
}
