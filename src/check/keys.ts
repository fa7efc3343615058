import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
  Kind,
  type ConstDirectiveNode,
  type GraphQLObjectType,
} from 'graphql';
import { edgeNode, hasList, isKeyless } from '../policy/type-shape';
import { fieldShapes } from '../policy/field-shapes';
import { argumentNamed, directivesNamed, nodesOfType } from '../schema/directives';
import { fieldLimit } from '../policy/field-limit';
import { canIdentify, readEntity, readKey } from '../policy/key-fields';
import type { Lifetimes } from './lifetimes';
import { objectsNothingPurges } from './hints';
import {
  compositeTypes,
  definedFields,
  fieldsOf,
  rootKind,
  type DefinedField,
  type Subject,
  type TypeWithFields,
} from './subject';

/** Keys that cannot be used, and cached objects that have none. */
export function checkKeys(subject: Subject, lifetimes: Lifetimes): void {
  checkDeclaredKeys(subject);
  checkCachedTypes(subject, lifetimes);
}

/** Keys that cannot be used. */
export function checkDeclaredKeys(subject: Subject): void {
  for (const type of compositeTypes(subject.schema)) {
    if (isUnionType(type)) continue;
    for (const use of directivesNamed('key', nodesOfType(type))) checkKey(subject, type, use);
  }
}

function checkKey({ schema, findings }: Subject, type: TypeWithFields, use: ConstDirectiveNode): void {
  if (rootKind(schema, type.name)) {
    findings.add('unused-directive', type.name, [use], `There is only one ${type.name}: it needs no key.`);
    return;
  }
  const value = argumentNamed('fields', use);
  const text = value?.kind === Kind.STRING ? value.value : '';
  const fields = readKey(use);
  if (!fields && text.includes('{')) {
    findings.add(
      'key-nested',
      type.name,
      [use],
      `The key "${text}" of ${type.name} is nested, and is passed over.`,
    );
  } else if (!fields) {
    findings.add(
      'key-unusable',
      type.name,
      [use],
      `The key "${text}" of ${type.name} is not a list of fields.`,
    );
  }
  const entity = argumentNamed('entity', use);
  if (entity && readEntity(use) === undefined) {
    findings.add(
      'key-unusable',
      type.name,
      [use],
      `The entity of ${type.name} is no name that a type could have.`,
    );
  }
  for (const field of fields ?? []) {
    if (canIdentify(type, field)) continue;
    const why = type.getFields()[field]
      ? 'is no plain value that can be asked for without arguments'
      : 'does not exist';
    findings.add('key-unusable', type.name, [use], `The key field ${type.name}.${field} ${why}.`);
  }
}

/** An object type is cached for its own sake when a field that returns it limits the answer, and not to 0. */
function checkCachedTypes(subject: Subject, lifetimes: Lifetimes): void {
  const { schema, rules, findings } = subject;
  const cached = new Map<GraphQLObjectType, string>();
  for (const { type, field, coordinate } of definedFields(schema)) {
    const named = getNamedType(field.type);
    if (!isObjectType(type) || !isCompositeType(named) || !lifetimes.ofField(type.name, field)) continue;
    if (!fieldLimit(schema, rules, type.name, field)) continue;
    for (const one of isAbstractType(named) ? schema.getPossibleTypes(named) : [named]) {
      if (!cached.has(one)) cached.set(one, coordinate);
    }
  }
  const parts = partsOfLists(subject);
  const unpurged = objectsNothingPurges(subject);
  for (const [type, coordinate] of cached) {
    // What nothing purges is said of the field that returns it: a key would not change that.
    if (!isKeyless(schema, type, rules) || parts.has(type) || unpurged.has(type)) continue;
    const message = `${type.name} is cached by ${coordinate} and has no key: its objects can only be purged all at once.`;
    const candidate = candidateKey(subject, type);
    findings.add(
      'cached-type-without-key',
      type.name,
      nodesOfType(type),
      candidate === undefined ? message : `${message} ${candidate}`,
    );
  }
}

