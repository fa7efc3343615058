import {
  isCompositeType,
  isObjectType,
  getNamedType,
  Kind,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionNode,
} from 'graphql';
import { fragmentsOf } from '../../answer/internal-fields';
import type { Operation } from '../../operation/operation';
import type { TypeSet, TypeSets } from '../../policy/type-set';
import { fieldOf } from '../../policy/type-shape';

/**
 * An operation without conditions and spreads: what @skip and @include leave out is gone, what a spread brings stands in
 * its place, and a fragment is left only where it is for some of the types. So slices of differently written operations
 * get one text, no slice is ever empty, and the order of an answer depends on the types in it alone.
 */
export type FlatSet = readonly (FlatField | FlatFragment)[];

/** A field where it is asked for. The same response key may be asked for several times in one place. */
export interface FlatField {
  readonly kind: 'field';
  readonly responseKey: string;
  /** as its client wrote it, without directives */
  readonly node: FieldNode;
  /** the type it stands on, and the object types that it applies to there */
  readonly parent: GraphQLCompositeType;
  readonly types: TypeSet;
  /** undefined: `__typename` */
  readonly returns: GraphQLOutputType | undefined;
  /** undefined for a leaf; empty where all that was selected is skipped */
  readonly below: FlatSet | undefined;
  /** all below it is as its client wrote it, without a condition or a fragment */
  readonly isAsWritten: boolean;
}

/** Selections that are for some of the types in their place. */
export interface FlatFragment {
  readonly kind: 'fragment';
  readonly condition: GraphQLCompositeType;
  readonly below: FlatSet;
}

/** What decides what an operation asks for, beside its text. */
export interface Conditions {
  /** the variables that @skip and @include look at, sorted */
  readonly variables: readonly string[];
  /** there is a directive, so that something may be left out */
  readonly areAny: boolean;
  /** another directive is used: what it does to an answer is not known here */
  readonly hasOthers: boolean;
}

export function conditionsOf(document: DocumentNode): Conditions {
  const found = { variables: new Set<string>(), areAny: false, hasOthers: false };
  for (const definition of document.definitions) {
    readDirectives(definition.directives, found);
    if (definition.kind === Kind.OPERATION_DEFINITION)
      for (const { directives } of definition.variableDefinitions ?? []) readDirectives(directives, found);
    if ('selectionSet' in definition) readSelections(definition.selectionSet.selections, found);
  }
  return { ...found, variables: [...found.variables].sort() };
}

interface FoundConditions {
  readonly variables: Set<string>;
  areAny: boolean;
  hasOthers: boolean;
}

function readSelections(selections: readonly SelectionNode[], found: FoundConditions): void {
  for (const selection of selections) {
    if (selection.directives?.length) readDirectives(selection.directives, found);
    if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet)
      readSelections(selection.selectionSet.selections, found);
  }
}

function readDirectives(directives: readonly DirectiveNode[] | undefined, found: FoundConditions): void {
  for (const { name, arguments: given = [] } of directives ?? []) {
    found.areAny = true;
    if (name.value !== 'skip' && name.value !== 'include') found.hasOthers = true;
    for (const { value } of given) if (value.kind === Kind.VARIABLE) found.variables.add(value.name.value);
  }
}

/** What types there are, and what their fields mean. */
export interface TypeSource {
  readonly schema: GraphQLSchema;
  readonly sets: TypeSets;
}

/**
 * Unfolds a query. Its size is bounded by MAX_FIELDS, which counts a field wherever a fragment brings it.
 * @param booleans the values of the variables in its conditions; undefined: all is included
 */
export function specialise(
  source: TypeSource,
  { document, definition }: Pick<Operation, 'document' | 'definition'>,
  booleans: Readonly<Record<string, unknown>> | undefined,
): FlatSet {
  const query = source.schema.getQueryType()!;
  const walk = new Unfolding(source, fragmentsOf(document), booleans);
  return walk.set(definition.selectionSet.selections, query, source.sets.ofType(query));
}

class Unfolding {
  readonly #narrowed = new Map<TypeSet, Map<string, TypeSet>>();

  constructor(
    readonly source: TypeSource,
    readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>,
    readonly booleans: Readonly<Record<string, unknown>> | undefined,
  ) {}

