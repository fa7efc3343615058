import {
  getNamedType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
  isScalarType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { chooses } from './argument-paths';
import type { MutationName } from './mutation-name';
import { tellingWords, type Called, type Meaning } from './named-entities';
import { wordsOf } from './name-words';
import type { Rules } from './rules';
import { typeNames, type TypeNames } from './type-names';
import { possibleTypes, relationsOf } from './type-shape';
import { isUnique, uniqueIn } from './unique-values';

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

/** Words of objects around the values of others, which say nothing of what those are about. */
const WRAPPERS: ReadonlySet<string> = new Set(
  'and any args arguments attributes changes columns connect create data delete disconnect disconnects every filter filters find fields input inputs is item items key keys match none nor not object objects on or params patch pk record records remove set some unique update upsert values where with'.split(
    ' ',
  ),
);

/** What filters and patches put behind the name of a field: `{ id: { _eq: 7 } }`. */
const OPERATORS: ReadonlySet<string> = new Set(['eq', 'equal', 'equals', 'equalto', 'in', 'oneof', 'set']);

/** `['id']` of `['id', '_eq']`. */
function withoutOperators(path: readonly string[]): readonly string[] {
  const names = [...path];
  while (names.length > 1 && OPERATORS.has(wordsOf(names.at(-1)!).join(''))) names.pop();
  return names;
}

/** An interface or union of more types than these is named by too many tags. */
const MOST_TYPES = 16;

const NOTHING: Meaning = { types: [], called: null };

/** A key of several parts. */
export interface KeyOfParts {
  /** the names of its fields */
  readonly parts: readonly string[];
  readonly meaning: Meaning;
  readonly isCertain: boolean;
}

/**
 * What names mean in the arguments of one mutation, and in what it returns: of which entities a value that is called so is the key.
 * - the key itself, of what the mutation's name is about: `id`, `where: { id }`, `sku` and `region` of a key of two;
 * - a type, or a field that leads to one, be it of what is made within, and its key: `authorId`, `author_id`, `post: { id }`, `author: { connect: { id } }`,
 *   `newOwnerId`, `tagName` where a Tag is known by its name;
 * - the type or field alone, where the value is an ID: `author`;
 * - a key that no other type has: `upc`.
 *
 * Where its name is about nothing, `delete(id: 7)`, a mere key may be that of anything it returns: of all of that.
 *
 * A place in the arguments is told by the names that lead there: `['input', 'post', 'authorId']`.
 */
export class KeyMeanings {
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

  /** What a value here is the key of. */
  at(names: readonly string[]): Meaning {
    const text = names.join('.');
    const known = this.#found.get(text);
    if (known) return known;
    const found = this.#find(names);
    // A schema has so many names: what clients send is read along its types.
    this.#found.set(text, found);
    return found;
  }

  /**
   * Whether a value here is certain to be the key that it may be.
   * @param type of the value
   */
  isCertain(names: readonly string[], meaning: Meaning, type: GraphQLInputType): boolean {
    return isSure(names, meaning) && this.#isKeyType(type, meaning.types);
  }

  /** The types with a key of several parts that an object here may be about. */
  ofSeveralParts(names: readonly string[]): readonly KeyOfParts[] {
    const around = this.#context(names);
    return this.#entities(around.types).flatMap((type) => {
      const parts = this.#rules.keyFields(type.name) ?? [];
      if (parts.length < 2) return [];
      const meaning = { types: [type], called: undefined, isSubject: around.isSubject === true };
      return [{ parts, meaning, isCertain: isSure(names, around) }];
    });
  }

  /** The types of which a value here should be one object's alone: a slug, also where it is only set. */
  uniqueAt(path: readonly string[]): readonly GraphQLObjectType[] {
    const names = withoutOperators(path);
    const name = names.at(-1)!;
    return isUnique(name) ? uniqueIn(this.#entities(this.#context(names.slice(0, -1)).types), name) : [];
  }

  /** The types that an object here is about, with a key or without; none where nothing says. */
  about(names: readonly string[]): readonly GraphQLObjectType[] {
    const { types, isGuess } = this.#context(names);
    return isGuess ? [] : types.flatMap((type) => possibleTypes(this.#schema, type));
  }

  /**
   * The types whose key a field of a payload is certain to hold; where nothing says what the mutation is about, only of a field
   * that may be null, as no client may have asked for it.
   */
  ofPayloadField(field: GraphQLField<unknown, unknown>): readonly GraphQLObjectType[] {
    const { types, isGuess } = this.#keyOf(tellingWords(field.name), this.#context([])) ?? NOTHING;
    if (types.length === 0 || (isGuess && isNonNullType(field.type))) return [];
    return this.#isKeyType(getNamedType(field.type) as GraphQLInputType, types) ? types : [];
  }

  #relationsFrom(type: GraphQLObjectType): ReadonlyMap<string, GraphQLCompositeType> {
    let relations = this.#relationsOf.get(type);
    if (relations) return relations;
    const found = [...relationsOf(this.#schema, this.#rules, type)];
    relations = new Map(found.toReversed().map(([name, target]) => [wordsOf(name).join(''), target]));
    this.#relationsOf.set(type, relations);
    return relations;
  }

  #find(path: readonly string[]): Meaning {
    const names = withoutOperators(path);
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
