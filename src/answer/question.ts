import {
  Kind,
  OperationTypeNode,
  OverlappingFieldsCanBeMergedRule,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Rules } from '../policy/rules';
import { augment } from './augment';
import { augmentMutation } from './augment-mutation';
import { fragmentsOf } from './internal-fields';
import { Selection } from './selection';

/** What the gateway asks upstream for an operation, and how it reads the answer. */
export interface Question {
  /** the operation with the types and keys the collector needs; the same object for every request */
  readonly document: DocumentNode;
  /** what was selected on the root type */
  readonly root: Selection;
  /** the root type's name */
  readonly rootType: string;
  /** the gateway asks upstream for more than its client did */
  readonly asksMore: boolean;
  /** false: with what would have to be added it would be no valid operation, so it is asked, and not looked through */
  readonly isCollected: boolean;
}

/** @param asked the operation as its client wrote it, with the fragments it uses and nothing else */
export function buildQuestion(
  schema: GraphQLSchema,
  rules: Rules,
  operation: OperationDefinitionNode,
  asked: DocumentNode,
): Question {
  const isMutation = operation.operation === OperationTypeNode.MUTATION;
  const more = (isMutation ? augmentMutation : augment)(schema, rules, operation, fragmentsOf(asked));
  const conflicts =
    more.mayConflict && validate(schema, more.document, [OverlappingFieldsCanBeMergedRule]).length > 0;
  const asksMore = more.added && !conflicts;
  const document = asksMore ? more.document : asked;
  const definition = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)!;
  const reader = { schema, rules, fragments: fragmentsOf(document) };
  return {
    document,
    root: new Selection(reader, [definition.selectionSet]),
    rootType: schema.getRootType(operation.operation)?.name ?? '',
    asksMore,
    isCollected: !conflicts,
  };
}
