import {
  type GraphQLNamedType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  OperationTypeNode,
  type DefinitionNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Rules } from '../policy/rules';
import { mayFailAlone } from '../policy/mutation-shapes';
import { touchesOf, type Touch, type Touches } from '../policy/touched-types';
import { possibleTypes } from '../policy/type-shape';
import { Augmenter, type Augmented } from './augment';
import { fieldNode, keyAlias, onType, payloadAlias, selectsPlainly, TYPE_ALIAS } from './internal-fields';

/** An interface or union of more types than these is asked for its key alone. */
const MOST_TYPES = 16;
/** Payloads within payloads. */
const MOST_LEVELS = 5;

/**
 * Adds to a mutation what its answer must tell of what it touched, which is the same whatever its caller selected: the
 * keys of the objects it returns, directly or in payloads at any depth, and of the single entities that those refer to.
 *
 * It cannot be asked again, so nothing that is added may take anything of the client's with it. What may be null is asked
 * for under a name of the gateway's own, with all that is below it: a failure there ends there. Of what may not be null
 * only types and keys are added, to the objects that the client selected; see `touched.ts` for what is left unknown.
 */
export function augmentMutation(
  schema: GraphQLSchema,
  rules: Rules,
  operation: OperationDefinitionNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): Augmented {
  const root = schema.getRootType(OperationTypeNode.MUTATION) ?? undefined;
  const asking = new MutationAugmenter(schema, rules, fragments);
  const definitions: DefinitionNode[] = [
    root ? { ...operation, selectionSet: asking.root(operation.selectionSet, root) } : operation,
  ];
  for (const fragment of Object.values(fragments)) {
    const holder = asking.holderOf(fragment.typeCondition.name.value, root);
    definitions.push(
      holder ? { ...fragment, selectionSet: asking.root(fragment.selectionSet, holder) } : fragment,
    );
  }
  return { document: { kind: Kind.DOCUMENT, definitions }, added: true, mayConflict: asking.mayConflict };
}

class MutationAugmenter {
  readonly #touches: Touches;
  readonly #augmenter: Augmenter;

  /** alias -> whose field it stands for */
  readonly #aliases = new Map<string, string>();
  #isAmbiguous = false;

  get mayConflict(): boolean {
    return this.#isAmbiguous || this.#augmenter.mayConflict;
  }

  #payload(type: GraphQLNamedType, field: string, selections: readonly SelectionNode[]): FieldNode {
    return fieldNode(this.#named(payloadAlias(type.name, field), type, field), field, selections);
  }

  #key(type: GraphQLNamedType, field: string): FieldNode {
    return fieldNode(this.#named(keyAlias(type.name, field), type, field), field);
  }

