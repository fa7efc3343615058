import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  valueFromASTUntyped,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedInputType,
} from 'graphql';
import type { NamedField } from './field-names';
import type { FieldShapes } from './field-shapes';
import { wordsOf } from './name-words';
import { isNoFilter, isPageArgument } from './paging';

type Types = readonly GraphQLCompositeType[];

/** What a value within an argument says of the objects that the field returns. */
export interface Step {
  /** types that it leads to: whatever changes one of them may change what is returned, and in what order */
  readonly leadsTo: Types;
  /** what names within the value are fields of */
  readonly within: Types;
  /** it names nothing of the objects, nor of those that they lead to */
  readonly isUnknown?: boolean;
}

const NOWHERE: Step = { leadsTo: [], within: [] };

/** How many entries and elements of a request's arguments may still be looked at, whatever number of fields they are given to. */
export interface Steps {
  left: number;
}

/** A filter has a dozen. */
export function stepsOfRequest(): Steps {
  return { left: 3000 };
}

/** What a mutation is given to choose by, and writes nothing of. */
const CHOOSES = new Set(['where', 'filter', 'filters', 'condition', 'conditions', 'criteria']);

/** Whether an argument or input field of this name only chooses what a mutation writes. */
export function chooses(name: string): boolean {
  return CHOOSES.has(name.toLowerCase());
}

/** How inputs are called for what is to be made. */
const MAKES = /create|insert|upsert/i;

/** Characters of a text that are looked at: a path is short. */
const LONGEST_PATH = 500;

/** What follows a reference's name where it is compared itself, as in `authorId` or `author_in`: the other object is not read. */
const KEYS = new Set(['id', 'ids', 'key', 'keys']);
const COMPARED = new Set(['in', 'nin', 'not', 'eq', 'ne', 'neq', 'is', 'null']);

/**
 * The types that a field's arguments lead to, beside those of what it returns: a list of posts that is filtered or ordered
 * through `author` changes with the authors. Found by walking values and types side by side, `where.author` beside
 * `Post.author`: what names no field of the type, such as `is`, `some`, `AND` or `_or`, says nothing by itself and is
 * looked into; failing names, an input type that only one type's lists take stands for that type. An enum, or a path in
 * a text, names a reference first: `AUTHOR_BY_AUTHOR_ID__NAME_ASC`, `author.name`.
 *
 * Only what a request uses counts, null included: `{ author: null }` asks for posts that have none.
 */
class ArgumentPaths implements WrittenTypes {
  readonly types = new Set<GraphQLCompositeType>();
  readonly made = new Set<GraphQLCompositeType>();
  readonly described = new Set<GraphQLCompositeType>();
  readonly found = new Set<GraphQLCompositeType>();
  /** false: there was more than is looked at */
  isComplete = true;
  #isMaking = false;

  /** @param describes what is written: what a filter in it chooses by is left out, and the sets are filled that say how */
  constructor(
    readonly shapes: FieldShapes,
    readonly steps: Steps,
    readonly describes = false,
  ) {}

  /**
   * @param type undefined within a custom scalar
   * @param value as in JSON
   * @param at the types of the objects that the field returns
   */
  follow(name: string, type: GraphQLInputType | undefined, value: unknown, at: Types): void {
    if (--this.steps.left < 0) this.isComplete = false;
    if (!this.isComplete) return;
    const named = type && getNamedType(type);
    const { leadsTo, within } = readStep(this.shapes, name, named, isObject(named, value), at);
    this.#add(leadsTo);
    if (within.length === 0) return;
    const wasMaking = this.#isMaking;
    this.#isMaking = MAKES.test(name) || (wasMaking && leadsTo.length === 0);
    this.#value(named, value, within);
    this.#isMaking = wasMaking;
  }

