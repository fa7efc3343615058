import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { fieldLimit, privateTypesOf, type FieldLimit } from '../policy/field-limit';
import type { Rules } from '../policy/rules';
import { changedType, parseTagFormat, type TagFormat } from '../policy/tag-format';
import { changeTag, listTag, membershipTag, typeTag, type Tag } from '../purge/tag';
import { isInternal, keyAlias } from './internal-fields';
import { usesArguments } from '../policy/argument-paths';
import { fieldShapes } from '../policy/field-shapes';
import { touchesOf } from '../policy/touched-types';
import { fieldOf, hasList, possibleTypes, typesNamed } from '../policy/type-shape';
import type { Chosen } from './chosen';
import { dependenceOf, placeWithin, type Dependence, type FieldPlace } from './place';

/** How to read the objects of one concrete type in one place of an answer. */
export interface ObjectPlan {
  readonly source: PlanSource;
  readonly typeTag: Tag;
  readonly type: string;
  /** the name of its objects in tags */
  readonly tagName: string;
  /** response keys of each of the key fields, in order: one of them is there, whatever was skipped; undefined: no entity */
  readonly keys: readonly (readonly string[])[] | undefined;
  readonly keyNames: readonly string[];
  /** response keys of the plain values that it was asked for without arguments, by their fields' names */
  readonly values: ReadonlyMap<string, string>;
  /** what the gateway added, to be taken out again, in reverse order of its addition */
  readonly internal: readonly string[];
  /** formats declared on the type */
  readonly tags: readonly TagFormat[];
  /** the fields that matter: composite ones, and leaves that carry a tag or a limit, or are figures */
  readonly fields: readonly FieldPlan[];
}

/** How to read one field of them. */
export interface FieldPlan {
  readonly responseKey: string;
  readonly node: FieldNode;
  readonly definition: GraphQLField<unknown, unknown>;
  /** what was selected beneath; undefined for a leaf */
  readonly selection: Selection | undefined;
  /** the object type where only one is possible */
  readonly certainType: string | undefined;
  /** the list tags, for a list, a connection or a figure about one */
  readonly listTags: readonly Tag[];
  /** the tags of any change of a type that it is a figure about, or of what is in lists of it where it is a mere count */
  readonly changeTags: readonly Tag[];
  /** what its arguments are about, where they can lead to other types */
  readonly argumentsOf: readonly GraphQLCompositeType[] | undefined;
  /** of a single object whose choice may change */
  readonly chosen: Chosen | undefined;
  /** of a single object, for when it is missing */
  readonly missing: Missing | undefined;
  /** the PRIVATE ones of the types that an interface or union may be */
  readonly privateTypes: readonly string[];
  readonly tags: readonly TagFormat[];
  /** how long the answer may live that has this field; undefined: it does not limit the answer */
  readonly limit: FieldLimit | undefined;
}

/** How an answer is tagged in which an object is missing, so that creating it purges the answer. */
export interface Missing {
  /** creating it purges these; an argument of its key's name may still name something else */
  readonly tags: readonly Tag[];
  /** the types it could have, by their names in tags, whose whole key the field has arguments for, in the order of the key */
  readonly named: readonly { readonly type: string; readonly keys: readonly string[] }[];
}

/** What the plans are made from. */
export interface PlanSource {
  readonly schema: GraphQLSchema;
  readonly rules: Rules;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
}

/**
 * What was selected in one place of an operation. The plan for each type is made when the first such object arrives
 * and kept, so an answer is read in one pass with a map look-up per object.
 * CollectFields of the GraphQL specification, 6.3.2, with @skip and @include left to the answer: a field that was
 * skipped is not in it.
 */
export class Selection {
  readonly #plans = new Map<string, ObjectPlan>();

  /** @param place where its objects stand; undefined: at the root */
  constructor(
    readonly source: PlanSource,
    readonly sets: readonly SelectionSetNode[],
    readonly place?: FieldPlace,
  ) {}

  /** @returns undefined for a name that is no object type of the schema */
  planFor(typeName: string): ObjectPlan | undefined {
    const known = this.#plans.get(typeName);
    if (known) return known;
    const type = this.source.schema.getType(typeName);
    if (!isObjectType(type)) return undefined;
    const plan = this.#plan(type);
    this.#plans.set(typeName, plan);
    return plan;
  }

  #plan(type: GraphQLObjectType): ObjectPlan {
    const fields = new Map<string, FieldNode[]>();
    for (const set of this.sets) this.#gather(set, type, fields, new Set());
    const { rules } = this.source;
    const keyFields = rules.keyFields(type.name);
    // A key is added where a field is selected, of the type or of an interface.
    const holders = [type, ...type.getInterfaces()].map(({ name }) => name);
    return {
      source: this.source,
      type: type.name,
      typeTag: typeTag(rules.tagName(type.name)),
      tagName: rules.tagName(type.name),
      keys: keyFields?.map((field) => responseKeysOf(holders, field, fields)),
      keyNames: keyFields ?? [],
      values: this.place?.chosenBy ? valuesOf(fields) : NO_VALUES,
      internal: [...fields.keys()].filter(isInternal).toReversed(),
      tags: rules.typeTags(type.name).map(parseTagFormat),
      fields: [...fields].flatMap(([responseKey, nodes]) => this.#field(type, responseKey, nodes) ?? []),
    };
  }

