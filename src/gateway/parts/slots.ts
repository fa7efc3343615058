import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';
import { nameNode, onType } from '../../answer/internal-fields';
import { maskOf, type PartPlace } from './classes';
import type { FlatField, FlatSet } from './specialise';

/** Selects nothing, where everything that was selected is left out: an empty selection set is not valid. */
const NOTHING: SelectionNode = {
  kind: Kind.FIELD,
  name: nameNode('__typename'),
  directives: [
    {
      kind: Kind.DIRECTIVE,
      name: nameNode('skip'),
      arguments: [{ kind: Kind.ARGUMENT, name: nameNode('if'), value: { kind: Kind.BOOLEAN, value: true } }],
    },
  ],
};

/** What is added to a field on the spine, so that its objects can be told from one another. */
export type Additions = (field: FlatField) => readonly SelectionNode[];

/** What is added: on the spine, and to what is whole in one slot. */
export interface SlotAdditions {
  readonly onSpine: Additions;
  /** undefined: nothing. @param index of the slot's class */
  readonly inside: ((field: FlatField, index: number) => readonly SelectionNode[]) | undefined;
}

/**
 * What one slot asks for: of one root field all that is of one class. Without the client's alias for the root field.
 * @param place the root field's
 * @param index of the class
 */
export function slotField(place: PartPlace, index: number, additions: SlotAdditions): FieldNode {
  const [first] = place.fields;
  const { alias: _, ...plain } = first!.node;
  const wanted = place.fields.filter((field) => (place.maskOf(field) & maskOf(index)) !== 0);
  if (!first!.below) return plain;
  const selections = wanted.flatMap((field) => below(field, place, index, additions));
  return { ...plain, selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

function below(
  field: FlatField,
  place: PartPlace,
  index: number,
  additions: SlotAdditions,
): readonly SelectionNode[] {
  if (place.isSpine)
    return orNothing([...sliceOf(field.below!, place, index, additions), ...additions.onSpine(field)]);
  const { inside } = additions;
  return allBelow(field, inside && ((one) => inside(one, index)));
}

function orNothing(selections: readonly SelectionNode[]): readonly SelectionNode[] {
  return selections.length > 0 ? selections : [NOTHING];
}

/** What of a set on the spine is of one class. */
function sliceOf(set: FlatSet, place: PartPlace, index: number, additions: SlotAdditions): SelectionNode[] {
  return set.flatMap((item): SelectionNode[] => {
    if (item.kind === 'fragment') {
      const selections = sliceOf(item.below, place, index, additions);
      return selections.length > 0 ? [onType(item.condition.name, selections)] : [];
    }
    const child = place.children.get(item.responseKey)!;
    if ((child.maskOf(item) & maskOf(index)) === 0) return [];
    if (!item.below) return [item.node];
    return [withSelections(item.node, below(item, child, index, additions))];
  });
}

/** All below a field: what is of one class is asked for as its client wrote it, but for what is added. */
function allBelow(field: FlatField, inside: Additions | undefined): readonly SelectionNode[] {
  if (inside) return orNothing([...allOf(field.below!, inside), ...inside(field)]);
  return field.isAsWritten ? field.node.selectionSet!.selections : orNothing(allOf(field.below!, inside));
}

function allOf(set: FlatSet, inside: Additions | undefined): SelectionNode[] {
  return set.map((item): SelectionNode => {
    if (item.kind === 'fragment') return onType(item.condition.name, allOf(item.below, inside));
    if (!item.below || (item.isAsWritten && !inside)) return item.node;
    return withSelections(item.node, allBelow(item, inside));
  });
}

function withSelections(node: FieldNode, selections: readonly SelectionNode[]): FieldNode {
  return { ...node, selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

/**
 * A query for these root fields, with those variables that they use, in the order in which they do: how their clients order
 * and name them changes nothing about its key.
 * @param client the operation that they are from
 * @param name of the query; undefined: none
 */
export function queryFor(
  fields: readonly FieldNode[],
  client: OperationDefinitionNode,
  name?: string,
): DocumentNode {
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: client.operation,
        ...(name !== undefined && { name: nameNode(name) }),
        variableDefinitions: variablesOf(fields, client),
        selectionSet: { kind: Kind.SELECTION_SET, selections: fields },
      },
    ],
  };
}

function variablesOf(
  fields: readonly FieldNode[],
  { variableDefinitions: declared = [] }: OperationDefinitionNode,
): VariableDefinitionNode[] {
  if (declared.length === 0) return [];
  const used = new Set<string>();
  addVariables(fields, used);
  const known = new Map(declared.map((one) => [one.variable.name.value, one]));
  return [...used].map((name) => known.get(name)!);
}

/** Their conditions are resolved and so are their spreads, so that none is left but in arguments. */
function addVariables(selections: readonly SelectionNode[], used: Set<string>): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
    if (selection.kind === Kind.FIELD)
      for (const { value } of selection.arguments ?? []) addVariablesOf(value, used);
    if (selection.selectionSet) addVariables(selection.selectionSet.selections, used);
  }
}

function addVariablesOf(value: ValueNode, used: Set<string>): void {
  if (value.kind === Kind.VARIABLE) used.add(value.name.value);
  else if (value.kind === Kind.LIST) for (const one of value.values) addVariablesOf(one, used);
  else if (value.kind === Kind.OBJECT) for (const { value: one } of value.fields) addVariablesOf(one, used);
}
