import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from './fragments';

type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

/**
 * How many pairs of fields the validation has to compare: whether fields that answer under one name can be merged is
 * asked of every two of them (GraphQL 5.3.2), so that 240 copies of a small selection take longer than 50 ms (P47).
 * @param document within the other limits: no circle of fragments, and so few fields that each can be visited
 *   wherever a fragment brings it
 */
export function countFieldPairs(document: DocumentNode): number {
  const fragments = fragmentsOf(document);
  let pairs = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION)
      continue;
    pairs += pairsBelow([definition.selectionSet], fragments);
  }
  return pairs;
}

/** @param sets selection sets that answer with one and the same object */
function pairsBelow(sets: readonly SelectionSetNode[], fragments: Fragments): number {
  const byName = new Map<string, FieldNode[]>();
  for (const set of sets) gather(set, fragments, byName);
  let pairs = 0;
  for (const fields of byName.values()) {
    pairs += (fields.length * (fields.length - 1)) / 2;
    const below = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (below.length > 0) pairs += pairsBelow(below, fragments);
  }
  return pairs;
}

function gather(set: SelectionSetNode, fragments: Fragments, byName: Map<string, FieldNode[]>): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const name = selection.alias?.value ?? selection.name.value;
      const fields = byName.get(name);
      if (fields) fields.push(selection);
      else byName.set(name, [selection]);
    } else {
      const below = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value];
      if (below) gather(below.selectionSet, fragments, byName);
    }
  }
}
