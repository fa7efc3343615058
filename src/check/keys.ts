import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isUnionType,
  Kind,
  type ConstDirectiveNode,
  type GraphQLObjectType,
} from 'graphql';
import { connectionNode, edgeNode } from '../policy/type-shape';
import { argumentNamed, directivesNamed, nodesOfType } from '../schema/directives';
import { fieldLimit } from '../policy/field-limit';
import { canIdentify, readKey } from '../policy/key-fields';
import type { Lifetimes } from './lifetimes';
import { compositeTypes, definedFields, rootKind, type Subject, type TypeWithFields } from './subject';

/** Keys that cannot be used, and cached objects that have none. */
export function checkKeys(subject: Subject, lifetimes: Lifetimes): void {
  for (const type of compositeTypes(subject.schema)) {
    if (isUnionType(type)) continue;
    for (const use of directivesNamed('key', nodesOfType(type))) checkKey(subject, type, use);
  }
  checkCachedTypes(subject, lifetimes);
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
  for (const field of fields ?? []) {
    if (canIdentify(type, field)) continue;
    const why = type.getFields()[field]
      ? 'is no plain value that can be asked for without arguments'
      : 'does not exist';
    findings.add('key-unusable', type.name, [use], `The key field ${type.name}.${field} ${why}.`);
  }
}

/** An object type is cached for its own sake when a field that returns it limits the answer, and not to 0. */
function checkCachedTypes({ schema, rules, findings }: Subject, lifetimes: Lifetimes): void {
  const cached = new Map<GraphQLObjectType, string>();
  for (const { type, field, coordinate } of definedFields(schema)) {
    const named = getNamedType(field.type);
    if (!isObjectType(type) || !isCompositeType(named) || !lifetimes.ofField(type.name, field)) continue;
    if (!fieldLimit(schema, rules, type.name, field)) continue;
    for (const one of isAbstractType(named) ? schema.getPossibleTypes(named) : [named]) {
      if (!cached.has(one)) cached.set(one, coordinate);
    }
  }
  for (const [type, coordinate] of cached) {
    const isKnown = rules.keyFields(type.name) !== undefined || rootKind(schema, type.name) !== undefined;
    // A page of a list is no entity: it is purged with the list it is a page of.
    if (isKnown || edgeNode(type, rules) || connectionNode(type, rules)) continue;
    const message = `${type.name} is cached by ${coordinate} and has no key: its objects can only be purged all at once.`;
    findings.add('cached-type-without-key', type.name, nodesOfType(type), message);
  }
}
