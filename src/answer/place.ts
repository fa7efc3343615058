import {
  getNamedType,
  isCompositeType,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql';
import type { FieldShapes } from '../policy/field-shapes';
import { computedValues } from '../policy/computed';
import { privacyOf } from '../policy/field-limit';
import { countsValues, isAggregate, isNoFilter, isPagingValue } from '../policy/paging';
import { connectionNode, hasList, isEntity, isRootType } from '../policy/type-shape';

type Types = readonly GraphQLCompositeType[];

/** A field as it was requested. */
export interface AskedField {
  readonly definition: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
}

/** Where in an answer objects stand, as far as it says what their plain values depend on. */
export interface FieldPlace {
  /** the types that the plain values of an object without a key are about: those of the lists beside or above them */
  readonly about: Types;
  /** what is called a count here counts some alone: those that a filter lets through */
  readonly isFiltered: boolean;
  /** what is called a count here is a sum of such values, or of something else than the list holds */
  readonly isSum: boolean;
  /**
   * The fields that chose the object here, from the root on. Undefined where something covers it: the key of an object
   * above it, the list that it is in, or the session of a private field.
   */
  readonly chosenBy: readonly AskedField[] | undefined;
  /** it is an object without a key in a list: a row of figures, perhaps */
  readonly isRow?: boolean;
}

const ROOT: FieldPlace = { about: [], isFiltered: false, isSum: false, chosenBy: [] };
const COVERED: FieldPlace = { ...ROOT, chosenBy: undefined };
const ROW: FieldPlace = { ...COVERED, isRow: true };

/** What a field's value depends on, beside the objects in it. */
export interface Dependence {
  /** types whose lists it changes with */
  readonly lists: Types;
  /** types any change of which may change it */
  readonly changes: Types;
  /** types of which it is a count that changes with what is in a list, whatever else of them changes */
  readonly memberships: Types;
  /** the same, of one object that is null */
  readonly ifMissing: { readonly lists: Types; readonly changes: Types };
  /** types that its arguments are about: what these lead to changes it as well */
  readonly argumentsOf: Types;
  /** it is one object, and another may be chosen when the type's lists change, unless these fields' arguments name it */
  readonly chosenBy: readonly AskedField[] | undefined;
  readonly below: FieldPlace;
}

const NONE: Dependence = {
  lists: [],
  changes: [],
  memberships: [],
  ifMissing: { lists: [], changes: [] },
  argumentsOf: [],
  chosenBy: undefined,
  below: COVERED,
};

/** The place of the fields of an object, from that of the object. */
export function placeWithin(
  shapes: FieldShapes,
  type: GraphQLObjectType,
  place: FieldPlace | undefined,
): FieldPlace {
  if (isRootType(shapes.schema, type)) return ROOT;
  return shapes.rules.keyFields(type.name) || !place ? COVERED : place;
}

/** @param within the {@link placeWithin} the object of this type */
export function dependenceOf(
  shapes: FieldShapes,
  type: GraphQLObjectType,
  asked: AskedField,
  within: FieldPlace,
): Dependence {
  const { schema, rules } = shapes;
  const { definition, node } = asked;
  const { elements, listed, about, isGroups } = shapes.of(type, definition);
  const computed = computedValues(schema, rules);
  const follows = computed.follows(type, definition);
  const named = getNamedType(definition.type);
  const isFiltered =
    within.isFiltered || node.arguments?.some(({ name }) => !isNoFilter(name.value)) === true;
  const isOfValues = countsValues(
    definition,
    ({ name, defaultValue }) =>
      defaultValue !== undefined || node.arguments?.some((one) => one.name.value === name) === true,
  );
  if (!isCompositeType(named)) {
    const figures = [...about, ...within.about];
    // An object that nothing covers and no list is beside: `stats { users }`.
    if (figures.length === 0 && within.chosenBy) figures.push(...shapes.countedBy(type, definition));
    if (figures.length === 0 && within.isRow) figures.push(...shapes.spokenOfBy(type, definition));
    const mayCount = within.about.length > 0 ? [] : about;
    const isCount = !isOfValues && isPagingValue(definition.name, within.isSum, mayCount);
    const isSettled = isCount && isPagingValue(definition.name, isFiltered, mayCount);
    return {
      ...NONE,
      lists: figures,
      changes: [...(isCount ? [] : figures), ...shapes.countedInRows(figures), ...follows],
      memberships: isCount && !isSettled ? figures : [],
      argumentsOf: about,
    };
  }
  const argumentsOf = shapes.namedByArguments(type, definition);
  if (hasList(definition.type)) {
    const figures = isGroups ? [...about, ...within.about] : about;
    return {
      ...NONE,
      lists: [...listed, ...about],
      changes: [...figures, ...shapes.countedInRows(elements)],
      argumentsOf: [...argumentsOf, ...figures],
      // Groups are about what the lists in them hold.
      below: connectionNode(definition.type, rules) || figures.length > 0 ? COVERED : ROW,
    };
  }
  const chosenBy = privacyOf(schema, rules, type, definition) === 'private' ? undefined : within.chosenBy;
  const isPage = connectionNode(definition.type, rules) !== undefined;
  const rows = shapes.countedInRows(elements);
  const beside = isPage ? elements : computed.madeOf(elements, listed, named);
  // Amounts of an object that nothing covers are called by its field: `shop { revenue { amount } }`.
  const counted =
    beside.length + about.length + within.about.length === 0 &&
    within.chosenBy &&
    computed.isAmount(definition)
      ? shapes.countedBy(type, definition)
      : [];
  return {
    lists: isPage ? listed : [],
    memberships: [],
    ifMissing: { lists: [named, ...listed, ...about], changes: [...about, ...rows, ...follows] },
    changes: [...(isPage ? rows : []), ...follows],
    argumentsOf,
    chosenBy: isEntity(schema, named, rules) && chosenBy ? [...chosenBy, asked] : undefined,
    below: {
      about: [...beside, ...about, ...counted, ...within.about],
      isFiltered,
      isSum:
        within.isSum ||
        isOfValues ||
        isAggregate(definition.name) ||
        (!isPage && computed.holdsParts(elements, named)),
      chosenBy: chosenBy && [...chosenBy, asked],
    },
  };
}