  /** Names may hold the sign that joins them: `A_b` and `c` make the alias of `A` and `b_c`. */
  #named(alias: string, type: GraphQLNamedType, field: string): string {
    const owner = `${type.name}.${field}`;
    this.#isAmbiguous ||= (this.#aliases.get(alias) ?? owner) !== owner;
    this.#aliases.set(alias, owner);
    return alias;
  }

  constructor(
    readonly schema: GraphQLSchema,
    readonly rules: Rules,
    readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>,
  ) {
    this.#touches = touchesOf(schema, rules);
    this.#augmenter = new Augmenter(schema, rules);
  }

  /** What holds mutations: the root, or a namespace. */
  holderOf(name: string, root: GraphQLObjectType | undefined): GraphQLObjectType | undefined {
    if (name === root?.name) return root;
    const type = this.schema.getType(name);
    return isObjectType(type) && this.#touches.roleOf(type) === 'namespace' ? type : undefined;
  }

  /** @param root the mutation type, or a namespace */
  root(set: SelectionSetNode, root: GraphQLObjectType): SelectionSetNode {
    return { ...set, selections: set.selections.map((selection) => this.#ofRoot(selection, root)) };
  }

  #ofRoot(selection: SelectionNode, root: GraphQLObjectType): SelectionNode {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return { ...selection, selectionSet: this.root(selection.selectionSet, root) };
    const definition = root.getFields()[selection.name.value];
    const set = selection.selectionSet;
    const type = definition && getNamedType(definition.type);
    if (!definition || !set || !isCompositeType(type)) return selection;
    if (this.#touches.leadsToMutations(definition))
      return { ...selection, selectionSet: this.root(set, type as GraphQLObjectType) };
    const touch = this.#touches.of(definition);
    if (touch.isNothing) return selection;
    const additions = this.#inPlace(type, set, touch);
    return additions.length === 0
      ? selection
      : { ...selection, selectionSet: { ...set, selections: [...set.selections, ...additions] } };
  }

  /** What is added to what the client selected of an object that it will be given. */
  #inPlace(type: GraphQLCompositeType, set: SelectionSetNode, touch: Touch): SelectionNode[] {
    if (isObjectType(type)) return this.#inObject(type, set, touch);
    const possible = possibleTypes(this.schema, type);
    if (possible.length > MOST_TYPES) return this.#augmenter.identity(type, set);
    const name = selectsPlainly(set, '__typename') ? [] : [fieldNode(TYPE_ALIAS, '__typename')];
    return [
      ...name,
      ...possible.flatMap((one) => {
        const additions = this.#inObject(one, set, touch);
        return additions.length > 0 ? [onType(one.name, additions)] : [];
      }),
    ];
  }

  #inObject(type: GraphQLObjectType, set: SelectionSetNode, touch: Touch): SelectionNode[] {
    const role = this.#touches.roleOf(type);
    if (role === 'payload') {
      return [
        ...this.#payloadKeys(type, touch),
        ...this.#touches.carriedFields(type).flatMap((field) => this.#carried(type, field, set, touch)),
      ];
    }
    const keys = role === 'entity' ? this.#keysOf(type).filter((key) => !isCovered(key, set)) : [];
    return [...keys, ...this.#referencesOf(type, touch).filter((reference) => !isCovered(reference, set))];
  }

  /** What a payload carries in one of its fields. */
  #carried(
    type: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    set: SelectionSetNode,
    touch: Touch,
  ): SelectionNode[] {
    const target = getNamedType(field.type) as GraphQLCompositeType;
    if (mayFailAlone(field) && this.#touches.mayBeAsked(type)) {
      const own = this.#own(target, touch, []);
      const added = this.#payload(type, field.name, own);
      return own.length === 0 || isCovered(added, set) ? [] : [added];
    }
    // Written again under the same name, so that upstream takes both for one field (specification 6.3.2).
    return this.#selected(set, type, field.name).flatMap(({ alias, name, selectionSet }) => {
      const additions = this.#inPlace(target, selectionSet!, touch);
      if (additions.length === 0) return [];
      return [
        {
          kind: Kind.FIELD,
          ...(alias && { alias }),
          name,
          selectionSet: { kind: Kind.SELECTION_SET, selections: additions },
        } satisfies FieldNode,
      ];
    });
  }

  /** The keys of what the mutation is about, where they are in the payload and cannot be known from its arguments. */
  #payloadKeys(type: GraphQLObjectType, { effect, names }: Touch): SelectionNode[] {
    if (effect === 'creates' || !this.#touches.mayBeAsked(type)) return [];
    const given = new Set(names.possible.flatMap(({ types, isCertain }) => (isCertain ? types : [])));
    return names
      .inPayload(type)
      .filter(({ types }) => !types.every(({ name }) => given.has(name)))
      .map(({ field }) => this.#key(type, field));
  }

  /** All that is to be known of an object under a name of the gateway's own. @param above types on the way to it */
  #own(type: GraphQLCompositeType, touch: Touch, above: readonly GraphQLCompositeType[]): SelectionNode[] {
    if (above.includes(type) || above.length > MOST_LEVELS) return [];
    if (isAbstractType(type)) {
      const possible = possibleTypes(this.schema, type);
      if (possible.length > MOST_TYPES) return this.#augmenter.identity(type);
      const parts = possible.flatMap((one) => {
        const selections = this.#own(one, touch, [...above, type]);
        return selections.length > 0 ? [onType(one.name, selections)] : [];
      });
      return parts.length > 0 ? [fieldNode(TYPE_ALIAS, '__typename'), ...parts] : [];
    }
    switch (this.#touches.roleOf(type)) {
      case 'entity':
        return [...this.#keysOf(type), ...this.#referencesOf(type, touch, true)];
      case 'shown':
        return this.#referencesOf(type, touch, true);
      case 'payload':
        return this.#touches.carriedFields(type).flatMap((field) => {
          const own = this.#own(getNamedType(field.type) as GraphQLCompositeType, touch, [...above, type]);
          return own.length > 0 ? [this.#payload(type, field.name, own)] : [];
        });
      default:
        return [];
    }
  }

  #keysOf(type: GraphQLObjectType): SelectionNode[] {
    return (this.rules.keyFields(type.name) ?? []).map((key) => this.#key(type, key));
  }

  /** @param all also those that may not be null */
  #referencesOf(type: GraphQLObjectType, touch: Touch, all = false): SelectionNode[] {
    return this.#touches
      .askedReferences(touch, type)
      .filter((field) => all || mayFailAlone(field))
      .map((field) =>
        this.#payload(
          type,
          field.name,
          this.#augmenter.identity(getNamedType(field.type) as GraphQLCompositeType),
        ),
      );
  }

  /** Where the client selected a field of an object without arguments, whatever its variables say. */
  #selected(
    set: SelectionSetNode,
    type: GraphQLObjectType,
    field: string,
    visited = new Set<string>(),
  ): readonly FieldNode[] {
    return set.selections.flatMap((selection) => {
      if (selection.directives?.length) return [];
      if (selection.kind === Kind.FIELD)
        return selection.name.value === field && !selection.arguments?.length ? [selection] : [];
      let fragment: FragmentDefinitionNode | InlineFragmentNode | undefined = undefined;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        fragment = selection;
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value);
        fragment = this.fragments[selection.name.value];
      }
      const condition = fragment?.typeCondition?.name.value ?? type.name;
      const named = this.schema.getType(condition);
      const applies =
        condition === type.name || (isAbstractType(named) && this.schema.isSubType(named, type));
      return fragment && applies ? this.#selected(fragment.selectionSet, type, field, visited) : [];
    });
  }
}

/** Whether a client selected all that would be added, under the names it has in the schema. */
function isCovered(added: SelectionNode, set: SelectionSetNode): boolean {
  if (added.kind !== Kind.FIELD) return false;
  if (!added.selectionSet) return selectsPlainly(set, added.name.value);
  return set.selections.some(
    (selection) =>
      selection.kind === Kind.FIELD &&
      !selection.alias &&
      selection.name.value === added.name.value &&
      !selection.directives?.length &&
      !selection.arguments?.length &&
      added.selectionSet!.selections.every((one) => isCovered(one, selection.selectionSet!)),
  );
}