  #value(named: GraphQLNamedInputType | undefined, value: unknown, at: Types): void {
    if (typeof value === 'string') {
      this.#add(
        isEnumType(named) ? orderedThrough(this.shapes, value, at) : pathsThrough(this.shapes, value, at),
      );
    } else if (Array.isArray(value)) {
      for (const item of value) {
        if (--this.steps.left < 0) this.isComplete = false;
        if (!this.isComplete) return;
        this.#value(named, item, at);
      }
    } else if (typeof value === 'object' && value !== null) {
      this.#entries(named, value as Readonly<Record<string, unknown>>, at);
    }
  }

  #entries(
    named: GraphQLNamedInputType | undefined,
    value: Readonly<Record<string, unknown>>,
    at: Types,
  ): void {
    const fields = isInputObjectType(named) ? named.getFields() : undefined;
    const entries = Object.entries(value);
    if (entries.length > this.steps.left) {
      // Nor are others looked at after it: to list what is in it again and again would take as long.
      this.steps.left = 0;
      this.isComplete = false;
      return;
    }
    if (this.describes) this.#describe(named, value, at);
    for (const [name, one] of entries) {
      // A variable that the request does not send.
      if (one === undefined || (this.describes && chooses(name))) continue;
      this.follow(name, fields?.[name]?.type, one, at);
    }
    for (const field of Object.values(fields ?? {})) {
      if (field.defaultValue === undefined || value[field.name] !== undefined) continue;
      this.follow(field.name, field.type, field.defaultValue, at);
    }
  }

  #describe(
    holder: GraphQLNamedInputType | undefined,
    value: Readonly<Record<string, unknown>>,
    at: Types,
  ): void {
    const names = Object.keys(value).filter((name) => value[name] !== undefined);
    for (const type of at) {
      if (names.some(chooses)) this.found.add(type);
      const plain = names.filter((name) => {
        const field = this.shapes.namesOf(type).find(name);
        return field?.leadsTo.length === 0 && field.rest.length === 0;
      });
      if (plain.length === 0) continue;
      const keys = this.shapes.rules.keyFields(type.name) ?? [];
      if (this.#isMaking || MAKES.test(holder?.name ?? '')) this.made.add(type);
      else if (!keys.every((key) => plain.includes(key)) || keys.length === 0) this.found.add(type);
      else if (plain.length > keys.length) this.described.add(type);
    }
  }

  #add(types: Iterable<GraphQLCompositeType>): void {
    for (const type of types) this.types.add(type);
  }
}

/** Whether what an operation gives a field as arguments, or defaults of them, can lead to other types at all. */
export function usesArguments(
  shapes: FieldShapes,
  { args }: GraphQLField<unknown, unknown>,
  node: FieldNode,
  at: Types,
): boolean {
  return args.some((argument) => {
    const { name, defaultValue } = argument;
    if (defaultValue === undefined && !node.arguments?.some((one) => one.name.value === name)) return false;
    let leads = shapes.leading.get(argument);
    if (leads === undefined) shapes.leading.set(argument, (leads = mayLead(shapes, argument, at, new Set())));
    return leads;
  });
}

/** Scalars whose values name nothing. */
export const PLAIN = new Set(['Int', 'Float', 'Boolean', 'ID']);

function mayLead(
  shapes: FieldShapes,
  { name, type }: GraphQLArgument | GraphQLInputField,
  at: Types,
  seen: Set<GraphQLNamedInputType>,
): boolean {
  const named = getNamedType(type);
  const { leadsTo, within } = readStep(shapes, name, named, isInputObjectType(named), at);
  if (leadsTo.length > 0) return true;
  // Nothing led anywhere so far, so names within are still those of the same types.
  if (within.length === 0 || seen.has(named)) return false;
  if (isInputObjectType(named)) {
    seen.add(named);
    return Object.values(named.getFields()).some((field) => mayLead(shapes, field, at, seen));
  }
  if (isEnumType(named))
    return named.getValues().some((value) => orderedThrough(shapes, value.name, at).length > 0);
  return !PLAIN.has(named.name) && !isPageArgument(name);
}

/** The types that a field's arguments lead to, as one request uses them; undefined where there is too much to look at. */
export function throughArguments(
  shapes: FieldShapes,
  asked: AskedArguments,
  at: Types,
  steps: Steps,
): ReadonlySet<GraphQLCompositeType> | undefined {
  const paths = new ArgumentPaths(shapes, steps);
  followAll(paths, asked, at);
  return paths.isComplete ? paths.types : undefined;
}

/** The types of what a mutation's arguments make, change or refer to along with what it is about. */
export interface WrittenTypes {
  readonly types: ReadonlySet<GraphQLCompositeType>;
  /** those of them that something is said of which is to be made */
  readonly made: ReadonlySet<GraphQLCompositeType>;
  /** those of which values are given beside their key */
  readonly described: ReadonlySet<GraphQLCompositeType>;
  /** those of which values are given without their key: something new, or something that is found by them */
  readonly found: ReadonlySet<GraphQLCompositeType>;
}

/** @returns undefined where there is too much to look at */
export function writtenThrough(
  shapes: FieldShapes,
  asked: AskedArguments,
  at: Types,
  steps: Steps,
): WrittenTypes | undefined {
  const paths = new ArgumentPaths(shapes, steps, true);
  followAll(paths, asked, at);
  return paths.isComplete ? paths : undefined;
}

