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
  type GraphQLObjectType,
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
  readonly #keys: KnownKeys;

  constructor(
    readonly schema: GraphQLSchema,
    readonly rules: Rules,
  ) {
    this.#keys = keysOf(schema, rules);
  }

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
    const { isAbstract, keys, behind } = this.#keys.of(type);
    const additions: SelectionNode[] = [];
    const add = (one: Addition): void => {
      if (!selected || !selectsPlainly(selected, one.field)) additions.push(this.#add(one));
    };
    if (isAbstract) add(TYPE_NAME);
    for (const key of keys) add(key);
    for (const { all, fragment } of behind) {
      for (const key of all) this.#add(key);
      additions.push(fragment);
    }
    return additions;
  }

  #add({ alias, shape, node }: Addition): FieldNode {
    this.mayConflict ||= (this.#shapes.get(alias) ?? shape) !== shape;
    this.#shapes.set(alias, shape);
    this.added = true;
    return node;
  }
}

/** One field that is added, the same wherever it is. */
interface Addition {
  readonly field: string;
  readonly alias: string;
  /** the field and its type */
  readonly shape: string;
  readonly node: FieldNode;
}

function addition(type: GraphQLCompositeType, alias: string, field: string): Addition {
  const shape = `${field}: ${String(fieldOf(type, field)?.type)}`;
  return { field, alias, shape, node: fieldNode(alias, field) };
}

const TYPE_NAME: Addition = {
  field: '__typename',
  alias: TYPE_ALIAS,
  shape: '__typename',
  node: fieldNode(TYPE_ALIAS, '__typename'),
};

/** What tells the objects of a type from one another. */
interface TypeKeys {
  readonly isAbstract: boolean;
  /** fields of the type itself */
  readonly keys: readonly Addition[];
  /** of each type behind it that has a key, where they have none in common */
  readonly behind: readonly { readonly all: readonly Addition[]; readonly fragment: SelectionNode }[];
}

/** The keys of one schema's types, each found when it is first asked for: an interface may have hundreds of types. */
class KnownKeys {
  readonly #known = new Map<string, TypeKeys>();

  constructor(
    readonly schema: GraphQLSchema,
    readonly rules: Rules,
  ) {}

  of(type: GraphQLCompositeType): TypeKeys {
    let keys = this.#known.get(type.name);
    if (!keys) this.#known.set(type.name, (keys = this.#find(type)));
    return keys;
  }

  #find(type: GraphQLCompositeType): TypeKeys {
    if (isObjectType(type)) return { isAbstract: false, keys: this.#keysOf(type), behind: [] };
    const shared = this.#sharedKey(type);
    if (shared !== undefined)
      return {
        isAbstract: true,
        keys: [addition(type, keyAlias(type.name, shared), shared)],
        behind: [],
      };
    const behind = possibleTypes(this.schema, type).flatMap((one) => {
      if (!this.rules.keyFields(one.name)) return [];
      const all = this.#keysOf(one);
      const nodes = all.map(({ node }) => node);
      return [{ all, fragment: onType(one.name, nodes) }];
    });
    return { isAbstract: true, keys: [], behind };
  }

  #keysOf(type: GraphQLObjectType): Addition[] {
    const fields = this.rules.keyFields(type.name) ?? [];
    return fields.map((field) => addition(type, keyAlias(type.name, field), field));
  }

  /**
   * The one field that is the key of every entity behind an interface and a field of the interface itself. A type that
   * is not an entity has the field as well, where it is not read: GitHub's Query is one of 300 that implement Node.
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

/** Held by the rules, so it goes when they are replaced. */
const known = new WeakMap<Rules, KnownKeys>();

function keysOf(schema: GraphQLSchema, rules: Rules): KnownKeys {
  let keys = known.get(rules);
  if (!keys) known.set(rules, (keys = new KnownKeys(schema, rules)));
  return keys;
}
