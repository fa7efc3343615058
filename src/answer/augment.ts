import {
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  Kind,
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Rules } from '../policy/rules';
import { fieldNode, keyAlias, onType, selectsPlainly, TYPE_ALIAS } from './internal-fields';
import { fieldOf, possibleTypes } from '../policy/type-shape';

/**
 * Adds to a query what its answer must tell us: the type where it is not certain, and the key of every entity. Additions
 * come last in their selection set, so upstream sends them last and taking them out of an object is cheap. For mutations
 * see `augmentMutation`.
 *
 * Additions go into the selection sets of fields only; a fragment's set is always part of some field's.
 */
export function augment(
  schema: GraphQLSchema,
  rules: Rules,
  operation: OperationDefinitionNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): Augmented {
  const augmenter = new Augmenter(schema, rules);
  const root = schema.getRootType(operation.operation);
  const definitions: DefinitionNode[] = [
    root ? { ...operation, selectionSet: augmenter.below(operation.selectionSet, root) } : operation,
  ];
  for (const fragment of Object.values(fragments)) {
    const type = schema.getType(fragment.typeCondition.name.value);
    definitions.push(
      type && isCompositeType(type)
        ? { ...fragment, selectionSet: augmenter.below(fragment.selectionSet, type) }
        : fragment,
    );
  }
  const { added, mayConflict } = augmenter;
  return { document: { kind: Kind.DOCUMENT, definitions }, added, mayConflict };
}

/** An operation with what its answer must tell. */
export interface Augmented {
  readonly document: DocumentNode;
  /** something was added */
  readonly added: boolean;
  /** two fields of one added alias have different types: where they meet, the document is invalid */
  readonly mayConflict: boolean;
}

export class Augmenter {
  added = false;
  /** see {@link Augmented} */
  mayConflict = false;
  /** alias -> its field and the type of that */
  readonly #shapes = new Map<string, string>();

  constructor(
    readonly schema: GraphQLSchema,
    readonly rules: Rules,
  ) {}

  /** The selections of one set, each field's own set augmented. */
  below(set: SelectionSetNode, parent: GraphQLCompositeType): SelectionSetNode {
    return { ...set, selections: set.selections.map((selection) => this.#selection(selection, parent)) };
  }

  #selection(selection: SelectionNode, parent: GraphQLCompositeType): SelectionNode {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition && this.schema.getType(selection.typeCondition.name.value);
      const type = condition && isCompositeType(condition) ? condition : parent;
      return { ...selection, selectionSet: this.below(selection.selectionSet, type) };
    }
    return this.#field(selection, parent);
  }

  #field(field: FieldNode, parent: GraphQLCompositeType): FieldNode {
    const definition = fieldOf(parent, field.name.value);
    const type = definition && getNamedType(definition.type);
    if (!field.selectionSet || !type || !isCompositeType(type)) return field;
    const set = this.below(field.selectionSet, type);
    const additions = this.identity(type, field.selectionSet);
    return additions.length === 0
      ? { ...field, selectionSet: set }
      : { ...field, selectionSet: { ...set, selections: [...set.selections, ...additions] } };
  }

  /** Type and key of the objects in one position. */
  identity(type: GraphQLCompositeType, selected?: SelectionSetNode): SelectionNode[] {
    if (isObjectType(type)) {
      return (this.rules.keyFields(type.name) ?? [])
        .filter((field) => !selected || !selectsPlainly(selected, field))
        .map((field) => this.#add(type, keyAlias(type.name, field), field));
    }
    const additions: SelectionNode[] = [];
    if (!selected || !selectsPlainly(selected, '__typename'))
      additions.push(this.#add(type, TYPE_ALIAS, '__typename'));
    const shared = this.#sharedKey(type);
    if (shared !== undefined) {
      if (!selected || !selectsPlainly(selected, shared))
        additions.push(this.#add(type, keyAlias(type.name, shared), shared));
      return additions;
    }
    for (const possible of possibleTypes(this.schema, type)) {
      const fields = this.rules.keyFields(possible.name);
      if (fields) {
        const keys = fields.map((field) => this.#add(possible, keyAlias(possible.name, field), field));
        additions.push(onType(possible.name, keys));
      }
    }
    return additions;
  }

  #add(type: GraphQLCompositeType, alias: string, field: string): FieldNode {
    const shape = `${field}: ${String(fieldOf(type, field)?.type)}`;
    this.mayConflict ||= (this.#shapes.get(alias) ?? shape) !== shape;
    this.#shapes.set(alias, shape);
    this.added = true;
    return fieldNode(alias, field);
  }

  /**
   * The one field that is the key of every entity behind an interface and a field of the interface itself. A type that
   * is no entity has the field as well, and nobody reads it there: GitHub's Query is one of 300 that implement Node.
   */
  #sharedKey(type: GraphQLCompositeType): string | undefined {
    if (!isInterfaceType(type)) return undefined;
    const keys = possibleTypes(this.schema, type).flatMap(({ name }) => {
      const fields = this.rules.keyFields(name);
      return fields ? [fields] : [];
    });
    const first = keys[0]?.[0];
    const field = first === undefined ? undefined : type.getFields()[first];
    if (first === undefined || !field) return undefined;
    // Where it may be null, a type that is no entity is not asked for it: it may compute something else then.
    if (!isNonNullType(field.type) && keys.length < possibleTypes(this.schema, type).length) return undefined;
    return keys.every((fields) => fields.length === 1 && fields[0] === first) ? first : undefined;
  }
}
