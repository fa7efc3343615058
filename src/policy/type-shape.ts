import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { Rules } from './rules';

/** What a type looks like to the tagging rules: entity, edge, connection, payload. Structure decides, never a name. */

/** `edges { node }`: the composite type of `node`, when an object type without a key of its own has such a field. */
export function edgeNode(type: GraphQLOutputType, rules: Rules): GraphQLCompositeType | undefined {
  const named = getNamedType(type);
  if (!isObjectType(named) || rules.keyFields(named.name)) return undefined;
  const node = named.getFields()['node'];
  const nodeType = node && getNamedType(node.type);
  return nodeType && isCompositeType(nodeType) && !hasList(node.type) ? nodeType : undefined;
}

/** Relay's connection: an object with `edges` whose elements are edges, or with a list `nodes`. @returns the node type */
export function connectionNode(type: GraphQLOutputType, rules: Rules): GraphQLCompositeType | undefined {
  const named = getNamedType(type);
  if (!isObjectType(named)) return undefined;
  const { edges, nodes } = named.getFields();
  if (edges && hasList(edges.type)) {
    const node = edgeNode(edges.type, rules);
    if (node) return node;
  }
  if (!nodes || !hasList(nodes.type) || rules.keyFields(named.name)) return undefined;
  const node = getNamedType(nodes.type);
  return isCompositeType(node) ? node : undefined;
}

/**
 * The elements of a list, the nodes of a connection, or the items of a page: an object without a key that holds lists,
 * also within further such objects, and also where it is known by an interface only. Empty for anything else.
 */
export function elementTypes(
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  rules: Rules,
): readonly GraphQLCompositeType[] {
  const named = getNamedType(type);
  if (!isCompositeType(named)) return [];
  const node = connectionNode(type, rules);
  if (node) return [node];
  return hasList(type) ? [edgeNode(type, rules) ?? named] : heldElements(schema, named, rules);
}

/** The elements of the lists that an object without a key holds. */
function heldElements(
  schema: GraphQLSchema,
  holder: GraphQLCompositeType,
  rules: Rules,
): readonly GraphQLCompositeType[] {
  const elements = new Set<GraphQLCompositeType>();
  const holders = new Set(possibleTypes(schema, holder).filter((one) => isKeyless(schema, one, rules)));
  // A set may grow while it is gone through.
  for (const type of holders) {
    const node = connectionNode(type, rules);
    if (node) elements.add(node);
    for (const field of node ? [] : fieldsWithoutArguments(type)) {
      const named = getNamedType(field.type);
      if (!isCompositeType(named)) continue;
      if (hasList(field.type) || connectionNode(field.type, rules)) {
        for (const element of elementTypes(schema, field.type, rules)) elements.add(element);
      } else {
        for (const one of possibleTypes(schema, named)) if (isKeyless(schema, one, rules)) holders.add(one);
      }
    }
  }
  return [...elements];
}

/**
 * The types whose list tags a field's answer depends on: its {@link elementTypes}, also where only their total is
 * selected. An element without a key, such as `{ rank product }` or `{ city orders }`, comes and goes with the objects
 * that it shows, so their types follow it.
 */
export function listedTypes(
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  rules: Rules,
): readonly GraphQLCompositeType[] {
  const elements = elementTypes(schema, type, rules);
  const shown = shownBy(schema, elements, rules);
  const held = [...shown].flatMap((one) =>
    isKeyless(schema, one, rules) ? listsOf(schema, one, rules) : [],
  );
  return [...new Set([...shown, ...shownBy(schema, held, rules)])];
}

/** The elements of an object's own lists. */
function listsOf(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  rules: Rules,
): readonly GraphQLCompositeType[] {
  return fieldsWithoutArguments(type)
    .filter((field) => hasList(field.type) || connectionNode(field.type, rules))
    .flatMap((field) => elementTypes(schema, field.type, rules));
}

/** Types, and those of the single objects that they lead to through objects without a key. */
export function shownBy(
  schema: GraphQLSchema,
  types: readonly GraphQLCompositeType[],
  rules: Rules,
): ReadonlySet<GraphQLCompositeType> {
  const shown = new Set(types);
  for (const type of shown) {
    if (!isKeyless(schema, type, rules)) continue;
    for (const field of Object.values(type.getFields())) {
      const named = getNamedType(field.type);
      if (isCompositeType(named) && !hasList(field.type) && !isRootType(schema, named)) shown.add(named);
    }
  }
  return shown;
}

