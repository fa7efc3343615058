import { Kind, type DocumentNode, type SelectionSetNode } from 'graphql';
import type { Cut, Shape } from '../json/long-text';
import { fragmentsOf, INTERNAL_PREFIX } from './internal-fields';

/** What of an answer's data only the gateway had asked for, and where that may be. @param document of one operation */
export function cutOf(document: DocumentNode): Cut {
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const fragments = fragmentsOf(document);

  function gather(set: SelectionSetNode, shape: Map<string, Shape>): Map<string, Shape> {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments[selection.name.value];
        if (fragment) gather(fragment.selectionSet, shape);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        gather(selection.selectionSet, shape);
      } else if (selection.selectionSet) {
        const name = selection.alias?.value ?? selection.name.value;
        // The same name may be asked for in several places.
        shape.set(name, gather(selection.selectionSet, new Map(shape.get(name))));
      }
    }
    return shape;
  }

  const shape =
    operation?.kind === Kind.OPERATION_DEFINITION ? gather(operation.selectionSet, new Map()) : new Map();
  return { prefix: INTERNAL_PREFIX, shape };
}
