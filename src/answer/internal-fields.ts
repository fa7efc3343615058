import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type FieldNode,
  type NameNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { PART_PREFIX } from '../policy/part-names';

/** A document's fragments by name, on an object without a prototype: a fragment may be called `constructor`. */
export function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = Object.create(null) as Record<string, FragmentDefinitionNode>;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  return fragments;
}

/**
 * Names of what the gateway adds to an operation and takes out of its answer again. Clients may not use aliases that
 * begin with `__` (P35), so these can be neither read nor forged from outside.
 */
export const INTERNAL_PREFIX = '__lm_';

export const TYPE_ALIAS = `${INTERNAL_PREFIX}type`;

/**
 * One alias may not have two types, wherever in an operation selections meet: so a key is named by the type that has the
 * field as well. The length of its name keeps `A_b` with `c` apart from `A` with `b_c`.
 */
export function keyAlias(type: string, field: string): string {
  return `${INTERNAL_PREFIX}key_${type.length}_${type}_${field}`;
}

export function payloadAlias(type: string, field: string): string {
  return `${INTERNAL_PREFIX}payload_${type}_${field}`;
}

export function isInternal(responseKey: string): boolean {
  return responseKey.startsWith(INTERNAL_PREFIX);
}

export function fieldNode(alias: string, name: string, selections?: readonly SelectionNode[]): FieldNode {
  return {
    kind: Kind.FIELD,
    alias: nameNode(alias),
    name: nameNode(name),
    ...(selections && { selectionSet: { kind: Kind.SELECTION_SET, selections } }),
  };
}

export function onType(type: string, selections: readonly SelectionNode[]): SelectionNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: nameNode(type) },
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
}

/** True when a field is selected under its own name in this very set, whatever variables say, or for parts to be matched. */
export function selectsPlainly(selectionSet: SelectionSetNode, field: string): boolean {
  return selectionSet.selections.some(
    (selection) =>
      selection.kind === Kind.FIELD &&
      (!selection.alias || selection.alias.value.startsWith(PART_PREFIX)) &&
      selection.name.value === field &&
      !selection.directives?.length &&
      !selection.arguments?.length,
  );
}

export function nameNode(value: string): NameNode {
  return { kind: Kind.NAME, value };
}
