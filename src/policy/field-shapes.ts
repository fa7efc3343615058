import {
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isObjectType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLNamedInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { computedValues } from './computed';
import { FieldNames } from './field-names';
import { indexOfWords, wordsOf } from './name-words';
import { isAggregate, isPagingValue } from './paging';
import type { Rules } from './rules';
import {
  connectionNode,
  elementTypes,
  hasList,
  isEntity,
  isKeyless,
  isRootType,
  listedTypes,
  shownBy,
} from './type-shape';

type Types = readonly GraphQLCompositeType[];

/** What a field's value is, as far as answers are to be refused when it changes. */
export interface FieldShape {
  /** the elements of the list that it is, or of those that it holds: see `elementTypes` */
  readonly elements: Types;
  /** the types whose lists it changes with: see `listedTypes` */
  readonly listed: Types;
  /**
   * The types that it is a figure about: groups hold lists of them; it takes the same filter as a list of them, and is none;
   * where nothing else tells, the name of its filter speaks of one, or at the root its own. Empty for entities, and for
   * lists and pages of them.
   */
  readonly about: Types;
  /** it is a list of objects that have no key and show no entity: groups, buckets, facets */
  readonly isGroups: boolean;
}

function isNumber({ type }: GraphQLField<unknown, unknown>): boolean {
  return /^(int|float)$|bigint|long|decimal|numeric|number/i.test(getNamedType(type).name);
}

/** What a field's value is made of. */
interface Contents {
  readonly elements: Types;
  readonly held: Types;
  readonly showsEntity: boolean;
}

interface NamedEntity {
  readonly type: GraphQLCompositeType;
  readonly words: readonly string[];
}

interface Measure {
  readonly type: GraphQLCompositeType;
  readonly words: readonly string[];
  readonly isBoolean: boolean;
}

/** The shapes of the fields of one schema, each worked out when it is first asked for. */
export class FieldShapes {
  /** whether an argument can lead to other types; see `usesArguments` */
  readonly leading = new Map<GraphQLArgument, boolean>();
  readonly #shapes = new Map<GraphQLField<unknown, unknown>, FieldShape>();
  readonly #names = new Map<GraphQLCompositeType, FieldNames>();
  #takers: ReadonlyMap<string, GraphQLCompositeType> | undefined;
  #entities: readonly NamedEntity[] | undefined;
  #measures: readonly Measure[] | undefined;
  #rows: ReadonlyMap<GraphQLCompositeType, Types> | undefined;

  constructor(
    readonly schema: GraphQLSchema,
    readonly rules: Rules,
  ) {}

  /** @param type the type that has the field */
  of(type: GraphQLCompositeType, field: GraphQLField<unknown, unknown>): FieldShape {
    const known = this.#shapes.get(field);
    if (known) return known;
    const shape = this.#make(type, field);
    this.#shapes.set(field, shape);
    return shape;
  }

  /** The types that a field's arguments are about, beside those that its place adds to groups. */
  namedByArguments(type: GraphQLCompositeType, field: GraphQLField<unknown, unknown>): Types {
    const { elements, about } = this.of(type, field);
    const named = getNamedType(field.type);
    const isOne = isCompositeType(named) && isEntity(this.schema, named, this.rules);
    return [...elements, ...about, ...(isOne ? [named] : [])];
  }

  namesOf(type: GraphQLCompositeType): FieldNames {
    let names = this.#names.get(type);
    if (!names) this.#names.set(type, (names = new FieldNames(this.schema, this.rules, type)));
    return names;
  }

  /** The one type whose lists take this type of input as an argument. */
  takerOf(input: GraphQLNamedInputType): GraphQLCompositeType | undefined {
    this.#takers ??= this.#findTakers();
    return this.#takers.get(input.name);
  }

  #make(type: GraphQLCompositeType, field: GraphQLField<unknown, unknown>): FieldShape {
    const { schema, rules } = this;
    const named = getNamedType(field.type);
    const elements = elementTypes(schema, field.type, rules);
    const listed = listedTypes(schema, field.type, rules);
    const isComposite = isCompositeType(named);
    const shown = isComposite ? [...shownBy(schema, elements.length > 0 ? elements : [named], rules)] : [];
    const showsEntity = shown.some((one) => isEntity(schema, one, rules));
    const isOfEntities = [...elements, ...(isComposite ? [named] : [])].some((one) =>
      isEntity(schema, one, rules),
    );
    const isGroups = isComposite && hasList(field.type) && !showsEntity;
    // Groups are made of what the lists in them hold.
    const held = isGroups ? listed.filter((one) => !shown.includes(one)) : [];
    const about = isOfEntities ? [] : this.#aboutOf(type, field, { elements, held, showsEntity });
    return { elements, listed, about, isGroups };
  }

  #aboutOf(
    type: GraphQLCompositeType,
    field: GraphQLField<unknown, unknown>,
    { elements, held, showsEntity }: Contents,
  ): Types {
    const about = new Set(held);
    for (const argument of field.args) {
      const taker = this.takerOf(getNamedType(argument.type));
      if (taker && !elements.includes(taker)) about.add(taker);
    }
    if (about.size > 0 || showsEntity) return [...about];
    const named = getNamedType(field.type);
    // A plain value of an entity may take any input.
    const inputs = isCompositeType(named) || isRootType(this.schema, type) ? field.args : [];
    const names = inputs.map((argument) => getNamedType(argument.type)).filter(isInputObjectType);
    // The id that the query type has for itself speaks of no object that `node` finds.
    const isOwn = !isRootType(this.schema, type) || wordsOf(field.name).join('') === 'nodeid';
    const said = [...names.map(({ name }) => name), ...(isOwn ? [] : [field.name])];
    for (const name of said) {
      const one = this.#namedIn(name, [named, ...elements]);
      if (one) return [one];
    }
    return [];
  }

  /**
   * The entities that a value is about by its name, `users: Int!`, `productTags: [String!]!`, or else a number or an amount
   * by those of the values beside it: in `{ users products averagePrice }` the last may be of either. What a mutation that
   * is about the object takes is its own.
   */
  countedBy(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): Types {
    const computed = computedValues(this.schema, this.rules);
    if (!isRootType(this.schema, type) && computed.isGiven(type, field)) return [];
    const isValue = (one: GraphQLField<unknown, unknown>): boolean =>
      isNumber(one) || computed.isAmount(one) || (hasList(one.type) && isLeafType(getNamedType(one.type)));
    if (!isValue(field)) return [];
    const own = this.#namedIn(field.name, []);
    if (own) return [own];
    if (isRootType(this.schema, type)) return this.#measuredBy(field);
    const beside = Object.values(type.getFields()).filter(
      (one) => isValue(one) && !computed.isGiven(type, one),
    );
    return [...new Set(beside.flatMap(({ name }) => this.#namedIn(name, []) ?? []))];
  }

  /** Whether a number in a row of figures may be counted from others: no key, and nothing that a mutation sets. */
  mayCount(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): boolean {
    if (!isNumber(field) || /^(?:id|key)s?$/.test(wordsOf(field.name).at(-1) ?? '')) return false;
    return !computedValues(this.schema, this.rules).isGiven(type, field);
  }

  /** The entities that a number in a row of figures speaks of: `posts_count`, `starsAverage`. */
  spokenOfBy(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): Types {
    if (!this.mayCount(type, field)) return [];
    const own = this.#namedIn(field.name, [type]);
    return own ? [own] : this.#measuredBy(field).filter((one) => one !== type);
  }

  /**
   * The entities that rows of figures come and go with, and are ordered by, whichever of their figures are shown: those with no
   * key that a root field lists, as a view is.
   */
  countedInRows(types: Types): Types {
    this.#rows ??= this.#findRows();
    return types.flatMap((type) => this.#rows!.get(type) ?? []);
  }

  #listsEntities({ type }: GraphQLField<unknown, unknown>): boolean {
    const { schema, rules } = this;
    return hasList(type) && elementTypes(schema, type, rules).some((one) => isEntity(schema, one, rules));
  }

  #findRows(): ReadonlyMap<GraphQLCompositeType, Types> {
    const rows = new Map<GraphQLCompositeType, Types>();
    for (const { type: returned } of Object.values(this.schema.getQueryType()?.getFields() ?? {})) {
      if (!hasList(returned) && !connectionNode(returned, this.rules)) continue;
      for (const type of elementTypes(this.schema, returned, this.rules)) {
        if (rows.has(type) || !isKeyless(this.schema, type, this.rules)) continue;
        const fields = Object.values(type.getFields());
        // What groups list says what they are of.
        if (fields.some((field) => this.#listsEntities(field))) continue;
        rows.set(type, [...new Set(fields.flatMap((field) => this.spokenOfBy(type, field)))]);
      }
    }
    return rows;
  }

  /**
   * The entities with a value of which a figure's name speaks: `totalScore` where a Post has a `score`, `unreadCount` where a
   * Notice has been `read` or not. Others may count as well.
   */
  #measuredBy({ name }: GraphQLField<unknown, unknown>): Types {
    this.#measures ??= this.#findMeasures();
    const words = wordsOf(name);
    const positive = words.map((word) => word.replace(/^un(?=...)/, ''));
    const spokenOf = this.#measures.filter(
      ({ words: own, isBoolean }) =>
        indexOfWords(words, own) >= 0 || (isBoolean && indexOfWords(positive, own) >= 0),
    );
    return [...new Set(spokenOf.map(({ type }) => type))];
  }

  /** The numbers and truth values that entities have, but what any figure may be called: that says nothing of what it is about. */
  #findMeasures(): readonly Measure[] {
    this.#entities ??= this.#findEntities();
    return this.#entities.flatMap(({ type }) => {
      if (!isObjectType(type)) return [];
      return Object.values(type.getFields()).flatMap((field) => {
        const { name } = field;
        const isBoolean = getNamedType(field.type).name === 'Boolean';
        const isKey = this.rules.keyFields(type.name)?.includes(name);
        if (isKey || isPagingValue(name, false, []) || isAggregate(name)) return [];
        return isBoolean || isNumber(field) ? [{ type, words: wordsOf(name), isBoolean }] : [];
      });
    });
  }

  /**
   * Of the entities that a name speaks of the one with the longest name: `Post` in `_allPostsMeta`, `PostAggregateFilter`.
   * @param others types that are not meant
   */
  #namedIn(name: string, others: readonly GraphQLNamedType[]): GraphQLCompositeType | undefined {
    this.#entities ??= this.#findEntities();
    const words = wordsOf(name);
    let found: NamedEntity | undefined;
    for (const one of this.#entities) {
      if (one.words.length <= (found?.words.length ?? 0) || others.includes(one.type)) continue;
      if (indexOfWords(words, one.words) >= 0) found = one;
    }
    return found?.type;
  }

  /** The types with a key, and those that a query can list. */
  #findEntities(): readonly NamedEntity[] {
    const types = new Set<GraphQLCompositeType>();
    for (const type of Object.values(this.schema.getTypeMap())) {
      if (!isCompositeType(type) || type.name.startsWith('__')) continue;
      if (isEntity(this.schema, type, this.rules)) types.add(type);
    }
    for (const field of Object.values(this.schema.getQueryType()?.getFields() ?? {}))
      for (const type of elementTypes(this.schema, field.type, this.rules)) types.add(type);
    return [...types].map((type) => ({ type, words: wordsOf(type.name) }));
  }

  /** Input type -> the type whose lists take it. Those of objects with a key go before lists of figures about them. */
  #findTakers(): ReadonlyMap<string, GraphQLCompositeType> {
    const takers = new Map<string, Set<GraphQLCompositeType>>();
    for (const type of Object.values(this.schema.getTypeMap())) {
      if (!isCompositeType(type) || isUnionType(type) || type === this.schema.getMutationType()) continue;
      for (const field of Object.values(type.getFields())) {
        const inputs = field.args.map((argument) => getNamedType(argument.type));
        const taken = inputs.filter((input) => isInputObjectType(input) || isEnumType(input));
        if (taken.length === 0) continue;
        const elements = elementTypes(this.schema, field.type, this.rules);
        for (const { name } of taken) {
          const known = takers.get(name);
          if (known) for (const element of elements) known.add(element);
          else if (elements.length > 0) takers.set(name, new Set(elements));
        }
      }
    }
    const single = new Map<string, GraphQLCompositeType>();
    for (const [name, types] of takers) {
      const entities = [...types].filter((type) => isEntity(this.schema, type, this.rules));
      const [first, ...others] = entities.length > 0 ? entities : [...types];
      const tagName = first && this.rules.tagName(first.name);
      if (first && others.every((one) => this.rules.tagName(one.name) === tagName)) single.set(name, first);
    }
    return single;
  }
}

const known = new WeakMap<Rules, FieldShapes>();

/** The shapes of the fields of a schema under these rules. */
export function fieldShapes(schema: GraphQLSchema, rules: Rules): FieldShapes {
  let shapes = known.get(rules);
  if (!shapes) known.set(rules, (shapes = new FieldShapes(schema, rules)));
  return shapes;
}
