import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isLeafType,
  isScalarType,
  type GraphQLInputType,
  type GraphQLObjectType,
} from 'graphql';
import { chooses, PLAIN } from './argument-paths';
import { joinedWords, wordsOf } from './name-words';
import { isUnique } from './unique-values';
import type { Touch, Touches } from './touched-types';
import { hasList } from './type-shape';

/** Values looked at: of a request that sends more, whatever may be changed counts as changed. */
const MOST_VALUES = 1000;
/** Input fields looked at, and levels of them, to say beforehand what may be changed. */
const MOST_FIELDS = 500;
const MOST_LEVELS = 4;

/** A value of what a mutation is about, by which other objects refer to it. */
interface Key {
  readonly type: GraphQLObjectType;
  /** the words of its field, joined */
  readonly name: string;
  readonly referring: readonly GraphQLObjectType[];
  /** it is what an object is told from others by in tags: with another one it is another, and what refers to it shows that */
  readonly isOwn: boolean;
}

/** An argument, or a field within one, that may change such a value. */
export interface KeyChange {
  /** `input.tagPatch.name` */
  readonly path: string;
  readonly type: string;
  readonly field: string;
  readonly referring: readonly string[];
}

/**
 * What refers to an object by a value that a mutation may change: where a row has a `tagName` for the `name` of a Tag, a database
 * that cascades changes the row with the tag. Only of mutations that change what is there.
 *
 * A value that only says which object is meant changes nothing: alone, in a condition, or in front of what is set. One is set beside
 * the object's key, or in an object of its own beside what says which is meant, as in `updateTag(name: "a", patch: { name: "b" })`.
 *
 * Where the value is the object's own key, all of its type and all that leads to it follow, also where a text that is called like
 * nothing of the object may be the key so far: see `mayBeOld`.
 */
class ChangedKeys {
  /** by the type that they are of, and the words of the field */
  readonly #keys: ReadonlyMap<GraphQLObjectType, ReadonlyMap<string, Key>>;
  readonly #touches: Touches;
  readonly #touch: Touch;

