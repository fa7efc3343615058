import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
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
 * The types whose list tags a field's answer depends on: the elements of a list, the nodes of a connection, or the items
 * of a page, also where only its total is selected. An element without a key, such as `{ rank product }`, comes and goes
 * with the objects that it shows, so their types follow it.
 */
export function listedTypes(
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  rules: Rules,
): readonly GraphQLCompositeType[] {
  const named = getNamedType(type);
  if (!isCompositeType(named)) return [];
  const node = connectionNode(type, rules);
  if (node) return withShown(schema, node, rules);
  if (hasList(type)) return withShown(schema, edgeNode(type, rules) ?? named, rules);
  if (!isKeyless(schema, named, rules)) return [];
  const items = Object.values(named.getFields()).filter((field) => hasList(field.type) && !field.args.length);
  return [...new Set(items.flatMap((field) => listedTypes(schema, field.type, rules)))];
}

/** A type, and those of the single objects that it leads to through objects without a key. */
function withShown(
  schema: GraphQLSchema,
  listed: GraphQLCompositeType,
  rules: Rules,
): readonly GraphQLCompositeType[] {
  const shown = new Set([listed]);
  // A set may grow while it is gone through.
  for (const type of shown) {
    if (!isKeyless(schema, type, rules)) continue;
    for (const field of Object.values(type.getFields())) {
      const named = getNamedType(field.type);
      if (isCompositeType(named) && !hasList(field.type) && !isRoot(schema, named)) shown.add(named);
    }
  }
  return [...shown];
}

function isKeyless(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  rules: Rules,
): type is GraphQLObjectType {
  return isObjectType(type) && !rules.keyFields(type.name) && !isRoot(schema, type);
}

export function isRoot(schema: GraphQLSchema, type: GraphQLCompositeType): boolean {
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
    if (!isCompositeType(named) || isRoot(schema, named)) continue;
    relations.set(field.name, connectionNode(field.type, rules) ?? edgeNode(field.type, rules) ?? named);
  }
  return relations;
}

const reachable = new WeakMap<GraphQLSchema, ReadonlySet<string>>();

/** Whether an answer to some query can hold an object of this type. */
export function isReachable(schema: GraphQLSchema, type: string): boolean {
  let names = reachable.get(schema);
  if (!names) reachable.set(schema, (names = reachableTypes(schema)));
  return names.has(type);
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