/** Whether some object of a type has a key. */
export function isEntity(schema: GraphQLSchema, type: GraphQLCompositeType, rules: Rules): boolean {
  return possibleTypes(schema, type).some(({ name }) => rules.keyFields(name));
}

export function isKeyless(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  rules: Rules,
): type is GraphQLObjectType {
  return isObjectType(type) && !rules.keyFields(type.name) && !isRootType(schema, type);
}

function fieldsWithoutArguments(type: GraphQLObjectType): readonly GraphQLField<unknown, unknown>[] {
  return Object.values(type.getFields()).filter((field) => !field.args.some(isRequiredArgument));
}

export function isRootType(schema: GraphQLSchema, type: GraphQLCompositeType): boolean {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(
    type as GraphQLObjectType,
  );
}

/** A field of a type by name; undefined for a union's, and for `__typename` and its like. */
export function fieldOf(
  type: GraphQLCompositeType,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  return isUnionType(type) ? undefined : type.getFields()[name];
}

export function hasList(type: GraphQLOutputType): boolean {
  if (isNonNullType(type)) return hasList(type.ofType);
  return isListType(type);
}

/** Whether a name in a tag is that of a type: one of the schema, or what several of its types are called in tags. */
export function isTypeName(schema: GraphQLSchema, rules: Rules, name: string): boolean {
  return isCompositeType(schema.getType(name)) || rules.typesTagged(name).length > 0;
}

/** The types that a name in a tag stands for: the one that is called so, and those that have the same name in tags. */
export function typesNamed(
  schema: GraphQLSchema,
  rules: Rules,
  name: string | undefined,
): readonly GraphQLCompositeType[] {
  if (name === undefined) return [];
  const names = new Set([name, ...rules.typesTagged(rules.tagName(name))]);
  return [...names].map((one) => schema.getType(one)).filter(isCompositeType);
}

/** The object types a value of this type can have. */
export function possibleTypes(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
): readonly GraphQLObjectType[] {
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
}

const listedAs = new WeakMap<GraphQLSchema, ReadonlyMap<string, readonly string[]>>();

/** The interfaces and unions an object of this type can be listed as. */
export function abstractTypesOf(schema: GraphQLSchema, type: GraphQLObjectType): readonly string[] {
  let names = listedAs.get(schema);
  if (!names) listedAs.set(schema, (names = findAbstractTypes(schema)));
  return names.get(type.name) ?? [];
}

/** Object type -> interfaces and unions. One pass: to ask each union for each type took 1.4 s over GitHub's mutations. */
function findAbstractTypes(schema: GraphQLSchema): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const abstract of Object.values(schema.getTypeMap())) {
    if (!isAbstractType(abstract)) continue;
    for (const { name } of schema.getPossibleTypes(abstract)) {
      const known = names.get(name);
      if (known) known.push(abstract.name);
      else names.set(name, [abstract.name]);
    }
  }
  return names;
}

/** The fields of an object type that lead to others: to one, to a list or page of them. Field -> what it leads to. */
export function relationsOf(
  schema: GraphQLSchema,
  rules: Rules,
  type: GraphQLObjectType,
): ReadonlyMap<string, GraphQLCompositeType> {
  const relations = new Map<string, GraphQLCompositeType>();
  for (const field of Object.values(type.getFields())) {
    const named = getNamedType(field.type);
    if (!isCompositeType(named) || isRootType(schema, named)) continue;
    relations.set(field.name, connectionNode(field.type, rules) ?? edgeNode(field.type, rules) ?? named);
  }
  return relations;
}

const reachable = new WeakMap<GraphQLSchema, ReadonlySet<string>>();

/** Whether an answer to some query can hold an object of this type, or of one that has the same name in tags. */
export function isReachable(schema: GraphQLSchema, rules: Rules, type: string): boolean {
  let names = reachable.get(schema);
  if (!names) reachable.set(schema, (names = reachableTypes(schema)));
  const alike = [type, ...rules.typesTagged(rules.tagName(type))];
  return alike.some((name) => names.has(name));
}

function reachableTypes(schema: GraphQLSchema): ReadonlySet<string> {
  const names = new Set<string>();
  const query = schema.getQueryType();
  const open: GraphQLCompositeType[] = query ? [query] : [];
  for (let type = open.pop(); type; type = open.pop()) {
    if (names.has(type.name)) continue;
    names.add(type.name);
    open.push(...possibleTypes(schema, type));
    if (isUnionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const named = getNamedType(field.type);
      if (isCompositeType(named)) open.push(named);
    }
  }
  return names;
}
