import {
  OperationTypeNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Rules } from '../policy/rules';
import { augment } from './augment';
import { augmentMutation } from './augment-mutation';
import { fragmentsOf } from './internal-fields';
import { Selection } from './selection';

/** What upstream is asked for an operation, and how its answer is read. */
export interface Question {
  /** the operation with the types and keys the collector needs; the same object for every request */
  readonly document: DocumentNode;
  /** what was selected on the root type */
  readonly root: Selection;
  /** the root type's name */
  readonly rootType: string;
}

export function buildQuestion(
  schema: GraphQLSchema,
  rules: Rules,
  operation: OperationDefinitionNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): Question {
  const isMutation = operation.operation === OperationTypeNode.MUTATION;
  const document = (isMutation ? augmentMutation : augment)(schema, rules, operation, fragments);
  const definition = document.definitions[0] as OperationDefinitionNode;
  const reader = { schema, rules, fragments: fragmentsOf(document) };
  return {
    document,
    root: new Selection(reader, [definition.selectionSet]),
    rootType: schema.getRootType(operation.operation)?.name ?? '',
  };
}
