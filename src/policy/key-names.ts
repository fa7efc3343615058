import {
  getNamedType,
  getNullableType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isScalarType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { typeTag } from '../purge/tag';
import { chooses } from './argument-paths';
import type { MutationName } from './mutation-name';
import { Named, tellingWords, type Called, type Meaning, type NamedEntities } from './named-entities';
import type { Rules } from './rules';
import { possibleTypes, relationsOf } from './type-shape';
import { wordsOf } from './name-words';
import { typeNames, type TypeNames } from './type-names';
import { isUnique, uniqueIn } from './unique-values';

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

/** What conditions are called of which one is enough, or that are not to be met. */
const ALTERNATIVE = /^_?(?:or|nor|not|none|every)$/i;

/**
 * Whether what a value of these names is the key of is certain to be meant: not in a condition through something else, as in
 * `where: { comments: { some: { userId: 7 } } }`, nor beside others that would do.
 */
function isSure(names: readonly string[], { isGuess, owners }: Called): boolean {
  if (isGuess || names.some((name) => ALTERNATIVE.test(name))) return false;
  return owners === undefined || !names.some(chooses);
}

/** A field of a payload that holds keys. */
export interface PayloadKey {
  readonly field: string;
  readonly types: readonly GraphQLObjectType[];
}

/** Words of objects around the values of others, which say nothing of what those are about. */
const WRAPPERS: ReadonlySet<string> = new Set(
  'and any args arguments attributes changes columns connect create data delete disconnect disconnects every filter filters find fields input inputs is item items key keys match none nor not object objects on or params patch pk record records remove set some unique update upsert values where with'.split(
    ' ',
  ),
);

/** What filters and patches put behind the name of a field: `{ id: { _eq: 7 } }`. */
const OPERATORS: ReadonlySet<string> = new Set(['eq', 'equal', 'equals', 'equalto', 'in', 'oneof', 'set']);

/** Values looked at, and entities named one by one: of what a request sends more of, all of the types are purged. */
const MOST_VALUES = 5000;
const MOST_NAMED = 500;
/** Input fields looked at, and levels of them, to say beforehand what can be named. */
const MOST_FIELDS = 500;
const MOST_LEVELS = 4;
/** An interface or union of more types than these is named by too many tags. */
const MOST_TYPES = 16;

/**
 * Finds in the arguments of one mutation, and in what it returns, the keys of entities, by what they are called:
 * - the key itself, of what the mutation's name is about: `id`, `where: { id }`, `sku` and `region` of a key of two;
 * - a type, or a field that leads to one, be it of what is made within, and its key: `authorId`, `author_id`, `post: { id }`, `author: { connect: { id } }`,
 *   `newOwnerId`, `tagName` where a Tag is known by its name;
 * - the type or field alone, where the value is an ID: `author`;
 * - a key that no other type has: `upc`.
 *
 * Where its name is about nothing, `delete(id: 7)`, a mere key may be that of anything it returns: of all of that.
 */
export class KeyNames {
  readonly #schema: GraphQLSchema;
  readonly #rules: Rules;
  readonly #field: GraphQLField<unknown, unknown>;
  readonly #subjects: readonly GraphQLCompositeType[];
  readonly #carried: readonly GraphQLObjectType[];
  /** its name says nothing of what it is about */
  readonly #isNameless: boolean;
  readonly #types: TypeNames;
  /** fields of the types in question that lead to others, by their words */
  readonly #relations = new Map<string, GraphQLCompositeType>();
  /** the same of each type that something within the arguments is about */
  readonly #relationsOf = new Map<GraphQLObjectType, ReadonlyMap<string, GraphQLCompositeType>>();
  readonly #found = new Map<string, Meaning>();
  #possible: readonly NamingArgument[] | undefined;
  /** by the first object or list among its arguments: of a variable the same one is given to each field that takes it */
  readonly #looked = new WeakMap<object, { readonly args: Args; readonly named: NamedEntities }>();

  /**
   * @param types what the mutation's name is about
   * @param carried what it returns
   */
  constructor(
    { schema, rules }: { readonly schema: GraphQLSchema; readonly rules: Rules },
    field: GraphQLField<unknown, unknown>,
    { types: subjects, areSeveral }: Pick<MutationName, 'types' | 'areSeveral'>,
    carried: readonly GraphQLObjectType[],
  ) {
    this.#schema = schema;
    this.#rules = rules;
    this.#field = field;
    // Where it is about several, a mere `id` is that of what it returns.
    this.#subjects = areSeveral ? carried.filter((type) => subjects.includes(type)) : subjects;
    this.#carried = carried;
    this.#isNameless = subjects.length === 0;
    this.#types = typeNames(schema, rules);
    const types = new Set([...subjects, ...(carried.length > MOST_TYPES ? [] : carried)]);
    for (const type of types) {
      if (!isObjectType(type)) continue;
      for (const [words, target] of this.#relationsFrom(type))
        if (!this.#relations.has(words)) this.#relations.set(words, target);
    }
  }

  #relationsFrom(type: GraphQLObjectType): ReadonlyMap<string, GraphQLCompositeType> {
    let relations = this.#relationsOf.get(type);
    if (relations) return relations;
    const found = [...relationsOf(this.#schema, this.#rules, type)];
    relations = new Map(found.toReversed().map(([name, target]) => [wordsOf(name).join(''), target]));
    this.#relationsOf.set(type, relations);
    return relations;
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
    const named = new Named((type) => this.#rules.tagName(type));
    const valued = new Set<string>();
    let left = MOST_VALUES;
    const composite = (names: readonly string[], values: Readonly<Record<string, unknown>>): void => {
      for (const type of this.#ofSeveralParts(names)) {
        const key = this.#rules.keyFields(type.name)!.map((part) => values[part]);
        const around = this.#context(names);
        const meaning = { types: [type], called: undefined, isSubject: around.isSubject === true };
        named.add(meaning, key, isSure(names, around));
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
        const meaning = this.#meaningOf(names);
        named.add(meaning, [value], isSure(names, meaning) && this.#isKeyType(nullable, meaning.types));
        const shared = this.#uniqueOf(names);
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

  /**
   * The fields of a payload that tell the key of what the mutation is about: `id`, `deletedPostId`, `documentIds`. Only
   * those of which that is certain; where nothing says what that is, what may be null, as no client may have asked for it.
   */
  inPayload(type: GraphQLObjectType): readonly PayloadKey[] {
    return Object.values(type.getFields()).flatMap((field) => {
      if (!isLeafType(getNamedType(field.type)) || field.args.some(isRequiredArgument)) return [];
      const { types, isGuess } = this.#keyOf(tellingWords(field.name), this.#context([])) ?? NOTHING;
      if (types.length === 0 || (isGuess && isNonNullType(field.type))) return [];
      const isKey = this.#isKeyType(getNamedType(field.type) as GraphQLInputType, types);
      return isKey ? [{ field: field.name, types }] : [];
    });
  }

  /** The arguments that can name entities, whatever is sent. Those far down in nested inputs are left out. */
  get possible(): readonly NamingArgument[] {
    return (this.#possible ??= this.#findPossible());
  }

  #findPossible(): readonly NamingArgument[] {
    const possible: NamingArgument[] = [];
    let left = MOST_FIELDS;
    const composite = (names: readonly string[], fields: ReadonlySet<string>, isMany: boolean): void => {
      for (const { name } of this.#ofSeveralParts(names)) {
        const parts = this.#rules.keyFields(name)!;
        if (!parts.every((part) => fields.has(part))) continue;
        const path = [...names, parts.join(' and ')].join('.');
        possible.push({ path, types: [name], isMany, isCertain: isSure(names, this.#context(names)) });
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
      const meaning = this.#meaningOf(names);
      if (meaning.types.length === 0) return;
      const types = meaning.types.map(({ name }) => name);
      const isCertain = isSure(names, meaning) && this.#isKeyType(named, meaning.types);
      possible.push({ path: names.join('.'), types, isMany, isCertain });
    };
    composite([], new Set(this.#field.args.map(({ name }) => name)), false);
    for (const { name, type } of this.#field.args) visit(type, [name], false);
    return possible;
  }

  /** The types that an object of these names within the arguments is about, with a key or without; none where nothing says. */
  about(names: readonly string[]): readonly GraphQLObjectType[] {
    const { types, isGuess } = this.#context(names);
    return isGuess ? [] : types.flatMap((type) => possibleTypes(this.#schema, type));
  }

  /** The types with a key of several parts that an object of these names may be about. */
  #ofSeveralParts(names: readonly string[]): readonly GraphQLObjectType[] {
    return this.#entities(this.#context(names).types).filter(
      ({ name }) => (this.#rules.keyFields(name)?.length ?? 0) > 1,
    );
  }

  /** What a value of these names is the key of. */
  #meaningOf(names: readonly string[]): Meaning {
    const text = names.join('.');
    const known = this.#found.get(text);
    if (known) return known;
    const found = this.#find(names);
    // A schema has so many names: what clients send is read along its types.
    this.#found.set(text, found);
    return found;
  }

  #find(path: readonly string[]): Meaning {
    const names = [...path];
    while (names.length > 1 && OPERATORS.has(wordsOf(names.at(-1)!).join(''))) names.pop();
    const words = wordsOf(names.at(-1)!);
    const around = this.#context(names.slice(0, -1));
    const found = this.#keyOf(words, around);
    if (found && !found.isGuess) return found;
    const alone = this.#called(words, around);
    const types = this.#entities(alone.types).filter(({ name }) => this.#rules.keyFields(name)?.length === 1);
    if (types.length > 0 && this.#isId(path)) return { ...alone, types };
    const unique = this.#uniqueKey(words, around.isGuess ? [] : around.types);
    if (unique.length > 0) return { types: unique, called: undefined };
    return found ?? this.#calledById(words, around);
  }

  /** The types of which a value of these names should be one object's alone: a slug, also where it is only set. */
  #uniqueOf(path: readonly string[]): readonly GraphQLObjectType[] {
    const names = [...path];
    while (names.length > 1 && OPERATORS.has(wordsOf(names.at(-1)!).join(''))) names.pop();
    const name = names.at(-1)!;
    return isUnique(name) ? uniqueIn(this.#entities(this.#context(names.slice(0, -1)).types), name) : [];
  }

  /** What a value of these words is the key of: of what stands around it, or of what the words name with it. */
  #keyOf(words: readonly string[], around: Called): Meaning | undefined {
    const own = this.#entities(around.types).filter((type) => this.#isKey(type, words));
    if (own.length > 0 && !around.isGuess) return { ...around, types: own };
    for (let end = words.length - 1; end > 0; end--) {
      const called = this.#called(words.slice(0, end), around);
      const found = this.#entities(called.types).filter((type) => this.#isKey(type, words.slice(end)));
      if (found.length > 0) return { ...called, types: found };
    }
    return own.length > 0 ? { ...around, types: own } : undefined;
  }

  /** `authorId`, where an Author is known by its `rowId`: it may be that. */
  #calledById(words: readonly string[], around: Called): Meaning {
    if (words.length < 2 || !/^ids?$/.test(words.at(-1)!)) return NOTHING;
    const called = this.#called(words.slice(0, -1), around);
    const types = this.#entities(called.types).filter(({ name }) => {
      const keys = this.#rules.keyFields(name)!;
      return keys.length === 1 && wordsOf(keys[0]!).at(-1) === 'id';
    });
    return { ...called, types, isGuess: true };
  }

  /** What the nearest of these names that says anything is about; where none does, the mutation's own subject, or all it may be. */
  #context(names: readonly string[]): Called {
    const last = names.at(-1);
    if (last === undefined) {
      if (this.#isNameless) return { types: this.#carried, called: null, isGuess: true };
      return { types: this.#subjects, called: undefined, isSubject: true };
    }
    const around = this.#context(names.slice(0, -1));
    // As it stands in a connection: `connect: { where: { node: { id: 7 } } }`.
    if (last === 'node') return around;
    const words = wordsOf(last);
    const telling = words.filter((word) => !WRAPPERS.has(word));
    if (telling.length > 0) return this.#called(telling, around);
    const types = this.#types.named(words);
    return types.length > 0 ? { types, called: undefined } : around;
  }

  /**
   * A type or a relation of these words, or of the last of them: `newOwner` is an owner.
   * @param around whose relation it is, before those of what the mutation is about
   */
  #called(words: readonly string[], around: Called): Called {
    // A `nodeId` is a key of its own, and no id of the interface Node.
    if (words.at(-1) === 'node') return NOTHING;
    const within = around.isSubject || around.isGuess ? [] : this.#entities(around.types);
    const owners: Pick<Called, 'owners'> =
      within.length > 0 ? { owners: within.map(({ name }) => name) } : {};
    const relations = [...within.map((type) => this.#relationsFrom(type)), this.#relations];
    for (let start = 0; start < words.length; start++) {
      const rest = words.slice(start).join('');
      const relation = relations
        .map((known) => known.get(rest) ?? known.get(`${rest}s`))
        .find((target) => target !== undefined);
      const found = this.#types.named(words.slice(start));
      const types = relation ? [...new Set([relation, ...found])] : found;
      if (types.length === 0) continue;
      // `createPost(post: { ... })` is about the post all the same.
      if (start === 0 && !relation && !owners.owners && this.#areSubject(types))
        return { types, called: undefined, isSubject: true };
      // The new owner is not the one that there is.
      return { types, called: start > 0 ? null : relation ? rest : undefined, ...owners };
    }
    return { types: this.#types.endingIn(words), called: null, ...owners };
  }

  #areSubject(types: readonly GraphQLCompositeType[]): boolean {
    const subjects: readonly GraphQLCompositeType[] = this.#isNameless ? this.#carried : this.#subjects;
    return types.some((type) => subjects.includes(type));
  }

  #entities(types: readonly GraphQLCompositeType[]): readonly GraphQLObjectType[] {
    const entities = types.flatMap((type) =>
      possibleTypes(this.#schema, type).filter(({ name }) => this.#rules.keyFields(name)),
    );
    return entities.length > MOST_TYPES ? [] : [...new Set(entities)];
  }

  /** Whether words are the name of a type's only key field, one of it or many: `id`, `ids`, `_id`. */
  #isKey({ name }: GraphQLObjectType, words: readonly string[]): boolean {
    const keys = this.#rules.keyFields(name);
    if (keys?.length !== 1) return false;
    const key = wordsOf(keys[0]!).join('');
    const said = words.join('');
    return said === key || said === `${key}s`;
  }

  /** A key field of no more than one type, and no field of what stands around it. */
  #uniqueKey(
    words: readonly string[],
    around: readonly GraphQLCompositeType[],
  ): readonly GraphQLObjectType[] {
    const own = around.some(
      (type) =>
        isObjectType(type) &&
        Object.keys(type.getFields()).some((field) => wordsOf(field).join('') === words.join('')),
    );
    if (own || /^(node)?ids?$/.test(words.join(''))) return [];
    const found = this.#types.keyed(this.#rules).filter((type) => this.#isKey(type, words));
    return found.length === 1 ? found : [];
  }

  #isId(path: readonly string[]): boolean {
    const type = this.#typeAt(path);
    return type !== undefined && getNamedType(type).name === 'ID';
  }

  #typeAt([first, ...rest]: readonly string[]): GraphQLInputType | undefined {
    let type = this.#field.args.find(({ name }) => name === first)?.type;
    for (const name of rest) {
      const named: GraphQLInputType | undefined = type && getNamedType(type);
      type = isInputObjectType(named) ? named.getFields()[name]?.type : undefined;
    }
    return type;
  }

  /** A number where the key is an ID may be another one: global ids are texts, and made of numbers that are not global. */
  #isKeyType(type: GraphQLInputType, found: readonly GraphQLObjectType[]): boolean {
    const given = getNamedType(type);
    if (!isScalarType(given)) return false;
    return found.every((one) => {
      const key = getNamedType(one.getFields()[this.#rules.keyFields(one.name)![0]!]!.type);
      return given.name === key.name || given.name === 'ID' || (key.name === 'ID' && given.name === 'String');
    });
  }
}

const NOTHING: Meaning = { types: [], called: null };
