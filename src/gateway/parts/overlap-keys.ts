import {
  getNamedType,
  isCompositeType,
  isObjectType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionNode,
} from 'graphql';
import { fieldNode, onType } from '../../answer/internal-fields';
import { PART_TYPE } from '../../policy/part-names';
import type { Knowledge } from '../../operation/operation';
import type { Rules } from '../../policy/rules';
import { possibleTypes } from '../../policy/type-shape';
import type { TypeSet } from '../../policy/type-set';
import { isMixed, type ClassMask, type PartPlace } from './classes';
import type { Identity } from './identity';
import type { FlatField, FlatSet } from './specialise';

/** Types of which several slots of a plan show the same field in different places, so that two values of it could be shown. */
interface OverlappingTypes {
  /** whose fields are compared */
  readonly types: ReadonlySet<GraphQLObjectType>;
  /** these, and those that a field which is compared leads to */
  readonly keyed: ReadonlySet<GraphQLObjectType>;
}

/** Where one field is asked for. */
interface Occurrence {
  readonly place: PartPlace;
  /** in which slots: the root field's index, and the classes */
  readonly root: number;
  readonly slices: ClassMask;
  readonly field: FlatField;
}

/** @returns undefined where no two slots show the same field of a type that has a key */
export function overlappingTypes(
  flat: FlatSet,
  root: PartPlace,
  { schema, rules }: Knowledge,
): OverlappingTypes | undefined {
  const found = new Map<string, Occurrence[]>();
  gather(flat, root, { root: undefined, slices: 0 }, found);
  const types = new Set<GraphQLObjectType>();
  const keyed = new Set<GraphQLObjectType>();
  for (const [name, everywhere] of found) {
    if (!areSeveral([everywhere])) continue;
    // An interface may have hundreds of types, and be asked for in as many places.
    const bySet = new Map<TypeSet, Occurrence[]>();
    for (const one of everywhere) addTo(bySet, one.field.types, one);
    const byType = new Map<GraphQLObjectType, Occurrence[][]>();
    for (const [set, occurrences] of bySet)
      for (const type of set.types) {
        const keys = rules.keyFields(type.name);
        if (keys && !keys.includes(name)) addTo(byType, type, occurrences);
      }
    for (const [type, all] of byType) {
      if (!areSeveral(all)) continue;
      types.add(type);
      keyed.add(type);
      for (const [first] of all) for (const one of keyedBelow(first!.field, schema, rules)) keyed.add(one);
    }
  }
  return types.size > 0 ? { types, keyed } : undefined;
}

function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const known = lists.get(key);
  if (known) known.push(value);
  else lists.set(key, [value]);
}

/** They are in several places, and in several slots. */
function areSeveral(lists: readonly (readonly Occurrence[])[]): boolean {
  const first = lists[0]![0]!;
  let isElsewhere = false;
  let isOther = isMixed(first.slices);
  for (const all of lists)
    for (const { place, root, slices } of all) {
      isElsewhere ||= place !== first.place;
      isOther ||= root !== first.root || slices !== first.slices;
      if (isElsewhere && isOther) return true;
    }
  return false;
}

function keyedBelow({ returns }: FlatField, schema: GraphQLSchema, rules: Rules): GraphQLObjectType[] {
  const type = getNamedType(returns!);
  return isCompositeType(type) ? possibleTypes(schema, type).filter(({ name }) => rules.keyFields(name)) : [];
}

function gather(
  set: FlatSet,
  place: PartPlace,
  at: { readonly root: number | undefined; readonly slices: ClassMask },
  found: Map<string, Occurrence[]>,
): void {
  for (const item of set) {
    if (item.kind === 'fragment') {
      gather(item.below, place, at, found);
      continue;
    }
    if (!item.returns) continue;
    const child = place.children.get(item.responseKey)!;
    const root = at.root ?? child.index;
    const slices = place.isSpine ? child.maskOf(item) : at.slices;
    addTo(found, item.node.name.value, { place: child, root, slices, field: item });
    if (item.below) gather(item.below, child, { root, slices }, found);
  }
}

/** Types behind one field for which keys are asked for: with more the text of a slot would be too long. */
const MOST_TYPES = 64;

interface KeyParts extends OverlappingTypes {
  readonly schema: GraphQLSchema;
  readonly identityOf: (type: GraphQLObjectType) => Identity | undefined;
  /** the class of undeclared fields */
  readonly undeclared: number;
}

/** What slots are asked for below the spine, so that their objects can be told from one another. */
export class OverlapKeys {
  /** a slot cannot be asked for a key: it is for fewer than the slot is, or there are too many */
  isWanting = false;

  constructor(readonly parts: KeyParts) {}

  get types(): ReadonlySet<GraphQLObjectType> {
    return this.parts.types;
  }

  /** @param index of the slot's class */
  additionsTo({ returns }: FlatField, index: number): readonly SelectionNode[] {
    const { schema, keyed } = this.parts;
    const type = getNamedType(returns!);
    if (!isCompositeType(type)) return [];
    if (isObjectType(type)) return keyed.has(type) ? this.#keysOf(type, index) : [];
    const types = possibleTypes(schema, type).filter((one) => keyed.has(one));
    this.isWanting ||= types.length > MOST_TYPES;
    const typeName = fieldNode(PART_TYPE, '__typename');
    return [typeName, ...types.map((one) => onType(one.name, this.#keysOf(one, index)))];
  }

  #keysOf(type: GraphQLObjectType, index: number): readonly SelectionNode[] {
    const { identityOf, undeclared } = this.parts;
    const identity = identityOf(type);
    if (!identity || identity.isSingle || identity.classes[undeclared]! > index) {
      this.isWanting = true;
      return [];
    }
    return identity.additions;
  }
}
