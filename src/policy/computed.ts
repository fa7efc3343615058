import {
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { indexOfWords, joinedWords, wordsOf } from './name-words';
import type { Rules } from './rules';
import { touchesOf } from './touched-types';
import {
  connectionNode,
  edgeNode,
  elementTypes,
  hasList,
  isKeyless,
  isReachable,
  isRootType,
} from './type-shape';
import { possibleTypes, relationsOf } from './type-shape';

type Types = readonly GraphQLCompositeType[];
type Field = GraphQLField<unknown, unknown>;

/** Words of names for what is computed: `totalAmount`, `averageStars`, `isAvailable`. */
const FIGURES = new Set(
  `amount availability available average avg balance cost count inventory max maximum mean min minimum percent percentage
   points price profit quantity rating revenue score spent stock subtotal sum tax total totals value`.split(
    /\s+/,
  ),
);

/** Words of names for numbers that are given once and kept: places, times, versions. */
const KEPT = new Set(
  `at date day id index month no number order ordinal position rank rev revision sequence time timestamp version
  year`.split(/\s+/),
);

/** Objects without a key within a value: money, with and without tax, in a range of prices, of an offer. */
const MOST_NESTED = 5;

/**
 * What the values of objects are computed from. Objects with a key are purged when they change, and when something
 * that refers to them changes. A total may depend on more: on the stocks of a product's variants, or the prices of
 * what a cart's lines refer to. A value counts as computed if no mutation about its type takes it.
 */
export class Computed {
  readonly #schema: GraphQLSchema;
  readonly #rules: Rules;
  readonly #follows = new Map<Field, Types>();
  #given: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  #holders: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  #listers: ReadonlyMap<GraphQLObjectType, ReadonlySet<GraphQLObjectType>> | undefined;

  constructor(schema: GraphQLSchema, rules: Rules) {
    this.#schema = schema;
    this.#rules = rules;
  }

  /**
   * The types any change of which may change the value of a field, and that purge the object with the field neither as
   * itself nor as what they refer to.
   */
  follows(type: GraphQLObjectType, field: Field): Types {
    let types = this.#follows.get(field);
    if (!types) {
      const isOfEntity = this.#rules.keyFields(type.name) && !isRootType(this.#schema, type);
      const sources = isOfEntity && this.isComputed(type, field) ? this.#sources(type, field) : [];
      types = isOfEntity ? [...new Set([...sources, ...this.#countedFrom(type, field)])] : [];
      this.#follows.set(field, types);
    }
    return types;
  }

  /**
   * Whether a value may be computed: an amount, or a number or truth value that is called like a figure, and that no mutation
   * about its type takes. What is called otherwise, as `likes`, is mostly counted by a mutation of the object itself.
   */
  isComputed(type: GraphQLObjectType, field: Field): boolean {
    if (!isFigure(field) && !this.isAmount(field)) return false;
    if (this.#rules.keyFields(type.name)?.includes(field.name)) return false;
    const isCalledSo = wordsOf(field.name).some((word) => FIGURES.has(word));
    return (isCalledSo || this.isAmount(field)) && !this.isGiven(type, field);
  }

  /** Whether some mutation that is about a type takes a value of this name. */
  isGiven(type: GraphQLObjectType, field: Field): boolean {
    return this.#givenTo(type).has(joinedWords(field.name));
  }

  /** A single object without a key that is made of plain values alone, some of them numbers or amounts: money, a range of prices. */
  isAmount(field: Field): boolean {
    const named = getNamedType(field.type);
    return isObjectType(named) && !hasList(field.type) && this.#isAmountType(named, MOST_NESTED);
  }

  #isAmountType(type: GraphQLObjectType, levels: number): boolean {
    if (levels === 0 || !isKeyless(this.#schema, type, this.#rules)) return false;
    let hasFigures = false;
    for (const field of Object.values(type.getFields())) {
      const named = getNamedType(field.type);
      if (isCompositeType(named)) {
        if (hasList(field.type) || !isObjectType(named) || !this.#isAmountType(named, levels - 1))
          return false;
        hasFigures = true;
      } else hasFigures ||= isFigure(field);
    }
    return hasFigures;
  }

  /**
   * What figures beside a list are made of: its elements, and where these are only part of what holds them, what they refer
   * to: the products in the lines of a cart.
   */
  madeOf(elements: Types, listed: Types, holder: GraphQLCompositeType): Types {
    const made = new Set([...elements, ...listed]);
    for (const one of this.#partsAmong(elements, holder))
      for (const target of this.#measured(one)) made.add(target);
    return [...made];
  }

  /** Whether a list is of what is only part of what holds it: what is called a total beside it may be no count of them. */
  holdsParts(elements: Types, holder: GraphQLCompositeType): boolean {
    return this.#partsAmong(elements, holder).some((one) => this.#measured(one).length > 0);
  }

  #partsAmong(elements: Types, holder: GraphQLCompositeType): readonly GraphQLObjectType[] {
    return elements
      .flatMap((element) => possibleTypes(this.#schema, element))
      .filter((one) => this.#isPart(one, holder));
  }

  #sources(type: GraphQLObjectType, field: Field): ReadonlySet<GraphQLCompositeType> {
    const sources = new Set<GraphQLCompositeType>();
    const isCovered = (one: GraphQLCompositeType): boolean =>
      one === type || possibleTypes(this.#schema, one).every((each) => this.#refersTo(each, type));
    const lists = this.#lists(type);
    const words = wordsOf(field.name);
    const meant = lists.filter(
      ({ name, elements }) =>
        indexOfWords(words, wordsOf(name)) >= 0 ||
        elements.some((one) => indexOfWords(words, wordsOf(one.name)) >= 0),
    );
    for (const { elements } of meant.length > 0 ? meant : lists) {
      for (const one of elements.flatMap((element) => possibleTypes(this.#schema, element))) {
        if (this.#isPart(one, type)) {
          for (const made of [one, ...this.#measured(one)]) if (!isCovered(made)) sources.add(made);
        }
        // A sum over what is listed elsewhere as well: the prices of books in a cart, the lengths of a playlist's tracks.
        else if (!words.includes('count') && this.#hasGivenFigure(one) && !isCovered(one)) sources.add(one);
        // How many there are of them does not change with what they hold.
        if (meant.length > 0 || !this.#refersTo(one, type)) continue;
        for (const further of this.#lists(one).flatMap((list) => list.elements))
          if (further !== one && !isCovered(further) && this.#isPartOf(further, one)) sources.add(further);
      }
    }
    if (this.isAmount(field))
      for (const rate of this.#ratesAbove(type)) if (!isCovered(rate)) sources.add(rate);
    return sources;
  }

  /** What lists objects of a type, and a number of theirs speaks of: a label's `issueCount`, where an issue has labels. */
  #countedFrom(type: GraphQLObjectType, field: Field): readonly GraphQLObjectType[] {
    if (!isFigure(field) || getNamedType(field.type).name === 'Boolean' || this.isGiven(type, field))
      return [];
    const words = wordsOf(field.name);
    if (KEPT.has(words.at(-1)!)) return [];
    return [...this.#listing(type)].filter(
      (one) => one !== type && indexOfWords(words, wordsOf(one.name)) >= 0 && !this.#refersTo(one, type),
    );
  }

  /** The entities that have lists of a type. */
  #listing(type: GraphQLObjectType): ReadonlySet<GraphQLObjectType> {
    this.#listers ??= this.#findListers();
    return this.#listers.get(type) ?? new Set();
  }

  #findListers(): ReadonlyMap<GraphQLObjectType, ReadonlySet<GraphQLObjectType>> {
    const listers = new Map<GraphQLObjectType, Set<GraphQLObjectType>>();
    for (const holder of Object.values(this.#schema.getTypeMap())) {
      if (!isObjectType(holder) || !this.#rules.keyFields(holder.name)) continue;
      for (const { elements } of this.#lists(holder))
        for (const one of elements.flatMap((element) => possibleTypes(this.#schema, element))) {
          const known = listers.get(one);
          if (known) known.add(holder);
          else listers.set(one, new Set([holder]));
        }
    }
    return listers;
  }

  /** What an object refers to, or what that refers to, and of which a mutation sets a number: the tax rate of a product's type. */
  #ratesAbove(type: GraphQLObjectType): readonly GraphQLObjectType[] {
    const near = this.#singles(type);
    const above = new Set([...near, ...near.flatMap((one) => this.#singles(one))]);
    return [...above].filter((one) => this.#hasGivenFigure(one));
  }

  /** Whether a mutation sets a number of it that others may be computed from. */
  #hasGivenFigure(type: GraphQLObjectType): boolean {
    return Object.values(type.getFields()).some(
      (field) =>
        isFigure(field) &&
        getNamedType(field.type).name !== 'Boolean' &&
        !KEPT.has(wordsOf(field.name).at(-1) ?? '') &&
        this.isGiven(type, field),
    );
  }

  /** Whether what lists objects of a type is what they refer to, or what they are part of. */
  #isPartOf(type: GraphQLCompositeType, owner: GraphQLObjectType): boolean {
    return possibleTypes(this.#schema, type).some(
      (one) => this.#refersTo(one, owner) || this.#isPart(one, owner),
    );
  }

  #lists(type: GraphQLObjectType): readonly { readonly name: string; readonly elements: Types }[] {
    return Object.values(type.getFields()).flatMap((field) => {
      const elements = elementTypes(this.#schema, field.type, this.#rules);
      return elements.length > 0 ? [{ name: field.name, elements }] : [];
    });
  }

  /** What lines are about, which say how much of it: a number of them, or an amount. */
  #measured(line: GraphQLObjectType): readonly GraphQLObjectType[] {
    const touches = touchesOf(this.#schema, this.#rules);
    return touches.hasFigures(line) ? this.#singles(line) : [];
  }

  /** The entities that an object refers to one by one. */
  #singles(type: GraphQLObjectType): readonly GraphQLObjectType[] {
    const touches = touchesOf(this.#schema, this.#rules);
    return touches.references(type).flatMap((field) => touches.targetsOf(field));
  }

  #refersTo(type: GraphQLObjectType, target: GraphQLObjectType): boolean {
    return this.#singles(type).includes(target);
  }

  /** Whether objects of a type have no key, or are met in what holds them alone: the lines of a cart. */
  #isPart(type: GraphQLObjectType, holder: GraphQLCompositeType): boolean {
    if (!this.#rules.keyFields(type.name)) return true;
    this.#holders ??= this.#findHolders();
    const holders = this.#holders.get(type.name);
    return holders !== undefined && holders.size === 1 && holders.has(holder.name);
  }

  /** Object type -> the types with a field that leads to it. Pages and edges are only on the way. */
  #findHolders(): ReadonlyMap<string, ReadonlySet<string>> {
    const holders = new Map<string, Set<string>>();
    for (const holder of Object.values(this.#schema.getTypeMap())) {
      if (!isObjectType(holder) || !isReachable(this.#schema, this.#rules, holder.name)) continue;
      const isPage = connectionNode(holder, this.#rules) ?? edgeNode(holder, this.#rules);
      if (isPage && !isRootType(this.#schema, holder)) continue;
      for (const [name, target] of relationsOf(this.#schema, this.#rules, holder)) {
        // What finds anything by its id says nothing of where it belongs.
        if (holder === this.#schema.getQueryType() && /^nodes?$/.test(name)) continue;
        for (const { name: held } of possibleTypes(this.#schema, target)) {
          const known = holders.get(held);
          if (known) known.add(holder.name);
          else holders.set(held, new Set([holder.name]));
        }
      }
    }
    return holders;
  }

  /** The names of all that the mutations take that are about a type. */
  #givenTo({ name }: GraphQLObjectType): ReadonlySet<string> {
    this.#given ??= this.#findGiven();
    return this.#given.get(name) ?? NOTHING;
  }

  #findGiven(): ReadonlyMap<string, ReadonlySet<string>> {
    const given = new Map<string, Set<string>>();
    const touches = touchesOf(this.#schema, this.#rules);
    for (const { field } of touches.all) {
      const { subjects, carried } = touches.of(field);
      const about = new Set([...carried, ...subjects.flatMap((type) => possibleTypes(this.#schema, type))]);
      const names = about.size > 0 ? namesWithin(field) : NOTHING;
      for (const type of about) {
        const known = given.get(type.name) ?? new Set();
        given.set(type.name, known);
        for (const one of names) known.add(one);
      }
    }
    return given;
  }
}

const NOTHING: ReadonlySet<string> = new Set();

function isFigure({ name, type }: Field): boolean {
  if (hasList(type)) return false;
  const named = getNamedType(type);
  if (isCompositeType(named) || isEnumType(named)) return false;
  if (/^(int|float|boolean)$|bigint|long|decimal|numeric|number|money/i.test(named.name)) return true;
  return named.name === 'String' && wordsOf(name).some((word) => FIGURES.has(word));
}

/** The names of arguments and of all within them. */
function namesWithin({ args }: Field): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<GraphQLInputType>();
  const open: { readonly name: string; readonly type: GraphQLInputType }[] = [...args];
  for (let next = open.pop(); next; next = open.pop()) {
    names.add(joinedWords(next.name));
    const named = getNamedType(next.type);
    if (!isInputObjectType(named) || seen.has(named)) continue;
    seen.add(named);
    open.push(...Object.values(named.getFields()));
  }
  return names;
}

const known = new WeakMap<Rules, Computed>();

/** What the values of a schema's objects are computed from. */
export function computedValues(schema: GraphQLSchema, rules: Rules): Computed {
  let computed = known.get(rules);
  if (!computed) known.set(rules, (computed = new Computed(schema, rules)));
  return computed;
}
