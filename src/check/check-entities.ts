import {
  getNamedType,
  isCompositeType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  type GraphQLObjectType,
} from 'graphql';
import { directivesNamed, nodesOfType } from '../schema/directives';
import { isReachable, isRootType, possibleTypes } from '../policy/type-shape';
import { listNames, type Subject } from './subject';

/** Types whose objects are the same in the API and different to us: one row under several names. */
export function checkEntities(subject: Subject): void {
  checkEntityNames(subject);
  checkAlike(subject);
}

/** Types with one name in tags need keys of as many fields, or no tag of the one is a tag of the other. */
export function checkEntityNames({ schema, rules, findings }: Subject): void {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    const entity = rules.tagName(type.name);
    const [first = type.name] = rules.typesTagged(entity);
    const [one, other] = [rules.keyFields(first), rules.keyFields(type.name)];
    if (!one || !other || one.length === other.length) continue;
    const message = `${type.name} and ${first} are both called ${entity}, but their keys have different numbers of fields.`;
    findings.add('entity-keys-differ', type.name, directivesNamed('key', nodesOfType(type)), message);
  }
}

/** A mutation returns what no query does, with the key and the fields of what queries return. */
function checkAlike({ schema, rules, findings }: Subject): void {
  const objects = Object.values(schema.getTypeMap()).filter(isObjectType);
  const returned = mutated({ schema, rules, findings });
  for (const type of objects) {
    if (!returned.has(type) || isReachable(schema, rules, type.name)) continue;
    const same = objects.filter((one) => isReachable(schema, rules, one.name) && isAlike(rules, type, one));
    if (same.length === 0) continue;
    const names = listNames(same.map(({ name }) => name));
    const key = rules.keyFields(type.name)!.join(' ');
    const message = `Mutations return ${type.name}, and queries ${names}, with the same key and fields: @key(fields: "${key}", entity: "${same[0]!.name}") on each makes them one.`;
    findings.add('entity-under-several-names', type.name, nodesOfType(type), message);
  }
}

function mutated({ schema, rules }: Subject): ReadonlySet<GraphQLObjectType> {
  const types = new Set<GraphQLObjectType>();
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const named = getNamedType(field.type);
    for (const one of isCompositeType(named) ? possibleTypes(schema, named) : []) {
      types.add(one);
      if (rules.keyFields(one.name)) continue;
      for (const carried of Object.values(one.getFields())) {
        const of = getNamedType(carried.type);
        const isCarried =
          isCompositeType(of) && !isRootType(schema, of) && !carried.args.some(isRequiredArgument);
        if (isCarried) for (const possible of possibleTypes(schema, of)) types.add(possible);
      }
    }
  }
  return types;
}

/** The same key, and every plain field of the one is one of the other. */
function isAlike(rules: Subject['rules'], one: GraphQLObjectType, other: GraphQLObjectType): boolean {
  const keys = [one, other].map(({ name }) => rules.keyFields(name)?.join(' '));
  if (keys[0] === undefined || keys[0] !== keys[1]) return false;
  const [small, large] = [valuesOf(one), valuesOf(other)].toSorted((a, b) => a.length - b.length) as [
    string[],
    string[],
  ];
  // A key alone makes nothing alike, nor a date beside it.
  const isMuch = small.length > rules.keyFields(one.name)!.length && 2 * small.length >= large.length;
  return isMuch && small.every((value) => large.includes(value));
}

function valuesOf(type: GraphQLObjectType): string[] {
  const plain = Object.values(type.getFields()).filter((field) => isLeafType(getNamedType(field.type)));
  return plain.map(({ name, type: of }) => `${name}: ${getNamedType(of).name}`);
}