  #gather(
    set: SelectionSetNode,
    type: GraphQLObjectType,
    fields: Map<string, FieldNode[]>,
    visited: Set<string>,
  ): void {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const responseKey = selection.alias?.value ?? selection.name.value;
        const nodes = fields.get(responseKey);
        if (nodes) nodes.push(selection);
        else fields.set(responseKey, [selection]);
        continue;
      }
      let fragment: FragmentDefinitionNode | (typeof selection & { kind: Kind.INLINE_FRAGMENT });
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        const definition = this.source.fragments[name];
        if (!definition || visited.has(name)) continue;
        visited.add(name);
        fragment = definition;
      } else {
        fragment = selection;
      }
      const condition = fragment.typeCondition?.name.value;
      if (condition === undefined || this.#applies(condition, type)) {
        this.#gather(fragment.selectionSet, type, fields, visited);
      }
    }
  }

  #applies(condition: string, type: GraphQLObjectType): boolean {
    if (condition === type.name) return true;
    const named = this.source.schema.getType(condition);
    return isAbstractType(named) && this.source.schema.isSubType(named, type);
  }

  #field(type: GraphQLObjectType, responseKey: string, nodes: readonly FieldNode[]): FieldPlan | undefined {
    const node = nodes[0]!;
    const { schema, rules } = this.source;
    const definition = fieldOf(type, node.name.value);
    if (!definition) return undefined;
    const named = getNamedType(definition.type);
    const composite = isCompositeType(named) ? named : undefined;
    const internal = isInternal(responseKey);
    // The client does not see the gateway's additions, so they can neither limit nor tag the answer.
    const limit = internal ? undefined : fieldLimit(schema, rules, type.name, definition);
    const formats = internal ? [] : rules.fieldTags(type.name, definition.name).map(parseTagFormat);
    const tags = formats.filter((format) => changedType(format) === undefined);
    const declared = formats.flatMap((format) => typesNamed(schema, rules, changedType(format)));
    const shapes = fieldShapes(schema, rules);
    const dependence = dependenceOf(
      shapes,
      type,
      { definition, node },
      placeWithin(shapes, type, this.place),
    );
    const { lists, changes, memberships, argumentsOf, chosenBy, below } = dependence;
    const mayLead = argumentsOf.length > 0 && usesArguments(shapes, definition, node, argumentsOf);
    // What a mutation's field returned matters even when it is only a Boolean.
    const isIdle =
      !composite &&
      limit === undefined &&
      formats.length + lists.length + changes.length + memberships.length === 0 &&
      !mayLead;
    if (isIdle && !holdsMutations(schema, rules, type)) return undefined;
    return {
      responseKey,
      node,
      definition,
      selection: composite
        ? new Selection(
            this.source,
            nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
            below,
          )
        : undefined,
      certainType: isObjectType(named) ? named.name : undefined,
      listTags: listTagsOf(rules, lists),
      changeTags: [
        ...changeTagsOf(this.source, [...changes, ...declared]),
        ...changeTagsOf(this.source, memberships, membershipTag),
      ],
      argumentsOf: mayLead ? argumentsOf : undefined,
      chosen: composite && chosenBy && { by: chosenBy, tags: listTagsOf(rules, [composite]) },
      missing:
        composite && !hasList(definition.type) ? this.#missing(composite, definition, dependence) : undefined,
      privateTypes: internal ? [] : privateTypesOf(schema, rules, named).map(({ name }) => name),
      tags,
      limit,
    };
  }

  /** A single object that is null: arguments with the names of its key tell which one is missing. */
  #missing(
    type: GraphQLCompositeType,
    definition: GraphQLField<unknown, unknown>,
    { ifMissing }: Dependence,
  ): Missing {
    const { schema, rules } = this.source;
    const named = possibleTypes(schema, type).flatMap(({ name }) => {
      const keys = rules.keyFields(name);
      const isNamed = keys?.every((key) => definition.args.some((argument) => argument.name === key));
      return keys && isNamed ? [{ type: rules.tagName(name), keys }] : [];
    });
    return {
      tags: [...listTagsOf(rules, ifMissing.lists), ...changeTagsOf(this.source, ifMissing.changes)],
      // With hundreds of types behind an interface the list tag says the same in one tag.
      named: named.length > 16 ? [] : named,
    };
  }
}

/** Where the value of a key field may be: as the gateway asked for it, or as the client did, under whatever name. */
function responseKeysOf(
  holders: readonly string[],
  key: string,
  fields: ReadonlyMap<string, readonly FieldNode[]>,
): readonly string[] {
  const added = holders.map((holder) => keyAlias(holder, key)).filter((alias) => fields.has(alias));
  const isKey = ([node]: readonly FieldNode[]) => node?.name.value === key && !node.arguments?.length;
  const selected = [...fields].flatMap(([name, nodes]) => (!isInternal(name) && isKey(nodes) ? [name] : []));
  return [...added, ...selected];
}

const NO_VALUES: ReadonlyMap<string, string> = new Map();

function valuesOf(fields: ReadonlyMap<string, readonly FieldNode[]>): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [responseKey, [node]] of fields) {
    if (node && !node.arguments?.length && !node.selectionSet) values.set(node.name.value, responseKey);
  }
  return values;
}

function listTagsOf(rules: Rules, types: readonly GraphQLCompositeType[]): readonly Tag[] {
  return [...new Set(types.map(({ name }) => listTag(rules.tagName(name))))];
}

/** Only objects are purged: of an interface or union any change of one of the types behind it. */
export function changeTagsOf(
  { schema, rules }: PlanSource,
  types: Iterable<GraphQLCompositeType>,
  tagOf = changeTag,
): readonly Tag[] {
  const objects = [...types].flatMap((type) => possibleTypes(schema, type));
  return [...new Set(objects.map(({ name }) => tagOf(rules.tagName(name))))];
}

function holdsMutations(schema: GraphQLSchema, rules: Rules, type: GraphQLObjectType): boolean {
  const mutation = schema.getMutationType();
  return type === mutation || (mutation != null && touchesOf(schema, rules).roleOf(type) === 'namespace');
}