  constructor(touches: Touches, touch: Touch) {
    this.#touches = touches;
    this.#touch = touch;
    const { effect, subjects, carried } = touch;
    const about = subjects.length > 0 ? subjects.flatMap((one) => touches.objectsOf(one)) : carried;
    const mayChange = effect === 'changes' || effect === 'either';
    this.#keys = new Map(
      (mayChange ? [...new Set(about)] : []).map((type) => [type, keysOf(touches, type)] as const),
    );
    if ([...this.#keys.values()].every(({ size }) => size === 0)) this.#keys = new Map();
  }

  /** @param args coerced values of the mutation's arguments */
  in(args: Readonly<Record<string, unknown>>): ReadonlySet<GraphQLObjectType> {
    if (this.#keys.size === 0) return NOTHING;
    const values: GivenKey[] = [];
    const others = new Set<string>();
    let left = MOST_VALUES;
    const visit = (fields: readonly Given[], names: readonly string[], place: Place): void => {
      const isSaid = fields.some(({ name, value }) => isGiven(value) && this.#saysWhich([...names, name]));
      for (const { name, type, value } of fields) {
        if (!isGiven(value) || --left < 0) continue;
        const path = [...names, name];
        const named = getNamedType(type);
        const found = this.#keyAt(path);
        if (isInputObjectType(named)) {
          const isChoice = place === 'choosing' || chooses(name);
          const within = isChoice ? 'choosing' : isSaid ? 'setting' : place;
          for (const item of Array.isArray(value) ? (value as unknown[]) : [value])
            if (typeof item === 'object' && item !== null) visit(fieldsOf(named, item), path, within);
        } else if (found) {
          const isSet =
            place === 'setting' ||
            found.isNew ||
            (place !== 'choosing' && this.#isBesideKey(found.key, fields));
          values.push({ key: found.key, path: path.join('.'), value: String(value), isSet });
        } else if (typeof value === 'string' && !this.#isKnown(name)) {
          others.add(value);
        }
      }
    };
    const { field } = this.#touch;
    visit(
      field.args.map(({ name, type }) => ({ name, type, value: args[name] })),
      [],
      'telling',
    );
    const changed =
      left < 0
        ? this.#all()
        : this.#all().filter((key) => {
            const given = values.filter((one) => one.key === key);
            return isChanged(given) || (key.isOwn && mayBeOld(given, others));
          });
    return new Set(changed.flatMap(({ referring }) => referring));
  }

  /** What may be changed, whatever is sent. Fields far down in nested inputs are left out. */
  get possible(): readonly KeyChange[] {
    const possible: KeyChange[] = [];
    const others: string[] = [];
    const told = new Set<Key>();
    let left = this.#keys.size === 0 ? 0 : MOST_FIELDS;
    const visit = (type: GraphQLInputType, names: readonly string[]): void => {
      const named = getNamedType(type);
      if (--left < 0 || names.length > MOST_LEVELS || chooses(names.at(-1)!)) return;
      if (isInputObjectType(named)) {
        for (const one of Object.values(named.getFields())) visit(one.type, [...names, one.name]);
        return;
      }
      const { key, isNew } = this.#keyAt(names) ?? {};
      if (!key) {
        if (isText(named) && !this.#isKnown(names.at(-1)!)) others.push(names.join('.'));
        return;
      }
      told.add(key);
      const isAlone = names.length === 1 && !isNew && this.#isKeyField(key);
      if (isAlone) return;
      possible.push(changeOf(key, names.join('.')));
    };
    for (const { name, type } of this.#touch.field.args) visit(type, [name]);
    const isNamed = (key: Key) =>
      possible.some(({ type, field }) => type === key.type.name && field === key.name);
    const mayBeNew = this.#all().filter(
      (key) => key.isOwn && !isNamed(key) && others.length + (told.has(key) ? 1 : 0) > 1,
    );
    return [...possible, ...mayBeNew.map((key) => changeOf(key, others.at(-1)!))];
  }

  #all(): readonly Key[] {
    return Array.from(this.#keys.values()).flatMap((keys) => [...keys.values()]);
  }

  /** The key that a value of these names is, and whether it is called a new one: of what the mutation is about, where nothing says of what. */
  #keyAt(path: readonly string[]): { readonly key: Key; readonly isNew: boolean } | undefined {
    const names = path.length > 1 && OPERATOR.test(path.at(-1)!) ? path.slice(0, -1) : path;
    const words = wordsOf(names.at(-1)!);
    const isNew = words.length > 1 && words[0] === 'new';
    const name = (isNew ? words.slice(1) : words).join('');
    const said = this.#touch.names.about(names.slice(0, -1));
    for (const type of said.length > 0 ? said : this.#keys.keys()) {
      const key = this.#keys.get(type)?.get(name);
      if (key) return { key, isNew };
    }
    return undefined;
  }

  /** Whether a value of these names tells which object is meant, beside an object that says what becomes of it. */
  #saysWhich(path: readonly string[]): boolean {
    const name = joinedWords(path.at(-1)!);
    if (name === 'id' || name === 'nodeid' || isUnique(name) || this.#keyAt(path)) return true;
    return [...this.#keys.keys()].some((type) => name === `${joinedWords(type.name)}id`);
  }

  /** `setTag(id: 7, name: "b")`. */
  #isBesideKey(key: Key, fields: readonly Given[]): boolean {
    if (this.#isKeyField(key)) return false;
    const keys = this.#touches.keyFieldsOf(key.type);
    return fields.some(({ name, value }) => isGiven(value) && (name === 'id' || keys.includes(name)));
  }

  /** Whether a value of this name is one of what the mutation is about, or says nothing of it. */
  #isKnown(name: string): boolean {
    const word = joinedWords(name);
    if (NEVER_CHANGED.test(name)) return true;
    return [...this.#keys.keys()].some((type) =>
      Object.keys(type.getFields()).some((field) => joinedWords(field) === word),
    );
  }

  #isKeyField({ type, name }: Key): boolean {
    return this.#touches.keyFieldsOf(type).some((one) => joinedWords(one) === name);
  }
}

/** What a value's place says of it: which object is meant, which ones are, or what becomes of it. */
type Place = 'telling' | 'choosing' | 'setting';

interface Given {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly value: unknown;
}

/** A value by which others refer to an object, as a request gives it. */
interface GivenKey {
  readonly key: Key;
  readonly path: string;
  readonly value: string;
  /** the object is given it, and not only found by it */
  readonly isSet: boolean;
}

/** What filters and patches put behind the name of a field: `{ name: { set: "b" } }`. */
const OPERATOR = /^_?(?:set|eq|equals?|equalTo|in)$/;

/** What is made for an object, and stays with it. */
const NEVER_CHANGED = /(?:id|uuid|guid)$/i;

const NOTHING: ReadonlySet<GraphQLObjectType> = new Set();

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/**
 * Whether one key of an object is changed by what is said of it: it is set to another value than it is found by, or two places that
 * are no list say different ones, as `pk_columns: { name: "a" }, _set: { name: "b" }`.
 */
function isChanged(values: readonly GivenKey[]): boolean {
  const told = new Set(values.filter(({ isSet }) => !isSet).map(({ value }) => value));
  if (values.some(({ isSet, value }) => isSet && !told.has(value))) return true;
  return told.size > 1 && new Set(values.map(({ path }) => path)).size > 1;
}

function changeOf({ type, name, referring }: Key, path: string): KeyChange {
  return { path, type: type.name, field: name, referring: referring.map((one) => one.name) };
}

/** What may hold a text: custom scalars too. */
function isText(named: GraphQLInputType): boolean {
  return isScalarType(named) && (named.name === 'ID' || !PLAIN.has(named.name));
}

/**
 * Whether a text that is called like nothing of the object may be its key so far: `renameTag(from: "a", to: "b")`,
 * `updateTag(tag: "a", name: "b")`. One text alone says which object is meant.
 */
function mayBeOld(given: readonly GivenKey[], others: ReadonlySet<string>): boolean {
  return others.size > 0 && new Set([...others, ...given.map(({ value }) => value)]).size > 1;
}

function fieldsOf(type: GraphQLInputType, value: object): readonly Given[] {
  if (!isInputObjectType(type)) return [];
  const values = value as Readonly<Record<string, unknown>>;
  return Object.values(type.getFields()).map((field) => ({
    name: field.name,
    type: field.type,
    value: values[field.name],
  }));
}

/**
 * The values of a type's objects that others have to refer to them by: `tagName` beside `tag`, or `tagByTagName`. What they are told
 * from each other by is one of them for all that leads to them, whether that shows it or not: `posts(tagName: "a")`.
 */
function keysOf(touches: Touches, type: GraphQLObjectType): ReadonlyMap<string, Key> {
  const own = Object.values(type.getFields()).filter((field) => isLeafType(getNullableType(field.type)));
  const found = new Map<string, Set<GraphQLObjectType>>();
  const hanging = touches.hangingOn([type]);
  for (const holder of [...hanging, type]) {
    const fields = Object.values(holder.getFields());
    const references = fields.filter(({ type: of }) => {
      const named = getNamedType(of);
      return isCompositeType(named) && !hasList(of) && touches.objectsOf(named).includes(type);
    });
    for (const { name } of fields.filter((field) => isLeafType(getNullableType(field.type)))) {
      const said = wordsOf(name).join('');
      for (const { name: key } of own) {
        const words = joinedWords(key);
        if (!said.endsWith(words) || (holder === type && said === words)) continue;
        const called = said.slice(0, -words.length);
        const isOf = references.some((reference) => {
          const reads = joinedWords(reference.name);
          return (
            reads.endsWith(`by${said}`) ||
            (called !== '' && (called === reads || called === joinedWords(type.name)))
          );
        });
        if (!isOf) continue;
        const known = found.get(words);
        if (known) known.add(holder);
        else found.set(words, new Set([holder]));
      }
    }
  }
  const owned = touches.keyFieldsOf(type).filter((name) => !NEVER_CHANGED.test(name));
  const names = owned.map(joinedWords);
  for (const name of names) found.set(name, new Set([type, ...hanging]));
  return new Map(
    Array.from(found, ([name, referring]) => [
      name,
      { type, name, referring: [...referring], isOwn: names.includes(name) },
    ]),
  );
}

const known = new WeakMap<Touch, ChangedKeys>();

/** What refers to what a mutation is about by values that it changes. */
export function changedKeysOf(touches: Touches, touch: Touch): ChangedKeys {
  let changed = known.get(touch);
  if (!changed) known.set(touch, (changed = new ChangedKeys(touches, touch)));
  return changed;
}
