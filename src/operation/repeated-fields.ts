import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { fragmentsOf } from '../answer/fragments';

type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

/** So many characters of arguments cost as much to compare as two fields do. */
const CHARACTERS_PER_PAIR = 30;

/**
 * How many pairs of fields the validation has to compare: whether fields that answer under one name can be merged is
 * asked of every two of them (GraphQL 5.3.2), so that 240 copies of a small selection take longer than 50 ms (P47).
 * Arguments are written out for it, so long ones count as further pairs.
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
    if (fields.length > 1) {
      const written = fields.reduce((sum, field) => sum + argumentLength(field), 0);
      pairs += (fields.length - 1) * (fields.length / 2 + written / CHARACTERS_PER_PAIR);
    }
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

/** Characters of a field's arguments, about as many as they would be written out with. */
function argumentLength({ arguments: list }: FieldNode): number {
  return list?.reduce((sum, { name, value }) => sum + name.value.length + valueLength(value), 0) ?? 0;
}

function valueLength(value: ValueNode): number {
  if (value.kind === Kind.LIST) return value.values.reduce((sum, item) => sum + 2 + valueLength(item), 2);
  if (value.kind === Kind.OBJECT)
    return value.fields.reduce(
      (sum, field) => sum + 4 + field.name.value.length + valueLength(field.value),
      2,
    );
  if (value.kind === Kind.VARIABLE) return value.name.value.length;
  return 'value' in value ? String(value.value).length : 4;
}