/** Pages, edges and what is about the list beside them: these are purged with the list that they are part of. */
function partsOfLists({ schema, rules }: Subject): ReadonlySet<GraphQLObjectType> {
  const shapes = fieldShapes(schema, rules);
  const parts = new Set<GraphQLObjectType>();
  const others = new Set<GraphQLObjectType>();
  const readers = definedFields(schema).filter(
    ({ type }) => isObjectType(type) && rootKind(schema, type.name) !== 'mutation',
  );
  for (const { type, field } of readers) {
    const named = getNamedType(field.type);
    if (!isObjectType(named) || !isKeyless(schema, named, rules)) continue;
    const { elements, about, isGroups } = shapes.of(type, field);
    const isPage = !hasList(field.type) && (elements.length > 0 || about.length > 0);
    if (isPage || edgeNode(field.type, rules) || (isGroups && about.length > 0)) parts.add(named);
    else others.add(named);
  }
  // A set may grow while it is gone through: what a part holds is part of it, unless it is met elsewhere as well.
  for (const part of parts) {
    for (const { type } of Object.values(part.getFields())) {
      const named = getNamedType(type);
      if (isObjectType(named) && isKeyless(schema, named, rules) && isMetIn(readers, parts, named))
        parts.add(named);
    }
  }
  return new Set([...parts].filter((part) => !others.has(part) || isMetIn(readers, parts, part)));
}

/** Whether every field that returns a type is of one of these types. */
function isMetIn(
  readers: readonly DefinedField[],
  types: ReadonlySet<GraphQLObjectType>,
  returned: GraphQLObjectType,
): boolean {
  return readers.every(
    ({ type, field }) => getNamedType(field.type) !== returned || types.has(type as GraphQLObjectType),
  );
}

/** A key that the type looks to have, as a sentence. */
function candidateKey(subject: Subject, type: GraphQLObjectType): string | undefined {
  const fields = Object.values(type.getFields()).filter(({ name }) => canIdentify(type, name));
  const ids = fields.filter((field) => String(field.type) === 'ID!');
  if (ids.length === 1) return `@key(fields: "${ids[0]!.name}") may be one: it is its only ID!.`;
  for (const { field, coordinate } of lookUps(subject, type)) {
    const names = field.args.filter(isRequiredArgument).map(({ name }) => name);
    const known = names.filter((name) => fields.some((one) => one.name === name && isNonNullType(one.type)));
    if (names.length > 0 && known.length === names.length)
      return `@key(fields: "${names.join(' ')}") may be one: ${coordinate} looks it up by that.`;
  }
  const id = fields.find(({ name }) => name === 'id' || name === '_id');
  if (!id || isNonNullType(id.type) || !isLookedUpBy(subject, type, id.name)) return undefined;
  return `Its ${id.name} may be null, so it is taken for none: @key(fields: "${id.name}") says that it is one.`;
}

/** The fields of a root type that return one object of a type, by itself or in a payload. */
function lookUps(
  { schema, rules }: Subject,
  type: GraphQLObjectType,
  root = schema.getQueryType(),
): readonly DefinedField[] {
  return (root ? fieldsOf(root) : []).filter(({ field }) => {
    const named = getNamedType(field.type);
    if (hasList(field.type) || !isObjectType(named)) return false;
    const carried = isKeyless(schema, named, rules) ? Object.values(named.getFields()) : [];
    return named === type || carried.some((one) => getNamedType(one.type) === type && !hasList(one.type));
  });
}

/** Whether a query, or a mutation, finds an object of the type by this value. */
function isLookedUpBy(subject: Subject, type: GraphQLObjectType, name: string): boolean {
  const { schema } = subject;
  return [schema.getQueryType(), schema.getMutationType()]
    .flatMap((root) => lookUps(subject, type, root))
    .some(({ field }) => field.args.some((argument) => argument.name === name || argument.name === 'id'));
}