/** A field with its arguments, as it was asked for. */
export interface AskedArguments {
  readonly definition: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

function followAll(paths: ArgumentPaths, { definition, node, variables }: AskedArguments, at: Types): void {
  for (const { name, type, defaultValue } of definition.args) {
    const given = node.arguments?.find((one) => one.name.value === name);
    const sent = given && valueFromASTUntyped(given.value, variables as Record<string, unknown>);
    const value = sent === undefined ? defaultValue : sent;
    if (value === undefined || (paths.describes && chooses(name))) continue;
    paths.follow(name, type, value, at);
  }
}

/** What using an argument or an input field of this name says. @param hasFields its value is an object with names in it */
export function readStep(
  shapes: FieldShapes,
  name: string,
  named: GraphQLNamedInputType | undefined,
  hasFields: boolean,
  at: Types,
): Step {
  const fields = at.flatMap((type) => shapes.namesOf(type).find(name) ?? []);
  // Within a custom scalar a name may be an operator's as well as a field's.
  const isPlain = named && fields.some(({ leadsTo, rest }) => leadsTo.length === 0 && rest.length === 0);
  if (!hasFields) {
    const isText = named?.name === 'String';
    const leadsTo = fields.flatMap((field) => [...comparedThrough(shapes, field, isText), ...field.follows]);
    if (fields.length > 0) return { leadsTo, within: isPlain ? [] : at };
    const beyond = isNoFilter(name) ? [] : namedBeyond(shapes, name, at);
    return { leadsTo: beyond, within: at, isUnknown: beyond.length === 0 && !isNoFilter(name) };
  }
  const leadsTo = new Set(fields.flatMap((field) => field.leadsTo));
  const taker = named && shapes.takerOf(named);
  if (taker && !at.includes(taker)) leadsTo.add(taker);
  if (leadsTo.size > 0) return { leadsTo: [...leadsTo], within: [...leadsTo] };
  return isPlain ? NOWHERE : { leadsTo: [], within: at };
}

/** `minStars` of products whose reviews have stars: what the objects lead to that has a plain value of the name. */
function namedBeyond(shapes: FieldShapes, name: string, at: Types): Types {
  const words = wordsOf(name);
  const targets = new Set(at.flatMap((type) => shapes.namesOf(type).targets));
  return [...targets].filter((type) => !KEYS.has(words.at(-1)!) && shapes.namesOf(type).findLimited(words));
}

/**
 * `ownerName`, `authorExists`, `comments_count`: something of the other object; `ownerId`, `author_in`: the reference
 * itself. A text that is compared with a reference is a name rather than a key: `labels: ["bug"]`.
 */
function comparedThrough(
  shapes: FieldShapes,
  { leadsTo, rest, isAsked }: NamedField,
  isText: boolean,
): Types {
  const [first] = rest;
  if (leadsTo.length === 0 || isAsked) return leadsTo;
  if (first === undefined) return isText ? leadsTo : [];
  const isKey = leadsTo.some(({ name }) => shapes.rules.keyFields(name)?.includes(rest.join('')));
  if (isKey || KEYS.has(first) || (COMPARED.has(first) && !isText)) return [];
  return [...leadsTo, ...further(shapes, leadsTo, rest)];
}

/** The types that the value of an enum leads to, if it is one that orders. */
export function orderedThrough(shapes: FieldShapes, value: string, at: Types): Types {
  return at.flatMap((type) => ledOn(shapes, shapes.namesOf(type).find(value)));
}

/** The types that the words lead to, reference by reference. */
function further(shapes: FieldShapes, at: Types, words: readonly string[]): Types {
  return at.flatMap((type) => ledOn(shapes, shapes.namesOf(type).findWords(words)));
}

function ledOn(shapes: FieldShapes, field: NamedField | undefined): Types {
  if (!field || field.leadsTo.length === 0) return field?.follows ?? [];
  const [first] = field.rest;
  if (first !== undefined && KEYS.has(first)) return [];
  return [...field.leadsTo, ...further(shapes, field.leadsTo, field.rest)];
}

/** The types that paths in a text lead to: `author.name:asc`, `author__name`. */
function pathsThrough(shapes: FieldShapes, text: string, at: Types): Types {
  const paths = text.slice(0, LONGEST_PATH).match(/\w+(?:\.\w+)*/g) ?? [];
  return paths.flatMap((path) => {
    const found: GraphQLCompositeType[] = [];
    const names = path.split(/\.|__/);
    // A word by itself names a field of the type, or nothing.
    if (names.length < 2) return [];
    let types = at;
    for (const name of names) {
      types = types.flatMap((type) => shapes.namesOf(type).find(name)?.leadsTo ?? []);
      found.push(...types);
    }
    return found;
  });
}

function isObject(named: GraphQLNamedInputType | undefined, value: unknown): boolean {
  if (isInputObjectType(named)) return true;
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === 'object' && one !== null;
}
