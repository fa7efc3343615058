import {
  getNamedType,
  getNullableType,
  isInputObjectType,
  isLeafType,
  isListType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { typeTag } from '../purge/tag';
import { KeyMeanings } from './key-meanings';
import type { MutationName } from './mutation-name';
import { Named, type NamedEntities } from './named-entities';
import type { Rules } from './rules';

/** An argument, or a field within one, that can name entities. */
export interface NamingArgument {
  /** `input.post.authorId` */
  readonly path: string;
  readonly types: readonly string[];
  /** several at once */
  readonly isMany: boolean;
  readonly isCertain: boolean;
}

type Args = Readonly<Record<string, unknown>>;

/** Whether they are the very same values. */
function isSame(one: Args, other: Args): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

/** A field of a payload that holds keys. */
export interface PayloadKey {
  readonly field: string;
  readonly types: readonly GraphQLObjectType[];
}

/** Values looked at, and entities named one by one: of what a request sends more of, all of the types are purged. */
const MOST_VALUES = 5000;
const MOST_NAMED = 500;
/** Input fields looked at, and levels of them, to say beforehand what can be named. */
const MOST_FIELDS = 500;
const MOST_LEVELS = 4;

/**
 * Finds the keys of entities in the arguments of one mutation and in what it returns. It walks them; {@link
 * KeyMeanings} says what a name there means.
 */
export class KeyNames {
  readonly #rules: Rules;
  readonly #field: GraphQLField<unknown, unknown>;
  readonly #meanings: KeyMeanings;
  #possible: readonly NamingArgument[] | undefined;
  /** by the first object or list among its arguments: of a variable the same one is given to each field that takes it */
  readonly #looked = new WeakMap<object, { readonly args: Args; readonly named: NamedEntities }>();

  /**
   * @param name what the mutation's name is about
   * @param carried what it returns
   */
  constructor(
    policy: { readonly schema: GraphQLSchema; readonly rules: Rules },
    field: GraphQLField<unknown, unknown>,
    name: Pick<MutationName, 'types' | 'areSeveral'>,
    carried: readonly GraphQLObjectType[],
  ) {
    this.#rules = policy.rules;
    this.#field = field;
    this.#meanings = new KeyMeanings(policy, field, name, carried);
  }

  /** @param args coerced values of the field's arguments */
  in(args: Args): NamedEntities {
    const first = Object.values(args).find((value) => typeof value === 'object' && value !== null);
    if (first === undefined || first === null) return this.#lookIn(args);
    const known = this.#looked.get(first);
    if (known && isSame(known.args, args)) return known.named;
    const named = this.#lookIn(args);
    this.#looked.set(first, { args, named });
    return named;
  }

  #lookIn(args: Args): NamedEntities {
    const meanings = this.#meanings;
    const named = new Named((type) => this.#rules.tagName(type));
    const valued = new Set<string>();
    let left = MOST_VALUES;
    const composite = (names: readonly string[], values: Readonly<Record<string, unknown>>): void => {
      for (const { parts, meaning, isCertain } of meanings.ofSeveralParts(names)) {
        const key = parts.map((part) => values[part]);
        named.add(meaning, key, isCertain);
      }
    };
    const visit = (type: GraphQLInputType, value: unknown, names: readonly string[]): void => {
      if (value === null || value === undefined || --left < 0) return;
      const nullable = getNullableType(type);
      if (isListType(nullable)) {
        for (const item of Array.isArray(value) ? value : [value]) visit(nullable.ofType, item, names);
      } else if (isInputObjectType(nullable) && typeof value === 'object') {
        const fields = value as Record<string, unknown>;
        composite(names, fields);
        for (const { name, type: of } of Object.values(nullable.getFields()))
          visit(of, fields[name], [...names, name]);
      } else {
        const meaning = meanings.at(names);
        named.add(meaning, [value], meanings.isCertain(names, meaning, nullable));
        const shared = meanings.uniqueAt(names);
        for (const type of shared) valued.add(type.name);
        named.addUnique(shared, value);
      }
    };
    composite([], args);
    for (const { name, type } of this.#field.args) visit(type, args[name], [name]);
    if (left < 0 || named.tags.size > MOST_NAMED) {
      // So many that they are not named one by one.
      named.tags.clear();
      for (const { types } of [...this.possible, { types: valued }])
        for (const type of types) named.tags.add(typeTag(this.#rules.tagName(type)));
    }
    return named;
  }

  /** The fields of a payload that tell the key of what the mutation is about: `id`, `deletedPostId`, `documentIds`. */
  inPayload(type: GraphQLObjectType): readonly PayloadKey[] {
    return Object.values(type.getFields()).flatMap((field) => {
      if (!isLeafType(getNamedType(field.type)) || field.args.some(isRequiredArgument)) return [];
      const types = this.#meanings.ofPayloadField(field);
      return types.length > 0 ? [{ field: field.name, types }] : [];
    });
  }

  /** The types that an object within the arguments is about: see {@link KeyMeanings.about}. */
  about(names: readonly string[]): readonly GraphQLObjectType[] {
    return this.#meanings.about(names);
  }

  /** The arguments that can name entities, whatever is sent. Those far down in nested inputs are left out. */
  get possible(): readonly NamingArgument[] {
    return (this.#possible ??= this.#findPossible());
  }

  #findPossible(): readonly NamingArgument[] {
    const meanings = this.#meanings;
    const possible: NamingArgument[] = [];
    let left = MOST_FIELDS;
    const composite = (names: readonly string[], fields: ReadonlySet<string>, isMany: boolean): void => {
      for (const { parts, meaning, isCertain } of meanings.ofSeveralParts(names)) {
        if (!parts.every((part) => fields.has(part))) continue;
        const path = [...names, parts.join(' and ')].join('.');
        possible.push({ path, types: meaning.types.map(({ name }) => name), isMany, isCertain });
      }
    };
    const visit = (type: GraphQLInputType, names: readonly string[], isWithinList: boolean): void => {
      if (--left < 0) return;
      const named = getNamedType(type);
      const isMany = isWithinList || isListType(getNullableType(type));
      if (isInputObjectType(named)) {
        if (names.length >= MOST_LEVELS) return;
        const fields = named.getFields();
        composite(names, new Set(Object.keys(fields)), isMany);
        for (const { name, type: of } of Object.values(fields)) visit(of, [...names, name], isMany);
        return;
      }
      const meaning = meanings.at(names);
      if (meaning.types.length === 0) return;
      const types = meaning.types.map(({ name }) => name);
      const isCertain = meanings.isCertain(names, meaning, named);
      possible.push({ path: names.join('.'), types, isMany, isCertain });
    };
    composite([], new Set(this.#field.args.map(({ name }) => name)), false);
    for (const { name, type } of this.#field.args) visit(type, [name], false);
    return possible;
  }
}
