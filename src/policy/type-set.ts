import { LRUCache } from 'lru-cache';
import {
  getNamedType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { fieldLimit, privacyOf, strictest, type FieldLimit, type Privacy } from './field-limit';
import type { Rules } from './rules';
import { isRootType } from './type-shape';

/** What one field means for an answer, over all object types it may be executed on. */
export interface FieldMeaning {
  /** the coordinate of a private definition; undefined: public on every type */
  readonly privateBy: string | undefined;
  /** it is private, unless it returned what is not: see `Privacy` */
  readonly isOpen: boolean;
  /** the smallest limit on any of the types; undefined: it inherits on all of them */
  readonly least: FieldLimit | undefined;
  /** the largest limit, when it limits on every one of the types */
  readonly bound: FieldLimit | undefined;
  /** false when on any of the types the limit is the default */
  readonly isDeclared: boolean;
  /** the types below it; empty for a leaf */
  readonly below: readonly TypeSet[];
  /** true when the value is always one object: neither null nor a list, which may be empty */
  readonly isCertain: boolean;
}

/** What one field means on one object type. */
interface FieldFacts {
  readonly coordinate: string;
  readonly limit: FieldLimit | undefined;
  readonly privacy: Privacy;
  readonly below: TypeSet | undefined;
  readonly isOneObject: boolean;
}

/** Pairs of types whose common ones are kept: a large schema has thousands, and any client can name them. */
const MOST_COMMON = 1000;

/** The object types that a value in one place of an answer may have. */
export class TypeSet {
  readonly types: ReadonlySet<GraphQLObjectType>;
  readonly #meanings = new Map<string, FieldMeaning>();
  readonly #source: TypeSets;
  #withoutRoots: TypeSet | undefined;

  /** @param name of the type of which these are all */
  constructor(
    source: TypeSets,
    types: Iterable<GraphQLObjectType>,
    readonly name?: string,
  ) {
    this.#source = source;
    this.types = new Set(types);
  }

  /**
   * For a key that is used only for comparison. There is only one object of a root type, identified by the type, so
   * a declaration about its own key, as on GitHub's Query, does not affect clients that see the other types.
   */
  get withoutRoots(): TypeSet {
    return (this.#withoutRoots ??= this.#source.withoutRoots(this));
  }

  /** @returns undefined for a field that none of the types has */
  meaning(field: string): FieldMeaning | undefined {
    const known = this.#meanings.get(field);
    if (known) return known;
    const meaning = this.#source.meaningOf(this, field);
    // Remembered for the schema's own fields only, so that what clients invent takes no memory.
    if (meaning) this.#meanings.set(field, meaning);
    return meaning;
  }
}

/** The type sets of one schema: one for each composite type, made when it is first met. */
export class TypeSets {
  readonly #ofType = new Map<string, TypeSet>();
  readonly #facts = new Map<string, Map<string, FieldFacts>>();
  /** the types that two composite types have in common, by their names: what a field of them means is then known */
  readonly #common = new LRUCache<string, TypeSet>({ max: MOST_COMMON });
  readonly #schema: GraphQLSchema;
  readonly #rules: Rules;

  constructor(schema: GraphQLSchema, rules: Rules) {
    this.#schema = schema;
    this.#rules = rules;
  }

  ofType(type: GraphQLCompositeType): TypeSet {
    const known = this.#ofType.get(type.name);
    if (known) return known;
    const types = isObjectType(type) ? [type] : this.#schema.getPossibleTypes(type);
    const set = new TypeSet(this, types, type.name);
    this.#ofType.set(type.name, set);
    return set;
  }

  /**
   * The types of a set that a fragment applies to. The set itself when that is all of them, so that a fragment which
   * narrows nothing changes nothing.
   */
  narrow(set: TypeSet, condition: string): TypeSet {
    const type = this.#schema.getType(condition);
    if (!isCompositeType(type)) return new TypeSet(this, []);
    const possible = this.ofType(type);
    if (possible === set) return set;
    if (set.name === undefined) return this.#inBoth(set, possible);
    const name = `${set.name} ${condition}`;
    let common = this.#common.get(name);
    if (!common) this.#common.set(name, (common = this.#inBoth(set, possible)));
    return common;
  }

  #inBoth(set: TypeSet, possible: TypeSet): TypeSet {
    const both = [...set.types].filter((one) => possible.types.has(one));
    if (both.length === set.types.size) return set;
    return both.length === possible.types.size ? possible : new TypeSet(this, both);
  }

  /** For {@link TypeSet} only. The set itself where it has none. */
  withoutRoots(set: TypeSet): TypeSet {
    const others = [...set.types].filter((type) => !isRootType(this.#schema, type));
    return others.length === set.types.size ? set : new TypeSet(this, others);
  }

  /** For {@link TypeSet} only. */
  meaningOf(set: TypeSet, field: string): FieldMeaning | undefined {
    const facts = [...set.types].flatMap((type) => this.#factsOf(type, field) ?? []);
    if (facts.length === 0) return undefined;
    const limits = facts.map(({ limit }) => limit);
    const isAlwaysLimited = limits.every((limit) => limit !== undefined);
    const deciding =
      facts.find(({ privacy }) => privacy === 'private') ?? facts.find(({ privacy }) => privacy === 'open');
    return {
      privateBy: deciding?.coordinate,
      isOpen: deciding?.privacy === 'open',
      least: limits.reduce(strictest, undefined),
      bound: isAlwaysLimited ? limits.reduce((a, b) => (b.maxAge > a.maxAge ? b : a)) : undefined,
      isDeclared: limits.every((limit) => limit?.declared !== false),
      below: [...new Set(facts.flatMap(({ below }) => below ?? []))],
      isCertain: facts.every(({ isOneObject }) => isOneObject),
    };
  }

  #factsOf(type: GraphQLObjectType, name: string): FieldFacts | undefined {
    let facts = this.#facts.get(type.name);
    if (!facts) this.#facts.set(type.name, (facts = new Map()));
    const known = facts.get(name);
    if (known) return known;
    const field = type.getFields()[name];
    if (!field) return undefined;
    const named = getNamedType(field.type);
    const made: FieldFacts = {
      coordinate: `${type.name}.${name}`,
      limit: fieldLimit(this.#schema, this.#rules, type.name, field),
      privacy: privacyOf(this.#schema, this.#rules, type, field),
      below: isCompositeType(named) ? this.ofType(named) : undefined,
      isOneObject: isNonNullType(field.type) && !isListType(field.type.ofType),
    };
    facts.set(name, made);
    return made;
  }
}
