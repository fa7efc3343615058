import {
  getNamedType,
  isCompositeType,
  isObjectType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionNode,
} from 'graphql';
import { fieldNode, onType, PART_TYPE } from '../../answer/internal-fields';
import type { Knowledge } from '../../operation/operation';
import type { Rules } from '../../policy/rules';
import { possibleTypes } from '../../policy/type-shape';
import type { TypeSet } from '../../policy/type-set';
import { maskOf, PART_CLASSES, type ClassMask, type PartPlace } from './classes';
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
interface Occurrences {
  readonly places: Set<PartPlace>;
  /** a root field's index and a class each */
  readonly slots: Set<number>;
  readonly fields: FlatField[];
}

/** @returns undefined where no two slots show the same field of a type that has a key */
export function overlappingTypes(
  flat: FlatSet,
  root: PartPlace,
  { schema, rules }: Knowledge,
): OverlappingTypes | undefined {
  const found = new Map<string, Map<TypeSet, Occurrences>>();
  gather(flat, root, { root: undefined, slices: 0 }, found);
  const types = new Set<GraphQLObjectType>();
  const keyed = new Set<GraphQLObjectType>();
  for (const [name, bySet] of found) {
    if (!areSeveral([...bySet.values()])) continue;
    const byType = new Map<GraphQLObjectType, Occurrences[]>();
    for (const [set, occurrences] of bySet)
      for (const type of set.types) {
        const keys = rules.keyFields(type.name);
        if (!keys || keys.includes(name)) continue;
        const known = byType.get(type);
        if (known) known.push(occurrences);
        else byType.set(type, [occurrences]);
      }
    for (const [type, all] of byType) {
      if (!areSeveral(all)) continue;
      types.add(type);
      keyed.add(type);
      for (const { fields } of all) for (const one of keyedBelow(fields[0]!, schema, rules)) keyed.add(one);
    }
  }
  return types.size > 0 ? { types, keyed } : undefined;
}

function areSeveral(all: readonly Occurrences[]): boolean {
  return holdSeveral(all.map(({ slots }) => slots)) && holdSeveral(all.map(({ places }) => places));
}

/** Together they hold more than one thing. */
function holdSeveral(sets: readonly ReadonlySet<unknown>[]): boolean {
  let first: unknown;
  for (const set of sets)
    for (const one of set) {
      first ??= one;
      if (one !== first) return true;
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
  found: Map<string, Map<TypeSet, Occurrences>>,
): void {
  for (const item of set) {
    if (item.kind === 'fragment') {
      gather(item.below, place, at, found);
      continue;
    }
    if (!item.returns) continue;
    const child = place.children.get(item.responseKey)!;
    const root = at.root ?? child.index;
    const slices = place.isSpine ? (child.masks.get(item) ?? 0) : at.slices;
    const name = item.node.name.value;
    let bySet = found.get(name);
    if (!bySet) found.set(name, (bySet = new Map()));
    let all = bySet.get(item.types);
    if (!all) bySet.set(item.types, (all = { places: new Set(), slots: new Set(), fields: [] }));
    all.places.add(child);
    all.fields.push(item);
    for (let index = 0; index < PART_CLASSES.length; index++)
      if ((slices & maskOf(index)) !== 0) all.slots.add(root * PART_CLASSES.length + index);
    if (item.below) gather(item.below, child, { root, slices }, found);
  }
}

/** Types behind one field for which keys are asked for: with more the text of a slot would be too long. */
const MOST_TYPES = 64;

interface KeyParts extends OverlappingTypes {
  readonly schema: GraphQLSchema;
  readonly identityOf: (type: GraphQLObjectType) => Identity | undefined;
  /** the class of what nobody declared */
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
