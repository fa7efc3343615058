import {
  Kind,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';
import type { Rules } from './rules';

/**
 * Whether equal subscriptions may share one of upstream: its field says so by `@cacheControl`, with any maxAge but 0. Who
 * joins later is not sent what the others were before, so it is for the operator to say: a server may send each the present
 * state first.
 * @param operation of any kind, valid for the schema
 */
export function isSharedSubscription(
  schema: GraphQLSchema,
  rules: Rules,
  operation: OperationDefinitionNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): boolean {
  const root = schema.getSubscriptionType()?.name;
  if (operation.operation !== 'subscription' || root === undefined) return false;
  const fieldsOf = (selection: SelectionNode): readonly string[] => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    const inner = selection.kind === Kind.FRAGMENT_SPREAD ? fragments[selection.name.value] : selection;
    return inner?.selectionSet.selections.flatMap(fieldsOf) ?? [];
  };
  const fields = operation.selectionSet.selections.flatMap(fieldsOf);
  return fields.length > 0 && fields.every((field) => (rules.fieldHint(root, field)?.maxAge ?? 0) > 0);
}