  set(selections: readonly SelectionNode[], parent: GraphQLCompositeType, types: TypeSet): FlatSet {
    const flat: (FlatField | FlatFragment)[] = [];
    this.#into(flat, selections, parent, types);
    return flat;
  }

  #into(
    flat: (FlatField | FlatFragment)[],
    selections: readonly SelectionNode[],
    parent: GraphQLCompositeType,
    types: TypeSet,
  ): void {
    for (const selection of selections) {
      if (!this.#isIncluded(selection.directives)) continue;
      if (selection.kind === Kind.FIELD) {
        flat.push(this.#field(selection, parent, types));
        continue;
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments[selection.name.value];
      if (!fragment) continue;
      const name = fragment.typeCondition?.name.value ?? parent.name;
      const narrowed = this.#narrow(types, name);
      // It applies to nothing that can be here.
      if (narrowed.types.size === 0) continue;
      const condition = this.source.schema.getType(name) as GraphQLCompositeType;
      const { selections: inner } = fragment.selectionSet;
      if (name === parent.name || (isObjectType(parent) && haveSameTypes(inner, condition, parent))) {
        this.#into(flat, inner, parent, types);
        continue;
      }
      const below = this.set(inner, condition, narrowed);
      if (below.length > 0) flat.push({ kind: 'fragment', condition, below });
    }
  }

  #field(node: FieldNode, parent: GraphQLCompositeType, types: TypeSet): FlatField {
    const returns = fieldOf(parent, node.name.value)?.type;
    const named = returns && getNamedType(returns);
    const written = node.selectionSet?.selections;
    const below =
      written && isCompositeType(named)
        ? this.set(written, named, this.source.sets.ofType(named))
        : undefined;
    return {
      kind: 'field',
      responseKey: node.alias?.value ?? node.name.value,
      node: node.directives?.length ? withoutDirectives(node) : node,
      parent,
      types,
      returns,
      below,
      isAsWritten: !below || isAsWritten(below, written!),
    };
  }

  /** Specification 3.13.1 and 3.13.2. */
  #isIncluded(directives: readonly DirectiveNode[] | undefined): boolean {
    if (!directives?.length || !this.booleans) return true;
    for (const { name, arguments: given } of directives) {
      const value = given?.[0]?.value;
      const condition =
        value?.kind === Kind.VARIABLE
          ? this.booleans[value.name.value]
          : value?.kind === Kind.BOOLEAN && value.value;
      if (condition !== (name.value === 'include')) return false;
    }
    return true;
  }

  /** The same condition on the same types yields the same set, whose meanings are then worked out once. */
  #narrow(types: TypeSet, condition: string): TypeSet {
    let narrowed = this.#narrowed.get(types);
    if (!narrowed) this.#narrowed.set(types, (narrowed = new Map()));
    let set = narrowed.get(condition);
    if (!set) narrowed.set(condition, (set = this.source.sets.narrow(types, condition)));
    return set;
  }
}

function isAsWritten(set: FlatSet, written: readonly SelectionNode[]): boolean {
  return (
    set.length === written.length &&
    set.every((item, at) => item.kind === 'field' && item.isAsWritten && item.node === written[at])
  );
}

function withoutDirectives(node: FieldNode): FieldNode {
  const { directives: _, ...plain } = node;
  return plain;
}

/**
 * An object that a condition applies to has the fields that are selected there itself. Where one of them is never null and
 * its interface's may be, it could not stand beside that one any more (specification 5.3.2). So it is also for what stands in a
 * fragment without a condition of its own; one that has a condition is looked at by itself.
 */
function haveSameTypes(
  selections: readonly SelectionNode[],
  condition: GraphQLCompositeType,
  parent: GraphQLCompositeType,
): boolean {
  return selections.every((selection) => {
    if (selection.kind === Kind.INLINE_FRAGMENT && !selection.typeCondition)
      return haveSameTypes(selection.selectionSet.selections, condition, parent);
    if (selection.kind !== Kind.FIELD) return true;
    const { value } = selection.name;
    return String(fieldOf(condition, value)?.type) === String(fieldOf(parent, value)?.type);
  });
}
